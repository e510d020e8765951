//! Placeholder.

pub mod speaker;
pub mod voice;
