//! What there was to see in the worlds, so that a run tells which troubles it has met.

/// What there was to see.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) worlds: u64,
    pub(super) commits: u64,
    pub(super) crashes: u64,
    pub(super) commits_failed: u64,
    pub(super) answers_lost: u64,
    pub(super) clock_jumps: u64,
    pub(super) calls: u64,
    pub(super) messages: u64,
    pub(super) own_words: u64,
    pub(super) delivered: u64,
    pub(super) refunded: u64,
    pub(super) given_back: u64,
    pub(super) without_units: u64,
    pub(super) units_expired: u64,
    pub(super) filed: u64,
    pub(super) pages: u64,
    pub(super) pages_lost: u64,
    pub(super) bought: u64,
    pub(super) paid_back: u64,
}

impl Told {
    pub(super) fn add(&mut self, other: Self) {
        let (ours, theirs) = (self.figures(), { other }.figures().map(|figure| *figure));
        ours.into_iter().zip(theirs).for_each(|(figure, more)| *figure += more);
    }

    pub(super) fn saw_every_trouble(&mut self) -> bool {
        self.figures().into_iter().all(|figure| *figure > 0)
    }

    fn figures(&mut self) -> [&mut u64; 19] {
        [
            &mut self.worlds,
            &mut self.commits,
            &mut self.crashes,
            &mut self.commits_failed,
            &mut self.answers_lost,
            &mut self.clock_jumps,
            &mut self.calls,
            &mut self.messages,
            &mut self.own_words,
            &mut self.delivered,
            &mut self.refunded,
            &mut self.given_back,
            &mut self.without_units,
            &mut self.units_expired,
            &mut self.filed,
            &mut self.pages,
            &mut self.pages_lost,
            &mut self.bought,
            &mut self.paid_back,
        ]
    }
}
