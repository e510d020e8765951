//! The rules of one shop's kitchen (K1–K11), pure: a command goes in, facts or a refusal come out.
//!
//! Absent: clock, disk, socket, thread, dice, log. Time and ids are arguments; the shell keeps and tells.

pub mod announce;
pub mod authority;
pub mod kitchen;
pub mod menu;
pub mod messages;
pub mod number;
pub mod prep_time;
pub mod refusal;
pub mod shop;
pub mod slip;
pub mod uplink;
