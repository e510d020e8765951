//! Who calls for service, who is on duty, and the announcement settings.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, params};
use shared::fact::{Fact, Recorded};
use shared::guest::AttendantName;
use shared::message::{Announcements, TemplateId};
use shared::order::Step;
use shared::screen::ServiceCall;

use super::{Store, StoreError, as_json, parse, word};

impl Store {
    pub(super) fn calls(&self) -> Result<Vec<ServiceCall>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT guest, wish, called_at, called_by FROM service_call ORDER BY rowid")?;
        let rows = statement.query_map([], |row| {
            let wish = row.get::<_, Option<u32>>(1)?.map(TemplateId);
            Ok((row.get::<_, String>(0)?, wish, Step { at: word(row.get(2)?)?, by: word(row.get(3)?)? }))
        })?;
        rows.map(|row| {
            let (guest, wish, called) = row?;
            Ok(ServiceCall { guest: parse(&guest, "a guest")?, wish, called })
        })
        .collect()
    }

    pub(super) fn on_duty(&self) -> Result<BTreeSet<AttendantName>, StoreError> {
        let mut statement = self.connection.prepare("SELECT attendant FROM on_duty")?;
        let attendants = statement.query_map([], |row| word(row.get(0)?))?;
        Ok(attendants.collect::<Result<_, _>>()?)
    }

    /// The announcement settings and the sequence number of their last change.
    pub(super) fn announcements(&self) -> Result<(Announcements, u64), StoreError> {
        let kept = self
            .connection
            .query_row("SELECT body, edited FROM announcements", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((body, edited)) = kept else { return Ok((edge_core::messages::defaults(), 0)) };
        Ok((parse(&body, "the announcement settings")?, edited))
    }
}

/// Takes such a fact into the tables. Returns whether it was one.
pub(super) fn apply(transaction: &Transaction<'_>, recorded: &Recorded) -> Result<bool, StoreError> {
    if let Fact::ServiceCalled { guest, wish } = &recorded.fact {
        transaction.execute(
            "INSERT INTO service_call (guest, wish, called_at, called_by) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![as_json(guest)?, wish.map(|wish| wish.0), recorded.at.to_string(), recorded.by.as_str()],
        )?;
    } else if let Fact::ServiceAnswered { guest } = &recorded.fact {
        transaction.execute("DELETE FROM service_call WHERE guest = ?1", [as_json(guest)?])?;
    } else if let Fact::DutyStarted { attendant } = &recorded.fact {
        let insert = "INSERT INTO on_duty (attendant) VALUES (?1) ON CONFLICT DO NOTHING";
        transaction.execute(insert, [attendant.as_str()])?;
    } else if let Fact::DutyEnded { attendant } = &recorded.fact {
        transaction.execute("DELETE FROM on_duty WHERE attendant = ?1", [attendant.as_str()])?;
    } else if let Fact::AnnouncementsArranged { announcements } = &recorded.fact {
        transaction.execute(
            "INSERT INTO announcements (only_row, body, edited) VALUES (1, ?1, ?2)
             ON CONFLICT DO UPDATE SET body = excluded.body, edited = excluded.edited",
            params![as_json(announcements)?, recorded.seq],
        )?;
        transaction.execute("UPDATE journal SET menu_revision = ?1", [recorded.seq])?;
    } else {
        return Ok(matches!(recorded.fact, Fact::CallRaised { .. } | Fact::MessageRelayed { .. }));
    }
    Ok(true)
}
