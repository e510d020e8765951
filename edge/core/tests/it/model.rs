//! The shop against a naive model of the rules page: hundreds of evenings of random requests by random devices
//! of every role, with random clocks, two taps at once, and the box switched off and on. Both must refuse alike,
//! number alike and show alike.
//!
//! The model is written from the rules and shares no code with the core: plain fields, plain loops, words for
//! states. `PROPTEST_CASES` is the number of evenings (256), of 32 requests on average: a million requests are
//! `PROPTEST_CASES=40000 cargo test --release -p edge-core --test it model`.

mod evening;
mod naive;
mod wish;

use std::collections::HashSet;

use proptest::prelude::*;
use shared::fact::Fact;
use shared::id::SmsId;

use evening::Evening;
use naive::Model;

/// The most requests in an evening.
const REQUESTS_MAX: usize = 60;

proptest! {
    #[test]
    fn k1_to_k11_the_shop_does_what_the_rules_say(
        steps in wish::steps(REQUESTS_MAX)
    ) {
        let mut evening = Evening::new();
        let mut model = Model::default();
        for step in &steps {
            let step = &step.among(&model.states(), model.orders());
            let due = evening.passes(step);
            prop_assert_eq!(due, model.passes(evening.second(), step), "due at {:?}", step);
            let said = evening.asks(step);
            prop_assert_eq!(&said, &model.asked(step), "{:?}", step);
            if step.twice {
                let again = evening.asks(step);
                prop_assert_eq!(&again, &model.asked(step), "said twice: {:?}", step);
                let is_so = said.is_ok() && step.wish.is_done_once();
                prop_assert!(!is_so || again == Ok(Vec::new()), "done once: {:?}", step);
            }
            prop_assert_eq!(evening.board(), model.board(), "after {:?}", step);
            prop_assert_eq!(evening.stock(), model.stock(), "after {:?}", step);
            prop_assert_eq!(evening.pad(), model.pad(), "after {:?}", step);
        }
        evening.restart();
        prop_assert!(evening.journal.iter().map(|recorded| recorded.seq).eq(1..=evening.shop.revision()));
        prop_assert_eq!(sms_asked_twice(&evening), None);
    }
}

/// An SMS that two facts ask for.
fn sms_asked_twice(evening: &Evening) -> Option<SmsId> {
    let mut seen = HashSet::new();
    let asked = evening.journal.iter().filter_map(|recorded| {
        if let Fact::SmsRequested { sms, .. } = &recorded.fact { Some(*sms) } else { None }
    });
    asked.into_iter().find(|sms| !seen.insert(*sms))
}
