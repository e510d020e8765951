//! The carrier as its customers meet it: real HTTP on a free port, against the vendor's written protocol.

mod customer;
mod faults;
mod reports;
mod submit;
