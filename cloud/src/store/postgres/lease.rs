//! The right to write, which lasts as long as it is renewed.
//!
//! Time is the database's alone; ours is only used to know early that a renewal is overdue. The lease decides who
//! begins; that nobody else's commit is kept is the fence's work, within each commit.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::link::{Link, PostgresUrl, connect, failed};
use super::{ASK_MAX, SHARD};
use crate::store::StoreError;

/// Renewed so many times within its length, so that a missed one loses nothing.
const RENEWALS: u32 = 3;

/// The right to write. Dropping it ends the renewals, not the lease: that is [`Lease::give_up`].
#[derive(Debug)]
pub(super) struct Lease {
    holder: String,
    length: Duration,
    standing: Arc<Mutex<Standing>>,
    keeper: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy)]
enum Standing {
    /// Nobody else can have it before then.
    Held { until: Instant },
    /// Somebody else has it.
    Lost,
}

impl Lease {
    /// Takes it. Errors: [`StoreError::Taken`], or the database cannot be asked.
    pub(super) fn take(link: &Link, client: &Client, length: Duration) -> Result<Self, StoreError> {
        const DOING: &str = "taking the lease";
        let holder = uuid::Uuid::new_v4().to_string();
        let asked = Instant::now();
        let taken = link.ask(DOING, ASK_MAX, async {
            client
                .execute(
                    "update shard set epoch = epoch + 1, holder = $2,
                       until = clock_timestamp() + $3 * interval '1 second'
                     where shard = $1 and until <= clock_timestamp()",
                    &[&SHARD, &holder, &length.as_secs_f64()],
                )
                .await
        })?;
        if taken == 0 {
            let left_s = link.ask(DOING, ASK_MAX, async {
                let text = "select greatest(0, extract(epoch from until - clock_timestamp()))::float8
                            from shard where shard = $1";
                client.query_one(text, &[&SHARD]).await?.try_get::<_, f64>(0)
            })?;
            // A little more than what is left of it, so that it has run out by then.
            let free_in = Duration::try_from_secs_f64(left_s).unwrap_or(length) + Duration::from_millis(50);
            return Err(StoreError::Taken { free_in });
        }
        let standing = Arc::new(Mutex::new(Standing::Held { until: asked + length }));
        let renewals = Renewals {
            url: link.url().clone(),
            holder: holder.clone(),
            length,
            standing: Arc::clone(&standing),
            client: None,
        };
        let keeper = link.run(renewals.go_on());
        Ok(Self { holder, length, standing, keeper })
    }

    /// Who has it.
    pub(super) fn holder(&self) -> &str {
        &self.holder
    }

    /// How long it lasts without being renewed, in seconds.
    pub(super) fn length_s(&self) -> f64 {
        self.length.as_secs_f64()
    }

    /// Whether nobody else can have it yet. Errors: [`StoreError::Lost`], or a renewal that is overdue.
    pub(super) fn holds(&self) -> Result<(), StoreError> {
        match standing(&self.standing) {
            Standing::Held { until } if Instant::now() < until => Ok(()),
            Standing::Held { .. } => {
                Err(failed("renewing the lease", anyhow!("the database did not answer")))
            }
            Standing::Lost => Err(StoreError::Lost),
        }
    }

    /// It was renewed by a question asked at `asked`.
    pub(super) fn renewed(&self, asked: Instant) {
        set_standing(&self.standing, Standing::Held { until: asked + self.length });
    }

    /// Lets the next one begin at once. It is nobody's after that: a renewal of ours that is still under way finds it
    /// gone.
    pub(super) fn give_up(&self, link: &Link, client: &Client) {
        self.keeper.abort();
        let given_up = link.ask("giving the lease up", Duration::from_secs(2), async {
            let text = "update shard set until = clock_timestamp(), holder = ''
                        where shard = $1 and holder = $2";
            client.execute(text, &[&SHARD, &self.holder]).await
        });
        if let Err(error) = given_up {
            tracing::warn!(%error, "the lease could not be given up; it runs out by itself");
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Renews a lease, on a connection of its own.
struct Renewals {
    url: PostgresUrl,
    holder: String,
    length: Duration,
    standing: Arc<Mutex<Standing>>,
    client: Option<Client>,
}

impl Renewals {
    async fn go_on(mut self) {
        let between = self.length / RENEWALS;
        let mut pause = between;
        loop {
            tokio::time::sleep(pause).await;
            let asked = Instant::now();
            match tokio::time::timeout(between, self.renew()).await {
                Ok(Ok(true)) => {
                    set_standing(&self.standing, Standing::Held { until: asked + self.length });
                    pause = between;
                }
                Ok(Ok(false)) => {
                    tracing::error!("another process has taken the books over");
                    return set_standing(&self.standing, Standing::Lost);
                }
                failed @ (Ok(Err(_)) | Err(_)) => {
                    let why = failed.map_or_else(|late| late.to_string(), |said| format!("{:?}", said.err()));
                    tracing::warn!(why, "the lease could not be renewed; it is tried again");
                    self.client = None;
                    pause = between / RENEWALS;
                }
            }
        }
    }

    /// Whether it was still ours.
    async fn renew(&mut self) -> Result<bool, tokio_postgres::Error> {
        let client = match self.client.take() {
            Some(client) => client,
            None => connect(&self.url).await?,
        };
        let client = self.client.insert(client);
        let text = "update shard set until = clock_timestamp() + $3 * interval '1 second'
                    where shard = $1 and holder = $2";
        Ok(client.execute(text, &[&SHARD, &self.holder, &self.length.as_secs_f64()]).await? == 1)
    }
}

fn standing(of: &Mutex<Standing>) -> Standing {
    *of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn set_standing(of: &Mutex<Standing>, now: Standing) {
    *of.lock().unwrap_or_else(PoisonError::into_inner) = now;
}
