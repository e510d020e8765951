//! The box against the real things around it.

mod voice;
