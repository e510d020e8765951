//! The box in the shop. The way of an order: [`http`] or [`screens`] takes the request, the [`counter`] decides
//! and keeps it in the [`store`], and only then are the asker, the [`screens`], the [`messages`] and the [`uplink`]
//! told.
//!
//! Absent: any rule of the kitchen (they are in `edge-core`), and anything that could slow an order down from
//! behind: whoever is told listens on a bounded channel and catches up from the journal.

pub mod approvals;
pub mod broker;
pub mod clock;
pub mod config;
pub mod counter;
pub mod devices;
pub mod http;
pub mod lan;
pub mod menu_files;
pub mod messages;
pub mod pictures;
pub mod print;
pub mod run;
pub mod screens;
pub mod speaker;
pub mod status;
pub mod store;
pub mod uplink;
pub mod voice;
