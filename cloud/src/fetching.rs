//! The worker that asks carriers for receipts and replies (S7), where an account's receipts are to be fetched.
//!
//! A carrier forgets what it hands out. So a page is kept, in one commit, before the next one is asked for, and asking
//! and keeping are a task of their own: a service that ends ends after them. Only a crash in between, or an answer that
//! is lost on its way, loses a page, and what it said is settled as if it had never been said (S10).
//!
//! Each account and each kind has a loop of its own, so that a carrier that is silent, refuses or is slow keeps nobody
//! else waiting. Deliberately absent: what a page means, and any other service that would take pages away: only the
//! one that has the books gets here.

use std::sync::Arc;
use std::time::Duration;

use cloud_core::carrier::CarrierAccount;
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use crate::arrivals;
use crate::config::FetchingConfig;
use crate::gateway::Carriers;
use crate::gateway::page::{NotFetched, Page, ROWS_MAX, Wanted};
use crate::journal::{Fault, Journal};

/// The first pause after a page that could not be kept, and the longest.
const KEEP_PAUSE_MIN: Duration = Duration::from_millis(100);
const KEEP_PAUSE_MAX: Duration = Duration::from_secs(5);

/// A service that ends waits so long for a page that is on its way.
const LAST_PAGE_MAX: Duration = Duration::from_secs(10);

/// When a carrier is asked, and how long it may take to answer.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// After a text was sent, and after a page that was not empty.
    pub pause_min: Duration,
    /// Each page without a row doubles the pause, up to this.
    pub pause_max: Duration,
    /// A page that has not come after this long is lost.
    pub timeout: Duration,
}

impl Pace {
    /// As the settings say.
    pub fn of(settings: &FetchingConfig) -> Self {
        Self {
            pause_min: Duration::from_millis(settings.pause_ms),
            pause_max: Duration::from_millis(settings.pause_max_ms),
            timeout: Duration::from_millis(settings.timeout_ms),
        }
    }

    /// How long to wait after a round, which came after such a pause.
    fn after(self, round: &Result<usize, Failed>, pause: Duration) -> Duration {
        match round {
            Ok(rows) if *rows >= ROWS_MAX => Duration::ZERO,
            Ok(1..) => self.pause_min,
            Ok(0) | Err(_) => pause.saturating_mul(2).clamp(self.pause_min, self.pause_max),
        }
    }
}

/// What is fetched, and from where.
#[derive(Clone)]
pub struct Post {
    /// By which account.
    pub account: Arc<CarrierAccount>,
    /// Which kind of rows.
    pub wanted: Wanted,
}

/// Why a round brought nothing.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    NotFetched(#[from] NotFetched),
    #[error("the books cannot take a page now: {0}")]
    NotNow(#[from] Fault),
    #[error("too many receipts wait for their messages")]
    NoRoom,
    #[error("it broke off")]
    Broken,
}

/// Fetches until the journal ends.
pub async fn fetch(journal: Journal, carriers: Arc<Carriers>, post: Post, pace: Pace) {
    let sent = carriers.sent(&post.account.id);
    let mut pause = Duration::ZERO;
    loop {
        let round = begin(journal.clone(), Arc::clone(&carriers), post.clone(), pace.timeout).await;
        complain(&post, &round);
        pause = pace.after(&round, pause);
        match (&round, post.wanted) {
            // A receipt comes soon after its text. Who answers takes longer, and who refuses is left alone.
            (Ok(_), Wanted::Receipts) => pause = wait(pause, &sent, pace.pause_min).await,
            (Ok(_), Wanted::Replies) | (Err(_), _) => sleep(pause).await,
        }
    }
}

/// Waits, but not long after a text was sent. Returns how long that was meant to be.
async fn wait(pause: Duration, sent: &Notify, pause_min: Duration) -> Duration {
    tokio::select! {
        () = sleep(pause) => pause,
        () = sent.notified() => {
            sleep(pause.min(pause_min)).await;
            pause.min(pause_min)
        }
    }
}

/// One round as a task of its own: whoever stops waiting for it does not stop it.
async fn begin(
    journal: Journal,
    carriers: Arc<Carriers>,
    post: Post,
    timeout: Duration,
) -> Result<usize, Failed> {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let mut tell = tell;
        let round = round(&journal, &carriers, &post, (timeout, &mut tell)).await;
        let _nobody_waits = tell.send(round);
    });
    told.await.unwrap_or(Err(Failed::Broken))
}

/// A page, fetched and kept. Returns its rows. What cannot be kept later is not even asked for; asking the books tells
/// as well that they are still ours.
async fn round(
    journal: &Journal,
    carriers: &Carriers,
    post: &Post,
    (timeout, asker): (Duration, &mut oneshot::Sender<Result<usize, Failed>>),
) -> Result<usize, Failed> {
    if journal.look(cloud_core::state::State::receipts_room).await? < ROWS_MAX {
        return Err(Failed::NoRoom);
    }
    let (account, wanted) = (&post.account, post.wanted);
    let fetched = tokio::select! {
        fetched = carriers.fetch(account, wanted, timeout) => fetched,
        () = given_up(asker) => Err(NotFetched::Unanswered("the service ends".to_owned())),
    };
    count(post, &fetched);
    let Page { rows, arrived, unreadable } = fetched?;
    unreadable.into_iter().for_each(|bad| arrivals::set_aside(&account.id, bad));
    let mut pause = KEEP_PAUSE_MIN;
    while let Err(error) = arrivals::keep(journal, &account.id, arrived.clone()).await {
        if asker.is_closed() {
            tracing::error!(carrier = %account.id, %error, rows, "a page was fetched and lost: the service ends");
            return Err(error.into());
        }
        tracing::warn!(carrier = %account.id, %error, "a page that was fetched could not be kept; it is tried again");
        sleep(pause).await;
        pause = (pause * 2).min(KEEP_PAUSE_MAX);
    }
    Ok(rows)
}

/// Returns when nobody has waited for the round for a while.
async fn given_up(asker: &mut oneshot::Sender<Result<usize, Failed>>) {
    asker.closed().await;
    sleep(LAST_PAGE_MAX).await;
}

fn count(post: &Post, fetched: &Result<Page, NotFetched>) {
    let answer = match fetched {
        Ok(Page { rows: 0, .. }) => "empty",
        Ok(_) => "rows",
        Err(error) => error.word(),
    };
    let (carrier, wanted) = (post.account.id.to_string(), post.wanted.word());
    metrics::counter!("chuancai_fetches", "carrier" => carrier, "wanted" => wanted, "answer" => answer)
        .increment(1);
}

fn complain(post: &Post, round: &Result<usize, Failed>) {
    let (carrier, wanted) = (&post.account.id, post.wanted.word());
    match round {
        Ok(_) => {}
        Err(Failed::NotFetched(error @ (NotFetched::Refused(_) | NotFetched::Unusable(_)))) => {
            tracing::error!(
                %carrier, wanted, %error,
                "a carrier hands nothing out: look at its console (password, caller address, whether pulls are switched on)"
            )
        }
        Err(error) => tracing::warn!(%carrier, wanted, %error, "nothing could be fetched from a carrier"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        pause_min: Duration::from_secs(1),
        pause_max: Duration::from_secs(60),
        timeout: Duration::from_secs(60),
    };

    #[test]
    fn s7_a_full_page_is_followed_at_once_and_silence_ever_less_often() {
        let mut pause = Duration::ZERO;
        let mut after = |round| {
            pause = PACE.after(&round, pause);
            pause.as_secs()
        };
        assert_eq!(after(Ok(ROWS_MAX)), 0);
        let silence: Vec<_> = (0..8).map(|_| after(Ok(0))).collect();
        assert_eq!(silence, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!((after(Ok(7)), after(Err(Failed::Broken)), after(Err(Failed::Broken))), (1, 2, 4));
    }

    #[tokio::test]
    async fn s7_a_text_that_was_sent_is_asked_about_soon() {
        let (sent, soon) = (Notify::new(), Duration::from_millis(1));
        assert_eq!(wait(soon, &sent, soon).await, soon);
        sent.notify_one();
        assert_eq!(wait(PACE.pause_max, &sent, soon).await, soon, "although silence made the pause long");
    }
}
