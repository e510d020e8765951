//! Kitchen tickets through the real box to printers made of sockets, which understand every byte: what came out,
//! and what comes of printers that are away, out of paper, silent or switched off in the middle.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;

use chuancai_edge::print::{PrinterReport, PrinterState};
use chuancai_edge::store::spool::ListedSlip;
use harness::virtual_printer::{PrintedSlip, VirtualPrinter, printed_from};
use reqwest::Method;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use shared::screen::Heartbeat;
use tempfile::TempDir;

use crate::the_box::{Reply, TestBox, about, dishes, eventually, free_port, in_time};

const COLUMNS: usize = 48;
/// The test must not get a terminal of its own.
const O_NOCTTY: i32 = OFlags::NOCTTY.bits() as i32;

/// A box with a kitchen's plan. Times are short, so that nobody waits.
async fn shop_with(printers: Value, settings: &[(&str, &str)]) -> (TestBox, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let plan = plan_with(printers);
    let file = folder.path().join("kitchen.json");
    fs::write(&file, plan.to_string()).expect("the plan can be written");
    let file = file.display().to_string();
    let mut all = vec![("SHOP__KITCHEN_FILE", file.as_str()), ("PRINT__FALLBACK_AFTER_S", "1")];
    all.extend_from_slice(settings);
    (TestBox::start_with(&all).await, folder)
}

fn plan_with(printers: Value) -> Value {
    json!({
        "stations": [{"station": "wok", "name": {"zh": "热菜间", "en": "Wok"}},
                     {"station": "cold", "name": {"zh": "凉菜间", "en": "Cold"}}],
        "printers": printers,
    })
}

/// Changes the plan, as the set-up page does.
async fn save_plan(shop: &TestBox, printers: Value) {
    let menu: Value = shop.get("cashier_1", "/api/v1/menu").await;
    let save = json!({"type": "save_kitchen_plan", "expects": menu["revision"], "plan": plan_with(printers)});
    shop.ask("cashier_1", save).await.granted();
}

fn printer(id: &str, address: SocketAddr) -> Value {
    json!({"printer": id, "name": {"zh": "后厨打印机", "en": "Kitchen printer"}, "paper": "80mm",
           "at": {"kind": "network", "address": address}, "prints": "always"})
}

async fn virtual_printer() -> VirtualPrinter {
    // Not a port of the kernel's choosing: it must be the same one when the printer is switched on again.
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    VirtualPrinter::start(address, COLUMNS).await.expect("a printer")
}

async fn slips(printer: &VirtualPrinter, count: usize) -> Vec<PrintedSlip> {
    let mut printed = printer.printed();
    let enough = printed.wait_for(|slips| slips.len() >= count);
    let slips = in_time(&format!("{count} slips"), enough).await.expect("the printer runs").clone();
    assert_eq!(slips.len(), count, "{:#?}", slips.iter().map(PrintedSlip::text).collect::<Vec<_>>());
    assert!(slips.iter().all(|slip| slip.complaints.is_empty() && slip.drawer_pulses == 0), "{slips:#?}");
    slips
}

async fn report(shop: &TestBox, printer: &str) -> PrinterReport {
    let reports: Vec<PrinterReport> = shop.get("cashier_1", "/api/v1/printers").await;
    reports.into_iter().find(|report| report.printer.as_str() == printer).expect("a printer of the plan")
}

async fn until_state(shop: &TestBox, printer: &str, wanted: impl Fn(&PrinterState) -> bool) {
    eventually("the printer is seen as it is", async || {
        wanted(&report(shop, printer).await.state).then_some(())
    })
    .await;
}

/// Waits until nothing is left over for a printer.
async fn until_done(shop: &TestBox, printer: &str) {
    eventually("nothing is left to print", async || {
        report(shop, printer).await.slips.is_empty().then_some(())
    })
    .await;
}

async fn stale_slips(shop: &TestBox, printer: &str, count: usize) -> Vec<ListedSlip> {
    eventually("slips are too old", async || {
        let slips = report(shop, printer).await.slips;
        (slips.len() == count && slips.iter().all(|slip| slip.stale)).then_some(slips)
    })
    .await
}

async fn ask(shop: &TestBox, device: &str, method: Method, path: &str) -> Reply {
    let request = reqwest::Client::new().request(method, shop.address(path));
    Reply::to(request.bearer_auth(shop.credential(device))).await.expect("the box answers")
}

/// Dishes on a slip, as they stand there.
fn dishes_on(slip: &PrintedSlip) -> Vec<String> {
    let rows = slip.lines.iter().map(|line| line.text().trim().to_owned());
    rows.filter(|row| row.split_once("x ").is_some_and(|(count, _)| count.parse::<u8>().is_ok())).collect()
}

#[tokio::test]
async fn an_order_comes_out_as_it_was_placed_and_what_happens_to_it_follows() {
    let paper = virtual_printer().await;
    let (shop, _folder) = shop_with(json!([printer("all_printer", paper.address())]), &[]).await;
    let mut order = dishes(&[("shuijiao", 2), ("kele", 1)]);
    order["lines"][0]["note"] = json!("不要葱，多放醋🙂 €5 以内");
    let placed = shop.order("pad_801", order).await;
    let slip = slips(&paper, 1).await.remove(0);
    assert_eq!(dishes_on(&slip), ["2x 水饺", "1x 可乐"]);
    let dish = slip.find("2x 水饺").expect("the dish");
    assert_eq!((dish.bold, dish.wide, dish.high), (true, 2, 2));
    assert!(slip.text().contains("#01                801房"), "{}", slip.text());
    assert!(
        slip.text().contains("备注：不要葱，多放醋〓 〓5 以内"),
        "what GBK lacks is a 〓: {}",
        slip.text()
    );

    shop.order("pad_801", dishes(&[("mifan", 3)])).await;
    let added = slips(&paper, 2).await.remove(1);
    assert_eq!(dishes_on(&added), ["3x 米饭"]);
    let mark = added.find("加菜 第1次").expect("it is marked");
    assert!(mark.reverse && mark.wide == 2);

    shop.order("pad_801", about("cancel_line", placed.lines[1].placed.line)).await;
    let cancelled = slips(&paper, 3).await.remove(2);
    assert_eq!(dishes_on(&cancelled), ["1x 可乐"]);
    assert!(cancelled.find("取消 不用做").expect("it says what to do").reverse);
    until_done(&shop, "all_printer").await;
    assert_eq!(report(&shop, "all_printer").await.state, PrinterState::Ready);
}

#[tokio::test]
async fn a_printer_that_is_away_or_hangs_holds_up_neither_orders_nor_the_others() {
    let (well, hung) = (virtual_printer().await, virtual_printer().await);
    let away = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let printers = json!([
        printer("away_printer", away),
        printer("hung_printer", hung.address()),
        printer("well_printer", well.address()),
    ]);
    let (shop, _folder) = shop_with(printers, &[]).await;
    until_state(&shop, "hung_printer", |state| *state == PrinterState::Ready).await;
    hung.set(|condition| condition.takes = false);
    for count in 1..=3 {
        shop.order("pad_801", dishes(&[("shuijiao", count)])).await;
    }
    assert_eq!(dishes_on(&slips(&well, 3).await[2]), ["3x 水饺"]);
    for printer in ["away_printer", "hung_printer"] {
        until_state(&shop, printer, |state| matches!(state, PrinterState::Unreachable { .. })).await;
        assert_eq!(report(&shop, printer).await.slips.len(), 3);
    }
    hung.set(|condition| condition.takes = true);
    assert_eq!(dishes_on(&slips(&hung, 3).await[0]), ["1x 水饺"]);
}

#[tokio::test]
async fn without_paper_slips_wait_and_come_out_once() {
    let paper = virtual_printer().await;
    let (shop, _folder) = shop_with(json!([printer("all_printer", paper.address())]), &[]).await;
    paper.set(|condition| condition.lines_left = Some(0));
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    until_state(&shop, "all_printer", |state| *state == PrinterState::PaperOut).await;
    paper.set(|condition| (condition.lines_left, condition.cover_closed) = (None, false));
    until_state(&shop, "all_printer", |state| *state == PrinterState::CoverOpen).await;
    paper.set(|condition| condition.cover_closed = true);
    assert!(slips(&paper, 1).await[0].find("补打").is_none(), "nothing of it was sent before");

    // The roll ends in the middle: the rest lies in the printer and comes out when there is paper again.
    paper.set(|condition| condition.lines_left = Some(4));
    shop.order("pad_801", dishes(&[("kele", 1)])).await;
    until_state(&shop, "all_printer", |state| *state == PrinterState::PaperOut).await;
    paper.set(|condition| condition.lines_left = None);
    assert_eq!(dishes_on(&slips(&paper, 2).await[1]), ["1x 可乐"]);
    until_done(&shop, "all_printer").await;
}

#[tokio::test]
async fn a_printer_that_loses_power_in_the_middle_prints_again_and_says_so() {
    let paper = virtual_printer().await;
    let (shop, _folder) = shop_with(json!([printer("all_printer", paper.address())]), &[]).await;
    paper.set(|condition| condition.lines_left = Some(4));
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    until_state(&shop, "all_printer", |state| *state == PrinterState::PaperOut).await;
    paper.set(|condition| condition.on = false);
    until_state(&shop, "all_printer", |state| matches!(state, PrinterState::Unreachable { .. })).await;
    paper.set(|condition| (condition.on, condition.lines_left) = (true, None));
    assert!(slips(&paper, 1).await[0].find("补打：可能重复").expect("a mark").reverse);
}

#[tokio::test]
async fn printers_that_tell_nothing_or_not_when_they_are_done_print_all_the_same() {
    let (mute, gruff) = (virtual_printer().await, virtual_printer().await);
    mute.set(|condition| (condition.answers, condition.says_when_printed) = (false, false));
    gruff.set(|condition| condition.says_when_printed = false);
    let printers =
        json!([printer("mute_printer", mute.address()), printer("gruff_printer", gruff.address())]);
    let (shop, _folder) = shop_with(printers, &[]).await;
    for _ in 0..2 {
        shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    }
    slips(&mute, 2).await;
    slips(&gruff, 2).await;
    until_done(&shop, "mute_printer").await;
    until_done(&shop, "gruff_printer").await;
    assert_eq!(report(&shop, "mute_printer").await.state, PrinterState::Mute);
    assert_eq!(report(&shop, "gruff_printer").await.state, PrinterState::Ready);
}

#[tokio::test]
async fn what_came_too_late_is_printed_when_somebody_wants_it_and_not_before() {
    let paper = virtual_printer().await;
    let printers = json!([printer("all_printer", paper.address())]);
    let (shop, _folder) = shop_with(printers, &[("PRINT__STALE_AFTER_S", "3")]).await;
    paper.set(|condition| condition.on = false);
    for count in 1..=3 {
        shop.order("pad_801", dishes(&[("shuijiao", count)])).await;
    }
    let stale = stale_slips(&shop, "all_printer", 3).await;
    assert_eq!(stale[0].title, "#01 801房 新单 水饺×1");
    paper.set(|condition| condition.on = true);
    until_state(&shop, "all_printer", |state| *state == PrinterState::Ready).await;
    assert!(paper.printed().borrow().is_empty(), "no flood after it is back");
    assert_eq!(shop.status().await["printers"]["state"], "undecided");

    let path = |slip: &ListedSlip| format!("/api/v1/slips/{}", slip.id.0);
    let release = format!("{}/release", path(&stale[1]));
    assert_eq!(ask(&shop, "kitchen_1", Method::POST, &release).await.problem().code, "not_allowed");
    assert_eq!(ask(&shop, "cashier_1", Method::POST, &release).await.status, 202);
    let late = slips(&paper, 1).await.remove(0);
    assert_eq!(dishes_on(&late), ["2x 水饺"]);
    assert!(late.find("迟到").expect("a mark").reverse);
    until_state(&shop, "all_printer", |state| *state == PrinterState::Ready).await;

    for slip in [&stale[0], &stale[2]] {
        assert_eq!(ask(&shop, "cashier_1", Method::DELETE, &path(slip)).await.status, 204);
        assert_eq!(ask(&shop, "cashier_1", Method::DELETE, &path(slip)).await.problem().code, "unknown_slip");
    }
    until_done(&shop, "all_printer").await;
    slips(&paper, 1).await;
}

#[tokio::test]
async fn a_box_that_is_killed_prints_what_it_had_not_and_nothing_twice() {
    let paper = virtual_printer().await;
    let (mut shop, _folder) = shop_with(json!([printer("all_printer", paper.address())]), &[]).await;
    shop.order("pad_801", dishes(&[("kele", 1)])).await;
    slips(&paper, 1).await;
    until_done(&shop, "all_printer").await;
    paper.set(|condition| condition.on = false);
    for count in 1..=5 {
        shop.order("pad_801", dishes(&[("shuijiao", count)])).await;
    }
    // The last may not even be in the spool yet.
    shop.kill();
    shop.restart().await;
    paper.set(|condition| condition.on = true);
    let printed = slips(&paper, 6).await;
    let ordered: Vec<_> = printed[1..].iter().flat_map(dishes_on).collect();
    assert_eq!(ordered, (1..=5).map(|count| format!("{count}x 水饺")).collect::<Vec<_>>());
    until_done(&shop, "all_printer").await;
    slips(&paper, 6).await;
}

#[tokio::test]
async fn a_fall_back_printer_stands_in_for_a_dark_screen_with_what_is_still_to_do() {
    let paper = virtual_printer().await;
    let mut fallback = printer("all_printer", paper.address());
    fallback["prints"] = json!("fallback");
    let (shop, _folder) = shop_with(json!([fallback]), &[]).await;
    let mut screen = shop.mqtt("kitchen_1", &["l1/hb"]).await;
    screen.send("l1/dev/kitchen_1", "1");
    let is_here = |heartbeat: &Heartbeat| heartbeat.away.iter().all(|away| away.as_str() != "kitchen_1");
    while !is_here(&screen.next_on("l1/hb").await) {}
    let served = shop.order("pad_801", dishes(&[("kele", 1)])).await;
    let line = served.lines[0].placed.line;
    for step in ["start_cooking", "finish_cooking", "pick_up"] {
        shop.order("kitchen_1", about(step, line)).await;
    }
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    screen.send("l1/dev/kitchen_1", "0");
    let standing_in = slips(&paper, 1).await.remove(0);
    assert!(standing_in.find("屏幕离线 补单").expect("it says why").reverse);
    assert_eq!(dishes_on(&standing_in), ["2x 水饺"], "what was carried out is of no interest");
    shop.order("pad_801", dishes(&[("mifan", 1)])).await;
    assert_eq!(dishes_on(&slips(&paper, 2).await[1]), ["1x 米饭"]);
}

#[tokio::test]
async fn a_change_of_the_plan_counts_from_then_on() {
    let (first, second) = (virtual_printer().await, virtual_printer().await);
    let (shop, _folder) = shop_with(json!([]), &[]).await;
    assert_eq!(shop.status().await["printers"]["state"], "no_printers");
    shop.order("pad_801", dishes(&[("kele", 1)])).await;
    save_plan(&shop, json!([printer("all_printer", first.address())])).await;
    shop.order("pad_801", dishes(&[("shuijiao", 1)])).await;
    assert_eq!(dishes_on(&slips(&first, 1).await[0]), ["1x 水饺"], "what was before has no slip");
    until_done(&shop, "all_printer").await;

    first.set(|condition| condition.lines_left = Some(4));
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    until_state(&shop, "all_printer", |state| *state == PrinterState::PaperOut).await;
    shop.order("pad_801", dishes(&[("shuijiao", 3)])).await;
    save_plan(&shop, json!([printer("all_printer", second.address())])).await;
    let moved = slips(&second, 2).await;
    assert_eq!(dishes_on(&moved[0]), ["2x 水饺"], "what waits goes where the printer is now");
    assert!(moved[0].find("补打").is_some() && moved[1].find("补打").is_none(), "half of it is at the other");

    save_plan(&shop, json!([])).await;
    shop.order("pad_801", dishes(&[("shuijiao", 4)])).await;
    let gone = async || (shop.status().await["printers"]["state"] == "no_printers").then_some(());
    eventually("nobody prints any more", gone).await;
    save_plan(&shop, json!([printer("all_printer", second.address())])).await;
    shop.order("pad_801", dishes(&[("shuijiao", 5)])).await;
    assert_eq!(dishes_on(&slips(&second, 3).await[2]), ["5x 水饺"]);
}

#[tokio::test]
async fn a_printer_on_a_cable_is_written_to_through_its_device() {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pair of terminals");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("the other end can be opened");
    let path = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("in ASCII");
    let mut device = printer("cable_printer", SocketAddr::from(([127, 0, 0, 1], 1)));
    device["at"] = json!({"kind": "device", "path": path});
    // Held open, as a printer's end is: a terminal whose other end is closed is gone.
    let held = fs::File::options().read(true).write(true).custom_flags(O_NOCTTY).open(&path);
    let _held = held.expect("the other end can be opened");
    let (shop, _folder) = shop_with(json!([device]), &[]).await;
    let reading = tokio::task::spawn_blocking(move || read_one_slip(&mut fs::File::from(master)));
    shop.order("pad_801", dishes(&[("shuijiao", 2)])).await;
    let slip = in_time("a slip", reading).await.expect("it was read");
    assert_eq!(dishes_on(&slip), ["2x 水饺"]);
    assert!(slip.complaints.is_empty(), "every byte came as it was sent: {slip:#?}");
    until_done(&shop, "cable_printer").await;
}

/// The printer at the other end: it takes bytes until it has cut, and never answers but once, with nonsense.
fn read_one_slip(cable: &mut fs::File) -> PrintedSlip {
    let mut taken = Vec::new();
    let mut bytes = [0; 256];
    loop {
        let count = cable.read(&mut bytes).expect("the box writes");
        taken.extend_from_slice(&bytes[..count]);
        if let Some(slip) = printed_from(&taken, COLUMNS).pop() {
            cable.write_all(&[0xff]).expect("the box listens");
            return slip;
        }
    }
}

#[tokio::test]
async fn the_front_desk_tries_a_printer_and_nobody_else_does() {
    let paper = virtual_printer().await;
    let (shop, _folder) = shop_with(json!([printer("all_printer", paper.address())]), &[]).await;
    let test = "/api/v1/printers/all_printer/test";
    for device in ["pad_801", "kitchen_1", "call_1"] {
        assert_eq!(ask(&shop, device, Method::POST, test).await.problem().code, "not_allowed");
        assert_eq!(ask(&shop, device, Method::GET, "/api/v1/printers").await.status, 403);
    }
    let unknown = "/api/v1/printers/no_printer/test";
    assert_eq!(ask(&shop, "cashier_1", Method::POST, unknown).await.problem().code, "unknown_printer");
    assert_eq!(ask(&shop, "cashier_1", Method::POST, test).await.status, 202);
    assert!(slips(&paper, 1).await[0].text().contains("打印测试"));
    assert_eq!(shop.status().await["printers"]["state"], "printing");
    let document: Value = shop.get("cashier_1", "/api/openapi.json").await;
    assert!(document["paths"]["/api/v1/slips/{slip}/release"]["post"].is_object());
}
