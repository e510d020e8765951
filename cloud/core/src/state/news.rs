//! What boxes are told: who takes news, what follows from a message's steps, and what is told no more.

use shared::id::StreamId;
use shared::sync::News;

use super::State;
use crate::command::Refusal;
use crate::entry::Entry;
use crate::id::{BoxKey, MessageKey, ShopKey};
use crate::ledger::Now;
use crate::news::{Change, KEPT_FOR, Listener, NUMBER_MAX, NewsLane, result_of};
use crate::sms::Step;

impl State {
    /// Boxes for which something waits, each with all of it.
    pub fn boxes_to_tell(&self) -> impl Iterator<Item = (&Listener, &NewsLane)> {
        self.to_tell.iter().filter_map(|to| Some((to, self.news_lane(to)?)))
    }

    fn news_lane(&self, to: &Listener) -> Option<&NewsLane> {
        self.boxes.get(&to.key)?.news(to.stream)
    }

    /// A box says what it has. It decides: whatever is numbered up to there it would take for old.
    pub(super) fn news_heard(
        &self,
        key: &BoxKey,
        stream: StreamId,
        up_to: u64,
    ) -> Result<Vec<Entry>, Refusal> {
        let kept = self.boxes.get(key).ok_or(Refusal::NoBox)?;
        if up_to > NUMBER_MAX {
            return Ok(Vec::new());
        }
        let to = Listener { key: key.clone(), stream };
        let change = match kept.news(stream) {
            None => Change::Opened { to, last: up_to },
            Some(lane) if up_to > lane.last() => Change::Opened { to, last: up_to },
            Some(lane) if lane.first_waiting().is_some_and(|first| first <= up_to) => {
                Change::Heard { to, up_to }
            }
            Some(_) => return Ok(Vec::new()),
        };
        Ok(vec![Entry::News(change)])
    }

    /// What the shop's box is told when a message that it asked for takes a step.
    pub(super) fn news_of_step(&self, key: &MessageKey, step: &Step) -> Option<(Listener, News)> {
        let result = result_of(step)?;
        let wish = &self.message(key)?.wish;
        let (by, about, shop) = (wish.asked_by.as_ref()?, wish.about?, wish.shop.clone()?);
        let at = ShopKey { brand: key.brand.clone(), shop };
        let to = Listener { key: BoxKey { at, box_id: by.box_id.clone() }, stream: by.stream };
        Some((to, News::Sms { sms: key.sms, order: about.order, result }))
    }

    /// Tells a box that takes news; another one, nothing.
    pub(super) fn tell_box(&self, now: Now, to: &Listener, news: News) -> Vec<Entry> {
        let Some(lane) = self.news_lane(to) else { return Vec::new() };
        let dropped = lane.overflowing().map(|up_to| Change::Dropped { to: to.clone(), up_to });
        let begun = Change::Begun { to: to.clone(), number: lane.last() + 1, news, at: now.at };
        dropped.into_iter().chain([begun]).map(Entry::News).collect()
    }

    /// News that are too old to be told.
    pub(super) fn old_news(&self, now: Now) -> impl Iterator<Item = Entry> {
        let before = now.at - KEPT_FOR;
        self.boxes_to_tell().filter_map(move |(to, lane)| {
            let up_to = lane.older_than(before)?;
            Some(Entry::News(Change::Dropped { to: to.clone(), up_to }))
        })
    }

    pub(super) fn apply_news(&mut self, change: &Change) {
        match change {
            Change::Opened { to, last } => self.change_lane(to, |lane| lane.reopen(*last)),
            Change::Begun { to, number, news, at } => {
                self.change_lane(to, |lane| lane.begin(*number, *at, news.clone()));
            }
            Change::Heard { to, up_to } | Change::Dropped { to, up_to } => {
                self.change_lane(to, |lane| lane.forget(*up_to));
            }
        }
    }

    fn change_lane(&mut self, to: &Listener, change: impl FnOnce(&mut NewsLane)) {
        let kept = self.boxes.get_mut(&to.key).expect("only registered boxes are told anything");
        let lane = kept.news.entry(to.stream).or_default();
        change(lane);
        if lane.first_waiting().is_some() {
            self.to_tell.insert(to.clone());
        } else {
            self.to_tell.remove(to);
        }
    }
}
