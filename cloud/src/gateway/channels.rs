//! Any channel of any brand: opens its secret, says what the message is in the channel's own words, and sends it.

use std::time::Duration;

use cloud_core::channel::{ChannelSettings, RelayChannel, Target, TencentIm, Webhook};
use cloud_core::relay::{Answer, Parcel, Wish};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::tencent_im::{ImApplication, ImClient, ImMessage, number};
use super::webhook::{SigningKey, WebhookClient};
use crate::seal::SealKey;

/// One message on its way to one target.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Which, and to whom.
    pub parcel: Parcel,
    /// What was asked.
    pub wish: Wish,
    /// When it came in.
    pub kept_at: Timestamp,
    /// How the brand's channel is set up.
    pub settings: ChannelSettings,
}

/// The way out to every channel.
#[derive(Debug)]
pub struct Channels {
    key: SealKey,
    im: ImClient,
    webhook: WebhookClient,
}

impl Channels {
    /// Clients that wait this long for an answer. Errors: no TLS to be had.
    pub fn new(key: SealKey, timeout: Duration) -> reqwest::Result<Self> {
        Ok(Self { key, im: ImClient::new(timeout)?, webhook: WebhookClient::new(timeout)? })
    }

    /// Sends one message to one target, and says what came of it.
    pub async fn send(&self, errand: &Errand) -> Answer {
        match (&errand.settings, &errand.parcel.to) {
            (ChannelSettings::TencentIm(settings), Target::ImUser { user }) => {
                let Some(secret) = self.open(errand) else { return sealed() };
                self.im.send(ImApplication { settings, secret: &secret }, &im_message(errand, user)).await
            }
            (ChannelSettings::Webhook(Webhook { url, .. }), Target::Webhook) => {
                let key = self.open(errand).and_then(|secret| SigningKey::new(&secret).ok());
                let Some(key) = key else { return sealed() };
                let body = json!({
                    "type": "message",
                    "timestamp": errand.wish.asked_at,
                    "data": data(errand, Params::All),
                });
                self.webhook.send(url, &key, (errand.parcel.relay.message, &body.to_string())).await
            }
            (ChannelSettings::TencentIm(_), Target::Webhook)
            | (ChannelSettings::Webhook(_), Target::ImUser { .. }) => {
                unreachable!("a message's targets are of its own channel")
            }
        }
    }

    fn open(&self, errand: &Errand) -> Option<String> {
        let secret = match &errand.settings {
            ChannelSettings::TencentIm(TencentIm { secret, .. })
            | ChannelSettings::Webhook(Webhook { secret, .. }) => secret,
        };
        self.key.open(secret, &errand.parcel.relay.brand, errand.settings.channel())
    }
}

fn sealed() -> Answer {
    let words = "the channel's secret does not open with the key of this service".to_owned();
    Answer::Unknowing { code: "sealed".to_owned(), words }
}

fn im_message<'a>(errand: &'a Errand, to: &'a cloud_core::channel::ImUser) -> ImMessage<'a> {
    ImMessage {
        to,
        random: number(errand.parcel.mark("random")),
        sequence: number(errand.parcel.mark("sequence")),
        at: errand.kept_at,
        text: &errand.wish.relay.text,
        data: data(errand, Params::All),
        short_data: data(errand, Params::None),
        good_until: errand.wish.good_until(),
    }
}

/// Which of a call's parameters travel along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Params {
    All,
    None,
}

/// What programs read, the same on every channel.
fn data(errand: &Errand, params: Params) -> Value {
    let Wish { shop, box_id, channel, relay, asked_at } = &errand.wish;
    let mut message = json!({
        "id": relay.message,
        "event": relay.event,
        "kind": relay.kind,
        "text": relay.text,
        "at": asked_at,
        "good_for_s": relay.good_for_s,
    });
    if let Some(guest) = &relay.guest {
        message["guest"] = json!(guest);
    }
    // To Tencent IM the accounts are people already.
    if *channel == RelayChannel::Webhook && !relay.designated.is_empty() {
        message["designated"] = json!(relay.designated);
    }
    if params == Params::All && !relay.params.is_empty() {
        message["params"] = json!(relay.params);
    }
    json!({ "brand": errand.parcel.relay.brand, "shop": shop, "box": box_id, "message": message })
}
