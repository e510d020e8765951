//! `chuancai-cloud audit` and `books copy`: the books proved, and carried from one store to another.

use anyhow::{Context, ensure};
use cloud_core::audit::Tally;
use cloud_core::state::State;

use crate::config::Config;
use crate::projector::read_with_lists;
use crate::store::{End, Opened, Place, compare_lists};

/// Proves from the journal that the books balance, per brand and per package (S13), and that the lists show
/// what the journal says. Names what only a person's word stands for. Errors: the first difference.
pub fn audit(settings: &Config) -> anyhow::Result<()> {
    let mut opened = settings.place()?.open_soon()?;
    let proof = Proof::of(&mut opened, settings)?;
    println!("the books balance: {proof}");
    for (purchase, refund, by_hand) in proof.state.refunds_by_hand() {
        let (brand, number, fen) = (&purchase.key.brand, purchase.number().0, refund.amount_fen.0);
        println!("refunded by hand: {brand}, {number}, {fen} fen, by {}: {}", by_hand.by, by_hand.note);
    }
    Ok(())
}

/// Carries the journal to another store, row by row as it is, makes the lists there, and proves both equal. A copy
/// that was stopped goes on where it ended. Errors: other books at the target, or a difference.
pub fn copy(settings: &Config, to: &Place) -> anyhow::Result<()> {
    let mut from = settings.place()?.open_soon()?;
    let mut target = to.open_soon().with_context(|| format!("opening {to}"))?;
    let begin = target.store.rows(&mut |_| Ok(()))?;
    let mut same_books = begin == End::BEGINNING;
    let end = from.store.rows(&mut |row| {
        same_books |= row.end() == begin;
        if same_books && row.seq > begin.seq {
            target.store.keep(row)?;
        }
        Ok(())
    })?;
    ensure!(same_books, "{to} holds other books; nothing was changed there");
    let (ours, theirs) = (Proof::of(&mut from, settings)?, Proof::of(&mut target, settings)?);
    ensure!(ours.end == theirs.end, "the copy ends at row {}, the books at {}", theirs.end.seq, ours.end.seq);
    ensure!(ours.state == theirs.state, "the copy adds up to something else");
    println!("{} rows copied to {to}; both balance: {theirs}", end.seq - begin.seq);
    Ok(())
}

/// Books that balance.
struct Proof {
    end: End,
    state: State,
    entries: u64,
    listed: usize,
}

impl Proof {
    fn of(opened: &mut Opened, settings: &Config) -> anyhow::Result<Self> {
        let (mut tally, mut state) = (Tally::default(), State::new(settings.sending.rules()));
        let Opened { store, projection, .. } = opened;
        let end =
            read_with_lists(&mut **store, &mut **projection, (&mut state, End::BEGINNING), &mut |entries| {
                entries
                    .iter()
                    .try_for_each(|entry| tally.count(entry))
                    .map_err(|difference| difference.to_string())
            })?;
        tally.compare(&state)?;
        let listed = compare_lists(&*opened.records, &state)?;
        Ok(Self { end, state, entries: tally.entries(), listed })
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest: String = self.end.digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let (rows, entries, brands) = (self.end.seq, self.entries, self.state.brands().count());
        write!(f, "{rows} rows ({digest}), {entries} entries, {brands} brands, {} messages", self.listed)
    }
}
