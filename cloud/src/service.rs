//! The service put together, and its start and end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use cloud_core::carrier::{Ask, CarrierAccount, Receipts};
use cloud_core::command::Command;
use tokio::task::JoinSet;

use crate::boxes::{self, Presence};
use crate::calling_back::{self, CallHands, Caller};
use crate::clock::Clock;
use crate::config::Config;
use crate::fetching::{self, Pace, Post};
use crate::gateway::Carriers;
use crate::gateway::channels::Channels;
use crate::gateway::page::Wanted;
use crate::http::{self, App, Doors, HttpSettings, Parts, Rates};
use crate::jobs::{self, Hands};
use crate::journal::{Journal, WriterThread};
use crate::payment::{WechatPay, worker};
use crate::relaying::{self, RelayHands};
use crate::snapshot::{Snapshots, renewal};
use crate::standby;
use crate::store::{Folder, Opened, Records};
use crate::telemetry;

/// The journal, and what is needed around it.
pub struct Books {
    /// The one writer.
    pub journal: Journal,
    /// Lists.
    pub records: Arc<dyn Records>,
    /// The writer's thread.
    pub writer: WriterThread,
    snapshots: Snapshots,
    folder: Option<Folder>,
}

impl Books {
    /// Takes the books and reads the journal. Errors: see [`crate::store::Place::open`], or a journal that cannot be
    /// read.
    pub fn open(settings: &Config) -> anyhow::Result<Self> {
        Self::read(settings, settings.place()?.open()?)
    }

    /// [`Books::open`], after the lease of a process that died has run out.
    pub fn open_soon(settings: &Config) -> anyhow::Result<Self> {
        Self::read(settings, settings.place()?.open_soon()?)
    }

    /// Gives the books back when everything asked is kept. Errors: the writer's.
    pub async fn close(self) -> anyhow::Result<()> {
        let Self { journal, writer, .. } = self;
        drop(journal);
        writer.ended().await
    }

    fn read(settings: &Config, opened: Opened) -> anyhow::Result<Self> {
        let Opened { store, projection, records, folder } = opened;
        let clock = Clock::new(settings.ledger_zone()?);
        let snapshots = Snapshots::within(&settings.state.folder);
        let (journal, writer) =
            Journal::start((store, projection), clock, settings.sending.rules(), Some(snapshots.clone()))?;
        Ok(Self { journal, records, writer, snapshots, folder })
    }
}

/// A service that runs. Dropping it stops everything but what is being kept this instant.
pub struct Service {
    /// Where it listens.
    pub address: SocketAddr,
    /// The one writer, for whoever embeds the service.
    pub journal: Journal,
    tasks: JoinSet<anyhow::Result<()>>,
    writer: WriterThread,
    _folder: Option<Folder>,
}

impl Service {
    /// Starts everything, once the books are ours. Errors: settings that cannot work, a taken port or folder, a damaged
    /// journal.
    pub async fn start(settings: &Config) -> anyhow::Result<Self> {
        telemetry::metrics();
        let (listener, books) = standby::turn(settings).await?;
        let address = listener.local_addr()?;
        let Books { journal, records, writer, snapshots, folder } = books;
        let ways_out = WaysOut::open(settings, &journal)?;
        let accounts = Self::begin(settings, &journal).await?;
        ways_out.carriers.connect(&accounts);
        let presence = Presence::default();
        let app = App::new(Parts {
            journal: journal.clone(),
            records,
            presence: presence.clone(),
            doors: Arc::new(Doors::new(&settings.hooks, accounts.iter().map(|account| &**account))),
            settings: Arc::new(HttpSettings {
                secure_cookie: settings.http.secure_cookie,
                session_h: settings.http.session_h,
                plain_http: settings.callbacks.plain_http,
                ledger_zone: settings.ledger_zone()?,
            }),
            throttle: Default::default(),
            rates: Rates::new(&settings.api),
            seal_key: Arc::new(settings.seal_key()?),
            payment: ways_out.payment.clone(),
        });
        let mut tasks = JoinSet::new();
        let router = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { Ok(axum::serve(listener, router).await?) });
        tasks.spawn(forever(boxes::hear(settings.broker.clone(), journal.clone(), presence)));
        tasks.spawn(forever(jobs::tidy(journal.clone())));
        let rules = settings.sending.rules();
        tasks.spawn(forever(renewal::renew(journal.clone(), settings.place()?, snapshots, rules)));
        ways_out.fetch(settings, &journal, &accounts, &mut tasks);
        ways_out.set_to_work(settings, &journal, &mut tasks);
        tracing::info!(%address, "chuancai-cloud is ready");
        Ok(Self { address, journal, tasks, writer, _folder: folder })
    }

    /// The first commands of every start. Returns the accounts with carriers.
    async fn begin(settings: &Config, journal: &Journal) -> anyhow::Result<Vec<Arc<CarrierAccount>>> {
        let in_doubt = journal.ask(Command::Recover, |_, entries| entries.len()).await?;
        if in_doubt > 0 {
            tracing::warn!(in_doubt, "messages were being submitted when the service stopped");
        }
        let of_settings = Command::Carrier(Ask::Set(Box::new(settings.carrier.account())));
        Ok(journal.ask(of_settings, |state, _| state.carriers().cloned().collect()).await?)
    }

    /// Runs until `stop`, or until a part of it ends, which is an error.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Self { mut tasks, journal, writer, .. } = self;
        let mut writer = Box::pin(writer.ended());
        tokio::select! {
            () = stop => {}
            ended = &mut writer => {
                ended.context("the journal's writer ended")?;
                bail!("the journal's writer ended by itself");
            }
            Some(ended) = tasks.join_next() => {
                ended.context("a part of the service broke off")?.context("a part of the service ended")?;
                bail!("a part of the service ended by itself");
            }
        }
        tasks.shutdown().await;
        drop(journal);
        // With the last asker gone the writer keeps what it has and ends.
        writer.await
    }
}

/// The clients of everybody outside.
struct WaysOut {
    carriers: Arc<Carriers>,
    channels: Arc<Channels>,
    caller: Arc<Caller>,
    payment: Option<Arc<WechatPay>>,
}

impl WaysOut {
    fn open(settings: &Config, journal: &Journal) -> anyhow::Result<Self> {
        let (relaying, callbacks, payment) = (&settings.relaying, &settings.callbacks, &settings.payment);
        let public_url = settings.hooks.public_url.clone();
        let keeping = (settings.seal_key()?, journal.clone());
        let relay_timeout = Duration::from_millis(relaying.timeout_ms);
        let call_timeout = Duration::from_millis(callbacks.timeout_ms);
        Ok(Self {
            carriers: Arc::new(Carriers::new(settings.carrier.clone(), public_url, keeping)?),
            channels: Arc::new(Channels::new(settings.seal_key()?, relay_timeout)?),
            caller: Arc::new(Caller::new(settings.seal_key()?, call_timeout)?),
            payment: payment.enabled.then(|| WechatPay::new(payment).map(Arc::new)).transpose()?,
        })
    }

    /// Starts whoever fetches receipts and replies, where they are not brought.
    fn fetch(
        &self,
        settings: &Config,
        journal: &Journal,
        accounts: &[Arc<CarrierAccount>],
        tasks: &mut JoinSet<anyhow::Result<()>>,
    ) {
        let pace = Pace::of(&settings.fetching);
        for account in accounts.iter().filter(|account| account.receipts == Receipts::Fetched) {
            for wanted in [Wanted::Receipts, Wanted::Replies] {
                let post = Post { account: Arc::clone(account), wanted };
                let fetch = fetching::fetch(journal.clone(), Arc::clone(&self.carriers), post, pace);
                tasks.spawn(forever(fetch));
            }
        }
    }

    /// Starts whoever goes out by them.
    fn set_to_work(self, settings: &Config, journal: &Journal, tasks: &mut JoinSet<anyhow::Result<()>>) {
        let Self { carriers, channels, caller, payment } = self;
        let (sending, relaying, callbacks) = (&settings.sending, &settings.relaying, &settings.callbacks);
        let hands = Hands { any: sending.hands, verification: sending.verification_hands };
        tasks.spawn(forever(jobs::send(journal.clone(), carriers, hands)));
        let hands = RelayHands { all: relaying.hands, per_brand: relaying.hands_per_brand };
        tasks.spawn(forever(relaying::send(journal.clone(), channels, hands)));
        let hands = CallHands { all: callbacks.hands, per_subscription: callbacks.hands_per_subscription };
        tasks.spawn(forever(calling_back::call(journal.clone(), caller, hands)));
        if let Some(provider) = payment {
            let first_look = Duration::from_millis(settings.payment.look_ms);
            tasks.spawn(forever(worker::keep_certificates(Arc::clone(&provider))));
            tasks.spawn(forever(worker::work(journal.clone(), provider, first_look)));
        }
    }
}

/// A loop that ends only with the task it runs in.
async fn forever(part: impl Future<Output = ()>) -> anyhow::Result<()> {
    part.await;
    Ok(())
}
