//! The rows of the table that say why the rules refuse.

use cloud_core::command::Refusal;
use cloud_core::purchase::{self, BadOffer, OPEN_MAX};
use cloud_core::sms::BadText;
use cloud_core::{access, carrier, ledger, outbox};

use super::{Row, row};

/// What is answered when the rules say no.
pub(super) fn refusal_row(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::Ledger(refusal) => ledger_row(refusal),
        Refusal::Access(refusal) => access_row(*refusal),
        Refusal::Outbox(refusal) => outbox_row(*refusal),
        Refusal::Purchase(refusal) => purchase_row(refusal),
        Refusal::Text(bad) | Refusal::TextTo { source: bad, .. } => text_row(bad),
        Refusal::Carrier(refusal) => carrier_row(refusal),
        Refusal::MessageReused(field) => reused_row(*field),
        Refusal::NoBrand => row(404, "unknown_brand", "没有这个品牌。", "There is no such brand."),
        Refusal::NoShop => row(404, "unknown_shop", "没有这家门店。", "There is no such shop."),
        Refusal::NoBox => row(404, "unknown_box", "没有这台设备。", "There is no such box."),
        Refusal::NoChannel => {
            row(404, "unknown_channel", "没有设置这个渠道。", "The brand has no such channel.")
        }
        Refusal::NoMessage => row(404, "unknown_message", "没有这条短信。", "There is no such message."),
        Refusal::NoBatch => row(404, "unknown_batch", "没有这个批次。", "There is no such batch."),
        Refusal::OnItsWay => row(
            409,
            "on_its_way",
            "这条短信已经在发送或已结束，不能取消。",
            "The message is on its way or has come to its end, and cannot be taken back.",
        ),
        Refusal::Taken(what) => Row(
            409,
            "taken",
            format!("已存在，不能重复添加（{what}）。"),
            format!("It exists already: {what}."),
        ),
        Refusal::Gap => row(409, "gap", "数据不连续。", "The facts do not follow what is known."),
        Refusal::InboxFull => {
            row(503, "inbox_full", "回执过多，请稍后再送。", "Too many receipts wait; bring it again.")
        }
    }
}

fn carrier_row(refusal: &carrier::Refusal) -> Row {
    match refusal {
        carrier::Refusal::NoAccount => {
            row(404, "unknown_carrier", "没有这个短信通道账号。", "There is no such carrier account.")
        }
        carrier::Refusal::OtherOwner => row(
            409,
            "other_owner",
            "这个短信通道账号属于其他品牌。",
            "The carrier account belongs to another brand.",
        ),
        carrier::Refusal::BatchTooLarge { max } => Row(
            422,
            "batch_too_large",
            format!("这种通道每次最多 {max} 个号码。"),
            format!("A call of this protocol has at most {max} numbers."),
        ),
        carrier::Refusal::NothingToFetch => row(
            422,
            "nothing_to_fetch",
            "这种通道不能主动拉取回执。",
            "Receipts cannot be fetched by this protocol: they are brought.",
        ),
    }
}

fn access_row(refusal: access::Refusal) -> Row {
    match refusal {
        access::Refusal::NoKey => {
            row(404, "unknown_key", "没有这个密钥，或已吊销。", "There is no such key, or it was revoked.")
        }
        access::Refusal::NoUser => row(404, "unknown_user", "没有这个用户。", "There is no such user."),
        access::Refusal::NoScope => {
            row(422, "no_scope", "请至少选择一项权限。", "A key opens at least one thing.")
        }
        access::Refusal::AlreadyExpired => row(
            422,
            "key_already_expired",
            "到期时间须在将来。",
            "The time at which the key expires is over already.",
        ),
        access::Refusal::TooManyKeys => row(
            409,
            "too_many_keys",
            "密钥数量已达上限，请先吊销不用的密钥。",
            "The brand has as many keys as it may have. Revoke one that is not used.",
        ),
        access::Refusal::GraceTooLong => row(
            422,
            "grace_too_long",
            "旧密钥最多再保留 30 天。",
            "The old secret may be good for at most 30 days beside the new one.",
        ),
    }
}

fn outbox_row(refusal: outbox::Refusal) -> Row {
    match refusal {
        outbox::Refusal::NoSubscription => {
            row(404, "unknown_subscription", "没有这个回调。", "There is no such subscription.")
        }
        outbox::Refusal::NoTopic => {
            row(422, "no_topic", "请至少选择一项通知内容。", "A subscription is about at least one topic.")
        }
        outbox::Refusal::TooManySubscriptions => row(
            409,
            "too_many_subscriptions",
            "回调数量已达上限。",
            "The brand has as many subscriptions as it may have.",
        ),
    }
}

fn ledger_row(refusal: &ledger::Refusal) -> Row {
    match refusal {
        ledger::Refusal::IdReused(field) => reused_row(*field),
        ledger::Refusal::NoUnits => {
            row(422, "no_units", "数量至少为 1。", "The number of units must be at least 1.")
        }
        ledger::Refusal::MoreThanThere { there } => Row(
            422,
            "more_than_there",
            format!("数量超出：只有 {there} 条。"),
            format!("That is more than there is: {there} units."),
        ),
        ledger::Refusal::AlreadyExpired => {
            row(422, "already_expired", "套餐已过期。", "The package would already be expired.")
        }
        ledger::Refusal::NoFreeze => row(404, "unknown_freeze", "没有这笔冻结。", "There is no such freeze."),
        ledger::Refusal::Insufficient { available } => Row(
            409,
            "insufficient_units",
            format!("短信余额不足，当时可用 {available} 条。充值后请用新的编号重试。"),
            format!("Too few units: {available} were available. Buy more, and ask again under a new id."),
        ),
        ledger::Refusal::AlreadyReleased => {
            row(409, "already_released", "这笔冻结已释放。", "The freeze has been released.")
        }
        ledger::Refusal::AlreadyPaid => {
            row(409, "already_paid", "这笔冻结已支付，不能释放。", "The freeze has been paid.")
        }
        ledger::Refusal::NotPaid => {
            row(409, "not_paid", "这笔冻结尚未支付。", "The freeze has not been paid.")
        }
        ledger::Refusal::NoPackage => {
            row(404, "unknown_package", "没有这个套餐。", "There is no such package.")
        }
    }
}

fn purchase_row(refusal: &purchase::Refusal) -> Row {
    match refusal {
        purchase::Refusal::BadOffer(bad) => bad_offer_row(*bad),
        purchase::Refusal::NoOffer => row(
            404,
            "unknown_offer",
            "这个套餐已下架，请刷新后重新选择。",
            "This package is not on sale. Look again at what is.",
        ),
        purchase::Refusal::PriceChanged => row(
            409,
            "price_changed",
            "套餐价格已变动，请刷新后重新选择。",
            "The price has changed. Look again at what is on sale.",
        ),
        purchase::Refusal::NoPurchase => {
            row(404, "unknown_purchase", "没有这笔充值。", "There is no such purchase.")
        }
        purchase::Refusal::IdReused(field) => reused_row(*field),
        purchase::Refusal::TooManyOpen => Row(
            409,
            "too_many_open",
            format!("有 {OPEN_MAX} 笔充值等待支付，请先支付或取消。"),
            format!("{OPEN_MAX} purchases wait to be paid. Pay one, or give one up."),
        ),
        purchase::Refusal::NotOpen => {
            row(409, "purchase_not_open", "这笔充值已支付或已关闭。", "The purchase is paid or closed.")
        }
        purchase::Refusal::NotPaid => {
            row(409, "purchase_not_paid", "这笔充值尚未支付。", "The purchase has not been paid.")
        }
        purchase::Refusal::NotEnded => row(
            409,
            "refund_not_ended",
            "微信支付可能还会完成这笔退款，不能登记为人工退回。",
            "The provider may still carry the refund out.",
        ),
        purchase::Refusal::BadNote => {
            row(422, "bad_note", "请写明怎样退回（1 到 200 字）。", "Say how, in 1 to 200 characters.")
        }
        purchase::Refusal::NothingLeft => row(
            409,
            "nothing_left",
            "这个套餐没有可退的余量。",
            "All units of the package are used, reserved or expired.",
        ),
    }
}

fn bad_offer_row(bad: BadOffer) -> Row {
    let zh = match bad {
        BadOffer::Units => "套餐至少有 1 条。",
        BadOffer::Price => "套餐价格须为 0.01 到 1000000 元。",
        BadOffer::ValidDays => "套餐有效期须为 1 到 3660 天。",
        BadOffer::Name => "套餐名称须为 1 到 40 个字。",
    };
    Row(422, "bad_offer", zh.to_owned(), format!("{bad}."))
}

/// What is answered to words that cannot be sent.
pub(super) fn text_row(bad: &BadText) -> Row {
    match bad {
        BadText::Signature => {
            row(422, "bad_signature", "签名须为 2 到 16 个字。", "A signature has 2 to 16 characters.")
        }
        BadText::Length => row(
            422,
            "bad_text",
            "短信内容须为 1 到 536 个字，含签名。",
            "The text must have 1 to 536 characters, signature included.",
        ),
        BadText::OtherSignature => row(
            422,
            "other_signature",
            "短信不能以其他签名开头。",
            "The text must not begin with another signature.",
        ),
        BadText::Parameter(name) => Row(
            422,
            "missing_parameter",
            format!("模板缺少参数 {name}。"),
            format!("The template needs the parameter {name}."),
        ),
        BadText::Places => row(
            422,
            "bad_places",
            "内容中的变量须写作 {1}、{2}……，从 1 起连续编号，各出现一次，1 到 20 个。",
            "Number the places of the text {1}, {2} ... without a gap, each once, 1 to 20 of them.",
        ),
        BadText::Parameters { has, needs } => Row(
            422,
            "wrong_parameters",
            format!("变量个数不符：内容有 {needs} 个变量，给了 {has} 个，请逐个填写。"),
            format!("The text has {needs} places, and {has} parameters came. Give one for each place."),
        ),
        BadText::BadParameter(_) => row(
            422,
            "bad_parameter",
            "变量不能为空，也不能含有花括号、换行等字符。",
            "A parameter must have a character at least, and neither braces nor control characters.",
        ),
    }
}

fn reused_row(field: ledger::RequestField) -> Row {
    let field = field.name();
    Row(
        409,
        "request_id_reused",
        format!("这个编号已用于另一个请求，{field} 不同。"),
        format!("This id was used for another request: {field} differs."),
    )
}
