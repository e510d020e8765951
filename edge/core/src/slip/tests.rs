//! What comes out at which printer, read as a cook would read it. Facts are written as they stand in the journal.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use shared::fact::Recorded;
use shared::kitchen::{KitchenPlan, Paper};
use shared::order::Order;

use super::*;
use crate::kitchen::Listening;
use crate::number::DayRule;

const ORDER: &str = "00000000-0000-0000-0000-000000000001";

/// A journal of one order, and the kitchen it comes out in.
struct Shop {
    order: Option<Order>,
    seq: u64,
    plan: KitchenPlan,
    dark: Dark,
}

impl Shop {
    fn with_printers(printers: Value) -> Self {
        let station = |id: &str| json!({"station": id, "name": {"zh": id, "en": id}});
        let plan = json!({"stations": [station("wok"), station("cold")], "printers": printers});
        let plan = serde_json::from_value(plan).expect("a plan");
        Self { order: None, seq: 0, plan, dark: Dark::default() }
    }

    /// Facts of one request, and the slips they make, by printer.
    fn happens(&mut self, facts: &[Value]) -> Vec<(String, Slip)> {
        self.happens_at("2026-11-22T10:02:33Z", facts)
    }

    fn happens_at(&mut self, at: &str, facts: &[Value]) -> Vec<(String, Slip)> {
        let request = format!("00000000-0000-0000-0001-{:012}", self.seq);
        let mut recorded = Vec::new();
        for fact in facts {
            self.seq += 1;
            let mut fact = fact.clone();
            fact["order"] = json!(ORDER);
            let fact = json!({"seq": self.seq, "at": at, "by": "pad_801", "request": request, "fact": fact});
            let fact: Recorded = serde_json::from_value(fact).expect("a fact");
            match &mut self.order {
                Some(order) => order.apply(&fact),
                None => self.order = Order::open(&fact),
            }
            recorded.push(fact);
        }
        let order = self.order.as_ref().expect("an order was placed first");
        let tickets = Ticket::of(&recorded, order.view());
        tickets.iter().flat_map(|ticket| self.slips(ticket)).collect()
    }

    fn slips(&self, ticket: &Ticket<'_>) -> Vec<(String, Slip)> {
        let days = DayRule {
            zone: TimeZone::get("Asia/Shanghai").expect("a zone"),
            begins_at: Time::constant(3, 0, 0, 0),
        };
        let plan = Plan { kitchen: &self.plan, dark: &self.dark, days: &days };
        let slips = ticket.slips(&plan).into_iter();
        slips.map(|(printer, slip)| (printer.to_string(), slip)).collect()
    }

    fn outstanding(&self) -> Vec<(String, Slip)> {
        let at: Timestamp = "2026-11-22T10:30:00Z".parse().expect("a time");
        let order = self.order.as_ref().expect("an order").view();
        Ticket::outstanding(self.seq, at, order).iter().flat_map(|ticket| self.slips(ticket)).collect()
    }
}

fn printer(id: &str, stations: &[&str], prints: &str) -> Value {
    json!({"printer": id, "name": {"zh": "后厨", "en": "Kitchen"}, "paper": "80mm", "stations": stations,
           "at": {"kind": "network", "address": "127.0.0.1:9100"}, "prints": prints})
}

fn line(number: u8, name: &str, quantity: u16, stations: &[&str]) -> Value {
    json!({"line": line_id(number), "dish": "dish", "name": {"zh": name, "en": "dish"}, "quantity": quantity,
           "price_fen": 1800, "target_s": 600, "stations": stations})
}

fn line_id(number: u8) -> String {
    format!("00000000-0000-0000-0000-0000000001{number:02}")
}

fn placed(lines: &[Value]) -> Value {
    json!({"type": "order_placed", "number": 7, "day": "2026-11-22",
           "guest": {"kind": "room", "room": "801"}, "lines": lines})
}

fn words(slip: &Slip) -> Vec<String> {
    let text = |row: &Row| match row {
        Row::Rule => "----".to_owned(),
        Row::Words { pieces, .. } => pieces.iter().map(|piece| piece.text.as_str()).collect(),
    };
    slip.rows.iter().map(text).collect()
}

/// The words, and how they look.
fn look_of(slip: &Slip, wanted: &str) -> (Size, Look) {
    let found = slip.rows.iter().find_map(|row| match row {
        Row::Words { size, pieces, .. } => {
            pieces.iter().find(|piece| piece.text.contains(wanted)).map(|piece| (*size, piece.look))
        }
        Row::Rule => None,
    });
    found.unwrap_or_else(|| panic!("{wanted} is not on {:#?}", words(slip)))
}

fn only(mut slips: Vec<(String, Slip)>) -> Slip {
    assert_eq!(slips.len(), 1, "{slips:#?}");
    slips.remove(0).1
}

fn wok_prints() -> Shop {
    Shop::with_printers(json!([printer("wok_printer", &["wok"], "always")]))
}

#[test]
fn an_order_comes_out_with_number_room_time_and_quantity_first() {
    let slip = only(wok_prints().happens(&[placed(&[line(1, "宫保鸡丁", 2, &["wok"])])]));
    let expected = [
        "后厨                              11-22 18:02:33",
        " 新单 ",
        "#07                801房",
        "----",
        " 2x 宫保鸡丁",
        "----",
        "共 1 道 2 份                              单号 1",
    ];
    assert_eq!(words(&slip), expected);
    assert_eq!(slip.title, "#07 801房 新单 宫保鸡丁×2");
}

#[test]
fn each_printer_gets_the_lines_of_its_stations_and_a_stray_line_is_nowhere_lost() {
    let mut shop = Shop::with_printers(json!([
        printer("wok_printer", &["wok"], "always"),
        printer("cold_printer", &["cold"], "always"),
    ]));
    let lines =
        [line(1, "宫保鸡丁", 1, &["wok"]), line(2, "拍黄瓜", 1, &["cold"]), line(3, "新菜", 1, &["closed"])];
    let slips = shop.happens(&[placed(&lines)]);
    let dishes =
        |slip: &Slip| words(slip).iter().filter(|row| row.contains("x ")).cloned().collect::<Vec<_>>();
    assert_eq!(dishes(&slips[0].1), [" 1x 拍黄瓜", " 1x 新菜"]);
    assert_eq!(dishes(&slips[1].1), [" 1x 宫保鸡丁", " 1x 新菜"]);
    assert_eq!(look_of(&slips[0].1, "未分档口").1, Look::Reverse);
    shop.plan
        .printers
        .push(serde_json::from_value(printer("all_printer", &[], "always")).expect("a printer"));
    let slips =
        shop.happens(&[json!({"type": "lines_added", "round": 1, "lines": [line(4, "另一道", 1, &[])]})]);
    assert_eq!(slips.iter().map(|(printer, _)| printer.as_str()).collect::<Vec<_>>(), ["all_printer"]);
}

#[test]
fn k1_an_addition_is_marked_with_its_round_under_the_same_number() {
    let mut shop = wok_prints();
    shop.happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"])])]);
    let added = json!({"type": "lines_added", "round": 2, "lines": [line(2, "鱼香肉丝", 1, &["wok"])]});
    let slip = only(shop.happens_at("2026-11-22T10:20:00Z", &[added]));
    assert_eq!(look_of(&slip, "加菜 第2次"), (Size::Large, Look::Reverse));
    assert!(words(&slip).contains(&"#07                801房".to_owned()));
    assert!(words(&slip).contains(&"下单 11-22 18:02:33".to_owned()));
    assert!(!words(&slip).concat().contains("宫保鸡丁"), "only what was added");
}

#[test]
fn k2_yesterdays_order_says_so() {
    let mut shop = wok_prints();
    shop.happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"])])]);
    let rush = json!({"type": "lines_rushed", "lines": [line_id(1)]});
    let slip = only(shop.happens_at("2026-11-22T19:00:00Z", &[rush]));
    assert_eq!(look_of(&slip, "昨#07").0, Size::Large);
}

#[test]
fn an_allergy_is_loud_and_notes_and_options_are_whole() {
    let note = "请不要放葱姜蒜，孩子吃，口味清淡一些，另外麻烦切成小块，谢谢厨师";
    let mut order = line(1, "老北京糖醋里脊配时令鲜蔬双人份", 12, &["wok"]);
    order["options"] = json!([{"zh": "少油", "en": "less oil"}, {"zh": "微辣", "en": "mild"}]);
    order["cautions"] = json!([{"kind": "allergy", "name": {"zh": "花生过敏", "en": "peanuts"}},
                               {"kind": "diet", "name": {"zh": "不吃猪肉", "en": "no pork"}}]);
    order["allergens"] = json!([{"zh": "麸质", "en": "gluten"}]);
    order["note"] = json!(note);
    for paper in ["58mm", "80mm"] {
        let mut printer = printer("wok_printer", &["wok"], "always");
        printer["paper"] = json!(paper);
        let mut shop = Shop::with_printers(json!([printer]));
        let slip = only(shop.happens(&[placed(std::slice::from_ref(&order))]));
        assert_eq!(look_of(&slip, "敏：花生过敏"), (Size::Large, Look::Reverse));
        assert_eq!(look_of(&slip, "忌：不吃猪肉"), (Size::Tall, Look::Reverse));
        assert_eq!(look_of(&slip, "少油、微辣").0, Size::Tall);
        assert_eq!(look_of(&slip, "含：麸质").0, Size::Normal);
        let all = words(&slip).concat().replace(' ', "");
        assert!(all.contains(note) && all.contains("12x老北京糖醋里脊配时令鲜蔬双人份"), "{all}");
        let columns = paper_columns(slip_paper(paper));
        let width = |row: &Row| match row {
            Row::Rule => 0,
            Row::Words { size, pieces, .. } => {
                pieces.iter().map(|piece| columns_of(&piece.text)).sum::<usize>() * size.wide()
            }
        };
        assert!(slip.rows.iter().all(|row| width(row) <= columns), "{:#?}", words(&slip));
    }
}

fn slip_paper(name: &str) -> Paper {
    serde_json::from_value(json!(name)).expect("a paper")
}

#[test]
fn what_was_ordered_for_later_says_so_until_it_is_fired() {
    let mut shop = wok_prints();
    let mut later = line(1, "清蒸鲈鱼", 1, &["wok"]);
    later["held"] = json!(true);
    let slip = only(shop.happens(&[placed(&[later])]));
    assert_eq!(look_of(&slip, "等叫 先不做").1, Look::Reverse);
    let slip = only(shop.happens(&[json!({"type": "lines_fired", "lines": [line_id(1)]})]));
    assert!(look_of(&slip, "起菜 现在做").1 == Look::Reverse && !words(&slip).concat().contains("等叫"));
    let slip = only(shop.happens(&[json!({"type": "lines_held", "lines": [line_id(1)]})]));
    assert_eq!(look_of(&slip, "等叫 先不做"), (Size::Large, Look::Reverse));
}

#[test]
fn a_rush_is_counted_and_a_void_says_why_and_by_whose_word() {
    let mut shop = wok_prints();
    let mut dish = line(1, "宫保鸡丁", 1, &["wok"]);
    dish["cautions"] = json!([{"kind": "allergy", "name": {"zh": "花生过敏", "en": "peanuts"}}]);
    shop.happens(&[placed(&[dish])]);
    let rush = || json!({"type": "lines_rushed", "lines": [line_id(1)]});
    shop.happens(&[rush()]);
    let slip = only(shop.happens(&[rush()]));
    assert_eq!(look_of(&slip, "催菜").0, Size::Large);
    assert_eq!(look_of(&slip, "已催2次").1, Look::Reverse);
    assert!(!words(&slip).concat().contains("敏"), "short, or somebody makes it again: {:#?}", words(&slip));
    shop.happens(&[json!({"type": "cooking_started", "line": line_id(1)})]);
    let void =
        json!({"type": "line_voided", "line": line_id(1), "reason": "上错桌", "approved_by": "王店长"});
    let slip = only(shop.happens(&[void]));
    assert_eq!(look_of(&slip, "退菜 停止做"), (Size::Large, Look::Reverse));
    assert!(
        words(&slip).contains(&"原因：上错桌".to_owned())
            && words(&slip).contains(&"批准：王店长".to_owned())
    );
}

#[test]
fn k8_a_cancelled_order_is_one_slip() {
    let mut shop = wok_prints();
    shop.happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"]), line(2, "鱼香肉丝", 1, &["wok"])])]);
    let cancel = |number| json!({"type": "line_cancelled", "line": line_id(number), "reason": "asked"});
    let slip = only(shop.happens(&[cancel(1), cancel(2)]));
    assert_eq!(look_of(&slip, "取消 不用做").1, Look::Reverse);
    assert!(words(&slip).contains(&"共 2 道 2 份                              单号 2".to_owned()));
}

#[test]
fn k9_a_guest_who_left_takes_what_waits_along_and_what_is_cooking_is_said_loudly() {
    let mut shop = wok_prints();
    shop.happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"]), line(2, "鱼香肉丝", 1, &["wok"])])]);
    shop.happens(&[json!({"type": "cooking_started", "line": line_id(1)})]);
    let slips = shop.happens(&[
        json!({"type": "line_cancelled", "line": line_id(2), "reason": "guest_left"}),
        json!({"type": "order_completed", "reason": "room_cleaned"}),
    ]);
    assert_eq!(slips.len(), 2);
    assert!(words(&slips[0].1).contains(&" 1x 鱼香肉丝".to_owned()));
    assert_eq!(look_of(&slips[1].1, "客人已离开"), (Size::Large, Look::Reverse));
    assert!(words(&slips[1].1).contains(&" 1x 宫保鸡丁".to_owned()));
}

#[test]
fn a_guest_who_moves_is_shown_from_where_to_where_with_what_is_still_to_come() {
    let mut shop = wok_prints();
    shop.happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"]), line(2, "鱼香肉丝", 1, &["wok"])])]);
    for step in ["cooking_started", "cooking_finished", "line_picked_up"] {
        assert_eq!(shop.happens(&[json!({"type": step, "line": line_id(1)})]), []);
    }
    let room = |room: &str| json!({"kind": "room", "room": room});
    let slip =
        only(shop.happens(&[json!({"type": "guest_moved", "from": room("801"), "to": room("牡丹厅")})]));
    assert!(words(&slip).concat().contains("801房 → 牡丹厅"), "{:#?}", words(&slip));
    assert!(!words(&slip).concat().contains("宫保鸡丁"), "the guest has it already");
    assert_eq!(look_of(&slip, "换房 勿重做"), (Size::Large, Look::Reverse));
}

#[test]
fn a_fall_back_printer_is_silent_until_no_screen_shows_its_station() {
    let mut shop = Shop::with_printers(json!([
        printer("wok_printer", &["wok"], "fallback"),
        printer("cold_printer", &["cold"], "always"),
    ]));
    let order = placed(&[line(1, "宫保鸡丁", 1, &["wok"]), line(2, "拍黄瓜", 1, &["cold"])]);
    assert_eq!(shop.happens(&[order]).len(), 1, "the cold printer alone");
    let cold_only = Listening { stations: ["cold".parse().expect("a station")].into(), whole_kitchen: false };
    shop.dark = Dark::of(&shop.plan, &cold_only);
    let outstanding = only(shop.outstanding());
    assert_eq!(look_of(&outstanding, "屏幕离线 补单").1, Look::Reverse);
    assert!(words(&outstanding).contains(&" 1x 宫保鸡丁".to_owned()));
    let rush = only(shop.happens(&[json!({"type": "lines_rushed", "lines": [line_id(1)]})]));
    assert_eq!(look_of(&rush, "催菜").0, Size::Large);
    let whole = Listening { stations: Default::default(), whole_kitchen: true };
    shop.dark = Dark::of(&shop.plan, &whole);
    assert!(shop.dark.is_empty() && shop.outstanding().is_empty());
}

#[test]
fn marks_stand_at_the_head() {
    let slip = only(wok_prints().happens(&[placed(&[line(1, "宫保鸡丁", 1, &["wok"])])]));
    let late = Mark::Late(Time::constant(18, 31, 0, 0));
    let marked = slip.marked(&late, Paper::Mm80).marked(&Mark::Again, Paper::Mm80);
    assert_eq!(words(&marked)[..2], [" 补打：可能重复，请核对 ", " 迟到：18:31 才打印 "]);
    let test = Slip::test_page("后厨", Paper::Mm58);
    assert_eq!(look_of(&test, "打印测试").0, Size::Large);
}
