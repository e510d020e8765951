//! Placeholder.

pub mod speaker;
