//! Who may read and write which topic: one table, from which the broker's access file is written and by which the
//! tests try every right. What is not in it is denied.
//!
//! Absent: which command a device may send. That is decided behind the door, where the command is known.

use edge_core::authority::{Device, account_of};
use shared::screen::Role;
use shared::screen::Role::{CallScreen, Cashier, Expo, Kitchen, Pad, Speaker, Staff};
use shared::topic;

/// The topics of the shop, each kind once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Everything open.
    Board,
    /// What changes a page.
    Menu,
    /// That the box is alive.
    Heartbeat,
    /// A pad's own room.
    OwnView,
    /// What the device asks for …
    OwnRequests,
    /// … and the answers.
    OwnReplies,
    /// What its account is told …
    OwnMessages,
    /// … and what became of it.
    OwnReports,
    /// What the device is.
    OwnSession,
    /// That the device is there.
    OwnPresence,
    /// Which devices are there.
    EveryPresence,
}

/// Which roles may do what on a lane.
#[derive(Debug)]
pub struct Right {
    /// The lane.
    pub lane: Lane,
    /// Who may read it.
    pub read: &'static [Role],
    /// Who may write it.
    pub write: &'static [Role],
}

/// Every role.
pub const EVERYBODY: &[Role] = &[Pad, Kitchen, Expo, CallScreen, Speaker, Staff, Cashier];
const NOBODY: &[Role] = &[];
/// Call screens and speakers ask for nothing.
const WHOEVER_ASKS: &[Role] = &[Pad, Kitchen, Expo, Staff, Cashier];

/// The table.
pub const RIGHTS: [Right; 11] = [
    Right { lane: Lane::Board, read: &[Kitchen, Expo, CallScreen, Staff, Cashier], write: NOBODY },
    Right { lane: Lane::Menu, read: &[Pad, Kitchen, Expo, CallScreen, Staff, Cashier], write: NOBODY },
    Right { lane: Lane::Heartbeat, read: EVERYBODY, write: NOBODY },
    Right { lane: Lane::OwnView, read: &[Pad], write: NOBODY },
    Right { lane: Lane::OwnRequests, read: NOBODY, write: WHOEVER_ASKS },
    Right { lane: Lane::OwnReplies, read: WHOEVER_ASKS, write: NOBODY },
    Right { lane: Lane::OwnMessages, read: EVERYBODY, write: NOBODY },
    Right { lane: Lane::OwnReports, read: NOBODY, write: EVERYBODY },
    Right { lane: Lane::OwnSession, read: EVERYBODY, write: NOBODY },
    Right { lane: Lane::OwnPresence, read: NOBODY, write: EVERYBODY },
    Right { lane: Lane::EveryPresence, read: &[Cashier], write: NOBODY },
];

impl Lane {
    /// The topic that this lane is for a device; for [`Lane::EveryPresence`] a filter.
    pub fn topic(self, device: &Device) -> String {
        match self {
            Self::Board => topic::BOARD.to_owned(),
            Self::Menu => topic::MENU.to_owned(),
            Self::Heartbeat => topic::HEARTBEAT.to_owned(),
            Self::OwnView => topic::view(&device.id),
            Self::OwnRequests => topic::request(&device.id),
            Self::OwnReplies => topic::reply(&device.id),
            Self::OwnMessages => topic::message(&account_of(device)),
            Self::OwnReports => topic::report(&device.id),
            Self::OwnSession => topic::session(&device.id),
            Self::OwnPresence => topic::presence(&device.id),
            Self::EveryPresence => topic::ALL_PRESENCE.to_owned(),
        }
    }
}

/// A device's part of the access file.
pub(super) fn access_of(device: &Device) -> String {
    let mut text = format!("\nuser {}\n", device.id);
    for Right { lane, read, write } in &RIGHTS {
        let grant = match (read.contains(&device.role), write.contains(&device.role)) {
            (true, true) => "readwrite",
            (true, false) => "read",
            (false, true) => "write",
            (false, false) => continue,
        };
        text.push_str(&format!("topic {grant} {}\n", lane.topic(device)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written out once, for people: what the table comes to.
    #[test]
    fn m1_each_role_has_these_rights() {
        for (role, expected) in [
            (
                Pad,
                "read l1/menu, read l1/hb, read l1/view/it_1, write l1/req/it_1, read l1/rep/it_1, \
                 read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1",
            ),
            (
                Kitchen,
                "read l1/board, read l1/menu, read l1/hb, write l1/req/it_1, read l1/rep/it_1, \
                 read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1",
            ),
            (
                Expo,
                "read l1/board, read l1/menu, read l1/hb, write l1/req/it_1, read l1/rep/it_1, \
                 read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1",
            ),
            (
                CallScreen,
                "read l1/board, read l1/menu, read l1/hb, \
                 read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1",
            ),
            (Speaker, "read l1/hb, read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1"),
            (
                Staff,
                "read l1/board, read l1/menu, read l1/hb, write l1/req/it_1, read l1/rep/it_1, \
                 read l1/msg/it_1, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1",
            ),
            (
                Cashier,
                "read l1/board, read l1/menu, read l1/hb, write l1/req/it_1, read l1/rep/it_1, \
                 read l1/msg/cashiers, write l1/ack/it_1, read l1/me/it_1, write l1/dev/it_1, read l1/dev/+",
            ),
        ] {
            let id = "it_1".parse().expect("a slug");
            let device = Device { id, role, room: None, station: None, place: 1, speaks: false };
            let text = access_of(&device);
            let rights: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("topic ")).collect();
            assert_eq!(rights.join(", "), expected, "{role:?}");
        }
    }
}
