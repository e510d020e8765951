//! The service with a real SQLite file, a real broker and a carrier that speaks the carrier's own HTTP.

mod api;
mod carrier;
mod journal;
mod lists;
mod restart;
mod store;
mod story;
mod town;
