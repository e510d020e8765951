//! What travels between box and cloud, and what comes of it.

use serde_json::value::to_raw_value;
use shared::fact::Fact;
use shared::id::{SmsId, StreamId};
use shared::sms::{SmsFailure, SmsResult, SmsView};
use shared::sync::{Ack, Batch, Hello, News, NewsBatch};
use uuid::Uuid;

use super::{at, line, order, placed, recorded};

fn stream() -> StreamId {
    StreamId(Uuid::from_u128(0x5))
}

pub(crate) fn batch() -> Batch {
    let facts = [placed(), Fact::CookingStarted { order: order(), line: line(0) }];
    let stored = (1..).zip(facts).map(|(seq, fact)| to_raw_value(&recorded(seq, fact)).expect("it is JSON"));
    Batch { v: 1, stream: stream(), from: 1, to: 2, facts: stored.collect() }
}

pub(crate) fn acks() -> [(&'static str, Ack); 2] {
    let kept = Ack { stream: stream(), have: 64, gap: false, parked: Vec::new() };
    [("kept", kept.clone()), ("gap", Ack { gap: true, parked: vec![7, 9], ..kept })]
}

/// The second is of a box that takes no news.
pub(crate) fn hellos() -> [(&'static str, Hello); 2] {
    let program = "0.1.0".to_owned();
    let older = Hello { v: 1, stream: stream(), next: 65, acked: 60, program, wall: at(400), news: None };
    [("hello", Hello { news: Some(3), ..older.clone() }), ("hello.older", older)]
}

pub(crate) fn results() -> Vec<(&'static str, SmsResult)> {
    let failed = |reason, code: &str| SmsResult::Failed { reason, code: code.to_owned() };
    vec![
        ("sent", SmsResult::Sent),
        ("delivered", SmsResult::Delivered),
        ("failed", failed(SmsFailure::NoUnits, "")),
        ("failed.undelivered", failed(SmsFailure::Undelivered, "MK:0001")),
    ]
}

/// What a box makes of news.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    let answered = |result| Fact::SmsAnswered { sms: SmsId::about_round(order(), 0), order: order(), result };
    let names = ["sms_answered", "sms_answered.delivered", "sms_answered.failed", "sms_answered.undelivered"];
    names.into_iter().zip(results()).map(|(name, (_, result))| (name, answered(result))).collect()
}

pub(crate) fn news_batch() -> NewsBatch {
    let about = |(_, result)| News::Sms { sms: SmsId::about_round(order(), 0), order: order(), result };
    let news = results().into_iter().map(about).map(|news| to_raw_value(&news).expect("it is JSON"));
    NewsBatch { v: 1, stream: stream(), from: 4, news: news.collect() }
}

/// A message without a result, and one with each.
pub(crate) fn sms_views() -> Vec<SmsView> {
    let results = results().into_iter().map(|(_, result)| Some(result));
    let view =
        |(round, result)| SmsView { sms: SmsId::about_round(order(), round), round, at: at(500), result };
    (0..).zip(std::iter::once(None).chain(results)).map(view).collect()
}
