//! Messages that are sent on by other channels, and the channels themselves, as people may see them: no secret, and
//! no address beyond its host.

use cloud_core::channel::{BrandChannel, ChannelSettings, RelayChannel, Target, WebAddress};
use cloud_core::relay::{Delivery, ParcelState, Reason, RelayState, Relayed, Step};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::guest::Guest;
use shared::id::{BoxId, MessageId, ShopId};
use shared::message::{MessageEvent, MessageKind};
use utoipa::ToSchema;

/// A message that a box asked to be sent on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelayView {
    /// Its id.
    pub message: MessageId,
    /// The shop whose box asked.
    pub shop: ShopId,
    /// The box.
    #[serde(rename = "box")]
    pub box_id: BoxId,
    /// `tencent_im` or `webhook`.
    #[schema(value_type = String)]
    pub channel: RelayChannel,
    /// What it is about.
    pub event: MessageEvent,
    /// What it does.
    pub kind: MessageKind,
    /// As written; empty for a refresh.
    pub text: String,
    /// Who it is about.
    pub guest: Option<Guest>,
    /// Where it is.
    pub state: RelayStateView,
    /// Why it is there, when that is not plain: the first target's that has a reason.
    pub reason: Option<String>,
    /// When the box asked, by the box's clock.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// When it came in here.
    #[schema(value_type = String, format = DateTime)]
    pub kept_at: Timestamp,
    /// Until when it is worth telling.
    #[schema(value_type = String, format = DateTime)]
    pub good_until: Timestamp,
    /// What happened to each target.
    pub parcels: Vec<ParcelView>,
}

/// Where a message is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelayStateView {
    /// It waits for its turn, or for its next try.
    Queued,
    /// It is sent, and the answer is not known.
    Sent,
    /// The channel has it.
    Delivered,
    /// It will never arrive.
    Failed,
    /// It is no longer worth telling.
    TooOld,
}

impl RelayStateView {
    /// The word itself.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::TooOld => "too_old",
        }
    }
}

impl From<RelayState> for RelayStateView {
    fn from(state: RelayState) -> Self {
        match state {
            RelayState::Queued => Self::Queued,
            RelayState::Sent => Self::Sent,
            RelayState::Delivered => Self::Delivered,
            RelayState::Failed => Self::Failed,
            RelayState::TooOld => Self::TooOld,
        }
    }
}

/// One target of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParcelView {
    /// The IM user; none for a webhook, which has one target.
    pub to: Option<String>,
    /// Where it is.
    pub state: RelayStateView,
    /// Why it is there, when that is not plain.
    pub reason: Option<String>,
    /// Every step.
    pub timeline: Vec<ParcelMoment>,
}

/// One step and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParcelMoment {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What: `sending`, `postponed`, `unanswered`, `delivered`, `failed`, `too_old`.
    pub what: String,
    /// Why, or by which name the channel has it.
    pub detail: Option<String>,
}

impl From<&Relayed> for RelayView {
    fn from(relayed: &Relayed) -> Self {
        let wish = &relayed.wish;
        let parcels: Vec<_> =
            relayed.deliveries.iter().map(|(to, delivery)| parcel_view(to, delivery)).collect();
        let refused = relayed.refused.as_ref().map(reason_word);
        Self {
            message: relayed.key.message,
            shop: wish.shop.clone(),
            box_id: wish.box_id.clone(),
            channel: wish.channel,
            event: wish.relay.event,
            kind: wish.relay.kind,
            text: wish.relay.text.clone(),
            guest: wish.relay.guest.clone(),
            state: relayed.state().into(),
            reason: refused.or_else(|| parcels.iter().find_map(|parcel| parcel.reason.clone())),
            asked_at: wish.asked_at,
            kept_at: relayed.kept_at,
            good_until: wish.good_until(),
            parcels,
        }
    }
}

fn parcel_view(to: &Target, delivery: &Delivery) -> ParcelView {
    let moment = |step: &Step| -> (&str, Option<String>) {
        match step {
            Step::Sending => ("sending", None),
            Step::Postponed { reason, .. } => ("postponed", Some(reason_word(reason))),
            Step::Unanswered { reason, .. } => ("unanswered", Some(reason_word(reason))),
            Step::Delivered { receipt } => ("delivered", (!receipt.is_empty()).then(|| receipt.clone())),
            Step::Failed { reason } => ("failed", Some(reason_word(reason))),
            Step::TooOld => ("too_old", None),
        }
    };
    let timeline = delivery.steps.iter().map(|stamped| {
        let (what, detail) = moment(&stamped.step);
        ParcelMoment { at: stamped.at, what: what.to_owned(), detail }
    });
    ParcelView {
        to: match to {
            Target::ImUser { user } => Some(user.to_string()),
            Target::Webhook => None,
        },
        state: match &delivery.state {
            ParcelState::Waiting { .. } => RelayStateView::Queued,
            ParcelState::UnderWay { .. } | ParcelState::Unanswered { .. } => RelayStateView::Sent,
            ParcelState::Delivered => RelayStateView::Delivered,
            ParcelState::Failed { .. } => RelayStateView::Failed,
            ParcelState::TooOld { .. } => RelayStateView::TooOld,
        },
        reason: delivery.state.reason().map(reason_word),
        timeline: timeline.collect(),
    }
}

fn reason_word(reason: &Reason) -> String {
    match reason {
        Reason::NoChannel => "no_channel".to_owned(),
        Reason::SwitchedOff => "switched_off".to_owned(),
        Reason::Nobody => "nobody".to_owned(),
        Reason::Credentials { code, words } => format!("credentials {code}: {words}"),
        Reason::Refused { code, words } => format!("refused {code}: {words}"),
        Reason::Busy { code, words } => format!("busy {code}: {words}"),
        Reason::NoAnswer { what } => format!("no_answer: {what}"),
        Reason::Interrupted => "interrupted".to_owned(),
    }
}

/// A channel of a brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelView {
    /// `tencent_im` or `webhook`.
    #[schema(value_type = String)]
    pub channel: RelayChannel,
    /// Its host.
    pub host: String,
    /// The application and its administrator, of Tencent IM.
    pub account: Option<String>,
    /// Who hears what is for nobody in particular, of Tencent IM.
    pub named: Vec<String>,
    /// Since when nothing goes by it any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub off_since: Option<Timestamp>,
}

impl From<&BrandChannel> for ChannelView {
    fn from(channel: &BrandChannel) -> Self {
        let (address, account, named) = match &channel.settings {
            ChannelSettings::TencentIm(im) => (
                &im.base_url,
                Some(format!("{} {}", im.sdk_app_id, im.admin)),
                im.named.iter().map(ToString::to_string).collect(),
            ),
            ChannelSettings::Webhook(webhook) => (&webhook.url, None, Vec::new()),
        };
        let (channel_of, host) = (channel.settings.channel(), host_of(address));
        Self { channel: channel_of, host, account, named, off_since: channel.off_since }
    }
}

/// The rest of an address may hold a secret.
pub(super) fn host_of(address: &WebAddress) -> String {
    let known = reqwest::Url::parse(address.as_str()).ok();
    known.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
