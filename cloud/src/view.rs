//! What the dashboard and the brand's systems are shown.

mod access;
mod figures;
mod outbox;
mod purchase;
mod reason;
mod relay;

use std::borrow::Cow;

use cloud_core::id::CarrierAccountId;
use cloud_core::ledger::{Account, Freeze, FreezeState, Lot, Outcome};
use cloud_core::sms::{Ending, Kind, Message, MessageState, Step};
use cloud_core::units::Units;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::id::{OrderId, ShopId, SmsId};
use shared::quantity::OrderNumber;
use utoipa::ToSchema;

pub use access::{KeySecretView, KeyStateView, KeyView, role_word};
pub use figures::{
    BalanceFigures, CarrierFigure, DayFigure, KindFigure, OutlookFigure, ReasonFigure, ShopFigure,
};
pub(crate) use figures::{by_carrier, by_reason, by_shop};
pub use outbox::SubscriptionView;
pub use purchase::{OfferView, PurchaseStateView, PurchaseView, RefundView};
pub use reason::ReasonCode;
pub(crate) use reason::words as reason_words;
pub use relay::{ChannelView, ParcelMoment, ParcelView, RelayStateView, RelayView};

/// A message as people may see it: the number is masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub message: SmsId,
    /// The shop whose box asked, if one did.
    pub shop: Option<ShopId>,
    /// `verification`, `notification`, `marketing`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// `139****0000`.
    pub phone_masked: String,
    /// The words, signature included.
    pub text: String,
    /// What it costs.
    pub units: u64,
    /// Where it is.
    pub state: MessageStateView,
    /// Why it is there, when that is not plain.
    pub reason: Option<String>,
    /// The same without anybody's words.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason_code: Option<ReasonCode>,
    /// The carrier account that it was last given to, once it was.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub carrier: Option<CarrierAccountId>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    /// When the carrier was known to have taken it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// When its receipt came.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub receipt_at: Option<Timestamp>,
    /// Its payment, once it is paid.
    pub payment: Option<String>,
    /// Every step.
    pub timeline: Vec<Moment>,
    /// The order it is about.
    pub order: Option<OrderOfMessage>,
}

/// Where a message is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStateView {
    /// Waits for the carrier.
    Queued,
    /// The carrier is being asked.
    Submitting,
    /// Nobody knows whether the carrier took it.
    InDoubt,
    /// The carrier took it.
    Accepted,
    /// It arrived.
    Delivered,
    /// It did not arrive.
    Undelivered,
    /// It did not go out; nothing is charged.
    Failed,
    /// Given back before it was paid.
    Released,
}

impl MessageStateView {
    /// Those that the brand has paid for, as far as is known.
    pub const CHARGED: [Self; 5] =
        [Self::Submitting, Self::InDoubt, Self::Accepted, Self::Delivered, Self::Undelivered];

    /// The word itself.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitting => "submitting",
            Self::InDoubt => "in_doubt",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Released => "released",
        }
    }
}

/// One step and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What: `queued`, `refused`, `paid`, `postponed`, `in_doubt`, `accepted`, `delivered`, `undelivered`,
    /// `failed`, `released`.
    #[schema(value_type = String)]
    pub what: Cow<'static, str>,
}

/// The order a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderOfMessage {
    /// The order.
    pub order: OrderId,
    /// Its number, if the order was known.
    pub number: Option<OrderNumber>,
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        let at = |wanted: fn(&Step) -> bool| {
            message.steps.iter().find(|stamped| wanted(&stamped.step)).map(|stamped| stamped.at)
        };
        let paid = at(|step| matches!(step, Step::Submitting { .. }));
        let wish = &message.wish;
        Self {
            message: message.key.sms,
            shop: wish.shop.clone(),
            kind: wish.kind,
            phone_masked: wish.phone.masked(),
            text: wish.text.clone(),
            units: wish.units.0,
            state: state_view(&message.state),
            reason: reason::words(message),
            reason_code: ReasonCode::of(message),
            carrier: message.carrier.clone(),
            requested_at: message.asked_at(),
            sent_at: at(|step| {
                matches!(step, Step::Accepted { .. } | Step::Delivered | Step::Undelivered { .. })
            }),
            receipt_at: at(|step| matches!(step, Step::Delivered | Step::Undelivered { .. })),
            payment: paid.map(|_| message.freeze().to_string()),
            timeline: message
                .steps
                .iter()
                .map(|stamped| Moment { at: stamped.at, what: step_word(&stamped.step).into() })
                .collect(),
            order: wish.about.map(|about| OrderOfMessage { order: about.order, number: about.number }),
        }
    }
}

/// A state as a word.
pub fn state_view(state: &MessageState) -> MessageStateView {
    match state {
        MessageState::Queued { .. } | MessageState::Postponed { .. } => MessageStateView::Queued,
        MessageState::Submitting { .. } => MessageStateView::Submitting,
        MessageState::InDoubt { .. } => MessageStateView::InDoubt,
        MessageState::Accepted { .. } => MessageStateView::Accepted,
        MessageState::Delivered => MessageStateView::Delivered,
        MessageState::Undelivered { .. } => MessageStateView::Undelivered,
        MessageState::Failed { .. } | MessageState::Refused { .. } | MessageState::Barred { .. } => {
            MessageStateView::Failed
        }
        MessageState::Released { .. } => MessageStateView::Released,
    }
}

/// What a message came to, as a word.
pub fn ending_view(ending: Ending) -> MessageStateView {
    match ending {
        Ending::Accepted => MessageStateView::Accepted,
        Ending::Delivered => MessageStateView::Delivered,
        Ending::Undelivered => MessageStateView::Undelivered,
        Ending::Failed | Ending::Refused { .. } | Ending::Barred => MessageStateView::Failed,
        Ending::Released => MessageStateView::Released,
    }
}

fn step_word(step: &Step) -> &'static str {
    match step {
        Step::Queued { .. } => "queued",
        Step::Refused { .. } => "refused",
        Step::Released { .. } => "released",
        Step::Barred { .. } => "barred",
        Step::Submitting { .. } => "paid",
        Step::Postponed { .. } => "postponed",
        Step::InDoubt { .. } => "in_doubt",
        Step::Accepted { .. } => "accepted",
        Step::Failed { .. } => "failed",
        Step::Delivered => "delivered",
        Step::Undelivered { .. } => "undelivered",
    }
}

/// A brand's books (S13): bought + granted = available + frozen + in doubt + sent + expired + revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BalanceView {
    /// What is left: available and frozen.
    pub balance: u64,
    /// Free to be used.
    pub available: u64,
    /// Reserved.
    pub frozen: u64,
    /// Paid, outcome unknown.
    pub in_doubt: u64,
    /// Spent on messages that were sent.
    pub sent: u64,
    /// Gone with their packages.
    pub expired: u64,
    /// Taken back.
    pub revoked: u64,
    /// Ever bought.
    pub bought: u64,
    /// Ever granted.
    pub granted: u64,
    /// The packages, in the order in which they are used.
    pub packages: Vec<PackageView>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageView {
    /// The purchase.
    pub package: String,
    /// What people call it.
    pub name: String,
    /// Its size.
    pub bought: u64,
    /// What is left of it, reserved or not.
    pub remaining: u64,
    /// Of that, reserved.
    pub reserved: u64,
    /// Its last day.
    #[schema(value_type = String, format = Date)]
    pub expires_on: jiff::civil::Date,
    /// When it was paid.
    #[schema(value_type = String, format = DateTime)]
    pub paid_at: Timestamp,
}

impl From<&Account> for BalanceView {
    fn from(account: &Account) -> Self {
        let places = account.places();
        Self {
            balance: places.balance().0,
            available: places.available.0,
            frozen: places.frozen.0,
            in_doubt: places.in_doubt.0,
            sent: places.sent.0,
            expired: places.expired.0,
            revoked: places.revoked.0,
            bought: account.bought().0,
            granted: account.granted().0,
            packages: account.lots().map(PackageView::from).collect(),
        }
    }
}

impl From<&Lot> for PackageView {
    fn from(lot: &Lot) -> Self {
        Self {
            package: lot.package.package.to_string(),
            name: lot.package.name.clone(),
            bought: lot.package.units.0,
            remaining: lot.places.balance().0,
            reserved: lot.places.frozen.0,
            expires_on: lot.package.expires_on,
            paid_at: lot.paid_at,
        }
    }
}

/// A freeze, and its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FreezeView {
    /// Its number, which is its payment's too.
    pub freeze: String,
    /// How many units.
    pub units: u64,
    /// How many of them were paid.
    pub paid_units: u64,
    /// How many of those went back, because their messages were not sent.
    pub failed_units: u64,
    /// `open`, `released`, `paid`, `sent`, `partly_sent` or `refunded`.
    pub state: String,
    /// When it was frozen.
    #[schema(value_type = String, format = DateTime)]
    pub frozen_at: Timestamp,
    /// Until when it is good, if nobody decides before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub good_until: Option<Timestamp>,
}

impl From<&Freeze> for FreezeView {
    fn from(freeze: &Freeze) -> Self {
        let state = match &freeze.state {
            FreezeState::Refused { .. } => "refused",
            FreezeState::Open { .. } => "open",
            FreezeState::Released { .. } => "released",
            FreezeState::Paid { outcome: Outcome::InDoubt, .. } => "paid",
            FreezeState::Paid { outcome: Outcome::Sent, .. } => "sent",
            FreezeState::Paid { outcome: Outcome::Refunded, .. } => "refunded",
            FreezeState::Paid { outcome: Outcome::Partly { .. }, .. } => "partly_sent",
        };
        let (paid_units, failed_units) = match &freeze.state {
            FreezeState::Paid { lines, outcome, .. } => {
                let paid = lines.iter().map(|line| line.units).sum();
                let failed = match outcome {
                    Outcome::InDoubt | Outcome::Sent => Units::ZERO,
                    Outcome::Refunded => paid,
                    Outcome::Partly { failed } => *failed,
                };
                (paid, failed)
            }
            FreezeState::Refused { .. } | FreezeState::Open { .. } | FreezeState::Released { .. } => {
                (Units::ZERO, Units::ZERO)
            }
        };
        Self {
            freeze: freeze.freeze.to_string(),
            units: freeze.units.0,
            paid_units: paid_units.0,
            failed_units: failed_units.0,
            state: state.to_owned(),
            frozen_at: freeze.at,
            good_until: freeze.until,
        }
    }
}
