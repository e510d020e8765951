//! The journal's rows: the same bytes in every store, each sealed to the one before it.

use cloud_core::entry::Entry;
use sha2::{Digest, Sha256};

use super::StoreError;

/// One commit, as it lies in every store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place, from 1 on without a hole.
    pub seq: i64,
    /// What became true, as a JSON array. Its bytes are never written anew: the digest is theirs.
    pub entries: Vec<u8>,
    /// SHA-256 of the digest before it and the entries.
    pub digest: [u8; 32],
}

impl JournalRow {
    /// What became true. Errors: it is not what any version of us wrote.
    pub fn read(&self) -> Result<Vec<Entry>, StoreError> {
        serde_json::from_slice(&self.entries)
            .map_err(|error| StoreError::Damaged { row: self.seq, what: error.to_string() })
    }

    /// Where the journal ends with it.
    #[must_use]
    pub fn end(&self) -> End {
        End { seq: self.seq, digest: self.digest }
    }
}

/// Where a journal ends. Two journals that end alike are alike from their first row on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The last row's place; 0 before the first.
    pub seq: i64,
    /// The last row's digest.
    pub digest: [u8; 32],
}

impl End {
    /// Before the first row.
    pub const BEGINNING: Self = Self { seq: 0, digest: [0; 32] };

    /// The row that comes next.
    #[must_use]
    pub fn next(&self, entries: &[Entry]) -> JournalRow {
        self.next_in(Vec::new(), entries)
    }

    /// [`End::next`] in a buffer that was used before.
    pub(crate) fn next_in(&self, mut buffer: Vec<u8>, entries: &[Entry]) -> JournalRow {
        buffer.clear();
        serde_json::to_writer(&mut buffer, entries).expect("entries are plain data with text keys");
        self.next_of(buffer)
    }

    /// The row that comes next, by what was written of it.
    pub(super) fn next_of(&self, entries: Vec<u8>) -> JournalRow {
        let digest = self.sealed(&entries);
        JournalRow { seq: self.seq + 1, entries, digest }
    }

    /// The end after `row`. Errors: another row belongs here.
    pub fn follow(&self, row: &JournalRow) -> Result<Self, StoreError> {
        let expected = self.seq + 1;
        let damaged = |what: String| Err(StoreError::Damaged { row: expected, what });
        if row.seq != expected {
            return damaged(format!("row {} comes next", row.seq));
        }
        if self.sealed(&row.entries) != row.digest {
            return damaged("its digest does not fit".to_owned());
        }
        Ok(row.end())
    }

    fn sealed(&self, entries: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.digest).chain_update(entries).finalize().into()
    }
}
