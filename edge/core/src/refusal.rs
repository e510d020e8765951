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
    /// Not a manager's PIN.
    WrongPin,
    /// Too many wrong PINs from this device.
    PinLocked,
    /// The pad was moved since it asked.
    MovedAway,
    /// A call for another brand or shop.
    OtherShop,
    /// A call that nobody could understand: what is wrong with it.
    BadCall(Vec<String>),
    /// The settings have no such pad call.
    UnknownPadCall,
    /// Announcement settings that cannot be used: the rules at fault.
    BadAnnouncements(Vec<String>),
    /// The announcement settings were changed by somebody else in the meantime.
    AnnouncementsChanged,
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
    /// A reason that is missing, or longer than anybody would read.
    BadReason,
    /// Dishes that are not on the menu.
    UnknownDish(Vec<DishId>),
    /// Dishes that are sold out (估清).
    SoldOut(Vec<DishId>),
    /// Dishes of which fewer portions are left than were asked for.
    NotEnoughLeft(Vec<DishId>),
    /// An option that the dish does not have, or a second one of the same group.
    UnknownOption(DishId),
    /// A caution that the menu does not have.
    UnknownCaution(DishId),
    /// More portions than the line has.
    TooManyPortions,
    /// A menu that cannot be used: the ids at fault.
    BadMenu(Vec<String>),
    /// A kitchen plan that cannot be used: the ids at fault.
    BadPlan(Vec<String>),
    /// No open order has this line.
    UnknownLine,
    /// No open order has this id.
    UnknownOrder,
    /// Nobody with an open order is there.
    NobodyThere,
    /// A cancelled line cannot go on (K4).
    LineCancelled,
    /// A line that was taken back, or is made again as another, cannot go on.
    LineVoided,
    /// A held line has to be fired before it is made.
    LineHeld,
    /// Only a line being made can finish (K5).
    NotStarted,
    /// Only a made line can be called or picked up (K6, K7).
    NotMade,
    /// What the guest has cannot be called for pick-up (K6).
    AlreadyPickedUp,
    /// Only what has not been started can be cancelled (K8): the lines that have been.
    AlreadyStarted(Vec<LineId>),
    /// What was never begun is cancelled, not voided.
    CancelInstead,
    /// None of these lines can be held, fired or rushed.
    NothingToDo,
    /// Rushed a moment ago.
    RushedLately,
    /// Somebody has taken the line on since.
    MovedOn,
    /// The step is too old to be taken back.
    TooLate,
    /// The room has a guest.
    RoomTaken,
    /// The menu was changed by somebody else in the meantime.
    MenuChanged,
}

impl Refusal {
    /// Stable, machine-readable; part of the wire.
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// What kind of no it is.
    pub fn kind(&self) -> RefusalKind {
        self.row().1
    }

    /// What happened and what to do, for the person at the screen.
    pub fn sentence(&self, language: Language) -> &'static str {
        let (_, _, chinese, english) = self.row();
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// The ids it is about, for the page to point at.
    pub fn about(&self) -> Vec<String> {
        if let Self::UnknownDish(dishes) | Self::SoldOut(dishes) | Self::NotEnoughLeft(dishes) = self {
            dishes.iter().map(DishId::to_string).collect()
        } else if let Self::UnknownOption(dish) | Self::UnknownCaution(dish) = self {
            vec![dish.to_string()]
        } else if let Self::AlreadyStarted(lines) = self {
            lines.iter().map(LineId::to_string).collect()
        } else if let Self::BadMenu(ids)
        | Self::BadPlan(ids)
        | Self::BadCall(ids)
        | Self::BadAnnouncements(ids) = self
        {
            ids.clone()
        } else {
            Vec::new()
        }
    }

    /// The one table: code, kind, Chinese, English.
    #[expect(clippy::too_many_lines, reason = "one row a refusal")]
    #[rustfmt::skip]
    fn row(&self) -> (&'static str, RefusalKind, &'static str, &'static str) {
        use RefusalKind::{Conflict, Forbidden, Unknown, Unorderable};
        match self {
            Self::NotAllowed => ("not_allowed", Forbidden,
                "本设备没有这项权限，请到收银台操作。", "This screen may not do that. Ask the front desk."),
            Self::NotYourRoom => ("not_your_room", Forbidden,
                "这是别的房间的订单，本机只能操作本房间。", "That order belongs to another room."),
            Self::WrongPin => ("wrong_pin", Forbidden,
                "密码不对，请店长重新输入。", "That is not a manager's PIN. Try again."),
            Self::PinLocked => ("pin_locked", Forbidden,
                "密码错误次数太多，请十分钟后再试。", "Too many wrong PINs. Try again in ten minutes."),
            Self::MovedAway => ("moved_away", Conflict,
                "本机已换到别的房间，刚才的操作没有生效。", "This pad stands in another room now. Nothing was done."),
            Self::OtherShop => ("other_shop", Unorderable,
                "这条消息属于别的门店，没有发送。", "That call is for another shop. Nothing was sent."),
            Self::BadCall(_) => ("bad_call", Unorderable,
                "消息内容有误，没有发送：请检查标出的项目。", "The call has mistakes and was not sent. Check what is marked."),
            Self::UnknownPadCall => ("unknown_pad_call", Unorderable,
                "没有这个呼叫选项，请刷新后重选。", "There is no such call. Reload and choose again."),
            Self::BadAnnouncements(_) => ("bad_template", Unorderable,
                "播报设置有误，没有保存：请检查标出的项目。",
                "The announcement settings have mistakes and were not saved. Check what is marked."),
            Self::AnnouncementsChanged => ("announcements_changed", Conflict,
                "播报设置刚被别人改过，请刷新后再保存。",
                "Somebody else has changed the announcement settings. Reload and save again."),
            Self::PadWithoutRoom => ("pad_without_room", Unorderable,
                "本机还没有设置房间，请联系收银台。", "This pad has no room yet. Ask the front desk."),
            Self::GuestMissing => ("guest_missing", Unorderable,
                "请先填写房间号或手牌号。", "Say who the order is for: a room or a wristband."),
            Self::EmptyOrder => ("empty_order", Unorderable,
                "还没有选菜，请先选菜再下单。", "Nothing is chosen yet. Choose a dish first."),
            Self::TooManyLines => ("too_many_lines", Unorderable,
                "一次最多下单100项，请分几次下单。", "One order takes 100 lines at most. Send it in parts."),
            Self::NoteTooLong => ("note_too_long", Unorderable,
                "备注最多200个字，请写短一些。", "A note takes 200 characters at most."),
            Self::BadReason => ("bad_reason", Unorderable,
                "请写明原因，最多50个字。", "Say why, in 50 characters at most."),
            Self::UnknownDish(_) => ("unknown_dish", Unorderable,
                "菜单里没有这道菜，请刷新菜单后重选。", "That dish is not on the menu. Reload it and choose again."),
            Self::SoldOut(_) => ("sold_out", Unorderable,
                "这道菜已估清，请换一道。", "That dish is sold out. Please choose another."),
            Self::NotEnoughLeft(_) => ("not_enough_left", Unorderable,
                "这道菜剩下的份数不够，请减少份数。", "Fewer portions of that dish are left. Take fewer."),
            Self::UnknownOption(_) => ("unknown_option", Unorderable,
                "这道菜没有这个选项，请重选。", "That dish has no such option. Choose again."),
            Self::UnknownCaution(_) => ("unknown_caution", Unorderable,
                "没有这项忌口，请写在备注里。", "The menu has no such caution. Write it as a note."),
            Self::TooManyPortions => ("too_many_portions", Unorderable,
                "没有这么多份了，请看屏幕上的份数。", "The line has fewer portions than that by now."),
            Self::BadMenu(_) => ("bad_menu", Unorderable,
                "菜单有误，没有保存：请检查标出的项目。", "The menu has mistakes and was not saved. Check what is marked."),
            Self::BadPlan(_) => ("bad_plan", Unorderable,
                "后厨设置有误，没有保存：请检查标出的项目。", "The plan has mistakes and was not saved. Check what is marked."),
            Self::UnknownLine => ("unknown_line", Unknown,
                "找不到这道菜，订单可能已经结束。", "No open order has that dish."),
            Self::UnknownOrder => ("unknown_order", Unknown,
                "找不到这张订单，可能已经结束。", "There is no such open order."),
            Self::NobodyThere => ("nobody_there", Unknown,
                "那里没有未结的订单，请核对房间或手牌。", "Nobody there has an open order. Check the room or wristband."),
            Self::LineCancelled => ("line_cancelled", Conflict,
                "这道菜已取消，不用再做。", "That dish was cancelled. Leave it."),
            Self::LineVoided => ("line_voided", Conflict,
                "这道菜已退或已重做，不用再做。", "That dish was taken back or is made again. Leave it."),
            Self::LineHeld => ("line_held", Conflict,
                "这道菜等叫，起菜后才能制作。", "That dish is held. Fire it first."),
            Self::NotStarted => ("not_started", Conflict,
                "这道菜还没开始制作，请先点开始。", "That dish was never started. Start it first."),
            Self::NotMade => ("not_made", Conflict,
                "这道菜还没做好，做好后才能取餐。", "That dish is not ready yet."),
            Self::AlreadyPickedUp => ("already_picked_up", Conflict,
                "这道菜已经取走了。", "That dish has already been picked up."),
            Self::AlreadyStarted(_) => ("already_started", Conflict,
                "已经开始制作，不能取消；订单没有改动。",
                "It has been started and cannot be cancelled. Nothing was changed."),
            Self::CancelInstead => ("cancel_instead", Conflict,
                "这道菜还没开始制作，直接取消即可。", "That dish was never started. Just cancel it."),
            Self::NothingToDo => ("nothing_to_do", Conflict,
                "没有可以这样操作的菜。", "There is no dish that this can be done to."),
            Self::RushedLately => ("rushed_lately", Conflict,
                "刚刚催过了，后厨已收到，请稍等几分钟。", "The kitchen has just been asked. Give it a few minutes."),
            Self::MovedOn => ("moved_on", Conflict,
                "别人已经操作了下一步，没有撤回。", "Somebody has taken it on since. Nothing was taken back."),
            Self::TooLate => ("too_late", Conflict,
                "超过30分钟，不能再撤回。", "It is more than 30 minutes ago and stays as it is."),
            Self::RoomTaken => ("room_taken", Conflict,
                "那里已有客人。要合在一起，请选并单。", "There is a guest already. Choose to join them."),
            Self::MenuChanged => ("menu_changed", Conflict,
                "菜单刚被别人改过，请刷新后再保存。", "Somebody else has changed the menu. Reload and save again."),
        }
    }
}
