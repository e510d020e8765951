//! Rows of lists as columns: one statement writes any number of them.

use tokio_postgres::types::ToSql;

use crate::store::{Lists, MessageRow, OrderRow, RelayRow};

/// The columns of all lists, in the order in which `commit.sql` numbers them.
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
        lists.messages.iter().for_each(|row| messages.push(row));
        let mut orders = Orders::default();
        lists.orders.iter().for_each(|row| orders.push(row));
        let mut relays = Relays::default();
        lists.relays.iter().for_each(|row| relays.push(row));
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
            &messages.carrier,
            &messages.reason,
            &messages.units,
        ]
    }
}

impl<'a> Messages<'a> {
    fn push(&mut self, row: &'a MessageRow) {
        self.brand.push(row.key.brand.as_str());
        self.sms.push(row.key.sms.to_string());
        self.state.push(row.view.state.word());
        self.kind.push(row.view.kind.word());
        self.shop.push(row.view.shop.as_ref().map(|shop| shop.as_str()));
        self.asked_us.push(row.view.requested_at.as_microsecond());
        self.view.push(as_text(&row.view));
        self.carrier.push(row.view.carrier.as_ref().map(ToString::to_string));
        self.reason.push(row.view.reason_code.as_ref().map(|reason| reason.as_str()));
        self.units.push(row.view.units.try_into().expect("a message costs a few units"));
    }
}

impl<'a> Orders<'a> {
    fn push(&mut self, row: &'a OrderRow) {
        self.brand.push(row.at.brand.as_str());
        self.shop.push(row.at.shop.as_str());
        self.order_id.push(row.view.order.to_string());
        self.day.push(row.view.day.to_string());
        self.number.push(row.view.number.0.into());
        self.placed_us.push(row.view.placed_at.as_microsecond());
        self.is_open.push(row.is_open());
        self.portions.push(row.portions().into());
        self.view.push(as_text(&row.view));
    }
}

impl<'a> Relays<'a> {
    fn push(&mut self, row: &'a RelayRow) {
        self.brand.push(row.key.brand.as_str());
        self.message.push(row.key.message.to_string());
        self.shop.push(row.view.shop.as_str());
        self.channel.push(row.view.channel.word());
        self.state.push(row.view.state.word());
        self.kept_us.push(row.view.kept_at.as_microsecond());
        self.asked_us.push(row.view.asked_at.as_microsecond());
        self.view.push(as_text(&row.view));
    }
}

fn as_text(view: &impl serde::Serialize) -> String {
    serde_json::to_string(view).expect("a view is plain data with text keys")
}
