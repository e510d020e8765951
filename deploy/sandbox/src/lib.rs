//! What is outside our building, to test against: an SMS carrier that speaks Chuanglan's v1 and v2, Tencent Cloud SMS
//! and SMPP 3.4 as their customers see them, Tencent IM as an application's server meets it, and a brand's server that takes webhooks. Each
//! keeps what it was given and shows it on one page.
//!
//! A customer of the carrier cannot tell it from the vendor, but for two things: nothing leaves this machine, and the last
//! four digits of a number choose what goes wrong. Any other number is accepted and reported `DELIVRD`.
//!
//! | number ends in | what happens |
//! |---|---|
//! | `0101` … `0130` | the submit code `101` … `130` of the vendor's table, at every call |
//! | `0103`, `0104` | "too fast", "busy": once for each number, then accepted |
//! | `0200` | accepted, but the answer is held back for [`SandboxSettings::slow_answer_ms`] |
//! | `0201` | accepted, but the answer breaks off in the middle of the JSON |
//! | `0202` | accepted, but a proxy in front answers 502 with a page of HTML |
//! | `0203` | accepted, with `code` as a number instead of a string |
//! | `0300` | reported `UNDELIV` |
//! | `0301` | reported `REJECTD` |
//! | `0302` | reported `MBBLACK` |
//! | `0303` | never reported: unknown to the end |
//! | `0304` | reported `UNKNOWN`, and `DELIVRD` one delay later |
//! | `0400` | the report comes twice |
//! | `0401` | the report comes before the answer to the submit |
//! | `0402` | reported `DELIVRD`, and `UNDELIV` one delay later |
//! | `0403` | the report comes ten delays late, after those of later messages |
//! | `0404` | the report bills one segment more than the text has |
//! | `0500` | the receiver answers after the report: `TD` by Tencent Cloud, `R` by Chuanglan, where replies are pulled |
//! | `0600` | the pull with its report is answered after [`SandboxSettings::slow_answer_ms`]; its rows are gone |
//! | `0601` | the answer to that pull breaks off; its rows are gone |
//! | `0602` | that pull gets a proxy's 502; its rows are gone |
//! | `0603` | the first pull that would have its report is refused as too fast, and takes nothing |
//! | `0604` | as `0201`, and then as `0601` |
//! | `0700` | its group of `/msg/variable/json` is dropped, which `failNum` alone says |
//!
//! The table is in the words of Chuanglan's v1 (`/msg/v1/send/json`, and `/msg/variable/json` with words of each
//! number's own). The other protocols say the same in their own:
//! v2 (`/msg/sms/v2/tpl/send`) has four codes of its own and v1's behind `101`; Tencent Cloud (`POST /`) answers number by
//! number; the SMSC answers by statuses, breaks the connection for `0201`, gives no id for `0202`, and brings successes in
//! the written form and failures by parameters.
//!
//! At Tencent IM (`/v4/…`) the receiver's id chooses, by what follows its last `_`. Accounts must be imported first, as
//! with the vendor, or they are unknown (90012).
//!
//! | user ends in | what happens |
//! |---|---|
//! | `_70107`, `_90048` | unknown by that code until it is imported |
//! | `_20004`, `_60007`, `_70001` … | a code that passes by itself: once for each message, then taken |
//! | `_20007`, `_80001` … | that code, always |
//! | `_late` | taken, but the first answer is held back for [`SandboxSettings::slow_answer_ms`] |
//! | `_broken`, `_gateway` | taken, but the first answer breaks off, or is a proxy's 502 |
//!
//! At the webhook's receiver the path chooses: `/webhook/ok` takes everything that is signed right (others get 401),
//! `/webhook/503` answers so always, `/webhook/503-once` once for each message, `/webhook/late-once` holds the first
//! answer back, `/webhook/307` leads elsewhere, `/webhook/410` wants nothing any more.
//!
//! WeChat Pay (v3, native) is a server of its own, [`PaySandbox`], with a page on which the guest pays. Everything is
//! signed and sealed as the vendor does it, the other way round. The last two digits of the price choose:
//!
//! | price ends in (fen) | what happens |
//! |---|---|
//! | `01` | the call-back comes three times |
//! | `02` | the call-back comes late, after [`PaySettings::slow_ms`] |
//! | `03` | the call-back is lost |
//! | `04` | the first answer to the order is held back for [`PaySettings::slow_ms`] |
//! | `05` | the first call-back is a probe with a wrong signature; the real one follows |
//! | `06` | the refund is refused twice (`NOT_ENOUGH`), then taken |
//! | `07` | the refund's end is not told by a call-back |
//! | `08` | the guest pays one fen more |
//! | `09` | the guest pays twice |
//! | `10` | the order can be paid although it was closed |
//! | `11` | the first order is answered with 500 |
//! | `12` | the first answer to the order is signed by somebody else |
//! | `13` | the order is refused (`PARAM_ERROR`) |
//! | `14` | the refund is taken and ends as `ABNORMAL` |
//!
//! Reports and replies are pushed where a call-back is known, and wait to be pulled where none is; never both.
//!
//! Deliberately absent: replies that Chuanglan pushes, the 72 hours after which rows nobody pulled
//! are gone, the international interface, TLS, and any memory beyond the process.

mod carrier;
mod fault;
mod http;
mod im;
mod other_channels;
mod protocol;
mod reports;
mod smsc;
mod webhook;
mod wechat_pay;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use carrier::Carrier;
pub use carrier::{Calls, Protocol, ReportState, SandboxMessage, TencentSmsSettings};
use im::ImServer;
pub use im::{ImCalls, ImSettings, ImTaken};
use other_channels::OtherChannels;
use smsc::Smsc;
pub use smsc::SmscSettings;
pub use webhook::HookCall;
use webhook::Receiver;
pub use wechat_pay::{PaySandbox, PaySettings, SignedBy, book::PayOrder, book::PayRefund};

/// How the carrier is set up, as its console would be.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The API account.
    pub account: String,
    /// Its password.
    pub password: String,
    /// The registered signature, without 【】. A text that does not begin with it is refused (116).
    pub signature: String,
    /// Messages paid for in advance; each segment to each number takes one.
    pub balance: u64,
    /// The account's own report URL. A request's `callbackUrl` goes before it; without either, reports wait to be
    /// pulled.
    pub callback: Option<String>,
    /// `receiver` and `pswd` of every report, agreed on in the console.
    pub report_credentials: (String, String),
    /// Milliseconds from accepting a message to its report.
    pub report_delay_ms: u64,
    /// Milliseconds between the three tries of a report. The vendor waits a minute.
    pub report_retry_ms: u64,
    /// Milliseconds for which an answer that is to be late is held back.
    pub slow_answer_ms: u64,
    /// The templates that were approved, for Chuanglan's v2 and for Tencent Cloud: their id, and the text without
    /// its signature, with `{1}`, `{2}` … for what is filled in.
    pub templates: BTreeMap<String, String>,
    /// The account at Tencent Cloud SMS.
    pub tencent_sms: TencentSmsSettings,
    /// The SMSC.
    pub smsc: SmscSettings,
    /// The application at Tencent IM.
    pub im: ImSettings,
    /// The secret of the webhook's receiver, `whsec_…`.
    pub webhook_secret: String,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            account: "N0000001".to_owned(),
            password: "sandbox".to_owned(),
            signature: "示例".to_owned(),
            balance: 100_000,
            callback: None,
            report_credentials: (String::new(), String::new()),
            report_delay_ms: 300,
            report_retry_ms: 1_000,
            slow_answer_ms: 30_000,
            templates: [
                ("1001".to_owned(), "您的验证码是{1}，{2}分钟内有效。".to_owned()),
                ("1002".to_owned(), "您的{1}订单「{2}」已好，请取餐。".to_owned()),
            ]
            .into(),
            tencent_sms: TencentSmsSettings::default(),
            smsc: SmscSettings::default(),
            im: ImSettings::default(),
            webhook_secret: "whsec_c2FuZGJveC5zYW5kYm94LnNhbmRib3gu".to_owned(),
        }
    }
}

/// A running carrier. Dropping it stops it: no new connection, no further report.
#[derive(Debug)]
pub struct Sandbox {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its SMSC listens.
    pub smsc_address: SocketAddr,
    carrier: Arc<Carrier>,
    im: Arc<ImServer>,
    hooks: Arc<Receiver>,
    postman: JoinHandle<()>,
    smsc: JoinHandle<()>,
    _stop: oneshot::Sender<()>,
}

impl Sandbox {
    /// Starts a carrier on the current runtime. Errors: the address is taken or not ours.
    pub async fn start(settings: SandboxSettings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("listening on {} (--listen)", settings.listen))?;
        let address = listener.local_addr().context("asking for the address we listen on")?;
        let smsc_listener = TcpListener::bind(settings.smsc.listen)
            .await
            .with_context(|| format!("listening on {} (--smpp-listen)", settings.smsc.listen))?;
        let smsc_address = smsc_listener.local_addr().context("asking for the SMSC's address")?;
        let retry = Duration::from_millis(settings.report_retry_ms);
        let im = Arc::new(ImServer::new(settings.im.clone()));
        let hooks = Arc::new(Receiver::new(settings.webhook_secret.clone()));
        let slow_answer = Duration::from_millis(settings.slow_answer_ms);
        let channels = OtherChannels { im: Arc::clone(&im), hooks: Arc::clone(&hooks), slow_answer };
        let carrier = Arc::new(Carrier::new(settings));
        let (postbox, errands) = reports::postbox();
        let postman = tokio::spawn(reports::deliver(errands, Arc::clone(&carrier), retry)?);
        let smsc = Smsc::new(Arc::clone(&carrier), postbox.clone());
        let smsc = tokio::spawn(smsc.serve(smsc_listener));
        let (stop, stopped) = oneshot::channel::<()>();
        let router = http::router(Arc::clone(&carrier), postbox).merge(other_channels::router(channels));
        tokio::spawn(async move {
            let end = async {
                // An error says that the sender is gone, which is the signal.
                let _gone = stopped.await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(end).await {
                tracing::error!(%error, "the carrier stopped listening");
            }
        });
        Ok(Self { address, smsc_address, carrier, im, hooks, postman, smsc, _stop: stop })
    }

    /// What a customer sets as its base URL: `http://127.0.0.1:7095`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every message accepted so far, oldest first.
    pub fn messages(&self) -> Vec<SandboxMessage> {
        self.carrier.messages()
    }

    /// How often each endpoint was called, granted or not.
    pub fn calls(&self) -> Calls {
        self.carrier.calls()
    }

    /// Sets where Tencent Cloud posts reports, as its console does.
    pub fn set_tencent_callback(&self, address: impl Into<String>) {
        self.carrier.set_tencent_callback(address.into());
    }

    /// Sets where Tencent Cloud posts what receivers answer, as its console does.
    pub fn set_tencent_replies(&self, address: impl Into<String>) {
        self.carrier.set_tencent_replies(address.into());
    }

    /// Messages left on the account.
    pub fn balance(&self) -> u64 {
        self.carrier.balance()
    }

    /// Every message that Tencent IM took, oldest first.
    pub fn im_messages(&self) -> Vec<ImTaken> {
        self.im.messages()
    }

    /// How often Tencent IM was called.
    pub fn im_calls(&self) -> ImCalls {
        self.im.calls()
    }

    /// Waits until the messages that Tencent IM took satisfy `condition`.
    pub async fn until_im(&self, mut condition: impl FnMut(&[ImTaken]) -> bool) {
        let mut changes = self.im.changes();
        while !condition(&self.im.messages()) {
            changes.changed().await.expect("the server outlives this borrow of it");
        }
    }

    /// Every call of the webhook, oldest first.
    pub fn hook_calls(&self) -> Vec<HookCall> {
        self.hooks.calls()
    }

    /// Waits until the calls of the webhook satisfy `condition`.
    pub async fn until_hooks(&self, mut condition: impl FnMut(&[HookCall]) -> bool) {
        let mut changes = self.hooks.changes();
        while !condition(&self.hooks.calls()) {
            changes.changed().await.expect("the receiver outlives this borrow of it");
        }
    }

    /// Waits until the accepted messages satisfy `condition`, which is asked after every change.
    pub async fn until(&self, mut condition: impl FnMut(&[SandboxMessage]) -> bool) {
        let mut changes = self.carrier.changes();
        while !condition(&self.carrier.messages()) {
            changes.changed().await.expect("the carrier outlives this borrow of it");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.postman.abort();
        self.smsc.abort();
    }
}
