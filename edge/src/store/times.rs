//! Reads how long lines took, each time on a connection of its own: it is asked for rarely, and must not hold the
//! counter up.

use std::path::PathBuf;

use jiff::Timestamp;
use shared::id::{DishId, StationId};
use shared::menu::Name;
use shared::quantity::BusinessDay;

use super::{StoreError, open_to_read, parse, word};

/// A line that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeLine {
    /// The dish.
    pub dish: DishId,
    /// Its name at the time.
    pub name: Name,
    /// Where it was made.
    pub stations: Vec<StationId>,
    /// When it was ready.
    pub ready_at: Timestamp,
    /// Seconds from when it was due to then.
    pub wait_s: u32,
    /// Its target at the time, in seconds.
    pub target_s: u32,
}

/// Reads the times of a box.
#[derive(Debug, Clone)]
pub struct TimesReader {
    folder: PathBuf,
}

impl TimesReader {
    /// Of the database that a [`super::Store`] has created in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What was made since the beginning of a business day, oldest first.
    pub fn since(&self, first: BusinessDay) -> Result<Vec<MadeLine>, StoreError> {
        let connection = open_to_read(&self.folder)?;
        let mut statement = connection.prepare(
            "SELECT dish, name_zh, name_en, ready_at, wait_s, target_s, stations FROM line_time
             WHERE business_day >= ?1 ORDER BY business_day, seq",
        )?;
        let rows = statement.query_map([first.to_string()], |row| {
            let line = MadeLine {
                dish: word(row.get(0)?)?,
                name: Name { zh: row.get(1)?, en: row.get(2)? },
                stations: Vec::new(),
                ready_at: word(row.get(3)?)?,
                wait_s: row.get(4)?,
                target_s: row.get(5)?,
            };
            Ok((line, row.get::<_, String>(6)?))
        })?;
        rows.map(|row| {
            let (line, stations) = row?;
            Ok(MadeLine { stations: parse(&stations, "the stations of a line")?, ..line })
        })
        .collect()
    }
}
