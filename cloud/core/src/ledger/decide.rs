//! What a command means to the account: the rules S1–S6. Nothing is changed here.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::{Account, Freeze, FreezeState, Line, Lot, Movement, Now, Outcome, Package, Returned};
use crate::id::{FreezeId, PackageId};
use crate::units::Units;

/// The part of a request that differs from the first request with its id (S8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestField {
    /// The number of units.
    Units,
    /// The name of a package.
    Name,
    /// The last day of a package.
    ExpiresOn,
    /// Bought or granted.
    Origin,
    /// The type of a message.
    Kind,
    /// The receiver of a message.
    Phone,
    /// The text of a message.
    Text,
    /// What a payment was reported to have come to.
    Outcome,
    /// How long a freeze is good for.
    GoodFor,
    /// The receivers of a batch.
    Phones,
    /// What stands in the places of a text, receiver by receiver.
    Parameters,
    /// What a purchase is for.
    Offer,
}

impl RequestField {
    /// The first of these fields that is not the same as it was.
    pub(crate) fn differing<const N: usize>(fields: [(Self, bool); N]) -> Option<Self> {
        fields.into_iter().find(|(_, is_same)| !is_same).map(|(field, _)| field)
    }

    /// The name of the field on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Name => "name",
            Self::ExpiresOn => "expires_on",
            Self::Origin => "origin",
            Self::Kind => "kind",
            Self::Phone => "phone",
            Self::Text => "text",
            Self::Outcome => "outcome",
            Self::GoodFor => "good_for_s",
            Self::Phones => "phones",
            Self::Parameters => "parameters",
            Self::Offer => "offer",
        }
    }
}

/// Why the account does not do what was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same id was used for something else (S8).
    #[error("this id was used before with another {}", .0.name())]
    IdReused(RequestField),
    /// Nothing cannot be bought or frozen.
    #[error("the number of units must be at least 1")]
    NoUnits,
    /// More was to be paid than is frozen, or more to have failed than was paid.
    #[error("only {there} units are there")]
    MoreThanThere {
        /// How many there are.
        there: Units,
    },
    /// Its last day is over.
    #[error("the package would already be expired")]
    AlreadyExpired,
    /// No such freeze.
    #[error("there is no such freeze")]
    NoFreeze,
    /// The freeze never came to be, for want of units.
    #[error("the freeze was refused: {available} units were available")]
    Insufficient {
        /// What was available when it was first asked.
        available: Units,
    },
    /// A released freeze cannot be paid.
    #[error("the freeze has been released")]
    AlreadyReleased,
    /// A paid freeze cannot be released (S5).
    #[error("the freeze has been paid")]
    AlreadyPaid,
    /// Only a payment has a result.
    #[error("the freeze has not been paid")]
    NotPaid,
    /// No such package.
    #[error("there is no such package")]
    NoPackage,
}

impl Account {
    /// S1: the package of a purchase, however often the paid call-back arrives, once.
    pub fn add_package(&self, now: Now, package: &Package) -> Result<Vec<Movement>, Refusal> {
        if let Some(known) = self.lot(&package.package) {
            return same_package(&known.package, package).map(|()| Vec::new());
        }
        if package.units == Units::ZERO {
            return Err(Refusal::NoUnits);
        }
        if package.expires_on < now.today {
            return Err(Refusal::AlreadyExpired);
        }
        Ok(vec![Movement::PackageAdded { package: package.clone(), at: now.at }])
    }

    /// S3: reserves units, oldest expiry first, for as long as `good_for` says or until somebody decides. Too few is
    /// an answer that is kept (S8), not a refusal here.
    pub fn freeze_units(
        &self,
        now: Now,
        freeze: FreezeId,
        units: Units,
        good_for: Option<SignedDuration>,
    ) -> Result<Vec<Movement>, Refusal> {
        let until = good_for.map(|good_for| now.at + good_for);
        if let Some(known) = self.freeze(freeze) {
            return same_freeze(known, units, good_for).map(|()| Vec::new());
        }
        if units == Units::ZERO {
            return Err(Refusal::NoUnits);
        }
        let mut movements = self.expire(now);
        let available = self.available_on(now.today);
        movements.push(if available < units {
            Movement::FreezeRefused { freeze, units, available, until, at: now.at }
        } else {
            Movement::Frozen { freeze, lines: take(self.living(now.today), units), until, at: now.at }
        });
        Ok(movements)
    }

    /// S4: charges an open freeze, once: all of it, or the part that is wanted, with the rest given back.
    pub fn pay(&self, now: Now, freeze: FreezeId, part: Option<Units>) -> Result<Vec<Movement>, Refusal> {
        let known = self.known(freeze)?;
        let wanted = part.unwrap_or(known.units);
        match &known.state {
            FreezeState::Open { .. } if known.until.is_some_and(|until| until <= now.at) => {
                Err(Refusal::AlreadyReleased)
            }
            FreezeState::Open { .. } if wanted == Units::ZERO => Err(Refusal::NoUnits),
            FreezeState::Open { .. } if wanted > known.units => {
                Err(Refusal::MoreThanThere { there: known.units })
            }
            FreezeState::Open { lines } => {
                let unwanted = (wanted < known.units)
                    .then(|| self.returned(&newest_first(lines, known.units - wanted), now.today));
                Ok(vec![Movement::Paid { freeze, unwanted, at: now.at }])
            }
            FreezeState::Paid { lines, .. } if total(lines) == wanted => Ok(Vec::new()),
            FreezeState::Paid { .. } => Err(Refusal::IdReused(RequestField::Units)),
            FreezeState::Released { .. } => Err(Refusal::AlreadyReleased),
            FreezeState::Refused { available } => Err(Refusal::Insufficient { available: *available }),
        }
    }

    /// S5: gives an open freeze back, once. Units of a package that died meanwhile expire.
    pub fn release(&self, now: Now, freeze: FreezeId) -> Result<Vec<Movement>, Refusal> {
        match &self.known(freeze)?.state {
            FreezeState::Open { lines } => {
                let Returned { back, expired } = self.returned(lines, now.today);
                Ok(vec![Movement::Released { freeze, back, expired, at: now.at }])
            }
            FreezeState::Released { .. } => Ok(Vec::new()),
            FreezeState::Paid { .. } => Err(Refusal::AlreadyPaid),
            FreezeState::Refused { available } => Err(Refusal::Insufficient { available: *available }),
        }
    }

    /// Freezes that were good until now at most, given back (S5).
    pub fn lapse(&self, now: Now) -> Vec<Movement> {
        let over = self.lapsing.iter().take_while(|(until, _)| *until <= now.at);
        over.flat_map(|(_, freeze)| self.release(now, *freeze).expect("what lapses is open")).collect()
    }

    /// S6: what came of a payment. The first result stands; the same again changes nothing, another is refused.
    pub fn report(&self, now: Now, payment: FreezeId, result: SendResult) -> Result<Vec<Movement>, Refusal> {
        let FreezeState::Paid { lines, outcome, .. } = &self.known(payment)?.state else {
            return Err(Refusal::NotPaid);
        };
        let paid = total(lines);
        let reached = match result {
            SendResult::Sent | SendResult::Partly { failed: Units::ZERO } => Outcome::Sent,
            SendResult::Partly { failed } if failed > paid => {
                return Err(Refusal::MoreThanThere { there: paid });
            }
            SendResult::Partly { failed } if failed < paid => Outcome::Partly { failed },
            SendResult::Failed | SendResult::Partly { .. } => Outcome::Refunded,
        };
        if *outcome == reached {
            return Ok(Vec::new());
        }
        if *outcome != Outcome::InDoubt {
            return Err(Refusal::IdReused(RequestField::Outcome));
        }
        let at = now.at;
        Ok(vec![match reached {
            Outcome::Partly { failed } => {
                let failed = self.returned(&newest_first(lines, failed), now.today);
                Movement::PartlySent { payment, failed, at }
            }
            Outcome::Refunded => {
                let Returned { back, expired } = self.returned(&newest_first(lines, paid), now.today);
                Movement::Refunded { payment, back, expired, at }
            }
            Outcome::Sent | Outcome::InDoubt => Movement::Sent { payment, at },
        }])
    }

    /// S2: what is left, unreserved, of packages past their day. Late, twice or after days of rest: the same.
    pub fn expire(&self, now: Now) -> Vec<Movement> {
        self.lots
            .values()
            .take_while(|lot| lot.package.expires_on < now.today)
            .filter(|lot| lot.places.available > Units::ZERO)
            .map(|lot| Movement::Expired {
                line: Line { package: lot.package.package.clone(), units: lot.places.available },
                at: now.at,
            })
            .collect()
    }

    /// Takes back what is available of a package. What is reserved stays, and so does what comes back of it later;
    /// what died of age has expired, not been taken back. Again: what became available since, or nothing.
    pub fn revoke(&self, now: Now, package: &PackageId) -> Result<Vec<Movement>, Refusal> {
        let lot = self.lot(package).ok_or(Refusal::NoPackage)?;
        if lot.package.expires_on < now.today {
            return Ok(self.expire(now));
        }
        let line = Line { package: package.clone(), units: lot.places.available };
        Ok((line.units > Units::ZERO).then_some(Movement::Revoked { line, at: now.at }).into_iter().collect())
    }

    fn known(&self, freeze: FreezeId) -> Result<&Freeze, Refusal> {
        self.freeze(freeze).ok_or(Refusal::NoFreeze)
    }

    pub(super) fn living(&self, today: Date) -> impl Iterator<Item = &Lot> {
        self.lots.values().skip_while(move |lot| lot.package.expires_on < today)
    }

    /// Splits what comes back into units of living packages and units of dead ones.
    fn returned(&self, lines: &[Line], today: Date) -> Returned {
        let lives = |line: &Line| self.days.get(&line.package).is_some_and(|day| *day >= today);
        let (back, expired) = lines.iter().cloned().partition(lives);
        Returned { back, expired }
    }
}

/// What the sender of a message reports about its payment (S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendResult {
    /// The message was sent.
    Sent,
    /// It was not.
    Failed,
    /// Of many messages, some were not.
    Partly {
        /// What those cost.
        failed: Units,
    },
}

/// Takes `units` from the lots in their order. The caller has checked that they have as many.
fn take<'a>(lots: impl Iterator<Item = &'a Lot>, units: Units) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut missing = units;
    for lot in lots {
        let part = missing.min(lot.places.available);
        if part > Units::ZERO {
            lines.push(Line { package: lot.package.package.clone(), units: part });
            missing -= part;
        }
        if missing == Units::ZERO {
            break;
        }
    }
    assert_eq!(missing, Units::ZERO, "the caller counted what is available");
    lines
}

/// The last `units` of these lines, the newest package first: what was taken last goes back first.
fn newest_first(lines: &[Line], units: Units) -> Vec<Line> {
    let mut missing = units;
    let parts = lines.iter().rev().map_while(|line| {
        let part = missing.min(line.units);
        missing -= part;
        (part > Units::ZERO).then(|| Line { package: line.package.clone(), units: part })
    });
    parts.collect()
}

pub(super) fn total(lines: &[Line]) -> Units {
    lines.iter().map(|line| line.units).sum()
}

fn same_freeze(known: &Freeze, units: Units, good_for: Option<SignedDuration>) -> Result<(), Refusal> {
    if known.units != units {
        Err(Refusal::IdReused(RequestField::Units))
    } else if known.until.map(|until| until.duration_since(known.at)) != good_for {
        Err(Refusal::IdReused(RequestField::GoodFor))
    } else {
        Ok(())
    }
}

fn same_package(known: &Package, asked: &Package) -> Result<(), Refusal> {
    let differs = RequestField::differing([
        (RequestField::Units, known.units == asked.units),
        (RequestField::ExpiresOn, known.expires_on == asked.expires_on),
        (RequestField::Name, known.name == asked.name),
        (RequestField::Origin, known.origin == asked.origin),
    ]);
    differs.map_or(Ok(()), |field| Err(Refusal::IdReused(field)))
}
