//! The message centre (播报, M1–M9): what is told to whom, how often, when, and whether it still is when its turn
//! comes.

mod settings;

pub use settings::{defaults, faults};
