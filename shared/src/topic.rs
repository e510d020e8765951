//! MQTT topics, built and read here and nowhere else. `l1` is the shop's network, `r1` the way to the cloud;
//! the digit is the version of the wire.

use crate::id::{AccountId, BoxId, BrandId, DeviceId, ShopId};

/// Box → kitchen, call screen, cashier: [`crate::screen::BoardEvent`].
pub const BOARD: &str = "l1/board";
/// Box → all devices: [`crate::screen::MenuEvent`].
pub const MENU: &str = "l1/menu";
/// Box → all devices: [`crate::screen::Heartbeat`].
pub const HEARTBEAT: &str = "l1/hb";
/// The box listens for every device's requests.
pub const ALL_REQUESTS: &str = "l1/req/+";

/// The box hears which devices are there.
pub const ALL_PRESENCE: &str = "l1/dev/+";

/// The box hears what became of its messages.
pub const ALL_REPORTS: &str = "l1/ack/+";

/// Device → box: [`crate::command::Request`].
pub fn request(device: &DeviceId) -> String {
    format!("l1/req/{device}")
}

/// The device that a request came from. The broker lets only that device write there.
pub fn requesting_device(topic: &str) -> Option<DeviceId> {
    DeviceId::new(topic.strip_prefix("l1/req/")?).ok()
}

/// Box → device: [`crate::command::Reply`].
pub fn reply(device: &DeviceId) -> String {
    format!("l1/rep/{device}")
}

/// Box → one pad: [`crate::screen::BoardEvent`] with its room's order alone.
pub fn view(device: &DeviceId) -> String {
    format!("l1/view/{device}")
}

/// Device → all, retained, and its last will: `1` here, `0` gone.
pub fn presence(device: &DeviceId) -> String {
    format!("l1/dev/{device}")
}

/// Box → one account: [`crate::message::Message`].
pub fn message(account: &AccountId) -> String {
    format!("l1/msg/{account}")
}

/// Device → box: [`crate::message::MessageReport`].
pub fn report(device: &DeviceId) -> String {
    format!("l1/ack/{device}")
}

/// The device that reports what became of a message. The broker lets only that device write there.
pub fn reporting_device(topic: &str) -> Option<DeviceId> {
    DeviceId::new(topic.strip_prefix("l1/ack/")?).ok()
}

/// Box → one device: its [`crate::screen::Session`], when that has changed.
pub fn session(device: &DeviceId) -> String {
    format!("l1/me/{device}")
}

/// The device whose presence this is.
pub fn present_device(topic: &str) -> Option<DeviceId> {
    DeviceId::new(topic.strip_prefix("l1/dev/")?).ok()
}

/// Where a box stands in the cloud's topics.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BoxAddress {
    /// Virtual partition, `p000` to `p255`: given with the box's credentials, never changed.
    pub partition: String,
    /// The brand.
    pub brand: BrandId,
    /// The shop.
    pub shop: ShopId,
    /// The box.
    pub box_id: BoxId,
}

/// What travels between box and cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudLane {
    /// Box → cloud: [`crate::sync::Batch`].
    UpEvents,
    /// Box → cloud: [`crate::sync::Hello`].
    UpHello,
    /// Box → cloud: [`crate::sync::Ack`] of news.
    UpAck,
    /// Cloud → box: [`crate::sync::Ack`] of facts.
    DownAck,
    /// Cloud → box: [`crate::sync::NewsBatch`].
    DownEvents,
}

impl CloudLane {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::UpEvents, Self::UpHello, Self::UpAck, Self::DownAck, Self::DownEvents];

    /// The end of the topic.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::UpEvents => "up/ev",
            Self::UpHello => "up/hello",
            Self::UpAck => "up/ack",
            Self::DownAck => "dn/ack",
            Self::DownEvents => "dn/ev",
        }
    }

    /// Whether it is the box that writes there.
    pub fn is_up(self) -> bool {
        match self {
            Self::UpEvents | Self::UpHello | Self::UpAck => true,
            Self::DownAck | Self::DownEvents => false,
        }
    }

    /// The filter by which the cloud hears this lane from every box.
    pub fn from_every_box(self) -> String {
        format!("r1/+/+/+/+/{}", self.suffix())
    }
}

impl BoxAddress {
    /// The topic of one lane.
    pub fn topic(&self, lane: CloudLane) -> String {
        let Self { partition, brand, shop, box_id } = self;
        format!("r1/{partition}/{brand}/{shop}/{box_id}/{}", lane.suffix())
    }

    /// Reads a topic back. `None` when it is none of ours.
    pub fn parse(topic: &str) -> Option<(Self, CloudLane)> {
        let mut levels = topic.strip_prefix("r1/")?.splitn(5, '/');
        let address = Self {
            partition: levels.next()?.to_owned(),
            brand: levels.next()?.parse().ok()?,
            shop: levels.next()?.parse().ok()?,
            box_id: levels.next()?.parse().ok()?,
        };
        let suffix = levels.next()?;
        let lane = CloudLane::ALL.into_iter().find(|lane| lane.suffix() == suffix)?;
        Some((address, lane))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_read_back() {
        let device = DeviceId::new("pad_801").expect("a slug");
        assert_eq!(requesting_device(&request(&device)), Some(device));
        let address = BoxAddress {
            partition: "p017".to_owned(),
            brand: "demo".parse().expect("a slug"),
            shop: "demo_shop".parse().expect("a slug"),
            box_id: "box_1".parse().expect("a slug"),
        };
        for lane in CloudLane::ALL {
            assert_eq!(BoxAddress::parse(&address.topic(lane)), Some((address.clone(), lane)));
        }
    }

    #[test]
    fn a_topic_that_is_not_ours_is_none() {
        for topic in
            ["", "r1/p0/a", "r1/p0/de/sh/bo/up/other", "r2/p0/de/sh/bo/up/ev", "r1/p0/D+/sh/bo/up/ev"]
        {
            assert_eq!(BoxAddress::parse(topic), None, "{topic}");
        }
    }
}
