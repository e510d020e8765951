//! Why the kitchen says no (K10): a stable code for programs and a sentence for the person. A refused action
//! changes nothing.

use shared::id::{DishId, LineId};

/// The language a person reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// Chinese, unless asked otherwise.
    #[default]
    Chinese,
    /// English.
    English,
}

/// What kind of no it is; the shell maps it to the status of its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The asker may not.
    Forbidden,
    /// There is no such thing.
    Unknown,
    /// The state of the kitchen does not allow it.
    Conflict,
    /// It cannot be ordered so.
    Unorderable,
}

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Refusal {
    /// The device's role does not include this.
    NotAllowed,
    /// A pad asked about another room's order.
    NotYourRoom,
    /// A pad that stands in no room orders.
    PadWithoutRoom,
    /// A cashier's order names no guest.
    GuestMissing,
    /// An order without lines.
    EmptyOrder,
    /// More lines than one request may place.
    TooManyLines,
    /// A note longer than a cook would read.
    NoteTooLong,
    /// Dishes that are not on the menu.
    UnknownDish(Vec<DishId>),
    /// Dishes that are sold out (估清).
    SoldOut(Vec<DishId>),
    /// An option that the dish does not have, or a second one of the same group.
    UnknownOption(DishId),
    /// No open order has this line.
    UnknownLine,
    /// No open order has this id.
    UnknownOrder,
    /// A cancelled line cannot go on (K4).
    LineCancelled,
    /// Only a line being made can finish (K5).
    NotStarted,
    /// Only a made line can be called or picked up (K6, K7).
    NotMade,
    /// What the guest has cannot be called for pick-up (K6).
    AlreadyPickedUp,
    /// Only what has not been started can be cancelled (K8): the lines that have been.
    AlreadyStarted(Vec<LineId>),
}

impl Refusal {
    /// Stable, machine-readable; part of the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::NotYourRoom => "not_your_room",
            Self::PadWithoutRoom => "pad_without_room",
            Self::GuestMissing => "guest_missing",
            Self::EmptyOrder => "empty_order",
            Self::TooManyLines => "too_many_lines",
            Self::NoteTooLong => "note_too_long",
            Self::UnknownDish(_) => "unknown_dish",
            Self::SoldOut(_) => "sold_out",
            Self::UnknownOption(_) => "unknown_option",
            Self::UnknownLine => "unknown_line",
            Self::UnknownOrder => "unknown_order",
            Self::LineCancelled => "line_cancelled",
            Self::NotStarted => "not_started",
            Self::NotMade => "not_made",
            Self::AlreadyPickedUp => "already_picked_up",
            Self::AlreadyStarted(_) => "already_started",
        }
    }

    /// What kind of no it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::NotAllowed | Self::NotYourRoom => RefusalKind::Forbidden,
            Self::UnknownLine | Self::UnknownOrder => RefusalKind::Unknown,
            Self::LineCancelled
            | Self::NotStarted
            | Self::NotMade
            | Self::AlreadyPickedUp
            | Self::AlreadyStarted(_) => RefusalKind::Conflict,
            Self::PadWithoutRoom
            | Self::GuestMissing
            | Self::EmptyOrder
            | Self::TooManyLines
            | Self::NoteTooLong
            | Self::UnknownDish(_)
            | Self::SoldOut(_)
            | Self::UnknownOption(_) => RefusalKind::Unorderable,
        }
    }

    /// The ids it is about, for the page to point at.
    pub fn about(&self) -> Vec<String> {
        match self {
            Self::UnknownDish(dishes) | Self::SoldOut(dishes) => {
                dishes.iter().map(DishId::to_string).collect()
            }
            Self::UnknownOption(dish) => vec![dish.to_string()],
            Self::AlreadyStarted(lines) => lines.iter().map(LineId::to_string).collect(),
            Self::NotAllowed
            | Self::NotYourRoom
            | Self::PadWithoutRoom
            | Self::GuestMissing
            | Self::EmptyOrder
            | Self::TooManyLines
            | Self::NoteTooLong
            | Self::UnknownLine
            | Self::UnknownOrder
            | Self::LineCancelled
            | Self::NotStarted
            | Self::NotMade
            | Self::AlreadyPickedUp => Vec::new(),
        }
    }

    /// What happened and what to do, for the person at the screen.
    pub fn sentence(&self, language: Language) -> &'static str {
        let (chinese, english) = self.sentences();
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    fn sentences(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotAllowed => {
                ("本设备没有这项权限，请到收银台操作。", "This screen may not do that. Ask the front desk.")
            }
            Self::NotYourRoom => {
                ("这是别的房间的订单，本机只能操作本房间。", "That order belongs to another room.")
            }
            Self::PadWithoutRoom => {
                ("本机还没有设置房间，请联系收银台。", "This pad has no room yet. Ask the front desk.")
            }
            Self::GuestMissing => {
                ("请先填写房间号或手牌号。", "Say who the order is for: a room or a wristband.")
            }
            Self::EmptyOrder => {
                ("还没有选菜，请先选菜再下单。", "Nothing is chosen yet. Choose a dish first.")
            }
            Self::TooManyLines => {
                ("一次最多下单100项，请分几次下单。", "One order takes 100 lines at most. Send it in parts.")
            }
            Self::NoteTooLong => ("备注最多200个字，请写短一些。", "A note takes 200 characters at most."),
            Self::UnknownDish(_) => (
                "菜单里没有这道菜，请刷新菜单后重选。",
                "That dish is not on the menu. Reload it and choose again.",
            ),
            Self::SoldOut(_) => ("这道菜已估清，请换一道。", "That dish is sold out. Please choose another."),
            Self::UnknownOption(_) => {
                ("这道菜没有这个选项，请重选。", "That dish has no such option. Choose again.")
            }
            Self::UnknownLine => ("找不到这道菜，订单可能已经结束。", "No open order has that dish."),
            Self::UnknownOrder => ("找不到这张订单，可能已经结束。", "There is no such open order."),
            Self::LineCancelled => ("这道菜已取消，不用再做。", "That dish was cancelled. Leave it."),
            Self::NotStarted => {
                ("这道菜还没开始制作，请先点开始。", "That dish was never started. Start it first.")
            }
            Self::NotMade => ("这道菜还没做好，做好后才能取餐。", "That dish is not ready yet."),
            Self::AlreadyPickedUp => ("这道菜已经取走了。", "That dish has already been picked up."),
            Self::AlreadyStarted(_) => (
                "已经开始制作，不能取消；订单没有改动。",
                "It has been started and cannot be cancelled. Nothing was changed.",
            ),
        }
    }
}
