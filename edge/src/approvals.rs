//! Managers' PINs: who allows what is not everybody's to do. A PIN is short, so a device that guesses is locked out
//! for a while; who is behind it is found out here, and what it allows is decided in the core.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use edge_core::authority::Approval;
use shared::guest::{ManagerName, Pin};
use shared::id::DeviceId;
use tracing::{error, warn};
use uuid::Uuid;

use crate::store::{JournalReader, StoredManager};

/// Wrong PINs that a device may send before it has to wait.
const WRONG_MAX: usize = 5;
/// How long a wrong PIN counts.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Digits of a PIN: as many as one remembers.
const PIN_DIGITS: usize = 6;

/// A manager with a PIN that is shown once.
#[derive(Debug)]
pub struct Appointed {
    /// What is kept.
    pub stored: StoredManager,
    /// What the manager is told.
    pub pin: Pin,
}

/// Makes a PIN for a manager.
pub fn appoint(manager: ManagerName) -> anyhow::Result<Appointed> {
    let digits: String = Uuid::new_v4().as_u128().to_string().chars().rev().take(PIN_DIGITS).collect();
    let hash = Argon2::default().hash_password(digits.as_bytes()).context("the PIN cannot be hashed")?;
    let stored = StoredManager { manager, pin_hash: hash.to_string() };
    Ok(Appointed { stored, pin: Pin::new(digits) })
}

/// Checks PINs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Approvals {
    folder: Arc<PathBuf>,
    wrong: Arc<Mutex<HashMap<DeviceId, Vec<Instant>>>>,
}

impl Approvals {
    /// Managers are looked up in the database in `folder` at each check: a new one counts at once.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Arc::new(folder), wrong: Arc::default() }
    }

    /// Whose PIN this is. Takes some tens of milliseconds, which is what makes guessing slow.
    pub async fn check(&self, device: &DeviceId, pin: Pin) -> Approval {
        if self.wrong_lately(device) >= WRONG_MAX {
            return Approval::Locked;
        }
        let folder = self.folder.clone();
        let found = tokio::task::spawn_blocking(move || manager_with(&folder, &pin)).await;
        match found {
            Ok(Ok(Some(manager))) => {
                self.locked().remove(device);
                return Approval::By(manager);
            }
            Ok(Ok(None)) => warn!(%device, "a wrong PIN"),
            Ok(Err(error)) => error!(error = %format!("{error:#}"), "a PIN cannot be checked"),
            Err(error) => error!(%error, "checking a PIN broke off"),
        }
        self.locked().entry(device.clone()).or_default().push(Instant::now());
        Approval::WrongPin
    }

    fn wrong_lately(&self, device: &DeviceId) -> usize {
        let mut wrong = self.locked();
        let Some(times) = wrong.get_mut(device) else { return 0 };
        times.retain(|time| time.elapsed() < REMEMBERED);
        times.len()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Vec<Instant>>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn manager_with(folder: &std::path::Path, pin: &Pin) -> anyhow::Result<Option<ManagerName>> {
    for known in JournalReader::open(folder)?.managers()? {
        let hash = phc::PasswordHash::new(&known.pin_hash).context("a kept PIN hash cannot be read")?;
        if Argon2::default().verify_password(pin.digits().as_bytes(), &hash).is_ok() {
            return Ok(Some(known.manager));
        }
    }
    Ok(None)
}
