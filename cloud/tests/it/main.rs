//! The service with a real SQLite file, a real broker, and others' servers that speak their own HTTP.

mod api;
mod carrier;
mod carriers;
mod gateway;
mod journal;
mod lists;
mod relays;
mod restart;
mod store;
mod story;
mod town;
