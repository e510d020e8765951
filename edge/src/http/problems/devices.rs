//! What can go wrong with devices and their pairing, as the asker reads it.

use edge_core::refusal::Language;
use shared::problem::Problem;

use super::{ProblemResponse, in_either};
use crate::devices::{ChangeError, DeviceRefusal, RedeemError};

/// What an error about a device means for the asker.
pub(in crate::http) fn problem_with_device(error: ChangeError, language: Language) -> Problem {
    let (status, code, chinese, english) = match error {
        ChangeError::Refused(refusal) => refused_device(refusal),
        ChangeError::NotKept => (
            503,
            "not_kept",
            "没有保存成功，设备没有改动，请重试。",
            "It could not be saved and nothing was changed. Try again.",
        ),
    };
    in_either(status, code, chinese, english, language)
}

fn refused_device(refusal: DeviceRefusal) -> (u16, &'static str, &'static str, &'static str) {
    match refusal {
        DeviceRefusal::Unknown => (
            404,
            "no_such_device",
            "没有这台设备，请刷新后重试。",
            "There is no such device. Reload and try again.",
        ),
        DeviceRefusal::Reserved => (
            422,
            "bad_device_id",
            "这个编号有别的用途，请换一个。",
            "This id means something else. Choose another.",
        ),
        DeviceRefusal::Taken => (
            409,
            "device_taken",
            "这个编号用过了，请换一个。",
            "There is or was such a device already. Choose another id.",
        ),
        DeviceRefusal::RoomMissing => {
            (422, "room_missing", "点餐平板需要选择房间。", "A pad needs a room. Choose one.")
        }
        DeviceRefusal::OnlyPadsInRooms => {
            (422, "only_pads_in_rooms", "只有点餐平板才放在房间里。", "Only a pad stands in a room.")
        }
        DeviceRefusal::OnlyKitchenAtStations => (
            422,
            "only_kitchen_at_stations",
            "只有厨房屏才放在档口。",
            "Only a kitchen screen stands at a station.",
        ),
        DeviceRefusal::UnknownStation => (
            422,
            "unknown_station",
            "没有这个档口，请先在“厨房”里添加。",
            "The kitchen has no such station. Add it to the kitchen's plan first.",
        ),
        DeviceRefusal::BadName => {
            (422, "bad_name", "名称要有 1 到 40 个字。", "A name has 1 to 40 characters.")
        }
        DeviceRefusal::MovedOn => (
            409,
            "moved_on",
            "这台设备刚刚被移动过，请刷新后再看。",
            "The device has been moved in the meantime. Reload and look again.",
        ),
        DeviceRefusal::LastCashier => (
            409,
            "last_cashier",
            "这是最后一台收银设备，停用后就没人能再添加设备了。请先添加另一台。",
            "This is the last cashier. Without it nobody could add a device; add another cashier first.",
        ),
    }
}

/// Why a device could not be paired.
pub(in crate::http) fn problem_with_pairing(error: RedeemError, language: Language) -> Problem {
    match error {
        RedeemError::Wrong { tries_left } => {
            let sentence = match language {
                Language::Chinese => format!("配对码不对，还可以试 {tries_left} 次。"),
                Language::English => format!("This code is wrong. {tries_left} more tries."),
            };
            Problem { about: vec![tries_left.to_string()], ..Problem::new(404, "wrong_code", sentence) }
        }
        RedeemError::Expired => in_either(
            410,
            "code_expired",
            "这个配对码已失效，请在收银台重新生成。",
            "This code is no longer good. Get a new one at the front desk.",
            language,
        ),
        RedeemError::Locked { .. } => in_either(
            429,
            "code_locked",
            "输错太多次，请十分钟后再试，或者扫描二维码。",
            "Too many wrong codes. Try again in ten minutes, or scan the QR code.",
            language,
        ),
        RedeemError::Change(error) => problem_with_device(error, language),
    }
}

/// More pairings than a shop could need.
pub(in crate::http) fn too_many_pairings(language: Language) -> ProblemResponse {
    let (chinese, english) = ("配对码生成得太多，请稍后再试。", "Too many codes were made. Try again later.");
    ProblemResponse(in_either(429, "too_many_pairings", chinese, english, language))
}

/// A pairing that nobody knows of, or that is long over.
pub(in crate::http) fn no_such_pairing(language: Language) -> ProblemResponse {
    let (chinese, english) =
        ("没有这次配对，请重新生成配对码。", "There is no such pairing. Make a new code.");
    ProblemResponse(in_either(404, "no_such_pairing", chinese, english, language))
}
