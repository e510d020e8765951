//! The worker of purchases (S1): does at the provider what the core says is to be done, and tells it what came of it.
//!
//! Everything it asks may be asked again, so it keeps nothing: after a restart it simply asks. What it does remember is
//! when it asked last, so as not to knock too often.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cloud_core::command::Command;
use cloud_core::purchase::{Ask, Errand, Purchase, Refund, RefundKey, RefundReason};
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::wechat_pay::{CallError, Found, Order, RefundOrder, Refunded, WechatPay};
use crate::journal::{Fault, Journal};

/// Errands at once. The provider allows 150 refunds a second, and 6 faulty ones.
const HANDS: usize = 4;
/// How often it is looked what is to be done, at least.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The first pause after a call that brought nothing; each further one is twice as long.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// An order is asked about at least so often, and a refused refund asked for.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How often the provider's certificates are fetched anew; they overlap by days.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(12 * 3_600);

/// An errand, and the purchase it is about.
struct Job {
    errand: Errand,
    purchase: Purchase,
}

/// Works until the journal ends.
pub async fn work(journal: Journal, provider: Arc<WechatPay>, first_look: Duration) {
    let mut pace = Pace { first_look, known: HashMap::new() };
    let mut under_way = JoinSet::new();
    let mut news = journal.news();
    loop {
        match jobs(&journal).await {
            Ok(jobs) => {
                pace.forget_all_but(&jobs);
                metrics::gauge!("chuancai_purchase_errands").set(jobs.len() as f64);
                for job in jobs {
                    if under_way.len() < HANDS && pace.takes(&job.errand, Instant::now()) {
                        under_way.spawn(run(job, journal.clone(), Arc::clone(&provider)));
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "what is to be done for purchases could not be read"),
        }
        tokio::select! {
            () = news.heard() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(ended) = under_way.join_next() => note_end(&mut pace, ended),
        }
        while let Some(ended) = under_way.try_join_next() {
            note_end(&mut pace, ended);
        }
    }
}

/// Fetches the provider's certificates at once and twice a day, if answers are signed with them.
pub async fn keep_certificates(provider: Arc<WechatPay>) {
    let mut pause = PAUSE_MIN;
    loop {
        if provider.needs_certificates() {
            pause = match provider.fetch_certificates().await {
                Ok(_) => CERTIFICATES_EVERY,
                Err(error) => {
                    tracing::warn!(error = %format!("{error:#}"), "the payment provider's certificates could not be fetched");
                    if pause == CERTIFICATES_EVERY { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) }
                }
            };
        } else {
            pause = CERTIFICATES_EVERY;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn jobs(journal: &Journal) -> Result<Vec<Job>, Fault> {
    let jobs = |state: &cloud_core::state::State| {
        let errands = state.purchase_errands(Timestamp::now()).into_iter();
        let with_purchase = errands.filter_map(|errand| {
            let purchase = state.purchase_of(about(&errand))?.clone();
            Some(Job { errand, purchase })
        });
        with_purchase.collect()
    };
    journal.look(jobs).await
}

fn about(errand: &Errand) -> &cloud_core::id::PurchaseKey {
    match errand {
        Errand::Place(key) | Errand::Look(key) | Errand::Close(key) => key,
        Errand::Refund(refund) | Errand::LookAfter(refund) => &refund.key,
    }
}

/// One errand: asked once, and the answer kept. What could not be kept is asked again.
async fn run(job: Job, journal: Journal, provider: Arc<WechatPay>) -> Errand {
    let (asks, word) = match call(&job, &provider).await {
        Ok(ask) => (ask, "answered"),
        Err(CallError::Unanswered { what }) => {
            tracing::warn!(what, "the payment provider gave no answer; it is asked again");
            (None, "unanswered")
        }
        Err(CallError::Refused { status, code, words }) => {
            tracing::warn!(status, code, "the payment provider refuses: {words}");
            (refused(&job, code, words), "refused")
        }
    };
    metrics::counter!("chuancai_payment_calls", "errand" => name(&job.errand), "answer" => word).increment(1);
    if let Some(ask) = asks
        && let Err(error) = journal.ask(Command::Purchase(ask), |_, _| ()).await
    {
        tracing::warn!(%error, "the payment provider's answer could not be kept; it is asked again");
    }
    job.errand
}

/// What the provider says, in the core's words. `None`: nothing new.
async fn call(job: &Job, provider: &WechatPay) -> Result<Option<Ask>, CallError> {
    let Job { errand, purchase } = job;
    let number = purchase.number();
    match errand {
        Errand::Place(key) => {
            let order = Order {
                number: &number,
                description: &purchase.offer.name,
                amount: purchase.offer.price_fen,
                closes_at: purchase.closes_at,
            };
            let code = provider.place(order).await?;
            Ok(Some(Ask::Placed { key: key.clone(), code }))
        }
        Errand::Look(_) => Ok(learned(purchase, provider.look_up(&number).await?)),
        Errand::Close(key) => match provider.look_up(&number).await? {
            Found::Waiting => {
                provider.close(&number).await?;
                Ok(Some(Ask::FoundClosed { key: key.clone() }))
            }
            found @ (Found::Paid(_) | Found::Refunded | Found::Closed) => Ok(learned(purchase, found)),
        },
        Errand::Refund(refund) => {
            let (Some(decided), Some(received)) =
                (purchase.refund(&refund.transaction), purchase.payments.get(&refund.transaction))
            else {
                return Ok(None);
            };
            let total = received.payment.amount_fen;
            let answer = provider.refund(order_of(refund, decided, &refund.number(), total)).await?;
            Ok(refund_ask(refund, answer))
        }
        Errand::LookAfter(refund) => match provider.look_after(&refund.number()).await? {
            Refunded::Taken => Ok(None),
            news @ (Refunded::Done | Refunded::Failed { .. }) => Ok(refund_ask(refund, news)),
        },
    }
}

fn order_of<'a>(
    refund: &'a RefundKey,
    decided: &Refund,
    number: &'a str,
    total: shared::quantity::Fen,
) -> RefundOrder<'a> {
    let reason = match decided.reason {
        RefundReason::WrongAmount => "支付金额与订单不符",
        RefundReason::Late => "订单已关闭",
        RefundReason::Twice => "重复支付",
        RefundReason::Returned => "套餐退订",
    };
    RefundOrder { number, transaction: &refund.transaction, reason, amount: decided.amount_fen, total }
}

fn learned(purchase: &Purchase, found: Found) -> Option<Ask> {
    let key = purchase.key.clone();
    match found {
        Found::Paid(payment) => Some(Ask::Found { number: purchase.number(), payment }),
        Found::Refunded => Some(Ask::FoundRefunded { key }),
        Found::Closed => Some(Ask::FoundClosed { key }),
        Found::Waiting => None,
    }
}

/// What a refund's state means, told by an answer or by a call-back.
pub fn refund_ask(refund: &RefundKey, became: Refunded) -> Option<Ask> {
    let refund = refund.clone();
    Some(match became {
        Refunded::Taken => Ask::RefundTaken { refund },
        Refunded::Done => Ask::RefundDone { refund },
        Refunded::Failed { status } => {
            tracing::error!(
                refund.number = refund.number(),
                refund.status = status,
                "the payment provider could not bring a refund: look at the merchant's console, and note what was done (chuancai-cloud purchase settle)"
            );
            Ask::RefundRefused { refund, code: status, words: String::new() }
        }
    })
}

/// What a refusal means. An order without a code is over; a refund is asked for until it succeeds; anything else is
/// looked at again.
fn refused(job: &Job, code: String, words: String) -> Option<Ask> {
    match &job.errand {
        // Paid while its code was being made anew, or the numbers' time is not over: the next look tells.
        Errand::Place(_) if code == "ORDERPAID" => None,
        Errand::Place(key) => Some(Ask::PlaceRefused { key: key.clone(), code, words }),
        Errand::Refund(refund) => Some(Ask::RefundRefused { refund: refund.clone(), code, words }),
        Errand::Look(_) | Errand::Close(_) | Errand::LookAfter(_) => None,
    }
}

fn name(errand: &Errand) -> &'static str {
    match errand {
        Errand::Place(_) => "place",
        Errand::Look(_) => "look",
        Errand::Close(_) => "close",
        Errand::Refund(_) => "refund",
        Errand::LookAfter(_) => "look_after",
    }
}

fn note_end(pace: &mut Pace, ended: Result<Errand, tokio::task::JoinError>) {
    match ended {
        Ok(errand) => pace.done(&errand, Instant::now()),
        Err(error) => {
            tracing::error!(%error, "an errand to the payment provider broke off; it waits for a restart")
        }
    }
}

/// When each errand may be run again.
struct Pace {
    first_look: Duration,
    known: HashMap<Errand, Turn>,
}

enum Turn {
    Running { tries: u32 },
    Waiting { tries: u32, due: Instant },
}

impl Pace {
    /// Whether the errand may run now; then it runs.
    fn takes(&mut self, errand: &Errand, now: Instant) -> bool {
        let first = self.first(errand);
        let turn =
            self.known.entry(errand.clone()).or_insert_with(|| Turn::Waiting { tries: 0, due: now + first });
        match *turn {
            Turn::Waiting { tries, due } if due <= now => {
                *turn = Turn::Running { tries };
                true
            }
            Turn::Waiting { .. } | Turn::Running { .. } => false,
        }
    }

    /// It has run; if it is still to be done, then after a pause.
    fn done(&mut self, errand: &Errand, now: Instant) {
        let base = self.first(errand).max(PAUSE_MIN);
        let Some(turn) = self.known.get_mut(errand) else { return };
        if let Turn::Running { tries } = *turn {
            let pause = base.saturating_mul(1 << tries.min(16)).min(PAUSE_MAX);
            *turn = Turn::Waiting { tries: tries + 1, due: now + pause };
        }
    }

    fn forget_all_but(&mut self, jobs: &[Job]) {
        self.known.retain(|errand, turn| {
            matches!(turn, Turn::Running { .. }) || jobs.iter().any(|job| job.errand == *errand)
        });
    }

    /// What waits for somebody else is not asked about at once.
    fn first(&self, errand: &Errand) -> Duration {
        match errand {
            Errand::Look(_) | Errand::LookAfter(_) => self.first_look,
            Errand::Place(_) | Errand::Close(_) | Errand::Refund(_) => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloud_core::id::PurchaseKey;

    #[test]
    fn s1_the_provider_is_asked_ever_less_often_and_never_twice_at_once() {
        let key = PurchaseKey { brand: "demo".parse().expect("a slug"), purchase: uuid::Uuid::nil() };
        let (look, place) = (Errand::Look(key.clone()), Errand::Place(key));
        let second = Duration::from_secs(1);
        let mut pace = Pace { first_look: 5 * second, known: HashMap::new() };
        let mut now = Instant::now();
        assert!(!pace.takes(&look, now) && pace.takes(&place, now));
        assert!(!pace.takes(&place, now), "it is under way");
        now += 5 * second;
        assert!(pace.takes(&look, now));
        for pause in [5, 10, 20, 40, 60, 60] {
            pace.done(&look, now);
            let begin = now;
            while !pace.takes(&look, now) {
                now += second;
            }
            assert_eq!((now - begin).as_secs(), pause);
        }
        pace.done(&look, now);
        pace.done(&place, now);
        pace.forget_all_but(&[]);
        assert!(pace.known.is_empty());
    }
}
