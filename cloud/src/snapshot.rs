//! The state written down, so that a start need not read the whole journal.
//!
//! The journal is the truth, and a snapshot saves time. It is used only if it is whole, was written by the very program
//! that runs and by the same settings of sending, and ends with a row that is in the journal; otherwise it is as if
//! there were none. Deliberately absent: reading what another build has written.

pub mod renewal;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, ensure};
use cloud_core::dispatch::Rules;
use cloud_core::state::State;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::{End, Rows, StoreError};

/// What a file begins with; another number once its parts are others.
const FORM: &[u8; 16] = b"chuancai state 1";
/// The form, the program's digest, and the place and digest of the last row.
const HEAD_LENGTH: usize = 16 + 32 + 8 + 32;
/// After everything else, of which it is the SHA-256.
const SEAL_LENGTH: u64 = 32;
/// zstd's fastest: a few times faster than a disk, and within a third of what its slower ones come to.
const LEVEL: i32 = 1;
const BUFFER: usize = 1 << 16;

/// Where the snapshot lies. Clones write one after another.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
    /// The last row of what was written last.
    written: Arc<Mutex<i64>>,
}

/// A state to begin from.
#[derive(Debug)]
pub struct Snapshot {
    /// What the journal adds up to …
    pub state: State,
    /// … until there.
    pub end: End,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// A state to begin from.
    Fit(Box<Snapshot>),
    /// Something that is of no use.
    Unfit(Unfit),
    /// Nothing.
    Nothing,
}

/// Why a snapshot is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// An upgrade, or a step back from one: the same bytes may mean something else there.
    #[error("another build of the program wrote it")]
    OtherProgram,
    /// The state holds what follows from them.
    #[error("other settings of sending held when it was written")]
    OtherRules,
    /// Somebody put back an older copy of the journal, or another one.
    #[error("row {row}, with which it ends, is not in this journal")]
    OtherJournal {
        /// The row.
        row: i64,
    },
    /// What they lack lies before it.
    #[error("the lists are behind it")]
    BeyondLists,
    /// It was cut off or changed.
    #[error("it is damaged")]
    Damaged(#[source] anyhow::Error),
}

impl Snapshots {
    /// In a folder, which need not be there yet.
    pub fn within(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), written: Arc::default() }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join("snapshot")
    }

    /// Looks for a state of this journal to begin from. Errors: the journal cannot be asked.
    pub fn find(&self, rules: Rules, rows: &mut (impl Rows + ?Sized)) -> Result<Found, StoreError> {
        let snapshot = match self.read() {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(Found::Nothing),
            Err(unfit) => return Ok(Found::Unfit(unfit)),
        };
        if snapshot.state.rules() != rules {
            return Ok(Found::Unfit(Unfit::OtherRules));
        }
        if !rows.has(snapshot.end)? {
            return Ok(Found::Unfit(Unfit::OtherJournal { row: snapshot.end.seq }));
        }
        Ok(Found::Fit(Box::new(snapshot)))
    }

    /// Makes a new one of the old one and the rows since, or of all rows if it is of no use. Returns where it ends.
    /// Errors: the journal cannot be read, or nothing written.
    pub fn renew(&self, rules: Rules, rows: &mut (impl Rows + ?Sized)) -> anyhow::Result<End> {
        let (mut state, from) = match self.find(rules, rows)? {
            Found::Fit(snapshot) => (snapshot.state, snapshot.end),
            Found::Unfit(_) | Found::Nothing => (State::new(rules), End::BEGINNING),
        };
        let end = rows.rows_after(from, &mut |row| {
            state.apply_all(&row.read()?);
            state.take_changed();
            Ok(())
        })?;
        self.write(&state, end)?;
        Ok(end)
    }

    /// Writes what the journal adds up to until `end`, in the place of what was written before, unless that ends later.
    /// Errors: the disk's.
    pub fn write(&self, state: &State, end: End) -> anyhow::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if *written > end.seq {
            return Ok(());
        }
        *written = end.seq;
        fs::create_dir_all(&self.folder).context("making the folder")?;
        let unfinished = self.folder.join("snapshot.new");
        write_file(&unfinished, state, end).with_context(|| format!("writing {}", unfinished.display()))?;
        fs::rename(&unfinished, self.file()).context("putting it in its place")?;
        File::open(&self.folder)?.sync_all().context("keeping the folder")
    }

    fn read(&self) -> Result<Option<Snapshot>, Unfit> {
        let file = match File::open(self.file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Unfit::Damaged(error.into())),
        };
        let (written_by, end) = read_head(&file).map_err(Unfit::Damaged)?;
        if program().map_err(Unfit::Damaged)? != written_by {
            return Err(Unfit::OtherProgram);
        }
        let state = read_state(&file).map_err(Unfit::Damaged)?;
        Ok(Some(Snapshot { state, end }))
    }
}

fn write_file(file: &Path, state: &State, end: End) -> anyhow::Result<()> {
    let mut sealing =
        Sealing { to: BufWriter::with_capacity(BUFFER, File::create(file)?), so_far: Sha256::new() };
    for part in [&FORM[..], &program()?, &end.seq.to_be_bytes(), &end.digest] {
        sealing.write_all(part)?;
    }
    let mut packing = BufWriter::with_capacity(BUFFER, zstd::Encoder::new(sealing, LEVEL)?);
    // By names, for fields may be left out; and as for people, for what a tagged enum holds is read as if it were.
    let mut writing = rmp_serde::Serializer::new(&mut packing).with_struct_map().with_human_readable();
    state.serialize(&mut writing)?;
    let Sealing { mut to, so_far } = packing.into_inner().map_err(|error| error.into_error())?.finish()?;
    to.write_all(&so_far.finalize())?;
    to.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    Ok(())
}

/// By which program, and until where.
fn read_head(mut file: &File) -> anyhow::Result<([u8; 32], End)> {
    let mut head = [0; HEAD_LENGTH];
    file.read_exact(&mut head)?;
    let (form, rest) = head.split_at(FORM.len());
    ensure!(form == FORM, "it has another form");
    let (written_by, rest) = rest.split_at(32);
    let (seq, digest) = rest.split_at(8);
    let end = End { seq: i64::from_be_bytes(seq.try_into()?), digest: digest.try_into()? };
    Ok((written_by.try_into()?, end))
}

/// What follows the head, once it is known to be what was written.
fn read_state(mut file: &File) -> anyhow::Result<State> {
    let sealed = file.metadata()?.len().saturating_sub(SEAL_LENGTH);
    file.seek(SeekFrom::Start(0))?;
    let found = digest_of(file.take(sealed))?;
    let mut seal = [0; SEAL_LENGTH as usize];
    file.read_exact(&mut seal)?;
    ensure!(seal == found, "its digest does not fit");
    file.seek(SeekFrom::Start(HEAD_LENGTH as u64))?;
    let packed = BufReader::with_capacity(BUFFER, file.take(sealed - HEAD_LENGTH as u64));
    let unpacked = BufReader::with_capacity(BUFFER, zstd::Decoder::with_buffer(packed)?);
    let mut reading = rmp_serde::Deserializer::new(unpacked).with_human_readable();
    Ok(State::deserialize(&mut reading)?)
}

/// SHA-256 of the program that runs. Its own file is asked for, which is there even if an upgrade has put another in
/// its place. It is asked for once: it cannot change.
fn program() -> anyhow::Result<[u8; 32]> {
    static PROGRAM: OnceLock<[u8; 32]> = OnceLock::new();
    if let Some(known) = PROGRAM.get() {
        return Ok(*known);
    }
    let digest = File::open("/proc/self/exe").and_then(digest_of).context("reading the program that runs")?;
    Ok(*PROGRAM.get_or_init(|| digest))
}

fn digest_of(mut from: impl Read) -> io::Result<[u8; 32]> {
    let (mut digest, mut part) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        match from.read(&mut part)? {
            0 => return Ok(digest.finalize().into()),
            length => digest.update(&part[..length]),
        }
    }
}

/// Counts what is written into a digest.
struct Sealing<W> {
    to: W,
    so_far: Sha256,
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.so_far.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
