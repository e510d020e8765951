//! Starts the real programs and attacks them.
