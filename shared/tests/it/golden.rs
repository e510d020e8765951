//! What every message looks like on the wire, kept in files. A change that an older box, page or cloud would
//! not understand shows here first. `UPDATE=1 cargo test -p shared --test it golden` writes the files anew; look
//! at what changed before you keep it.

#![expect(clippy::disallowed_methods, reason = "the crate reads and writes nothing; its tests keep files")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::command::{Command, Outcome, Request};
use shared::fact::{Fact, Recorded, SmsTemplate};
use shared::guest::Guest;
use shared::message::{Became, Channel, MessageEvent, MessageKind, MessageReason, MessageState, Source};
use shared::order::{CancelReason, CompletionReason, LineState, OrderState};
use shared::screen::Role;
use shared::sms::{SmsFailure, SmsResult};
use shared::sync::News;

use crate::samples;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Holds a message against its file, both ways: we write what the file says, and we read the file.
fn holds<T: Serialize + DeserializeOwned>(name: &str, message: &T) {
    let file = folder().join(format!("{name}.json"));
    let written = serde_json::to_string_pretty(message).expect("it is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder()).expect("a folder for the files");
        std::fs::write(&file, &written).expect("the file is written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, kept, "{name}: run UPDATE=1 cargo test -p shared --test it golden");
    let read: T = serde_json::from_str(&kept).expect("what was kept can be read");
    let again = serde_json::to_string_pretty(&read).expect("it is JSON") + "\n";
    assert_eq!(again, kept, "{name}: reading it lost something");
}

/// The names of an enum's variants on the wire, as serde itself lists them when it knows none of ours. So a new
/// variant cannot be forgotten.
fn variants<T: DeserializeOwned>(unknown: &str) -> BTreeSet<String> {
    let Err(error) = serde_json::from_str::<T>(unknown) else { panic!("{unknown} is no variant") };
    let error = error.to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn names(samples: &[(&str, impl Sized)]) -> BTreeSet<String> {
    samples.iter().map(|(name, _)| name.split('.').next().expect("a name").to_owned()).collect()
}

#[test]
fn every_fact_is_as_it_was() {
    assert_eq!(names(&samples::facts()), variants::<Fact>(r#"{"type":"?"}"#));
    for (name, fact) in samples::facts() {
        holds(&format!("fact.{name}"), &fact);
    }
    holds("recorded", &samples::recorded(1, samples::placed()));
}

#[test]
fn every_command_is_as_it_was() {
    assert_eq!(names(&samples::commands()), variants::<Command>(r#"{"type":"?"}"#));
    for (name, command) in samples::commands() {
        holds(&format!("command.{name}"), &command);
    }
}

#[test]
fn every_answer_is_as_it_was() {
    holds("answer", &samples::answer());
    holds("problem", &samples::problem());
    holds("request", &samples::asked());
    assert_eq!(names(&samples::replies()), variants::<Outcome>(r#"{"?":0}"#));
    for (name, reply) in samples::replies() {
        holds(&format!("reply.{name}"), &reply);
    }
}

#[test]
fn everything_a_screen_is_told_is_as_it_was() {
    holds("session", &samples::session());
    holds("board", &samples::board());
    holds("board_event", &samples::board_event());
    holds("heartbeat", &samples::heartbeat());
    holds("menu_view", &samples::menu_view());
    holds("menu_event", &samples::menu_event());
    holds("kitchen_view", &samples::kitchen_view());
    holds("announcements_view", &samples::messages::announcements_view());
    holds("message", &samples::messages::to_a_device());
    holds("message_report", &samples::messages::report());
    holds("message_record", &samples::messages::record());
    assert_eq!(names(&samples::line_states()), variants::<LineState>(r#"{"state":"?"}"#));
}

#[test]
fn everything_between_box_and_cloud_is_as_it_was() {
    holds("batch", &samples::sync::batch());
    for (name, hello) in samples::sync::hellos() {
        holds(name, &hello);
    }
    for (name, ack) in samples::sync::acks() {
        holds(&format!("ack.{name}"), &ack);
    }
    holds("news_batch", &samples::sync::news_batch());
    assert_eq!(variants::<News>(r#"{"type":"?"}"#), BTreeSet::from(["sms".to_owned()]));
    assert_eq!(names(&samples::sync::results()), variants::<SmsResult>(r#"{"state":"?"}"#));
}

#[test]
fn the_words_of_the_small_enums_stay() {
    let list = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(variants::<Guest>(r#"{"kind":"?"}"#), list(&["room", "wristband"]));
    assert_eq!(
        variants::<Role>("\"?\""),
        list(&["pad", "kitchen", "expo", "call_screen", "speaker", "staff", "cashier"])
    );
    let order_states = ["waiting", "cooking", "ready", "served", "cancelled", "completed"];
    assert_eq!(variants::<OrderState>("\"?\""), list(&order_states));
    assert_eq!(variants::<CancelReason>("\"?\""), list(&["asked", "guest_left"]));
    assert_eq!(variants::<CompletionReason>("\"?\""), list(&["room_cleaned", "wristband_returned"]));
    assert_eq!(variants::<SmsTemplate>("\"?\""), list(&["dish_ready"]));
    let failures = "no_units too_late opted_out cancelled unsendable refused undelivered no_receipt";
    assert_eq!(variants::<SmsFailure>("\"?\""), list(&failures.split(' ').collect::<Vec<_>>()));
}

#[test]
fn the_words_about_messages_stay() {
    let list = |all: &str| all.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let events = "order_placed lines_fired lines_rushed line_voided line_cancelled left_behind pickup_called \
                  service_called attendant_called notice";
    assert_eq!(variants::<MessageEvent>("\"?\""), list(events));
    assert_eq!(variants::<MessageKind>("\"?\""), list("announce refresh notify pad_call"));
    let channels = "speaker kitchen call_screen cashier staff pad tencent_im webhook";
    assert_eq!(variants::<Channel>("\"?\""), list(channels));
    assert_eq!(variants::<Source>("\"?\""), list("room wristband shop"));
    assert_eq!(variants::<Became>("\"?\""), list("acknowledged spoken silent"));
    assert_eq!(variants::<MessageState>("\"?\""), list("queued sent acknowledged spoken skipped failed"));
    let reasons = "turned_off quiet_hours too_old too_many said_together started no_longer_so picked_up answered \
                   seen guest_left off_duty device_gone no_answer not_heard voice_off";
    assert_eq!(variants::<MessageReason>("\"?\""), list(reasons));
}

#[test]
fn a_fact_of_a_newer_box_is_read_without_what_is_new_in_it() {
    let mut json = serde_json::to_value(samples::recorded(1, samples::placed())).expect("it is JSON");
    json["invented_later"] = true.into();
    json["fact"]["invented_later"] = 7.into();
    json["fact"]["lines"][0]["invented_later"] = "x".into();
    let read: Recorded = serde_json::from_value(json).expect("the rest is as it was");
    assert_eq!(read, samples::recorded(1, samples::placed()));
}

#[test]
fn a_wish_with_a_field_that_we_do_not_know_is_refused() {
    for (name, command) in samples::commands() {
        let mut json = serde_json::to_value(&command).expect("it is JSON");
        json["surprise"] = true.into();
        assert!(serde_json::from_value::<Command>(json).is_err(), "{name}: it would do less than was asked");
    }
    let mut json = serde_json::to_value(samples::asked()).expect("it is JSON");
    json["surprise"] = true.into();
    assert!(serde_json::from_value::<Request>(json).is_err());
}
