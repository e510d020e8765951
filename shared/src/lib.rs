//! What the box and the cloud agree on. Whatever crosses a wire between two of our programs, or between a
//! program and its pages, is a type of this crate.
//!
//! Deliberately absent: any input or output, any clock, any rule of the business. A type here checks its own
//! shape and nothing else.

pub mod command;
pub mod fact;
pub mod guest;
pub mod id;
pub mod kitchen;
pub mod menu;
pub mod message;
pub mod order;
pub mod problem;
pub mod quantity;
pub mod screen;
pub mod sms;
pub mod sync;
pub mod topic;
