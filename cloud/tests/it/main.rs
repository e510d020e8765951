//! The service with a real SQLite file or PostgreSQL, a real broker, and others' servers that speak their own HTTP.

mod access;
mod api;
mod batches;
mod books;
mod callbacks;
mod carrier;
mod carriers;
mod export;
mod fetched;
mod figures;
mod gateway;
mod journal;
mod lists;
mod news;
mod on_postgres;
mod own_words;
mod postgres;
mod purchases;
mod receipts;
mod relays;
mod restart;
mod snapshot;
mod standby;
mod store;
mod story;
mod town;
