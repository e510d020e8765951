//! Rows of lists as columns: one statement writes any number of them.

use cloud_core::id::MessageKey;
use cloud_core::relay::RelayKey;
use shared::order::OrderView;
use tokio_postgres::types::ToSql;

use crate::store::Lists;
use crate::store::lists::{OrderKey, is_open, portions};
use crate::view::{MessageView, RelayView};

/// The columns of all lists, in the order in which `lists.sql` numbers them.
pub(super) struct Columns<'a> {
    messages: Messages<'a>,
    orders: Orders<'a>,
    relays: Relays<'a>,
}

#[derive(Default)]
struct Messages<'a> {
    brand: Vec<&'a str>,
    sms: Vec<String>,
    state: Vec<&'a str>,
    kind: Vec<&'a str>,
    shop: Vec<Option<&'a str>>,
    asked_us: Vec<i64>,
    view: Vec<String>,
    carrier: Vec<Option<String>>,
    reason: Vec<Option<&'a str>>,
    units: Vec<i64>,
}

#[derive(Default)]
struct Orders<'a> {
    brand: Vec<&'a str>,
    shop: Vec<&'a str>,
    order_id: Vec<String>,
    day: Vec<String>,
    number: Vec<i64>,
    placed_us: Vec<i64>,
    is_open: Vec<bool>,
    portions: Vec<i64>,
    view: Vec<String>,
}

#[derive(Default)]
struct Relays<'a> {
    brand: Vec<&'a str>,
    message: Vec<String>,
    shop: Vec<&'a str>,
    channel: Vec<&'a str>,
    state: Vec<&'a str>,
    kept_us: Vec<i64>,
    asked_us: Vec<i64>,
    view: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(lists: &'a Lists) -> Self {
        let mut messages = Messages::default();
        lists.messages.iter().for_each(|(key, view)| messages.push(key, view));
        let mut orders = Orders::default();
        lists.orders.iter().for_each(|(key, view)| orders.push(key, view));
        let mut relays = Relays::default();
        lists.relays.iter().for_each(|(key, view)| relays.push(key, view));
        Self { messages, orders, relays }
    }

    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let Self { messages, orders, relays } = self;
        vec![
            &messages.brand,
            &messages.sms,
            &messages.state,
            &messages.kind,
            &messages.shop,
            &messages.asked_us,
            &messages.view,
            &messages.carrier,
            &messages.reason,
            &messages.units,
            &orders.brand,
            &orders.shop,
            &orders.order_id,
            &orders.day,
            &orders.number,
            &orders.placed_us,
            &orders.is_open,
            &orders.portions,
            &orders.view,
            &relays.brand,
            &relays.message,
            &relays.shop,
            &relays.channel,
            &relays.state,
            &relays.kept_us,
            &relays.asked_us,
            &relays.view,
        ]
    }
}

impl<'a> Messages<'a> {
    fn push(&mut self, key: &'a MessageKey, view: &'a MessageView) {
        self.brand.push(key.brand.as_str());
        self.sms.push(key.sms.to_string());
        self.state.push(view.state.word());
        self.kind.push(view.kind.word());
        self.shop.push(view.shop.as_ref().map(|shop| shop.as_str()));
        self.asked_us.push(view.requested_at.as_microsecond());
        self.view.push(as_text(view));
        self.carrier.push(view.carrier.as_ref().map(ToString::to_string));
        self.reason.push(view.reason_code.as_ref().map(|reason| reason.as_str()));
        self.units.push(view.units.try_into().expect("a message costs a few units"));
    }
}

impl<'a> Orders<'a> {
    fn push(&mut self, (at, _): &'a OrderKey, view: &'a OrderView) {
        self.brand.push(at.brand.as_str());
        self.shop.push(at.shop.as_str());
        self.order_id.push(view.order.to_string());
        self.day.push(view.day.to_string());
        self.number.push(view.number.0.into());
        self.placed_us.push(view.placed_at.as_microsecond());
        self.is_open.push(is_open(view));
        self.portions.push(portions(view).into());
        self.view.push(as_text(view));
    }
}

impl<'a> Relays<'a> {
    fn push(&mut self, key: &'a RelayKey, view: &'a RelayView) {
        self.brand.push(key.brand.as_str());
        self.message.push(key.message.to_string());
        self.shop.push(view.shop.as_str());
        self.channel.push(view.channel.word());
        self.state.push(view.state.word());
        self.kept_us.push(view.kept_at.as_microsecond());
        self.asked_us.push(view.asked_at.as_microsecond());
        self.view.push(as_text(view));
    }
}

fn as_text(view: &impl serde::Serialize) -> String {
    serde_json::to_string(view).expect("a view is plain data with text keys")
}
