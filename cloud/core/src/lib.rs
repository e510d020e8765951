//! The rules of the brand's business: the prepaid SMS ledger (S1–S13), the life of a message, what is sent on by
//! other channels, what the cloud keeps of the boxes' orders, who may ask, what
//! the brands' own systems are told, and what the boxes are.
//!
//! One shape everywhere: [`state::State::decide`] says what a command means as [`entry::Entry`]s and changes
//! nothing; [`state::State::apply`] makes them true and cannot fail. The state is what the entries add up to.
//!
//! Deliberately absent: clock, dice, disk, network, threads, logs. Time and ids come in as arguments.

pub mod access;
pub mod audit;
pub mod carrier;
pub mod channel;
pub mod command;
pub mod dispatch;
pub mod entry;
pub mod id;
pub mod ledger;
pub mod news;
pub mod outbox;
pub mod purchase;
pub mod relay;
pub mod sms;
pub mod state;
pub mod units;
