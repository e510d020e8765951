//! The message centre (播报, M1–M9): what is told to whom, how often, when, and whether it still is when its turn
//! comes.

mod settings;

mod calling;
mod centre;
mod clock;
mod record;
mod second_look;
mod wording;

pub use calling::House;
pub use centre::{ANSWER_WITHIN, Centre, Change, Heard, Reach, Telling, WAITING_MAX, first_due};
pub use clock::{Anchor, MachineTime, QueueClock, QueueTime};
pub use record::{GOOD_FOR, Proviso, RELAY_GOOD_FOR, Record};
pub use second_look::World;
pub use settings::{defaults, faults};
pub use wording::{Mention, Wording};
