//! A start after a long history, from a snapshot and from the first row, and the room that the history takes.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use chuancai_cloud::clock::Clock;
use chuancai_cloud::journal::Journal;
use chuancai_cloud::snapshot::Snapshots;
use chuancai_cloud::store::sqlite::SqliteStore;
use chuancai_cloud::store::{End, Opened, Place, Store};
use cloud_core::command::Command;
use cloud_core::dispatch::Rules;
use cloud_core::entry::Entry;
use cloud_core::id::MessageKey;
use cloud_core::ledger::Now;
use cloud_core::sms::{CarrierAnswer, Delivery, Kind, Receipt};
use cloud_core::state::{State, handed_out};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use shared::guest::PhoneNumber;
use shared::id::SmsId;
use tempfile::TempDir;
use uuid::Uuid;

use super::ledger::ours::{brand, founding};
use super::line::{Goal, Line, median};

/// Messages that take each of their steps in one commit, as a busy brand's do.
const TOGETHER: usize = 50;

/// Prints nothing; its lines say it all.
pub(crate) async fn measure(rounds: usize, messages: usize) -> anyhow::Result<Vec<Line>> {
    let [plain, packed] = [false, true].map(|packs| written(messages, packs));
    let (plain, packed) = (plain?, packed?);
    // Lists are brought up to the journal, as those of a service that ran are.
    start(packed.path(), None).await?;
    start(plain.path(), None).await?;
    let snapshots = Snapshots::within(packed.path());
    start(packed.path(), Some(snapshots.clone())).await?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        with.push(start(packed.path(), Some(snapshots.clone())).await?);
        without.push(start(plain.path(), None).await?);
    }
    println!("snapshot of {messages} messages: {:.1} MB", megabytes(&snapshots.file())?);
    let [ours, beside] = [packed.path(), plain.path()].map(|folder| megabytes(&folder.join("cloud.db")));
    Ok(vec![
        Line {
            name: format!("start after {messages} messages / from the first row"),
            unit: "ms",
            ours: median(with),
            beside: median(without),
            goal: Goal::Less(2.0),
        },
        Line {
            name: "journal on the disk / not packed".to_owned(),
            unit: "MB",
            ours: ours?,
            beside: beside?,
            goal: Goal::Less(3.0),
        },
    ])
}

/// Milliseconds until the writer runs. It is ended again.
async fn start(folder: &Path, snapshots: Option<Snapshots>) -> anyhow::Result<f64> {
    let Opened { store, projection, folder: _lock, .. } = Place::Folder(folder.to_owned()).open()?;
    let begun = Instant::now();
    let (journal, writer) =
        Journal::start((store, projection), Clock::new(TimeZone::UTC), Rules::default(), snapshots)?;
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    drop(journal);
    writer.ended().await?;
    Ok(took)
}

/// A folder with a journal of so many messages, all delivered.
fn written(messages: usize, packs: bool) -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let mut history = History {
        state: State::new(Rules::default()),
        store: SqliteStore::open(folder.path())?,
        end: End::BEGINNING,
        now: Now { at: "2026-11-22T04:00:00Z".parse()?, today: jiff::civil::date(2026, 11, 22) },
    };
    history.commit(&founding(0))?;
    for from in (0..messages).step_by(TOGETHER) {
        history.deliver(from..from + TOGETHER)?;
        if packs {
            while history.store.compact(history.end.seq)? {}
        }
    }
    Ok(folder)
}

struct History {
    state: State,
    store: SqliteStore,
    end: End,
    now: Now,
}

impl History {
    /// Messages from being asked for to their receipts.
    fn deliver(&mut self, numbers: std::ops::Range<usize>) -> anyhow::Result<()> {
        self.now.at += 1.second();
        let asked: Vec<_> = numbers.map(asked).collect::<anyhow::Result<_>>()?;
        self.commit(&asked)?;
        let taken = self.commit(&[Command::Take { any: TOGETHER, verification: 0 }])?;
        let keys: Vec<_> = handed_out(&taken).cloned().collect();
        ensure!(keys.len() == asked.len(), "{} of {} messages were taken", keys.len(), asked.len());
        let accepted = |key: &MessageKey| CarrierAnswer::Accepted { carrier_message: key.sms.0.to_string() };
        let answers = keys.iter().map(|key| (key.clone(), accepted(key))).collect();
        self.commit(&[Command::Answered { answers }])?;
        let receipts: Vec<_> = keys.iter().filter_map(|key| self.receipt(key)).collect();
        self.commit(&receipts)?;
        Ok(())
    }

    fn receipt(&self, key: &MessageKey) -> Option<Command> {
        let message = self.state.message(key)?;
        let receipt = Receipt {
            account: None,
            reference: Some(message.reference),
            carrier_message: key.sms.0.to_string(),
            phone: message.wish.phone.clone(),
            status: "DELIVRD".to_owned(),
            delivery: Delivery::Delivered,
            billed_units: None,
        };
        Some(Command::KeepReceipts { receipts: vec![receipt] })
    }

    fn commit(&mut self, commands: &[Command]) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for command in commands {
            entries.extend(self.state.carry_out(self.now, command)?);
        }
        let row = self.end.next(&entries);
        self.store.keep(&row)?;
        self.end = row.end();
        Ok(entries)
    }
}

fn asked(number: usize) -> anyhow::Result<Command> {
    Ok(Command::Send {
        key: MessageKey { brand: brand(0), sms: SmsId(Uuid::now_v7()) },
        kind: Kind::Notification,
        phone: PhoneNumber::new(format!("139{number:08}")).context("eleven digits")?,
        text: format!("您的{number}号订单已备好，请到柜台取餐"),
        good_for: None,
    })
}

fn megabytes(file: &Path) -> anyhow::Result<f64> {
    Ok(std::fs::metadata(file).with_context(|| format!("looking at {}", file.display()))?.len() as f64 / 1e6)
}
