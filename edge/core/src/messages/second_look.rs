//! The second look (M5): just before a message is told, whether it still is to be.

use jiff::civil::Time;
use shared::guest::{Guest, RoomName};
use shared::id::{AccountId, LineId, OrderId};
use shared::message::{Announcements, Channel, ChannelSettings, MessageReason, QuietHours, Rule, Volume};
use shared::order::{CancelReason, LineState, LineView, Notice, OrderView};
use shared::screen::Role;

use super::record::{Proviso, Record};
use crate::authority::{Device, account_of};
use crate::shop::Glance;

/// The world as it is.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The shop.
    pub shop: &'a Glance,
    /// Its devices.
    pub devices: &'a [Device],
}

impl World<'_> {
    /// How loud to tell a message now. Errors: it is not to be told.
    pub fn look(&self, record: &Record) -> Result<Volume, MessageReason> {
        let settings = &self.shop.announcements;
        let rule = rule_of(settings, record);
        let channel = settings.channels.iter().find(|channel| channel.channel == record.channel);
        let volume = rule.map_or(Volume::FULL, |rule| rule.volume);
        let volume = channel.map_or(volume, |channel| volume.of(channel.volume));
        if record.proviso == Proviso::Asked {
            return Ok(volume);
        }
        if !reaches(record, self.devices) && !is_asked_for_by_name(record, self.devices) {
            return Err(MessageReason::DeviceGone);
        }
        let rule = rule.filter(|rule| rule.on).ok_or(MessageReason::TurnedOff)?;
        if is_quiet(rule, channel, self.shop.time) {
            return Err(MessageReason::QuietHours);
        }
        self.holds(record)?;
        Ok(volume)
    }

    fn holds(&self, record: &Record) -> Result<(), MessageReason> {
        match &record.proviso {
            Proviso::Nothing | Proviso::Asked => Ok(()),
            Proviso::Waiting { order, lines } => {
                self.waits(self.order_of(*order, record, MessageReason::GuestLeft)?, lines)
            }
            Proviso::Unseen { order, lines, notice } => {
                let order = self.order_of(*order, record, MessageReason::Seen)?;
                is_unseen(order, lines, *notice)
            }
            Proviso::Notified { order, line } => {
                is_notified(self.order_of(*order, record, MessageReason::GuestLeft)?, *line)
            }
            Proviso::Calling { guest, since } => {
                let calls = self.shop.calls.iter();
                let mut same = calls.filter(|call| call.guest == *guest && call.called.at == *since);
                same.next().map(drop).ok_or(MessageReason::Answered)
            }
            Proviso::OnDuty { attendant } => {
                let on_duty = self.shop.on_duty.contains(attendant);
                if on_duty { Ok(()) } else { Err(MessageReason::OffDuty) }
            }
        }
    }

    /// The order while screens show it, under the guest that the words name.
    fn order_of(
        &self,
        order: OrderId,
        record: &Record,
        when_gone: MessageReason,
    ) -> Result<&OrderView, MessageReason> {
        let view = self.shop.orders.get(&order).ok_or(when_gone)?;
        let is_named_so = record.guest.as_ref() == Some(&view.guest);
        if is_named_so { Ok(view) } else { Err(MessageReason::NoLongerSo) }
    }

    fn waits(&self, order: &OrderView, lines: &[LineId]) -> Result<(), MessageReason> {
        let states: Vec<_> = those(order, lines).map(|line| &line.state).collect();
        if states.contains(&&LineState::Waiting) {
            Ok(())
        } else if states.iter().any(|state| state.is_started()) {
            Err(MessageReason::Started)
        } else if states.contains(&&LineState::Cancelled { reason: CancelReason::GuestLeft }) {
            Err(MessageReason::GuestLeft)
        } else {
            Err(MessageReason::NoLongerSo)
        }
    }
}

fn those<'a>(order: &'a OrderView, lines: &'a [LineId]) -> impl Iterator<Item = &'a LineView> {
    order.lines.iter().filter(|line| lines.contains(&line.placed.line))
}

fn is_unseen(order: &OrderView, lines: &[LineId], notice: Notice) -> Result<(), MessageReason> {
    if those(order, lines).any(|line| line.unseen.contains(&notice)) {
        return Ok(());
    }
    match notice {
        Notice::Voided | Notice::LeftBehind => Err(MessageReason::Seen),
        // Whatever happens to the dish answers the question where it is.
        Notice::Rushed => Err(why_not_rushed(those(order, lines).map(|line| &line.state))),
    }
}

fn why_not_rushed<'a>(mut states: impl Iterator<Item = &'a LineState>) -> MessageReason {
    match states.next() {
        Some(LineState::Held | LineState::Waiting) => MessageReason::Seen,
        Some(LineState::Cooking { .. } | LineState::Ready { .. } | LineState::Notified { .. }) => {
            MessageReason::Started
        }
        Some(LineState::PickedUp { .. }) => MessageReason::PickedUp,
        Some(LineState::Cancelled { .. } | LineState::Voided { .. } | LineState::Remade { .. }) | None => {
            MessageReason::NoLongerSo
        }
    }
}

fn is_notified(order: &OrderView, line: LineId) -> Result<(), MessageReason> {
    match order.lines.iter().find(|found| found.placed.line == line).map(|found| &found.state) {
        Some(LineState::Notified { .. }) => Ok(()),
        Some(LineState::PickedUp { .. }) => Err(MessageReason::PickedUp),
        Some(
            LineState::Held
            | LineState::Waiting
            | LineState::Cooking { .. }
            | LineState::Ready { .. }
            | LineState::Cancelled { .. }
            | LineState::Voided { .. }
            | LineState::Remade { .. },
        )
        | None => Err(MessageReason::NoLongerSo),
    }
}

fn is_quiet(rule: &Rule, channel: Option<&ChannelSettings>, time: Option<Time>) -> bool {
    let hours = [rule.quiet, channel.and_then(|channel| channel.quiet)];
    // Nobody is kept awake because the clock is not known, and nothing is missed either: it is told.
    time.is_some_and(|time| hours.into_iter().flatten().any(|quiet: QuietHours| quiet.hold(time)))
}

/// The rule that a message follows.
pub(super) fn rule_of<'a>(settings: &'a Announcements, record: &Record) -> Option<&'a Rule> {
    settings
        .rules
        .iter()
        .find(|rule| (rule.event, rule.source, rule.channel) == (record.event, record.source, record.channel))
}

/// Whom a channel reaches, each once. What the cloud sends on is one message, whoever gets it.
pub(super) fn accounts(channel: Channel, room: Option<&RoomName>, devices: &[Device]) -> Vec<AccountId> {
    let meant = devices.iter().filter(|device| means(channel, room, device));
    let mut accounts: Vec<_> = meant.map(account_of).collect();
    accounts.sort_unstable();
    accounts.dedup();
    if means_the_box(channel) {
        accounts.insert(0, AccountId::the_box());
    }
    accounts
}

/// Whether a message's channel still reaches its account.
fn reaches(record: &Record, devices: &[Device]) -> bool {
    let Record { channel, ref account, ref guest, .. } = *record;
    let room = room_of(guest.as_ref());
    (means_the_box(channel) && *account == AccountId::the_box())
        || devices.iter().any(|device| means(channel, room, device) && account_of(device) == *account)
}

fn means(channel: Channel, room: Option<&RoomName>, device: &Device) -> bool {
    match channel {
        Channel::Speaker => device.speaks,
        Channel::Kitchen => matches!(device.role, Role::Kitchen | Role::Expo),
        Channel::CallScreen => device.role == Role::CallScreen,
        Channel::Cashier => device.role == Role::Cashier,
        Channel::Staff => device.role == Role::Staff,
        Channel::Pad => device.role == Role::Pad && room.is_some() && device.room.as_ref() == room,
        Channel::TencentIm | Channel::Webhook => false,
    }
}

fn means_the_box(channel: Channel) -> bool {
    matches!(channel, Channel::Speaker | Channel::TencentIm | Channel::Webhook)
}

/// A call about no room reaches those pads that it names.
pub(super) fn named_pads(designated: &[AccountId], devices: &[Device]) -> Vec<AccountId> {
    let pads = devices.iter().filter(|device| device.role == Role::Pad).map(account_of);
    pads.filter(|account| designated.contains(account)).collect()
}

fn is_asked_for_by_name(record: &Record, devices: &[Device]) -> bool {
    let is_about_no_room = room_of(record.guest.as_ref()).is_none();
    record.channel == Channel::Pad
        && is_about_no_room
        && named_pads(&record.designated, devices).contains(&record.account)
}

/// The room that a message is about.
pub(super) fn room_of(guest: Option<&Guest>) -> Option<&RoomName> {
    match guest {
        Some(Guest::Room { room }) => Some(room),
        Some(Guest::Wristband { .. }) | None => None,
    }
}
