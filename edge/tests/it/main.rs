//! The box as its users meet it: the real program with its real Mosquitto, over HTTP and MQTT. One file a
//! behaviour; [`the_box`] starts and stops things.
//!
//! Absent: the rules of the kitchen in all their cases. They are tested in `edge-core`, without a process.

mod the_box;

mod access;
mod bad_input;
mod clock;
mod devices;
mod kitchen;
mod lan;
mod menu_files;
mod messages;
mod messages_heard;
mod orders;
mod pictures;
mod print;
mod restart;
mod rights;
mod screens;
mod times;
mod uplink;
mod voice;
