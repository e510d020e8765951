//! The shop against a naive model of the rules page: thousands of evenings of random requests by random devices
//! with random clocks. Both must refuse alike, number alike and show alike.
//!
//! The model is written from the rules and shares no code with the core: plain fields, plain loops, words for
//! states. `PROPTEST_CASES` raises the number of evenings.

mod evening;
mod naive;

use proptest::prelude::*;
use shared::fact::Fact;

use crate::restart::restarted;
use evening::Evening;
use naive::Model;

/// Evenings in a run, and the most requests in each.
const EVENINGS_MIN: u32 = 2_000;
const REQUESTS_MAX: usize = 60;

fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(EVENINGS_MIN), ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn k1_to_k11_the_shop_does_what_the_rules_say(
        steps in prop::collection::vec(evening::step(), 1..=REQUESTS_MAX)
    ) {
        let mut evening = Evening::new();
        let mut model = Model::new();
        for step in &steps {
            evening.passes(step);
            let said = evening.asks(step);
            let expected = model.asked(evening.second(), step);
            prop_assert_eq!(&said, &expected, "{:?}", step);
            if said.is_ok() && step.wish.is_done_once() {
                let again = evening.asks(step);
                prop_assert_eq!(again, Ok(Vec::new()), "said twice: {:?}", step);
            }
            prop_assert_eq!(evening.board(), model.board());
        }

        let again = restarted(&evening.journal);
        prop_assert_eq!(again.board(evening.clock), evening.shop.board(evening.clock));
        prop_assert_eq!(again.menu_view(), evening.shop.menu_view());
        prop_assert!(evening.journal.iter().map(|recorded| recorded.seq).eq(1..=again.revision()));
        prop_assert_eq!(sms_asked_twice(&evening), None);
    }
}

/// An SMS that two facts ask for.
fn sms_asked_twice(evening: &Evening) -> Option<shared::id::SmsId> {
    let mut seen = std::collections::HashSet::new();
    let asked = evening.journal.iter().filter_map(|recorded| match &recorded.fact {
        Fact::SmsRequested { sms, .. } => Some(*sms),
        Fact::OrderPlaced { .. }
        | Fact::LinesAdded { .. }
        | Fact::CookingStarted { .. }
        | Fact::CookingFinished { .. }
        | Fact::PickupCalled { .. }
        | Fact::LinePickedUp { .. }
        | Fact::LineCancelled { .. }
        | Fact::OrderCompleted { .. }
        | Fact::DishSoldOut { .. }
        | Fact::DishBackOnSale { .. } => None,
    });
    asked.into_iter().find(|sms| !seen.insert(*sms))
}
