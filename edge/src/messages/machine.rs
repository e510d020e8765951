//! What the machine's clocks show, for the queue's own.

use edge_core::messages::MachineTime;

use crate::clock::{Clock, uptime};

/// The kernel's name for the time since it was started.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The clocks at this instant.
pub(super) fn time(clock: &Clock) -> MachineTime {
    let reading = clock.read();
    let boot = std::fs::read_to_string(BOOT).ok().map(|boot| boot.trim().to_owned());
    MachineTime { boot, uptime: uptime(), wall: reading.trusted.then_some(reading.at) }
}
