//! The service with a real SQLite file, a real broker, and others' servers that speak their own HTTP.

mod access;
mod api;
mod batches;
mod carrier;
mod export;
mod gateway;
mod journal;
mod lists;
mod purchases;
mod relays;
mod restart;
mod store;
mod story;
mod town;
