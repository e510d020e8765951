//! The service behind the shops: their orders, the brand's SMS, messages to other channels, the dashboard.
//!
//! One writer ([`journal`]) decides, keeps and only then tells; everything else asks it. Deliberately absent:
//! any rule of the business (they are in `cloud_core`), and SQL outside [`store`].

pub mod admin;
pub mod arrivals;
pub mod boxes;
pub mod broker_files;
pub mod calling_back;
pub mod clock;
pub mod config;
pub mod fetching;
pub mod gateway;
pub mod http;
pub mod jobs;
pub mod journal;
pub mod payment;
pub mod projector;
pub mod relaying;
pub mod seal;
pub mod secret;
pub mod service;
pub mod snapshot;
pub mod standby;
pub mod store;
pub mod telemetry;
pub mod view;
