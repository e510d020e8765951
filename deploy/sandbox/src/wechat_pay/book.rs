//! The provider's orders, payments and refunds. No socket, no waiting.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::PaySettings;
use super::keys::random_text;
use super::postman::Notice;

/// How the text of a code begins.
pub(super) const CODE_PREFIX: &str = "weixin://wxpay/bizpayurl?pr=";

/// A refusal: status, code, words.
pub(super) struct No(pub(super) u16, pub(super) &'static str, pub(super) &'static str);

/// How an answer is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    Slow,
    Forged,
}

type Answer = (u16, Value, Manner);

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayOrder {
    /// `out_trade_no`.
    pub number: String,
    /// What the guest reads.
    pub description: String,
    /// What it costs, in fen.
    pub total: i64,
    /// What the guest scans.
    pub code_url: String,
    /// Until when it can be paid.
    pub time_expire: Timestamp,
    /// `NOTPAY`, `SUCCESS`, `CLOSED`.
    pub state: String,
    /// Transactions by which it was paid: id, fen and when.
    pub payments: Vec<(String, i64, Timestamp)>,
    /// Refunds of them.
    pub refunds: Vec<PayRefund>,
    /// How often it was placed.
    pub placed: u32,
    #[serde(skip)]
    asked: Value,
    #[serde(skip)]
    notify_url: String,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayRefund {
    /// `out_refund_no`.
    pub number: String,
    /// Which payment.
    pub transaction: String,
    /// How much, in fen.
    pub amount: i64,
    /// `PROCESSING`, `SUCCESS`, `ABNORMAL`.
    pub status: String,
    /// How often it was asked for.
    pub asked: u32,
}

/// Everything that the provider knows.
#[derive(Debug, Default)]
pub(super) struct Book {
    orders: BTreeMap<String, PayOrder>,
    refused: BTreeMap<String, u32>,
    /// Orders that had the fault of their first call.
    had: BTreeMap<String, u32>,
}

impl PayOrder {
    fn fault(&self) -> i64 {
        self.total % 100
    }

    fn told(&self, settings: &PaySettings) -> Value {
        let mut told = json!({
            "appid": settings.appid,
            "mchid": settings.mchid,
            "out_trade_no": self.number,
            "trade_type": "NATIVE",
            "trade_state": self.state,
            "trade_state_desc": "sandbox",
        });
        if let Some(payment) = self.payments.first() {
            add_payment(&mut told, payment);
            if self.refunds.iter().any(|refund| refund.transaction == payment.0) {
                told["trade_state"] = json!("REFUND");
            }
        }
        told
    }
}

fn add_payment(told: &mut Value, (transaction, amount, at): &(String, i64, Timestamp)) {
    told["transaction_id"] = json!(transaction);
    told["success_time"] = json!(beijing(*at));
    told["bank_type"] = json!("OTHERS");
    told["payer"] = json!({ "openid": "oSandbox000000000000000000001" });
    told["amount"] =
        json!({ "total": amount, "payer_total": amount, "currency": "CNY", "payer_currency": "CNY" });
}

impl Book {
    pub(super) fn orders(&self) -> Vec<PayOrder> {
        self.orders.values().cloned().collect()
    }

    /// `native`: a code for an order. Again with the same order: the same code.
    pub(super) fn place(
        &mut self,
        asked: &Value,
        settings: &PaySettings,
        now: Timestamp,
    ) -> Result<Answer, No> {
        let order = read_order(asked, settings, now)?;
        let (number, fault) = (order.number.clone(), order.fault());
        if fault == 13 {
            return Err(No(400, "PARAM_ERROR", "the sandbox refuses this price"));
        }
        let calls = self.had.entry(number.clone()).or_default();
        *calls += 1;
        let first = *calls == 1;
        if fault == 11 && first {
            return Err(No(500, "SYSTEM_ERROR", "try again"));
        }
        let known = self.orders.entry(number).or_insert(order);
        known.placed += 1;
        if known.asked != *asked {
            return Err(No(400, "INVALID_REQUEST", "the number was used for another order"));
        }
        match known.state.as_str() {
            "SUCCESS" => return Err(No(400, "ORDERPAID", "the order is paid")),
            "CLOSED" => return Err(No(400, "ORDER_CLOSED", "the order is closed")),
            _ => {}
        }
        let manner = match fault {
            4 if first => Manner::Slow,
            12 if first => Manner::Forged,
            _ => Manner::Plain,
        };
        Ok((200, json!({ "code_url": known.code_url }), manner))
    }

    pub(super) fn look_up(&self, number: &str, settings: &PaySettings) -> Result<Answer, No> {
        let known = self.orders.get(number).ok_or(No(404, "ORDER_NOT_EXIST", "there is no such order"))?;
        Ok((200, known.told(settings), Manner::Plain))
    }

    pub(super) fn close(&mut self, number: &str) -> Result<Answer, No> {
        let known =
            self.orders.get_mut(number).ok_or(No(404, "ORDER_NOT_EXIST", "there is no such order"))?;
        if known.state == "SUCCESS" {
            return Err(No(400, "ORDERPAID", "the order is paid"));
        }
        known.state = "CLOSED".to_owned();
        Ok((204, Value::Null, Manner::Plain))
    }

    /// The guest pays. Errors: why they cannot.
    pub(super) fn pay(
        &mut self,
        code_url: &str,
        now: Timestamp,
        settings: &PaySettings,
    ) -> Result<Vec<Notice>, &'static str> {
        let order = self.orders.values_mut().find(|order| order.code_url == code_url);
        let order = order.ok_or("这个二维码无效 · there is no such code")?;
        let fault = order.fault();
        match order.state.as_str() {
            "SUCCESS" => return Err("订单已支付 · it is paid"),
            "CLOSED" if fault != 10 => return Err("订单已关闭 · it is closed"),
            _ if order.time_expire <= now && fault != 10 => return Err("订单已过期 · its time is over"),
            _ => {}
        }
        let amount = if fault == 8 { order.total + 1 } else { order.total };
        let times = if fault == 9 { 2 } else { 1 };
        let mut notices = Vec::new();
        order.state = "SUCCESS".to_owned();
        for _ in 0..times {
            let payment = (format!("4200{}", random_digits(24)), amount, now);
            let mut content = order.told(settings);
            content["trade_state"] = json!("SUCCESS");
            add_payment(&mut content, &payment);
            order.payments.push(payment);
            notices.push(Notice {
                url: order.notify_url.clone(),
                event: "TRANSACTION.SUCCESS",
                content,
                times: if fault == 1 { 3 } else { 1 },
                after_ms: if fault == 2 { settings.slow_ms } else { 0 },
                probe: fault == 5,
            });
        }
        Ok(if fault == 3 { Vec::new() } else { notices })
    }

    /// A refund: taken, and its end told by itself.
    pub(super) fn refund(
        &mut self,
        asked: &Value,
        now: Timestamp,
        settings: &PaySettings,
    ) -> Result<(Answer, Option<Notice>), No> {
        let text = |name: &str| asked[name].as_str().unwrap_or_default();
        let (transaction, number) = (text("transaction_id"), text("out_refund_no").to_owned());
        let amount = asked["amount"]["refund"].as_i64().unwrap_or_default();
        let order =
            self.orders.values_mut().find(|order| order.payments.iter().any(|paid| paid.0 == transaction));
        let order = order.ok_or(No(404, "RESOURCE_NOT_EXISTS", "there is no such payment"))?;
        let paid = order.payments.iter().find(|paid| paid.0 == transaction).map_or(0, |paid| paid.1);
        if number.is_empty() || asked["amount"]["currency"] != "CNY" || asked["amount"]["total"] != paid {
            return Err(No(400, "PARAM_ERROR", "the refund does not fit the payment"));
        }
        if let Some(known) = order.refunds.iter_mut().find(|refund| refund.number == number) {
            known.asked += 1;
            let same = known.amount == amount && known.transaction == transaction;
            return if same {
                Ok(((200, refund_told(order, &number, "status"), Manner::Plain), None))
            } else {
                Err(No(400, "INVALID_REQUEST", "the number was used for another refund"))
            };
        }
        let before: i64 = order
            .refunds
            .iter()
            .filter(|known| known.transaction == transaction)
            .map(|known| known.amount)
            .sum();
        if amount <= 0 || before + amount > paid {
            return Err(No(400, "INVALID_REQUEST", "more than was paid"));
        }
        let refusals = self.refused.entry(number.clone()).or_default();
        if order.fault() == 6 && *refusals < 2 {
            *refusals += 1;
            return Err(No(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"));
        }
        let status = "PROCESSING".to_owned();
        let refund = PayRefund {
            number: number.clone(),
            transaction: transaction.to_owned(),
            amount,
            status,
            asked: 1,
        };
        order.refunds.push(refund);
        let answer = refund_told(order, &number, "status");
        let (end, event) = match order.fault() {
            14 => ("ABNORMAL", "REFUND.ABNORMAL"),
            _ => ("SUCCESS", "REFUND.SUCCESS"),
        };
        if let Some(refund) = order.refunds.last_mut() {
            refund.status = end.to_owned();
        }
        let mut content = refund_told(order, &number, "refund_status");
        content["mchid"] = json!(settings.mchid);
        content["success_time"] = json!(beijing(now));
        let url = asked["notify_url"].as_str().unwrap_or(&order.notify_url).to_owned();
        let told = order.fault() != 7;
        let notice = Notice { url, event, content, times: 1, after_ms: 0, probe: false };
        Ok(((200, answer, Manner::Plain), told.then_some(notice)))
    }

    pub(super) fn look_after(&self, number: &str) -> Result<Answer, No> {
        let has = |order: &&PayOrder| order.refunds.iter().any(|refund| refund.number == number);
        let order = self.orders.values().find(has);
        let order = order.ok_or(No(404, "RESOURCE_NOT_EXISTS", "there is no such refund"))?;
        Ok((200, refund_told(order, number, "status"), Manner::Plain))
    }
}

/// A refund as answers (`status`) and call-backs (`refund_status`) tell it.
fn refund_told(order: &PayOrder, number: &str, status: &str) -> Value {
    let refund = order.refunds.iter().find(|refund| refund.number == number);
    let refund = refund.expect("the caller has just found it");
    json!({
        "refund_id": format!("5030{}", &refund.transaction[4..]),
        "out_refund_no": refund.number,
        "transaction_id": refund.transaction,
        "out_trade_no": order.number,
        "user_received_account": "支付用户零钱",
        status: refund.status,
        "amount": { "total": order.total, "refund": refund.amount, "payer_refund": refund.amount, "currency": "CNY" },
    })
}

/// Reads an order. Errors: as the vendor refuses it.
fn read_order(asked: &Value, settings: &PaySettings, now: Timestamp) -> Result<PayOrder, No> {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    if text("appid") != settings.appid || text("mchid") != settings.mchid {
        return Err(No(400, "APPID_MCHID_NOT_MATCH", "the application is not bound to the merchant"));
    }
    let number = text("out_trade_no");
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-|*".contains(&b);
    if !(6..=32).contains(&number.len()) || !number.bytes().all(fits) {
        return Err(No(400, "PARAM_ERROR", "out_trade_no"));
    }
    let (description, notify_url) = (text("description"), text("notify_url"));
    if description.is_empty() || description.len() > 127 {
        return Err(No(400, "PARAM_ERROR", "description"));
    }
    if !notify_url.starts_with("http") || notify_url.contains('?') || notify_url.len() > 255 {
        return Err(No(400, "PARAM_ERROR", "notify_url"));
    }
    let total = asked["amount"]["total"].as_i64().unwrap_or_default();
    if total <= 0 || asked["amount"]["currency"] != "CNY" {
        return Err(No(400, "PARAM_ERROR", "amount"));
    }
    let expires: Option<Timestamp> = text("time_expire").parse().ok();
    if !text("time_expire").ends_with("+08:00") || expires.is_none() {
        return Err(No(400, "PARAM_ERROR", "time_expire"));
    }
    Ok(PayOrder {
        number: number.to_owned(),
        description: description.to_owned(),
        total,
        code_url: format!("{CODE_PREFIX}{}", random_text(9)),
        time_expire: expires.unwrap_or(now),
        state: "NOTPAY".to_owned(),
        payments: Vec::new(),
        refunds: Vec::new(),
        placed: 0,
        asked: asked.clone(),
        notify_url: notify_url.to_owned(),
    })
}

fn random_digits(length: usize) -> String {
    random_text(length).bytes().map(|byte| char::from(b'0' + byte % 10)).collect()
}

fn beijing(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).expect("whole seconds of an instant are one");
    whole.display_with_offset(jiff::tz::offset(8)).to_string()
}
