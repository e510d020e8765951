//! Delivery reports: made after a delay, pushed by HTTP GET in three tries, or kept until they are pulled.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::carrier::{Callback, Carrier, DueReports, HeldReply, Protocol, Report};
use crate::fault::ReportPlan;
use crate::protocol;
use crate::smsc::Handed;

/// Reports under way at once. With more, submits wait: a carrier under load is slow, too.
const UNDER_WAY_MAX: usize = 10_000;
/// The vendor tries a push three times in all.
const TRIES: u32 = 3;
/// A customer that takes longer has not taken the report.
const PUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// How late a report "out of order" is, in delays.
const OUT_OF_ORDER_DELAYS: u32 = 10;

/// Reports to make, and whom to tell when the first one has been handed over.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) due: DueReports,
    pub(crate) done: Option<oneshot::Sender<()>>,
}

/// Hands reports to the postman, and waits for those that must come before the answer.
pub(crate) async fn owe(postbox: &mpsc::Sender<Errand>, reports: Vec<DueReports>) {
    let mut early = Vec::new();
    for due in reports {
        let (done, told) = oneshot::channel();
        if due.plan == ReportPlan::Early {
            early.push(told);
        }
        if postbox.send(Errand { due, done: Some(done) }).await.is_err() {
            tracing::error!("the carrier is stopping: no report will come");
        }
    }
    for report in early {
        // An error says that the carrier is stopping, and then nobody waits for the answer either.
        let _stopping = report.await;
    }
}

pub(crate) fn postbox() -> (mpsc::Sender<Errand>, mpsc::Receiver<Errand>) {
    mpsc::channel(UNDER_WAY_MAX)
}

/// Carries errands out until it is aborted, and every push with it. Errors: no HTTP client can be made.
pub(crate) fn deliver(
    mut errands: mpsc::Receiver<Errand>,
    carrier: Arc<Carrier>,
    retry: Duration,
) -> anyhow::Result<impl Future<Output = ()>> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PUSH_TIMEOUT)
        .build()
        .context("making the client that pushes reports")?;
    Ok(async move {
        let mut under_way = JoinSet::new();
        while let Some(errand) = errands.recv().await {
            while under_way.try_join_next().is_some() {}
            if under_way.len() >= UNDER_WAY_MAX {
                under_way.join_next().await;
            }
            let postman = Postman { client: client.clone(), carrier: Arc::clone(&carrier), retry };
            under_way.spawn(async move { postman.carry_out(errand).await });
        }
    })
}

struct Postman {
    client: reqwest::Client,
    carrier: Arc<Carrier>,
    retry: Duration,
}

impl Postman {
    async fn carry_out(&self, errand: Errand) {
        let Errand { due, done } = errand;
        let delay = Duration::from_millis(due.delay_ms);
        let wait = due.not_before.duration_since(Timestamp::now());
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        match due.plan {
            ReportPlan::Once(status) => {
                tokio::time::sleep(delay).await;
                self.hand_over(&due, status).await;
            }
            ReportPlan::Then(first, second) => {
                for status in [first, second] {
                    tokio::time::sleep(delay).await;
                    self.hand_over(&due, status).await;
                }
            }
            ReportPlan::Late => {
                tokio::time::sleep(delay * OUT_OF_ORDER_DELAYS).await;
                self.hand_over(&due, "DELIVRD").await;
            }
            ReportPlan::Overbilled => {
                tokio::time::sleep(delay).await;
                self.hand_over(&due, "DELIVRD").await;
            }
            ReportPlan::Early => self.hand_over(&due, "DELIVRD").await,
            ReportPlan::OptedOut => {
                tokio::time::sleep(delay).await;
                self.hand_over(&due, "DELIVRD").await;
                self.answer(&due).await;
            }
            ReportPlan::Never => {}
        }
        if let Some(done) = done {
            // The submit may have been given up by its client; the report went out all the same.
            let _nobody_waits = done.send(());
        }
    }

    async fn hand_over(&self, due: &DueReports, status: &'static str) {
        let Some(report) = self.carrier.report(due, status, Timestamp::now()) else { return };
        if matches!(due.callback, Callback::Pull) {
            return self.carrier.keep_for_pull(report);
        }
        for attempt in 1..=TRIES {
            match self.push(&due.callback, &report).await {
                Ok(()) => return self.carrier.note_handed_over(&report),
                Err(error) => tracing::warn!(attempt, %error, "a report was not taken"),
            }
            if attempt < TRIES {
                tokio::time::sleep(self.retry).await;
            }
        }
        self.carrier.note_lost(&report);
    }

    /// The receiver writes back.
    async fn answer(&self, due: &DueReports) {
        let Some(report) = self.carrier.report(due, "DELIVRD", Timestamp::now()) else { return };
        match &due.callback {
            Callback::Pull => {
                let text = if report.protocol == Protocol::TencentSms { "TD" } else { "R" };
                let reply = HeldReply { phone: report.phone, text, at: Timestamp::now() };
                self.carrier.keep_reply_for_pull(report.protocol, reply);
            }
            Callback::TencentSms(_) => self.push_reply(&report).await,
            Callback::Chuanglan(_) | Callback::Smsc(_) => {}
        }
    }

    /// Nobody asks for it again when it is not taken.
    async fn push_reply(&self, report: &Report) {
        let Some(address) = self.carrier.tencent_replies() else { return };
        let reply = tencent_reply(report, &self.carrier.settings.signature);
        let answer = self.client.post(address).json(&reply).send().await;
        if let Err(error) = answer.and_then(reqwest::Response::error_for_status) {
            tracing::warn!(error = %error.without_url(), "a reply was not taken");
        }
    }

    async fn push(&self, callback: &Callback, report: &Report) -> anyhow::Result<()> {
        let request = match callback {
            Callback::Pull => return Ok(()),
            Callback::Smsc(receipts) => {
                let (taken, told) = oneshot::channel();
                receipts.send(Handed { report: report.clone(), taken }).await?;
                return told.await.context("it was not acknowledged");
            }
            Callback::Chuanglan(address) => self.chuanglan(address, report),
            Callback::TencentSms(address) => self.client.post(address).json(&json!([tencent_sms(report)])),
        };
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        answer.map_err(reqwest::Error::without_url)?;
        Ok(())
    }

    fn chuanglan(&self, callback: &str, report: &Report) -> reqwest::RequestBuilder {
        let (receiver, pswd) = &self.carrier.settings.report_credentials;
        let length = report.length.to_string();
        let (reported, notified) =
            (protocol::short_minutes(report.reported_at), protocol::short_seconds(Timestamp::now()));
        let mut query = vec![
            ("receiver", receiver.as_str()),
            ("pswd", pswd),
            ("msgid", &report.msg_id),
            ("reportTime", &reported),
            ("mobile", &report.phone),
            ("notifyTime", &notified),
        ];
        query.extend(report.uid.as_deref().map(|uid| ("uid", uid)));
        query.extend([("length", length.as_str()), ("status", report.status)]);
        query.push(("statusDesc", describe(report.status)));
        self.client.get(callback).query(&query)
    }
}

/// A report as Tencent Cloud posts it. It names neither our id nor what was billed.
fn tencent_sms(report: &Report) -> Value {
    json!({
        "user_receive_time": protocol::spelled(report.reported_at),
        "nationcode": "86",
        "mobile": report.phone,
        "report_status": if report.status == "DELIVRD" { "SUCCESS" } else { "FAIL" },
        "errmsg": report.status,
        "description": describe(report.status),
        "sid": report.msg_id,
    })
}

/// A reply as Tencent Cloud posts it. It does not name the text that was answered.
fn tencent_reply(report: &Report, signature: &str) -> Value {
    json!({
        "extend": "",
        "mobile": report.phone,
        "nationcode": "86",
        "sign": signature,
        "text": "TD",
        "time": Timestamp::now().as_second(),
    })
}

/// The vendor's `statusDesc`.
pub(crate) fn describe(status: &str) -> &'static str {
    match status {
        "DELIVRD" => "短信发送成功",
        "UNDELIV" => "短信未送达",
        "REJECTD" => "短信中心拒绝",
        "MBBLACK" => "黑名单号码",
        _ => "未知短信状态",
    }
}
