//! The service behind the shops: their orders, the brand's SMS, the dashboard.

pub mod gateway;
