//! The same rows give the same pages, sums and cursors on every store, and those that a plain sort gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chuancai_cloud::store::{
    Asker, End, FiguresAsked, Lists, MessageFilter, MessagesAsked, OrderKey, OrdersAsked, Page, Projection,
    Records, RelaysAsked, StoreError,
};
use chuancai_cloud::view::{MessageStateView, MessageView, RelayStateView, RelayView};
use cloud_core::channel::RelayChannel;
use cloud_core::id::{MessageKey, ShopKey};
use cloud_core::relay::RelayKey;
use cloud_core::sms::Kind;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::id::BrandId;
use shared::order::OrderView;
use shared::quantity::BusinessDay;
use uuid::Uuid;

use super::{PostgresShelf, Shelf, SqliteShelf};

const BRANDS: [&str; 2] = ["demo", "other"];
const SHOPS: [&str; 2] = ["demo_shop", "demoshop"];
const STATES: [&str; 4] = ["queued", "accepted", "delivered", "failed"];
const CARRIERS: [&str; 3] = ["", "default", "other_one"];
const REASONS: [&str; 3] = ["carrier:105", "carrier:内容", "too_old"];
const DAY: &str = "2026-11-22";

/// Rows that differ, many of them at the same instant; always the same ones.
fn numbers() -> impl Iterator<Item = usize> {
    0..200
}

/// Another part of the id's bits decides each thing, so that nothing goes in step with anything else.
fn pick<T: Copy>(from: &[T], number: usize, bits: u32) -> T {
    from[(id(number).as_u128() >> bits) as usize % from.len()]
}

fn at(number: usize) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + (number / 5) as i64).expect("within time")
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128((number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a row of today's wire")
}

fn message(number: usize, state: &str) -> (MessageKey, MessageView) {
    // What is being submitted may go to another carrier and fail for another reason in the end.
    let is_over = state != "submitting";
    let carrier = Some(pick(&CARRIERS, number, 30)).filter(|_| is_over).filter(|one| !one.is_empty());
    let reason = Some(pick(&REASONS, number, 20)).filter(|_| is_over && state == "failed");
    let view: MessageView = from_json(json!({
        "message": id(number), "shop": shop_of(number), "kind": pick(&["notification", "marketing"], number, 70),
        "phone_masked": "139****0000", "text": "【示例】您的水饺已好 \u{0} '\\", "units": 1 + number % 3,
        "state": state, "reason_code": reason, "carrier": carrier,
        "reason": null, "requested_at": at(number), "sent_at": null, "receipt_at": null, "payment": null,
        "timeline": [], "order": null,
    }));
    let brand = pick(&BRANDS, number, 100).parse().expect("a slug");
    (MessageKey { brand, sms: view.message }, view)
}

/// One in five is asked for by a system.
fn shop_of(number: usize) -> Option<&'static str> {
    pick(&[Some(SHOPS[0]), Some(SHOPS[1]), None, Some(SHOPS[1]), Some(SHOPS[0])], number, 90)
}

fn order(number: usize, state: &str) -> (OrderKey, OrderView) {
    let view: OrderView = from_json(json!({
        "order": id(number), "number": number + 1, "day": DAY, "guest": { "kind": "room", "room": "801" },
        "placed_by": "pad_801", "placed_at": at(number), "state": state, "revision": 1, "lines": [],
    }));
    ((shop(number), view.order), view)
}

fn shop(number: usize) -> ShopKey {
    let (brand, shop) = (pick(&BRANDS, number, 100), pick(&SHOPS, number, 90));
    ShopKey { brand: brand.parse().expect("a slug"), shop: shop.parse().expect("a slug") }
}

fn relay(number: usize) -> (RelayKey, RelayView) {
    let view: RelayView = from_json(json!({
        "message": id(number), "shop": pick(&SHOPS, number, 90), "box": "box_1",
        "channel": pick(&["tencent_im", "webhook"], number, 60), "event": "order_placed", "kind": "announce",
        "text": "801 点菜", "guest": null, "state": pick(&["queued", "delivered"], number, 50), "reason": null,
        "asked_at": at(number / 2), "kept_at": at(number / 20), "good_until": at(number), "parcels": [],
    }));
    let brand = pick(&BRANDS, number, 100).parse().expect("a slug");
    (RelayKey { brand, message: view.message }, view)
}

/// The end of some journal.
fn end(seq: i64) -> End {
    End { seq, digest: [seq as u8; 32] }
}

/// Everything twice: as it was, and as it is now.
fn fill(projection: &mut dyn Projection) {
    let shared = |(key, view)| (key, Arc::new(view));
    let now = Lists {
        messages: numbers().map(|n| shared(message(n, pick(&STATES, n, 80)))).collect(),
        orders: numbers().map(|n| order(n, pick(&["waiting", "ready", "completed"], n, 40))).collect(),
        relays: numbers().map(relay).collect(),
    };
    let before = Lists {
        messages: numbers().map(|n| shared(message(n, "submitting"))).collect(),
        orders: numbers().map(|number| order(number, "waiting")).collect(),
        relays: BTreeMap::new(),
    };
    for (seq, lists) in [(1, before), (2, now)] {
        projection.write(end(seq), &lists).expect("it can be written");
    }
}

/// All pages of a list, with their cursors.
fn pages<T: Clone>(ask: impl Fn(Option<String>) -> Page<T>) -> (Vec<T>, Vec<String>) {
    let (mut rows, mut cursors): (_, Vec<String>) = (Vec::new(), Vec::new());
    loop {
        let page = ask(cursors.last().cloned());
        rows.extend(page.rows);
        let Some(next) = page.next else { return (rows, cursors) };
        cursors.push(next);
    }
}

fn every_filter(at: &ShopKey) -> [MessageFilter; 3] {
    let of_shop = MessageFilter {
        states: BTreeSet::from([MessageStateView::Delivered]),
        kind: Some(Kind::Notification),
        asker: Some(Asker::Shop(at.shop.clone())),
        from: Some(self::at(20)),
        to: Some(self::at(195)),
        ..MessageFilter::default()
    };
    let carrier = Some(CARRIERS[1].parse().expect("an id"));
    let of_systems = MessageFilter { asker: Some(Asker::Systems), carrier, ..MessageFilter::default() };
    let reason = Some(REASONS[1].to_owned().into());
    [of_shop, of_systems, MessageFilter { reason, ..MessageFilter::default() }]
}

/// Everything a store answers, in words that can be compared.
fn answers(lists: &dyn Records) -> Vec<String> {
    let mut answers = Vec::new();
    for (brand, shop) in BRANDS.iter().flat_map(|brand| SHOPS.map(|shop| (*brand, shop))) {
        let brand: BrandId = brand.parse().expect("a slug");
        let at = ShopKey { brand: brand.clone(), shop: shop.parse().expect("a slug") };
        let day: BusinessDay = from_json(json!(DAY));
        let orders = pages(|before| {
            lists.orders(&OrdersAsked { at: at.clone(), day, before, limit: 7 }).expect("a list")
        });
        let mut figures = lists.order_figures(&at, day).expect("figures");
        figures.sort_by_key(|figure| figure.placed_at);
        answers.push(format!("{orders:?} {figures:?} {}", lists.open_orders(&at).expect("a number")));
        for states in [
            vec![],
            vec![MessageStateView::Delivered],
            vec![MessageStateView::Submitting],
            vec![MessageStateView::Failed, MessageStateView::Accepted],
        ] {
            let messages = pages(|before| {
                let states = BTreeSet::from_iter(states.iter().copied());
                let only = MessageFilter { states, ..MessageFilter::default() };
                let asked = MessagesAsked { brand: brand.clone(), only, before, limit: 7 };
                lists.messages(&asked).expect("a list")
            });
            answers.push(format!("{messages:?}"));
        }
        for channel in [None, Some(RelayChannel::Webhook)] {
            let shop = Some(at.shop.clone()).filter(|_| channel.is_some());
            let state = channel.map(|_| RelayStateView::Delivered);
            let relays = pages(|before| {
                let (brand, shop) = (brand.clone(), shop.clone());
                lists.relays(&RelaysAsked { brand, shop, channel, state, before, limit: 7 }).expect("a list")
            });
            answers.push(format!("{relays:?}"));
        }
        for only in every_filter(&at) {
            let some = pages(|before| {
                let (brand, only) = (brand.clone(), only.clone());
                lists.messages(&MessagesAsked { brand, only, before, limit: 3 }).expect("a list")
            });
            assert!(!some.0.is_empty(), "{only:?} lets something through");
            answers.push(format!("{some:?}"));
        }
        let counts = lists.message_counts(&brand, self::at(20), self::at(150)).expect("figures");
        answers.push(format!("{counts:?}"));
        let (only, before) = (MessageFilter::default(), Some("no cursor".to_owned()));
        let asked = MessagesAsked { brand, only, before, limit: 7 };
        assert_eq!(lists.messages(&asked).expect("a list").rows, [], "what is no cursor finds nothing");
    }
    answers
}

/// What a plain sort gives.
fn expected_messages(brand: &str, state: Option<&str>) -> Vec<MessageView> {
    let rows = numbers().map(|number| message(number, pick(&STATES, number, 80)));
    let wanted = |(key, view): &(MessageKey, MessageView)| {
        key.brand.as_str() == brand && state.is_none_or(|state| view.state.word() == state)
    };
    let mut rows: Vec<_> = rows.filter(wanted).map(|(_, view)| view).collect();
    rows.sort_by_key(|view| std::cmp::Reverse((view.requested_at, view.message.to_string())));
    rows
}

#[test]
fn both_stores_give_the_same_pages_sums_and_cursors_and_those_of_a_plain_sort() {
    let (sqlite, postgres) = (SqliteShelf::new(), PostgresShelf::new());
    let one = sqlite.open().expect("a new store");
    let other = postgres.open().expect("a new store");
    fill(&mut *sqlite.projection(&one));
    fill(&mut *postgres.projection(&other));
    let (one, other) = (sqlite.records(&one), postgres.records(&other));
    for (ours, theirs) in answers(&*one).iter().zip(answers(&*other)) {
        assert_eq!(*ours, theirs);
    }
    for (brand, state) in [("demo", None), ("other", Some(MessageStateView::Failed))] {
        let listed = pages(|before| {
            let brand = brand.parse().expect("a slug");
            let only = MessageFilter { states: state.into_iter().collect(), ..MessageFilter::default() };
            other.messages(&MessagesAsked { brand, only, before, limit: 9 }).expect("a list")
        });
        let expected = expected_messages(brand, state.map(MessageStateView::word));
        assert!(expected.len() > 9 && listed.0 == expected, "{brand} {state:?}");
    }
    for (brand, shop) in [("demo", None), ("demo", Some(SHOPS[0])), ("other", Some("elsewhere"))] {
        let expected = expected_figures(brand, shop);
        assert_eq!(expected.is_empty(), shop == Some("elsewhere"));
        assert_eq!(figures(&*one, brand, shop), expected, "{brand} {shop:?}");
        assert_eq!(figures(&*other, brand, shop), expected, "{brand} {shop:?}");
    }
}

/// Messages and units by everything that they are counted by.
type Sums = BTreeMap<String, (u64, u64)>;

fn figures(lists: &dyn Records, brand: &str, shop: Option<&str>) -> Sums {
    let asked = FiguresAsked {
        brand: brand.parse().expect("a slug"),
        shop: shop.map(|shop| shop.parse().expect("a slug")),
        from: at(20),
        to: at(150),
    };
    let found = lists.message_figures(&asked).expect("figures").into_iter().map(|figure| {
        let common = (figure.kind, figure.shop, figure.carrier, figure.state, figure.reason);
        (format!("{common:?}"), (figure.messages, figure.units))
    });
    let found: Vec<_> = found.collect();
    let sums = Sums::from_iter(found.iter().cloned());
    assert_eq!(sums.len(), found.len(), "each once");
    sums
}

/// A plain sum.
fn expected_figures(brand: &str, shop: Option<&str>) -> Sums {
    let mut sums = Sums::new();
    for (key, view) in numbers().map(|number| message(number, pick(&STATES, number, 80))) {
        let of_shop = shop.is_none_or(|shop| view.shop.as_ref().is_some_and(|of| of.as_str() == shop));
        if key.brand.as_str() == brand && of_shop && (at(20)..at(150)).contains(&view.requested_at) {
            let common = (view.kind, view.shop, view.carrier, view.state, view.reason_code);
            let sum = sums.entry(format!("{common:?}")).or_default();
            *sum = (sum.0 + 1, sum.1 + view.units);
        }
    }
    sums
}

fn remembers_how_far_it_is(shelf: &impl Shelf) {
    let store = shelf.open().expect("a new store");
    let mut lists = shelf.projection(&store);
    assert_eq!(lists.reached().expect("new lists"), End::BEGINNING);
    fill(&mut *lists);
    let known = answers(&*shelf.records(&store));
    lists.write(end(2), &Lists::default()).expect("the answer may have been lost, and it is written again");
    drop(lists);
    drop(store);

    let store = shelf.open().expect("the same store");
    let mut lists = shelf.projection(&store);
    assert_eq!(lists.reached().expect("the same lists"), end(2));
    assert_eq!(answers(&*shelf.records(&store)), known);
    lists.clear().expect("it can be emptied");
    assert_eq!(lists.reached().expect("empty lists"), End::BEGINNING);
    let open = shelf.records(&store).open_orders(&shop(1)).expect("a number");
    assert_eq!(open, 0);
}

#[test]
fn lists_remember_how_far_they_show_the_journal() {
    remembers_how_far_it_is(&SqliteShelf::new());
    remembers_how_far_it_is(&PostgresShelf::new());
}

#[test]
fn whoever_lost_the_lease_writes_no_lists() {
    let shelf = PostgresShelf::new();
    let before = shelf.open().expect("a new store");
    let mut late = shelf.projection(&before);
    late.write(end(1), &Lists::default()).expect("it has the lease");
    drop(before);
    let now = shelf.open().expect("the same store");
    let mut lists = shelf.projection(&now);
    assert!(matches!(late.write(end(2), &Lists::default()), Err(StoreError::Lost)));
    assert!(matches!(late.clear(), Err(StoreError::Lost)));
    assert_eq!(lists.reached().expect("good lists"), end(1));
    lists.write(end(2), &Lists::default()).expect("it has the lease");
}
