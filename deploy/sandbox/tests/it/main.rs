//! The sandbox as its customers meet it: real HTTP on a free port, against the vendors' written protocols.

mod customer;
mod faults;
mod im;
mod reports;
mod submit;
mod variable;
mod webhook;
