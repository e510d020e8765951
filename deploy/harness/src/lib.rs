//! Starts the real programs as a shop or a brand would run them, so that kill loops and benches can attack them.
//!
//! Deliberately absent: anything of the programs' own code. The harness knows them by their command line, their
//! settings, their HTTP, and the files they leave.

pub mod crowd;
pub mod dice;
pub mod history;
pub mod program;
pub mod screen;
pub mod service;
pub mod shop;
pub mod sound;
pub mod sound_card;
pub mod virtual_printer;
