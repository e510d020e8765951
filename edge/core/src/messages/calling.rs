//! From a fact to records (M2–M4): what it gives reason to tell, whom the settings want told, and how often.

use shared::fact::{Fact, Recorded};
use shared::guest::{AttendantName, Guest, RoomName, WristbandNumber};
use shared::id::{AccountId, LineId, MessageId, StreamId};
use shared::message::{Announcements, Call, Channel, MessageEvent, MessageKind, Rule, Source, TemplateId};
use shared::order::{LineView, Notice, OrderView, PlacedLine};

use super::record::{Proviso, Record};
use super::second_look::{accounts, named_pads, room_of};
use super::wording::{Mention, Wording};
use crate::announce::Params;
use crate::authority::Device;

/// Who there is to be told, and what the shop wants told.
#[derive(Debug, Clone, Copy)]
pub struct House<'a> {
    /// The announcement settings.
    pub settings: &'a Announcements,
    /// The shop's devices.
    pub devices: &'a [Device],
}

/// What a fact gives reason to tell.
struct Occasion<'a> {
    event: MessageEvent,
    source: Source,
    kind: MessageKind,
    guest: Option<Guest>,
    /// Only by these channels; none: by all.
    channels: &'a [Channel],
    /// Only these accounts; none: all.
    designated: &'a [AccountId],
    /// In the words of this pad call.
    words_of: Option<TemplateId>,
    params: Params,
    dishes: Vec<Mention>,
    proviso: Proviso,
}

impl House<'_> {
    /// The records that a fact calls for, with its order as the fact left it. Looked at again they have the same
    /// ids.
    pub fn records(&self, stream: StreamId, recorded: &Recorded, order: Option<&OrderView>) -> Vec<Record> {
        let Some(occasion) = occasion(recorded, order) else { return Vec::new() };
        let mut records = Vec::new();
        for rule in self.settings.rules.iter().filter(|rule| occasion.follows(rule)) {
            for account in self.targets(&occasion, rule.channel) {
                for nth in 1..=occasion.times(rule) {
                    let id = MessageId::nth_of(stream, recorded.seq, records.len());
                    let wording = self.wording(&occasion, rule);
                    let record = occasion.record(id, recorded.seq, (rule, account.clone(), nth), wording);
                    records.push(record);
                }
            }
        }
        records
    }

    fn targets(&self, occasion: &Occasion<'_>, channel: Channel) -> Vec<AccountId> {
        let room = room_of(occasion.guest.as_ref());
        let mut targets = accounts(channel, room, self.devices);
        match channel {
            // Whom it names are the brand's names there, not the shop's.
            Channel::TencentIm | Channel::Webhook => return targets,
            Channel::Pad if room.is_none() => targets = named_pads(occasion.designated, self.devices),
            Channel::Pad
            | Channel::Speaker
            | Channel::Kitchen
            | Channel::CallScreen
            | Channel::Cashier
            | Channel::Staff => {}
        }
        targets.retain(|account| occasion.designated.is_empty() || occasion.designated.contains(account));
        targets
    }

    fn wording(&self, occasion: &Occasion<'_>, rule: &Rule) -> Wording {
        if occasion.kind == MessageKind::Refresh {
            return Wording { params: occasion.params.clone(), ..Wording::default() };
        }
        let mut pad_calls = self.settings.pad_calls.iter();
        let pad_call = pad_calls.find(|call| Some(call.template) == occasion.words_of);
        let template = pad_call.map_or(&rule.template, |call| &call.text).clone();
        Wording { template, params: occasion.params.clone(), dishes: occasion.dishes.clone() }
    }
}

impl Occasion<'_> {
    fn follows(&self, rule: &Rule) -> bool {
        let is_meant = self.channels.is_empty() || self.channels.contains(&rule.channel);
        rule.on
            && is_meant
            && (rule.event, rule.source) == (self.event, self.source)
            && self.suits(rule.channel)
    }

    /// What is only shown, or only fetched, says nothing to a loudspeaker.
    fn suits(&self, channel: Channel) -> bool {
        match self.kind {
            MessageKind::Announce | MessageKind::PadCall => true,
            MessageKind::Notify | MessageKind::Refresh => channel != Channel::Speaker,
        }
    }

    /// A screen fetches once.
    fn times(&self, rule: &Rule) -> u16 {
        if self.kind == MessageKind::Refresh { 1 } else { rule.times.get() }
    }

    fn record(
        &self,
        id: MessageId,
        call: u64,
        (rule, account, nth): (&Rule, AccountId, u16),
        wording: Wording,
    ) -> Record {
        let mut record = Record {
            id,
            call,
            event: self.event,
            source: self.source,
            channel: rule.channel,
            account,
            kind: self.kind,
            guest: self.guest.clone(),
            designated: self.designated.to_vec(),
            wording,
            text: String::new(),
            speech: Vec::new(),
            nth,
            times: self.times(rule),
            interval_s: rule.interval_s.get(),
            proviso: self.proviso.clone(),
        };
        record.reword();
        record
    }

    /// Something about an order's guest.
    fn about(guest: &Guest, event: MessageEvent, proviso: Proviso) -> Self {
        Self {
            event,
            source: source_of(Some(guest)),
            kind: MessageKind::Announce,
            guest: Some(guest.clone()),
            channels: &[],
            designated: &[],
            words_of: None,
            params: called(guest),
            dishes: Vec::new(),
            proviso,
        }
    }

    /// Something about some dishes of an order. `None` about no dish.
    fn about_dishes(
        order: &OrderView,
        event: MessageEvent,
        dishes: &[&PlacedLine],
        proviso: Proviso,
    ) -> Option<Self> {
        let mut occasion = Self::about(&order.guest, event, proviso);
        occasion.params.insert("orderNumber".into(), order.number.0.to_string());
        occasion.dishes = dishes.iter().map(|line| mention(line)).collect();
        (!dishes.is_empty()).then_some(occasion)
    }
}

/// What a fact gives reason to tell: new dishes, calls, and what the kitchen must know at once. A cancellation is
/// only shown (K8).
fn occasion<'a>(recorded: &'a Recorded, order: Option<&OrderView>) -> Option<Occasion<'a>> {
    match &recorded.fact {
        Fact::ServiceCalled { guest, wish } => {
            let proviso = Proviso::Calling { guest: guest.clone(), since: recorded.at };
            let call = Occasion::about(guest, MessageEvent::ServiceCalled, proviso);
            let kind = if wish.is_some() { MessageKind::PadCall } else { MessageKind::Announce };
            Some(Occasion { kind, words_of: *wish, ..call })
        }
        Fact::CallRaised { call } => Some(raised(call)),
        Fact::OrderPlaced { lines, .. } | Fact::LinesAdded { lines, .. } => {
            let order = order?;
            let to_be_made: Vec<_> = lines.iter().filter(|line| !line.held).collect();
            let proviso = Proviso::Waiting { order: order.order, lines: ids(&to_be_made) };
            Occasion::about_dishes(order, MessageEvent::OrderPlaced, &to_be_made, proviso)
        }
        Fact::LinesFired { lines, .. } => {
            let order = order?;
            let proviso = Proviso::Waiting { order: order.order, lines: lines.clone() };
            Occasion::about_dishes(order, MessageEvent::LinesFired, &placed(order, lines), proviso)
        }
        Fact::LinesRushed { lines, .. } => {
            let proviso = unseen(order?, lines.clone(), Notice::Rushed);
            Occasion::about_dishes(order?, MessageEvent::LinesRushed, &placed(order?, lines), proviso)
        }
        Fact::LineVoided { line, .. } => {
            let proviso = unseen(order?, vec![*line], Notice::Voided);
            Occasion::about_dishes(order?, MessageEvent::LineVoided, &placed(order?, &[*line]), proviso)
        }
        Fact::OrderCompleted { .. } => {
            let left = left_behind(order?);
            let proviso = unseen(order?, ids(&left), Notice::LeftBehind);
            Occasion::about_dishes(order?, MessageEvent::LeftBehind, &left, proviso)
        }
        Fact::PickupCalled { line, .. } => {
            let proviso = Proviso::Notified { order: order?.order, line: *line };
            Occasion::about_dishes(order?, MessageEvent::PickupCalled, &placed(order?, &[*line]), proviso)
        }
        Fact::LineCancelled { line, .. } => {
            let dishes = placed(order?, &[*line]);
            let cancelled =
                Occasion::about_dishes(order?, MessageEvent::LineCancelled, &dishes, Proviso::Nothing)?;
            Some(Occasion { kind: MessageKind::Refresh, ..cancelled })
        }
        Fact::CookingStarted { .. }
        | Fact::CookingFinished { .. }
        | Fact::LinePickedUp { .. }
        | Fact::LineSplit { .. }
        | Fact::LinesHeld { .. }
        | Fact::NoticesSeen { .. }
        | Fact::LineRemade { .. }
        | Fact::LineRecalled { .. }
        | Fact::GuestMoved { .. }
        | Fact::DishSoldOut { .. }
        | Fact::DishLimited { .. }
        | Fact::DishBackOnSale { .. }
        | Fact::DishSaved { .. }
        | Fact::DishRemoved { .. }
        | Fact::MenuArranged { .. }
        | Fact::KitchenPlanned { .. }
        | Fact::AnnouncementsArranged { .. }
        | Fact::DutyStarted { .. }
        | Fact::DutyEnded { .. }
        | Fact::MessageRelayed { .. }
        | Fact::ServiceAnswered { .. }
        | Fact::SmsRequested { .. }
        | Fact::SmsAnswered { .. } => None,
    }
}

/// What somebody wants told (M2). Whose it is stands in its parameters; a call for an attendant and a notice are
/// the house's own, whatever they mention.
fn raised(call: &Call) -> Occasion<'_> {
    let guest = guest_in(&call.params);
    let source = match call.event {
        MessageEvent::AttendantCalled | MessageEvent::Notice => Source::Shop,
        MessageEvent::OrderPlaced
        | MessageEvent::LinesFired
        | MessageEvent::LinesRushed
        | MessageEvent::LineVoided
        | MessageEvent::LineCancelled
        | MessageEvent::LeftBehind
        | MessageEvent::PickupCalled
        | MessageEvent::ServiceCalled => source_of(guest.as_ref()),
    };
    let attendant = call.params.get("attendant").and_then(|name| AttendantName::new(name.trim()).ok());
    let proviso = match attendant {
        Some(attendant) if call.event == MessageEvent::AttendantCalled => Proviso::OnDuty { attendant },
        Some(_) | None => Proviso::Nothing,
    };
    Occasion {
        event: call.event,
        source,
        kind: call.kind,
        guest,
        channels: &call.channels,
        designated: &call.designated,
        words_of: call.template,
        params: call.params.clone(),
        dishes: Vec::new(),
        proviso,
    }
}

fn guest_in(params: &Params) -> Option<Guest> {
    let room = params.get("roomName").and_then(|room| RoomName::new(room.trim()).ok());
    let wristband = || params.get("wristband").and_then(|number| WristbandNumber::new(number.trim()).ok());
    room.map(|room| Guest::Room { room })
        .or_else(|| wristband().map(|wristband| Guest::Wristband { wristband }))
}

fn source_of(guest: Option<&Guest>) -> Source {
    match guest {
        Some(Guest::Room { .. }) => Source::Room,
        Some(Guest::Wristband { .. }) => Source::Wristband,
        None => Source::Shop,
    }
}

fn called(guest: &Guest) -> Params {
    match guest {
        Guest::Room { room } => Params::from([("roomName".into(), room.to_string())]),
        Guest::Wristband { wristband } => Params::from([("wristband".into(), wristband.to_string())]),
    }
}

fn unseen(order: &OrderView, lines: Vec<LineId>, notice: Notice) -> Proviso {
    Proviso::Unseen { order: order.order, lines, notice }
}

fn mention(line: &PlacedLine) -> Mention {
    Mention { name: line.name.zh.clone(), portions: line.quantity.get() }
}

fn ids(lines: &[&PlacedLine]) -> Vec<LineId> {
    lines.iter().map(|line| line.line).collect()
}

fn placed<'a>(order: &'a OrderView, lines: &[LineId]) -> Vec<&'a PlacedLine> {
    order.lines.iter().map(|line| &line.placed).filter(|placed| lines.contains(&placed.line)).collect()
}

fn left_behind(order: &OrderView) -> Vec<&PlacedLine> {
    let is_left = |line: &&LineView| line.unseen.contains(&Notice::LeftBehind);
    order.lines.iter().filter(is_left).map(|line| &line.placed).collect()
}
