//! How a device becomes one of the shop's without anybody typing a secret: the cashier opens a pairing, the device
//! redeems it once, by an eight-digit code or by the token of a QR code, and gets an id and a secret.
//!
//! Nothing of it is kept: a box that restarts has forgotten the pairings that were open, and the cashier opens another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use edge_core::authority::Device;
use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::id::DeviceId;
use tracing::{info, warn};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeError, Changed, DeviceBook, DeviceWish, NewDevice, Secret};

/// How long a pairing is open.
pub const OPEN_FOR: Duration = Duration::from_secs(600);
/// Wrong codes before codes are no longer taken …
const WRONG_MAX: usize = 5;
/// … and for how long.
const LOCKED_FOR: Duration = Duration::from_secs(600);
/// How long the box still says what became of a pairing.
const TOLD_FOR: Duration = Duration::from_secs(3600);
/// Pairings that are remembered. A shop that sets everything up at once has some fifty devices.
const PAIRINGS_MAX: usize = 200;
/// Digits of a code.
const CODE_DIGITS: usize = 8;

/// Where a pairing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairingState {
    /// It waits for its device.
    Open,
    /// Its device is there.
    Used,
    /// Nobody came in time.
    Expired,
    /// It waits for its device, but too many wrong codes were typed: only the QR code opens it.
    Locked,
    /// The cashier has closed it.
    Withdrawn,
}

/// A pairing that has just been opened. Code and token are shown once.
#[derive(Clone)]
pub struct OpenedPairing {
    /// Names it to the cashier.
    pub pairing: Uuid,
    /// Eight digits.
    pub code: String,
    /// 128 bits in hexadecimal, for a QR code.
    pub token: String,
}

/// Why a pairing was not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedeemError {
    /// No pairing has this code.
    #[error("no pairing has this code; {tries_left} more tries")]
    Wrong {
        /// Before codes are no longer taken.
        tries_left: usize,
    },
    /// It was opened too long ago, was used, or was closed.
    #[error("this pairing is no longer open")]
    Expired,
    /// Too many wrong codes came.
    #[error("codes are taken again in {} s", wait.as_secs())]
    Locked {
        /// Until codes are taken again.
        wait: Duration,
    },
    /// The device could not be added.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Too many pairings are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many pairings are open")]
pub struct TooManyPairings;

/// A device that has just become one of the shop's.
pub struct Redeemed {
    /// What it is.
    pub device: Device,
    /// Its secret, shown once.
    pub secret: String,
}

/// What has become of a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Open,
    /// A device is being added for it.
    Claimed,
    Used(DeviceId),
    Withdrawn,
}

struct Pairing {
    id: Uuid,
    new: NewDevice,
    code: [u8; 32],
    token: [u8; 32],
    opened: Instant,
    fate: Fate,
}

impl std::fmt::Debug for OpenedPairing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedPairing({})", self.pairing)
    }
}

impl Pairing {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.opened) >= OPEN_FOR
    }
}

/// The pairings of one run of the box. Reads no clock.
struct Ledger {
    /// Mixed into every hash, so that how long a comparison takes tells nothing about a code.
    salt: [u8; 16],
    pairings: Vec<Pairing>,
    /// When wrong codes came, of the last [`LOCKED_FOR`].
    wrong: Vec<Instant>,
}

impl Ledger {
    fn new() -> Self {
        Self { salt: Uuid::new_v4().into_bytes(), pairings: Vec::new(), wrong: Vec::new() }
    }

    fn hash(&self, text: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.salt).chain_update(text).finalize().into()
    }

    fn open(&mut self, new: NewDevice, now: Instant) -> Result<OpenedPairing, TooManyPairings> {
        self.pairings.retain(|pairing| now.saturating_duration_since(pairing.opened) < TOLD_FOR);
        if self.pairings.len() >= PAIRINGS_MAX {
            return Err(TooManyPairings);
        }
        let (pairing, token) = (Uuid::new_v4(), mint_token());
        let code = loop {
            let code = mint_code();
            let hash = self.hash(&code);
            if !self.pairings.iter().any(|other| other.code == hash) {
                break code;
            }
        };
        self.pairings.push(Pairing {
            id: pairing,
            new,
            code: self.hash(&code),
            token: self.hash(&token),
            opened: now,
            fate: Fate::Open,
        });
        Ok(OpenedPairing { pairing, code, token })
    }

    /// Until codes are taken again; `None`: they are.
    fn locked_for(&self, now: Instant) -> Option<Duration> {
        let lately = |at: &&Instant| now.saturating_duration_since(**at) < LOCKED_FOR;
        let last = self.wrong.last().filter(|_| self.wrong.iter().filter(lately).count() >= WRONG_MAX)?;
        Some(LOCKED_FOR - now.saturating_duration_since(*last))
    }

    /// Takes a pairing for a device that is about to be added; nobody else gets it then.
    fn claim(&mut self, said: &str, now: Instant) -> Result<(Uuid, NewDevice), RedeemError> {
        let said: String = said.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let is_token = said.len() == 32 && said.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let (false, Some(wait)) = (is_token, self.locked_for(now)) {
            return Err(RedeemError::Locked { wait });
        }
        let hash = self.hash(&said);
        let is_meant =
            |pairing: &&mut Pairing| same(&hash, if is_token { &pairing.token } else { &pairing.code });
        match self.pairings.iter_mut().find(is_meant) {
            Some(pairing) if pairing.fate == Fate::Open && !pairing.is_over(now) => {
                pairing.fate = Fate::Claimed;
                Ok((pairing.id, pairing.new.clone()))
            }
            Some(_) => Err(RedeemError::Expired),
            // Nobody mistypes a token: it is of an earlier run, or forgotten.
            None if is_token => Err(RedeemError::Expired),
            None => {
                self.wrong.retain(|at| now.saturating_duration_since(*at) < LOCKED_FOR);
                self.wrong.push(now);
                Err(RedeemError::Wrong { tries_left: WRONG_MAX.saturating_sub(self.wrong.len()) })
            }
        }
    }

    /// The device of a claimed pairing was added, or was not: then the pairing is open again.
    fn settle(&mut self, id: Uuid, device: Option<DeviceId>) {
        if let Some(pairing) = self.pairings.iter_mut().find(|pairing| pairing.id == id) {
            pairing.fate = device.map_or(Fate::Open, Fate::Used);
        }
    }

    fn look(&self, id: Uuid, now: Instant) -> Option<(PairingState, Option<DeviceId>)> {
        let pairing = self.pairings.iter().find(|pairing| pairing.id == id)?;
        Some(match &pairing.fate {
            Fate::Used(device) => (PairingState::Used, Some(device.clone())),
            Fate::Withdrawn => (PairingState::Withdrawn, None),
            Fate::Open if pairing.is_over(now) => (PairingState::Expired, None),
            Fate::Open if self.locked_for(now).is_some() => (PairingState::Locked, None),
            Fate::Open | Fate::Claimed => (PairingState::Open, None),
        })
    }

    /// Closes a pairing that nobody has used. `false`: there is none of this name.
    fn withdraw(&mut self, id: Uuid) -> bool {
        let pairing = self.pairings.iter_mut().find(|pairing| pairing.id == id);
        if let Some(Pairing { fate, .. }) = pairing {
            if *fate == Fate::Open {
                *fate = Fate::Withdrawn;
            }
            true
        } else {
            false
        }
    }
}

/// Looks at every byte, whichever differs.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn mint_token() -> String {
    let dice = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    Sha256::digest(dice)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mint_code() -> String {
    Uuid::new_v4().as_u128().to_string().chars().rev().take(CODE_DIGITS).collect()
}

/// The desk where devices are paired.
pub struct Pairings {
    book: Arc<DeviceBook>,
    ledger: Mutex<Ledger>,
}

impl Pairings {
    /// Nobody is being paired yet.
    pub fn new(book: Arc<DeviceBook>) -> Self {
        Self { book, ledger: Mutex::new(Ledger::new()) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a pairing for a device. Errors: it cannot be, or too many are open.
    pub fn open(&self, new: NewDevice) -> Result<OpenedPairing, TooManyPairings> {
        self.ledger().open(new, Instant::now())
    }

    /// Where a pairing stands, and its device. `None`: there is none, or it is long over.
    pub fn look(&self, pairing: Uuid) -> Option<(PairingState, Option<DeviceId>)> {
        self.ledger().look(pairing, Instant::now())
    }

    /// Closes a pairing that nobody has used. `false`: there is none.
    pub fn withdraw(&self, pairing: Uuid) -> bool {
        self.ledger().withdraw(pairing)
    }

    /// Makes whoever knows a code or a token one of the shop's devices, once. Errors: [`RedeemError`].
    pub async fn redeem(self: &Arc<Self>, said: &str) -> Result<Redeemed, RedeemError> {
        let claimed = self.ledger().claim(said, Instant::now());
        let (pairing, new) = claimed.inspect_err(|reason| warn!(%reason, "a device could not be paired"))?;
        let desk = self.clone();
        // In a task of its own: an asker that hangs up leaves nothing half done.
        let adding = tokio::spawn(async move {
            let secret = Secret::mint();
            let text = secret.text.clone();
            let added = desk.book.change(DeviceWish::Add { device: None, new, secret }).await;
            let id = match &added {
                Ok(Changed::Kept(kept)) => Some(kept.device.id.clone()),
                Ok(Changed::Revoked(_)) | Err(_) => None,
            };
            desk.ledger().settle(pairing, id);
            match added? {
                Changed::Kept(kept) => {
                    info!(device = %kept.device.id, "a device was paired");
                    Ok(Redeemed { device: kept.device, secret: text })
                }
                Changed::Revoked(_) => Err(ChangeError::NotKept),
            }
        });
        let added = adding.await.unwrap_or(Err(ChangeError::NotKept));
        Ok(added?)
    }
}

#[cfg(test)]
mod tests {
    use shared::screen::Role;

    use super::*;
    use crate::devices::Place;

    const SECOND: Duration = Duration::from_secs(1);

    fn kitchen() -> NewDevice {
        NewDevice { role: Role::Kitchen, name: None, place: Place::default(), speaks: false }
    }

    fn opened() -> (Ledger, OpenedPairing, Instant) {
        let (mut ledger, now) = (Ledger::new(), Instant::now());
        let pairing = ledger.open(kitchen(), now).expect("there is room");
        (ledger, pairing, now)
    }

    fn wrong(code: &str) -> String {
        code.bytes().map(|digit| char::from(b'0' + (digit - b'0' + 1) % 10)).collect()
    }

    #[test]
    fn m1_a_code_and_its_token_open_one_pairing_once() {
        for by_token in [false, true] {
            let (mut ledger, pairing, now) = opened();
            assert_eq!((pairing.code.len(), pairing.token.len()), (CODE_DIGITS, 32));
            let said = if by_token { pairing.token.clone() } else { pairing.code.clone() };
            assert_eq!(ledger.claim(&said, now).map(|(id, _)| id), Ok(pairing.pairing));
            for again in [&pairing.code, &pairing.token] {
                assert_eq!(ledger.claim(again, now).err(), Some(RedeemError::Expired));
            }
            let device: DeviceId = "kitchen_1".parse().expect("a slug");
            ledger.settle(pairing.pairing, Some(device.clone()));
            assert_eq!(ledger.look(pairing.pairing, now), Some((PairingState::Used, Some(device))));
        }
    }

    #[test]
    fn m1_a_code_may_be_typed_in_two_groups() {
        let (mut ledger, pairing, now) = opened();
        let (first, second) = pairing.code.split_at(4);
        assert!(ledger.claim(&format!(" {first}-{second} "), now).is_ok());
    }

    #[test]
    fn m1_a_pairing_is_open_for_ten_minutes() {
        let (mut ledger, pairing, now) = opened();
        let last = now + OPEN_FOR - SECOND;
        assert_eq!(ledger.look(pairing.pairing, last), Some((PairingState::Open, None)));
        assert_eq!(ledger.look(pairing.pairing, now + OPEN_FOR), Some((PairingState::Expired, None)));
        for said in [&pairing.code, &pairing.token] {
            assert_eq!(ledger.claim(said, now + OPEN_FOR).err(), Some(RedeemError::Expired));
        }
        assert!(ledger.claim(&pairing.code, last).is_ok());
    }

    #[test]
    fn m1_five_wrong_codes_lock_codes_and_not_tokens() {
        let (mut ledger, pairing, now) = opened();
        let other = ledger.open(kitchen(), now).expect("there is room");
        let guess = wrong(&pairing.code);
        for tries_left in (0..WRONG_MAX).rev() {
            assert_eq!(ledger.claim(&guess, now).err(), Some(RedeemError::Wrong { tries_left }));
        }
        let later = now + SECOND;
        let locked = RedeemError::Locked { wait: LOCKED_FOR - SECOND };
        assert_eq!(ledger.claim(&pairing.code, later).err(), Some(locked), "the right one neither");
        assert_eq!(ledger.look(pairing.pairing, later), Some((PairingState::Locked, None)));
        assert!(ledger.claim(&pairing.token, later).is_ok());
        let fresh = ledger.open(kitchen(), now + LOCKED_FOR - SECOND).expect("there is room");
        assert_eq!(ledger.claim(&other.code, now + LOCKED_FOR).err(), Some(RedeemError::Expired));
        assert!(ledger.claim(&fresh.code, now + LOCKED_FOR).is_ok(), "ten minutes are over");
    }

    #[test]
    fn m1_what_was_withdrawn_is_closed_and_what_could_not_be_kept_is_open_again() {
        let (mut ledger, pairing, now) = opened();
        ledger.claim(&pairing.code, now).expect("it is open");
        ledger.settle(pairing.pairing, None);
        assert_eq!(ledger.look(pairing.pairing, now), Some((PairingState::Open, None)));
        assert!(ledger.withdraw(pairing.pairing) && !ledger.withdraw(Uuid::new_v4()));
        assert_eq!(ledger.claim(&pairing.token, now).err(), Some(RedeemError::Expired));
        assert_eq!(ledger.look(pairing.pairing, now), Some((PairingState::Withdrawn, None)));
    }

    #[test]
    fn pairings_are_forgotten_in_the_end() {
        let (mut ledger, pairing, now) = opened();
        for _ in 1..PAIRINGS_MAX {
            ledger.open(kitchen(), now).expect("there is room");
        }
        assert_eq!(ledger.open(kitchen(), now).err(), Some(TooManyPairings));
        let later = now + TOLD_FOR;
        ledger.open(kitchen(), later).expect("there is room again");
        assert_eq!(ledger.look(pairing.pairing, later), None);
    }
}
