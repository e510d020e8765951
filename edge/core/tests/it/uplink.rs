//! What the box sends to the cloud when: one batch at a time, and nothing is kept before the cloud says so.

use std::time::Duration;

use edge_core::uplink::{Sending, Uplink};
use shared::id::StreamId;
use shared::sync::Ack;
use uuid::Uuid;

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn ack(have: u64) -> Ack {
    Ack { stream: StreamId(Uuid::from_u128(1)), have, gap: false, parked: Vec::new() }
}

pub(crate) fn gap(have: u64) -> Ack {
    Ack { gap: true, ..ack(have) }
}

/// Connected at 0 s; the cloud has this much of the box's 10 facts and the rest is sent in one batch.
fn with_a_batch_out(have: u64) -> Uplink {
    let mut uplink = Uplink::new(0, 10);
    uplink.connected(seconds(0));
    assert_eq!(uplink.heard(&ack(have)), Some(Sending::BatchFrom(have + 1)));
    uplink.sent(seconds(0), 10);
    uplink
}

/// The seconds, within ten minutes, at which something is sent again.
fn sent_again_at(uplink: &mut Uplink, what: Sending) -> Vec<u64> {
    let mut at = Vec::new();
    for now in 1..=320 {
        if let Some(sending) = uplink.tick(seconds(now)) {
            assert_eq!(sending, what);
            at.push(now);
            if matches!(sending, Sending::BatchFrom(_)) {
                uplink.sent(seconds(now), 10);
            }
        }
    }
    at
}

#[test]
fn a_connection_begins_with_a_hello_and_sends_nothing_before_its_answer() {
    let mut uplink = Uplink::new(3, 10);
    assert_eq!((uplink.grown(11), uplink.tick(seconds(99)), uplink.heard(&ack(3))), (None, None, None));
    assert_eq!(uplink.connected(seconds(100)), Sending::Hello);
    assert_eq!((uplink.grown(12), uplink.is_online()), (None, false));
    assert_eq!(uplink.heard(&ack(5)), Some(Sending::BatchFrom(6)));
    assert_eq!((uplink.acked(), uplink.unsent(), uplink.is_online()), (5, 7, true));
}

#[test]
fn a_cloud_that_leaves_a_batch_unanswered_is_away_until_it_answers() {
    let mut uplink = with_a_batch_out(0);
    assert_eq!((uplink.tick(seconds(4)), uplink.is_online()), (None, true));
    assert_eq!(uplink.tick(seconds(5)), Some(Sending::BatchFrom(1)));
    assert!(!uplink.is_online(), "the broker is there, the cloud is not");
    uplink.heard(&ack(10));
    assert!(uplink.is_online());
}

#[test]
fn a_second_batch_waits_for_the_answer_to_the_first() {
    let mut uplink = with_a_batch_out(0);
    assert_eq!(uplink.grown(12), None);
    assert_eq!(uplink.heard(&ack(4)), None, "an answer to something earlier");
    assert_eq!((uplink.acked(), uplink.unsent()), (4, 8));
    assert_eq!(uplink.heard(&ack(10)), Some(Sending::BatchFrom(11)));
}

#[test]
fn what_is_new_is_sent_at_once_when_nothing_is_out() {
    let mut uplink = with_a_batch_out(0);
    assert_eq!(uplink.heard(&ack(10)), None);
    assert_eq!(uplink.unsent(), 0);
    assert_eq!(uplink.grown(11), Some(Sending::BatchFrom(11)));
}

#[test]
fn an_unanswered_batch_is_sent_again_after_5_seconds_then_later_and_later_up_to_60() {
    let mut uplink = with_a_batch_out(2);
    let again = sent_again_at(&mut uplink, Sending::BatchFrom(3));
    assert_eq!(again, [5, 15, 35, 75, 135, 195, 255, 315]);
}

#[test]
fn an_unanswered_hello_is_sent_again_in_the_same_rhythm() {
    let mut uplink = Uplink::new(0, 10);
    uplink.connected(seconds(0));
    let again = sent_again_at(&mut uplink, Sending::Hello);
    assert_eq!(again, [5, 15, 35, 75, 135, 195, 255, 315]);
}

#[test]
fn an_answer_or_a_new_connection_makes_the_box_impatient_again() {
    for reconnects in [false, true] {
        let mut uplink = with_a_batch_out(2);
        sent_again_at(&mut uplink, Sending::BatchFrom(3));
        if reconnects {
            uplink.disconnected();
            uplink.connected(seconds(320));
        }
        uplink.heard(&ack(4));
        uplink.sent(seconds(320), 10);
        assert_eq!(
            (uplink.tick(seconds(324)), uplink.tick(seconds(325))),
            (None, Some(Sending::BatchFrom(5)))
        );
    }
}

#[test]
fn nothing_is_sent_while_there_is_no_connection() {
    let mut uplink = with_a_batch_out(0);
    uplink.disconnected();
    assert_eq!((uplink.tick(seconds(99)), uplink.grown(11), uplink.heard(&ack(10))), (None, None, None));
    assert_eq!((uplink.acked(), uplink.is_online()), (0, false));
    assert_eq!(uplink.connected(seconds(100)), Sending::Hello);
}

#[test]
fn a_late_answer_with_less_is_ignored_while_a_batch_is_out() {
    let mut uplink = with_a_batch_out(8);
    assert_eq!(uplink.heard(&ack(2)), None);
    assert_eq!(uplink.acked(), 8);
}

#[test]
fn a_gap_sends_the_box_back_to_where_the_cloud_is() {
    let mut uplink = with_a_batch_out(8);
    assert_eq!(uplink.heard(&gap(2)), Some(Sending::BatchFrom(3)));
    assert_eq!(uplink.unsent(), 8);
}

#[test]
fn a_cloud_that_was_restored_says_less_to_the_hello_and_gets_it_again() {
    let mut uplink = with_a_batch_out(0);
    uplink.heard(&ack(10));
    uplink.disconnected();
    uplink.connected(seconds(9));
    assert_eq!(uplink.heard(&ack(1)), Some(Sending::BatchFrom(2)));
}

#[test]
fn a_cloud_that_says_less_while_nothing_is_out_gets_it_again() {
    let mut uplink = Uplink::new(0, 10);
    uplink.connected(seconds(0));
    assert_eq!(uplink.heard(&ack(10)), None, "an answer from before the cloud was restored");
    assert_eq!(uplink.heard(&ack(1)), Some(Sending::BatchFrom(2)), "the answer to this hello");
}

#[test]
fn a_cloud_that_has_more_than_the_box_is_not_believed() {
    let mut uplink = with_a_batch_out(0);
    assert_eq!(uplink.heard(&ack(99)), None);
    assert_eq!((uplink.acked(), uplink.unsent()), (10, 0));
    assert_eq!(uplink.grown(11), Some(Sending::BatchFrom(11)));
}
