//! The cloud's parts against the real things they speak to.

mod gateway;
