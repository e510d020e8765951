//! What may be asked of an evening: every command, by devices of every role, with whatever may be wrong with it.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

/// Who asks: the role, and where a pad stands.
pub(crate) const ASKERS: [(&str, Option<&str>); 10] = [
    ("pad", Some("801")),
    ("pad", Some("802")),
    ("pad", None),
    ("kitchen", None),
    ("kitchen", None),
    ("expo", None),
    ("expo", None),
    ("call_screen", None),
    ("cashier", None),
    ("cashier", None),
];
/// Who an order is for: three rooms and two wristbands.
pub(crate) const GUESTS: [&str; 5] = ["801", "802", "803", "手牌1", "手牌2"];
/// What can be ordered, by id; the last is on no menu.
pub(crate) const DISHES: [&str; 4] = ["shuijiao", "tang", "cha", "pizza"];

/// Where a line can be recalled from.
const RECALLED: [&str; 4] = ["cooking", "ready", "notified", "picked_up"];

/// One request and what happened before it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) by: usize,
    pub(crate) seconds: i64,
    pub(crate) trusted: bool,
    pub(crate) before: Before,
    /// Tapped on two screens at once.
    pub(crate) twice: bool,
    /// By a cashier who looks where the line is, and does what comes next.
    pub(crate) looks: bool,
    pub(crate) wish: Wish,
}

/// What the box itself did a moment before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    /// It let go of what has ended.
    Swept,
    /// It did what was due.
    Due,
    /// It was switched off and on.
    Restarted,
}

/// What becomes of a line, or of some portions of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Start,
    Finish,
    PickUp,
    Remake,
    /// With the PIN that was typed.
    Void(Pin),
}

/// What the shell found out about a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pin {
    Right,
    Wrong,
    Locked,
}

/// What is pressed for several lines of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    Hold,
    Fire,
    Rush,
    Seen,
}

/// A request, with lines and orders counted from the last that was made; before the first there are nobody's.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Place {
        guest: Option<usize>,
        dishes: Vec<Wanted>,
        phone: bool,
        flaw: Flaw,
    },
    Line {
        way: Way,
        line: usize,
        portions: Option<u16>,
        reasoned: bool,
    },
    Call(usize),
    Recall(usize, &'static str),
    Cancel(usize),
    CancelOrder(usize),
    Lines {
        press: Press,
        order: usize,
        lines: Vec<usize>,
    },
    Move {
        from: usize,
        to: usize,
        join: bool,
    },
    Service(Option<usize>),
    Answer(usize),
    Clean(usize),
    SoldOut(usize),
    Limit(usize, u16),
    Back(usize),
    /// Which menu or plan, and whether it was made from the one there is.
    Menu(usize, bool),
    Plan(usize, bool),
}

/// A dish, its portions, and whether it is to be made later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) dish: usize,
    pub(crate) portions: u16,
    pub(crate) hold: bool,
}

/// What may be wrong with the first line of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flaw {
    None,
    LongNote,
    ForeignOption,
    ForeignCaution,
}

impl Step {
    /// The same with lines and orders by their place among all there ever were. The lines are told by where they
    /// are: most requests are made by somebody who sees that.
    pub(crate) fn among(&self, states: &[&'static str], orders: usize) -> Self {
        let line = |back: &mut usize| *back = states.len().checked_sub(*back + 1).unwrap_or(usize::MAX);
        let order = |back: &mut usize| *back = orders.checked_sub(*back + 1).unwrap_or(usize::MAX);
        let mut step = self.clone();
        match &mut step.wish {
            Wish::Line { way, line: named, .. } => {
                line(named);
                let state = states.get(*named).filter(|_| self.looks);
                *way = state.map_or(*way, |state| way.or_what_comes_after(state));
            }
            Wish::Recall(named, from) => {
                line(named);
                let state = states.get(*named).filter(|state| self.looks && RECALLED.contains(state));
                *from = state.copied().unwrap_or(*from);
            }
            Wish::Call(named) | Wish::Cancel(named) => line(named),
            Wish::CancelOrder(named) => order(named),
            Wish::Lines { order: named, lines, .. } => {
                order(named);
                lines.iter_mut().for_each(line);
            }
            Wish::Place { .. }
            | Wish::Move { .. }
            | Wish::Service(_)
            | Wish::Answer(_)
            | Wish::Clean(_)
            | Wish::SoldOut(_)
            | Wish::Limit(..)
            | Wish::Back(_)
            | Wish::Menu(..)
            | Wish::Plan(..) => {}
        }
        step
    }
}

impl Way {
    fn or_what_comes_after(self, state: &str) -> Self {
        match (self, state) {
            (Self::Remake | Self::Void(_), _) => self,
            (_, "waiting") => Self::Start,
            (_, "cooking") => Self::Finish,
            (_, "ready" | "notified") => Self::PickUp,
            (Self::Start | Self::Finish | Self::PickUp, _) => self,
        }
    }
}

impl Wish {
    /// Whether saying it twice is as good as saying it once.
    pub(crate) fn is_done_once(&self) -> bool {
        match self {
            Self::Line { portions, .. } => portions.is_none(),
            Self::Lines { press, .. } => *press != Press::Rush,
            Self::Cancel(_)
            | Self::CancelOrder(_)
            | Self::Move { .. }
            | Self::Service(_)
            | Self::Answer(_)
            | Self::Clean(_)
            | Self::SoldOut(_)
            | Self::Limit(..)
            | Self::Back(_)
            | Self::Menu(..)
            | Self::Plan(..) => true,
            Self::Place { .. } | Self::Call(_) | Self::Recall(..) => false,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly minutes; at times a night, or a clock that jumps back.
    let seconds = prop_oneof![12 => 0_i64..240, 4 => 0_i64..2400, 1 => 0_i64..90_000, 1 => -90_000_i64..0];
    // Cashiers and cooks ask most.
    let by = prop_oneof![
        5 => 0_usize..2,
        1 => Just(2_usize),
        6 => 3_usize..5,
        3 => 5_usize..7,
        1 => Just(7_usize),
        24 => 8_usize..10,
    ];
    let before = prop_oneof![
        12 => Just(Before::Nothing),
        4 => Just(Before::Swept),
        3 => Just(Before::Due),
        1 => Just(Before::Restarted),
    ];
    (by, seconds, prop::bool::weighted(0.92), before, prop::bool::weighted(0.2), any::<bool>(), wish())
        .prop_map(|(by, seconds, trusted, before, twice, looks, wish)| Step {
            by: if looks { 8 + by % 2 } else { by },
            seconds,
            trusted,
            before,
            twice,
            looks,
            wish,
        })
}

/// A dinner that has begun, and what comes then.
pub(crate) fn steps(requests_max: usize) -> impl Strategy<Value = Vec<Step>> {
    let first = (step(), placing()).prop_map(|(step, wish)| Step { by: 8, wish, ..step });
    (vec(first, 1..4), vec(step(), 1..=requests_max)).prop_map(|(first, then)| [first, then].concat())
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        8 => placing(),
        34 => on_a_line(),
        6 => line().prop_map(Wish::Call),
        6 => (line(), prop::sample::select(RECALLED.to_vec()))
            .prop_map(|(line, from)| Wish::Recall(line, from)),
        2 => line().prop_map(Wish::Cancel),
        1 => order().prop_map(Wish::CancelOrder),
        8 => pressing(),
        3 => (0_usize..5, 0_usize..5, any::<bool>()).prop_map(|(from, to, join)| Wish::Move { from, to, join }),
        1 => weighted(0.8, 0_usize..5).prop_map(Wish::Service),
        1 => (0_usize..5).prop_map(Wish::Answer),
        1 => (0_usize..5).prop_map(Wish::Clean),
        3 => on_the_menu(),
    ]
}

// Few lines and orders, so that requests meet.
fn line() -> impl Strategy<Value = usize> {
    prop_oneof![12 => 0_usize..4, 4 => 0_usize..12, 1 => 0_usize..40]
}

fn order() -> impl Strategy<Value = usize> {
    prop_oneof![12 => 0_usize..2, 4 => 0_usize..5, 1 => 0_usize..20]
}

fn placing() -> impl Strategy<Value = Wish> {
    let flaw = prop_oneof![
        30 => Just(Flaw::None),
        1 => Just(Flaw::LongNote),
        1 => Just(Flaw::ForeignOption),
        1 => Just(Flaw::ForeignCaution),
    ];
    let guest = weighted(0.95, prop_oneof![3 => Just(0_usize), 3 => 1_usize..5]);
    let dish = prop_oneof![60 => 0_usize..3, 1 => Just(3_usize)];
    let wanted = (dish, 1_u16..4, prop::bool::weighted(0.25)).prop_map(|(dish, portions, hold)| Wanted {
        dish,
        portions,
        hold,
    });
    (guest, prop_oneof![20 => vec(wanted, 1..4), 1 => Just(Vec::new())], any::<bool>(), flaw)
        .prop_map(|(guest, dishes, phone, flaw)| Wish::Place { guest, dishes, phone, flaw })
}

fn on_a_line() -> impl Strategy<Value = Wish> {
    let pin = prop_oneof![4 => Just(Pin::Right), 1 => Just(Pin::Wrong), 1 => Just(Pin::Locked)];
    let way = prop_oneof![
        6 => Just(Way::Start),
        6 => Just(Way::Finish),
        3 => Just(Way::PickUp),
        2 => Just(Way::Remake),
        2 => pin.prop_map(Way::Void),
    ];
    (way, line(), weighted(0.3, 1_u16..4), prop::bool::weighted(0.95))
        .prop_map(|(way, line, portions, reasoned)| Wish::Line { way, line, portions, reasoned })
}

fn pressing() -> impl Strategy<Value = Wish> {
    let press = prop::sample::select(vec![Press::Hold, Press::Fire, Press::Rush, Press::Seen]);
    let lines = prop_oneof![Just(Vec::new()), vec(line(), 1..3)];
    (press, order(), lines).prop_map(|(press, order, lines)| Wish::Lines { press, order, lines })
}

fn on_the_menu() -> impl Strategy<Value = Wish> {
    let dish = || 0_usize..4;
    let fresh = || prop::bool::weighted(0.8);
    prop_oneof![
        1 => dish().prop_map(Wish::SoldOut),
        3 => (dish(), 0_u16..12).prop_map(|(dish, left)| Wish::Limit(dish, left)),
        1 => dish().prop_map(Wish::Back),
        1 => (0_usize..3, fresh()).prop_map(|(menu, fresh)| Wish::Menu(menu, fresh)),
        1 => (0_usize..3, fresh()).prop_map(|(plan, fresh)| Wish::Plan(plan, fresh)),
    ]
}
