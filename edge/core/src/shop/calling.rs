//! Who wants somebody: a guest service (呼叫服务), the house an attendant (技师), anybody to be heard (M2); and the
//! settings that decide what is told (M3). What becomes of a call is the business of [`crate::messages`].

use shared::fact::Fact;
use shared::guest::{AttendantName, Guest};
use shared::message::{Announcements, Call, MessageEvent, MessageKind, TemplateId};

use super::{Decision, Shop};
use crate::messages;
use crate::refusal::Refusal;

/// Parameters of a call, and the characters of one.
const PARAMS_MAX: usize = 20;
const PARAM_CHARS_MAX: usize = 200;
/// Accounts that a call may name.
const DESIGNATED_MAX: usize = 200;

impl Shop {
    /// 呼叫服务: a guest calls once until somebody comes.
    pub(super) fn call_service(&self, guest: Guest, wish: Option<TemplateId>) -> Result<Decision, Refusal> {
        if wish.is_some_and(|wish| !self.has_pad_call(wish)) {
            return Err(Refusal::UnknownPadCall);
        }
        let calls = self.calls.iter().any(|call| call.guest == guest);
        Ok(Decision::of(if calls { Vec::new() } else { vec![Fact::ServiceCalled { guest, wish }] }))
    }

    /// Somebody comes.
    pub(super) fn answer_service(&self, guest: &Guest) -> Decision {
        let calls = self.calls.iter().any(|call| call.guest == *guest);
        let answered = Fact::ServiceAnswered { guest: guest.clone() };
        Decision::of(if calls { vec![answered] } else { Vec::new() })
    }

    /// A guest who calls for service calls from the new room, for the same.
    pub(super) fn moved_call(&self, from: &Guest, to: &Guest) -> Vec<Fact> {
        let Some(call) = self.calls.iter().find(|call| call.guest == *from) else { return Vec::new() };
        let answered = Fact::ServiceAnswered { guest: from.clone() };
        let calls_there = self.calls.iter().any(|call| call.guest == *to);
        let called = Fact::ServiceCalled { guest: to.clone(), wish: call.wish };
        if calls_there { vec![answered] } else { vec![answered, called] }
    }

    /// Anything that somebody wants told. Whether it is the settings decide when its time has come.
    pub(super) fn send_call(&self, call: &Call) -> Result<Decision, Refusal> {
        let faults = faults(call);
        if !faults.is_empty() {
            return Err(Refusal::BadCall(faults));
        }
        if call.template.is_some_and(|template| !self.has_pad_call(template)) {
            return Err(Refusal::UnknownPadCall);
        }
        Ok(Decision::of(vec![Fact::CallRaised { call: Box::new(call.clone()) }]))
    }

    /// 上钟
    pub(super) fn start_duty(&self, attendant: &AttendantName) -> Decision {
        let started = Fact::DutyStarted { attendant: attendant.clone() };
        Decision::of(if self.on_duty.contains(attendant) { Vec::new() } else { vec![started] })
    }

    /// 下钟
    pub(super) fn end_duty(&self, attendant: &AttendantName) -> Decision {
        let ended = Fact::DutyEnded { attendant: attendant.clone() };
        Decision::of(if self.on_duty.contains(attendant) { vec![ended] } else { Vec::new() })
    }

    /// What is already so may be saved by anybody; over somebody else's work nothing is.
    pub(super) fn save_announcements(
        &self,
        expects: u64,
        announcements: &Announcements,
    ) -> Result<Decision, Refusal> {
        let faults = messages::faults(announcements);
        if !faults.is_empty() {
            return Err(Refusal::BadAnnouncements(faults));
        }
        if *announcements == self.announcements {
            return Ok(Decision::default());
        }
        if expects != self.announcements_edited {
            return Err(Refusal::AnnouncementsChanged);
        }
        let announcements = Box::new(announcements.clone());
        Ok(Decision::of(vec![Fact::AnnouncementsArranged { announcements }]))
    }

    fn has_pad_call(&self, template: TemplateId) -> bool {
        self.announcements.pad_calls.iter().any(|call| call.template == template)
    }
}

/// What is wrong with a call, by the names of its fields.
fn faults(call: &Call) -> Vec<String> {
    let says = |param: &str| call.params.get(param).is_some_and(|value| !value.trim().is_empty());
    let long = |value: &String| value.chars().count() > PARAM_CHARS_MAX;
    [
        (
            "params",
            call.params.len() > PARAMS_MAX || call.params.iter().any(|(key, value)| long(key) || long(value)),
        ),
        ("designated", call.designated.len() > DESIGNATED_MAX),
        ("template", call.kind == MessageKind::PadCall && call.template.is_none()),
        ("params.text", call.event == MessageEvent::Notice && call.template.is_none() && !says("text")),
        ("params.attendant", call.event == MessageEvent::AttendantCalled && !says("attendant")),
    ]
    .into_iter()
    .filter(|(_, is_fault)| *is_fault)
    .map(|(field, _)| field.to_owned())
    .collect()
}
