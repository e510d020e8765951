//! The wire is a promise, and both programs add facts up alike.

mod fold;
mod fold_kitchen;
mod golden;
mod samples;
mod unreadable;
