//! Every problem has a status, a stable code and both languages.

use super::*;
use cloud_core::ledger::RequestField;
use cloud_core::purchase::BadOffer;
use cloud_core::sms::BadParameter;
use cloud_core::units::Units;
use cloud_core::{access, carrier, outbox};
use shared::guest::PhoneNumber;

/// Every variant. A new one belongs here and into the table.
fn all() -> Vec<(ApiError, u16, &'static str)> {
    let ledger = |refusal| ApiError::Refused(Refusal::Ledger(refusal));
    let carrier = |refusal| ApiError::Refused(Refusal::Carrier(refusal));
    let outbox = |refusal| ApiError::Refused(Refusal::Outbox(refusal));
    let access = |refusal| ApiError::Refused(Refusal::Access(refusal));
    let purchase = |refusal| ApiError::Refused(Refusal::Purchase(refusal));
    vec![
        (ApiError::Malformed("x".to_owned()), 400, "malformed"),
        (ApiError::TooLarge, 413, "too_large"),
        (ApiError::WhoAreYou, 401, "not_signed_in"),
        (ApiError::NotAllowed, 403, "not_allowed"),
        (ApiError::NotEncrypted, 422, "not_encrypted"),
        (outbox(outbox::Refusal::NoSubscription), 404, "unknown_subscription"),
        (outbox(outbox::Refusal::NoTopic), 422, "no_topic"),
        (outbox(outbox::Refusal::TooManySubscriptions), 409, "too_many_subscriptions"),
        (ApiError::TooManyRequests { after_s: 2 }, 429, "too_many_requests"),
        (access(access::Refusal::NoKey), 404, "unknown_key"),
        (access(access::Refusal::NoUser), 404, "unknown_user"),
        (access(access::Refusal::NoScope), 422, "no_scope"),
        (access(access::Refusal::AlreadyExpired), 422, "key_already_expired"),
        (access(access::Refusal::TooManyKeys), 409, "too_many_keys"),
        (access(access::Refusal::GraceTooLong), 422, "grace_too_long"),
        (ApiError::WrongCredentials, 401, "wrong_credentials"),
        (ApiError::TooManyTries, 429, "too_many_tries"),
        (ApiError::NotFound, 404, "not_found"),
        (ApiError::PaymentOff, 409, "payment_off"),
        (ApiError::Unavailable, 503, "unavailable"),
        (ApiError::Refused(Refusal::MessageReused(RequestField::Phone)), 409, "request_id_reused"),
        (ApiError::Refused(Refusal::NoBrand), 404, "unknown_brand"),
        (ApiError::Refused(Refusal::NoShop), 404, "unknown_shop"),
        (ApiError::Refused(Refusal::NoBox), 404, "unknown_box"),
        (ApiError::Refused(Refusal::NoChannel), 404, "unknown_channel"),
        (ApiError::Refused(Refusal::NoMessage), 404, "unknown_message"),
        (ApiError::Refused(Refusal::NoBatch), 404, "unknown_batch"),
        (ApiError::Refused(Refusal::OnItsWay), 409, "on_its_way"),
        (ApiError::Refused(Refusal::Taken("the shop")), 409, "taken"),
        (ApiError::Refused(Refusal::Gap), 409, "gap"),
        (ApiError::Refused(Refusal::InboxFull), 503, "inbox_full"),
        (carrier(carrier::Refusal::NoAccount), 404, "unknown_carrier"),
        (carrier(carrier::Refusal::OtherOwner), 409, "other_owner"),
        (carrier(carrier::Refusal::BatchTooLarge { max: 200 }), 422, "batch_too_large"),
        (ledger(ledger::Refusal::IdReused(RequestField::Units)), 409, "request_id_reused"),
        (ledger(ledger::Refusal::NoUnits), 422, "no_units"),
        (ledger(ledger::Refusal::MoreThanThere { there: Units(3) }), 422, "more_than_there"),
        (ledger(ledger::Refusal::AlreadyExpired), 422, "already_expired"),
        (ledger(ledger::Refusal::NoFreeze), 404, "unknown_freeze"),
        (ledger(ledger::Refusal::Insufficient { available: Units(3) }), 409, "insufficient_units"),
        (ledger(ledger::Refusal::AlreadyReleased), 409, "already_released"),
        (ledger(ledger::Refusal::AlreadyPaid), 409, "already_paid"),
        (ledger(ledger::Refusal::NotPaid), 409, "not_paid"),
        (ledger(ledger::Refusal::NoPackage), 404, "unknown_package"),
        (purchase(purchase::Refusal::BadOffer(BadOffer::Units)), 422, "bad_offer"),
        (purchase(purchase::Refusal::BadOffer(BadOffer::Price)), 422, "bad_offer"),
        (purchase(purchase::Refusal::BadOffer(BadOffer::ValidDays)), 422, "bad_offer"),
        (purchase(purchase::Refusal::BadOffer(BadOffer::Name)), 422, "bad_offer"),
        (purchase(purchase::Refusal::NoOffer), 404, "unknown_offer"),
        (purchase(purchase::Refusal::PriceChanged), 409, "price_changed"),
        (purchase(purchase::Refusal::NoPurchase), 404, "unknown_purchase"),
        (purchase(purchase::Refusal::IdReused(RequestField::Offer)), 409, "request_id_reused"),
        (purchase(purchase::Refusal::TooManyOpen), 409, "too_many_open"),
        (purchase(purchase::Refusal::NotOpen), 409, "purchase_not_open"),
        (purchase(purchase::Refusal::NotPaid), 409, "purchase_not_paid"),
        (purchase(purchase::Refusal::NotEnded), 409, "refund_not_ended"),
        (purchase(purchase::Refusal::BadNote), 422, "bad_note"),
        (purchase(purchase::Refusal::NothingLeft), 409, "nothing_left"),
    ]
}

/// The same of words that cannot be sent.
fn all_about_words() -> Vec<(ApiError, u16, &'static str)> {
    let text = |bad| ApiError::Refused(Refusal::Text(bad));
    let phone = PhoneNumber::new("13900000000").expect("eleven digits");
    let text_to_somebody = Refusal::TextTo { phone, source: BadText::Length };
    vec![
        (text(BadText::Signature), 422, "bad_signature"),
        (text(BadText::Length), 422, "bad_text"),
        (text(BadText::OtherSignature), 422, "other_signature"),
        (text(BadText::Parameter("dish")), 422, "missing_parameter"),
        (text(BadText::Places), 422, "bad_places"),
        (text(BadText::Parameters { has: 1, needs: 2 }), 422, "wrong_parameters"),
        (text(BadText::BadParameter(BadParameter)), 422, "bad_parameter"),
        (ApiError::TextTo { at: 3, bad: BadText::Length }, 422, "bad_text"),
        (ApiError::Refused(text_to_somebody), 422, "bad_text"),
    ]
}

#[test]
fn k10_every_error_has_its_status_its_code_and_two_sentences() {
    for (error, status, code) in all().into_iter().chain(all_about_words()) {
        let (zh, en) = (error.problem(false), error.problem(true));
        assert_eq!((zh.status, zh.code.as_str()), (status, code), "{error:?}");
        assert!(!zh.detail.is_ascii() && en.detail.is_ascii(), "{error:?}: {} / {}", zh.detail, en.detail);
    }
}

#[test]
fn s8_a_reused_id_names_the_field_that_differs() {
    let error = ApiError::Refused(Refusal::MessageReused(RequestField::Text));
    assert_eq!(error.problem(true).about, ["text"]);
    let to_one = ApiError::TextTo { at: 3, bad: BadText::Parameters { has: 1, needs: 2 } };
    assert_eq!(to_one.problem(true).about, ["parameters[3]"]);
}
