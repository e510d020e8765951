//! Who may come in, as it is now. Whoever asks gets the devices of this moment; whoever follows is told of the next.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edge_core::authority::Device;
use sha2::{Digest, Sha256};
use shared::guest::RoomName;
use shared::id::DeviceId;
use shared::screen::Role;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};

use super::change::{ChangeError, Changed, DeviceWish, carry_out};
use crate::store::{DeviceTable, KeptDevices, StoreError, StoredDevice};

/// How often the box looks whether the command line has changed a device.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The shop's devices at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceList {
    devices: BTreeMap<DeviceId, StoredDevice>,
}

impl DeviceList {
    /// These devices.
    pub fn new(devices: Vec<StoredDevice>) -> Self {
        Self { devices: devices.into_iter().map(|kept| (kept.device.id.clone(), kept)).collect() }
    }

    /// The device behind a credential `{device}.{secret}`.
    pub fn authenticate(&self, credential: &str) -> Option<&Device> {
        let (device, secret) = credential.split_once('.')?;
        let kept = self.devices.get(&device.parse().ok()?)?;
        // What is compared is a hash, so how long it takes tells nothing about the secret.
        (<[u8; 32]>::from(Sha256::digest(secret)) == kept.secret_hash).then_some(&kept.device)
    }

    /// One device.
    pub fn get(&self, device: &DeviceId) -> Option<&Device> {
        self.kept(device).map(|kept| &kept.device)
    }

    /// One device with its name and its hashes.
    pub fn kept(&self, device: &DeviceId) -> Option<&StoredDevice> {
        self.devices.get(device)
    }

    /// Everybody, by id.
    pub fn all(&self) -> impl Iterator<Item = &Device> {
        self.kept_all().map(|kept| &kept.device)
    }

    /// Everybody with names and hashes, by id.
    pub fn kept_all(&self) -> impl Iterator<Item = &StoredDevice> {
        self.devices.values()
    }

    /// The pads, each with its room.
    pub fn pads(&self) -> impl Iterator<Item = (&DeviceId, &RoomName)> {
        let pads = self.all().filter(|device| device.role == Role::Pad);
        pads.filter_map(|device| device.room.as_ref().map(|room| (&device.id, room)))
    }
}

/// The shop's devices, now and at every change.
#[derive(Debug)]
pub struct DeviceBook {
    table: Mutex<DeviceTable>,
    list: watch::Sender<Arc<DeviceList>>,
}

impl DeviceBook {
    /// Reads the devices from the database that a [`crate::store::Store`] has opened in `folder`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let table = DeviceTable::open(folder)?;
        let (list, _) = watch::channel(Arc::new(DeviceList::new(table.read()?.devices)));
        Ok(Self { table: Mutex::new(table), list })
    }

    /// The devices of this moment.
    pub fn now(&self) -> Arc<DeviceList> {
        self.list.borrow().clone()
    }

    /// The devices of this moment, and of every later one.
    pub fn follow(&self) -> watch::Receiver<Arc<DeviceList>> {
        self.list.subscribe()
    }

    /// The device behind a credential `{device}.{secret}`.
    pub fn authenticate(&self, credential: &str) -> Option<Device> {
        self.list.borrow().authenticate(credential).cloned()
    }

    /// A device that the broker has let in.
    pub fn get(&self, device: &DeviceId) -> Option<Device> {
        self.list.borrow().get(device).cloned()
    }

    /// Carries out a wish: kept first, then true for everybody who asks, then told to whoever follows.
    /// Errors: [`ChangeError`]; nothing is changed.
    pub async fn change(self: &Arc<Self>, wish: DeviceWish) -> Result<Changed, ChangeError> {
        let book = self.clone();
        let changing = move || {
            let mut table = book.table.lock().unwrap_or_else(PoisonError::into_inner);
            let (changed, kept) = carry_out(&mut table, wish)?;
            book.show(kept);
            Ok(changed)
        };
        tokio::task::spawn_blocking(changing).await.unwrap_or(Err(ChangeError::NotKept))
    }

    /// Looks, as long as the box runs, for what the command line has changed.
    pub async fn keep_up(self: Arc<Self>) {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tick.tick().await;
            let book = self.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || book.look_again()).await {
                error!(%error, "the devices cannot be read and are read again");
            }
        }
    }

    fn look_again(&self) -> Result<(), StoreError> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.changed_elsewhere()? {
            let kept = table.read()?;
            self.show(kept);
        }
        Ok(())
    }

    /// Called with the table locked, so that what is shown never goes back.
    fn show(&self, kept: KeptDevices) {
        let fresh = DeviceList::new(kept.devices);
        let count = fresh.devices.len();
        let changed = self.list.send_if_modified(|list| {
            let differs = **list != fresh;
            if differs {
                *list = Arc::new(fresh);
            }
            differs
        });
        if changed {
            info!(devices = count, "the shop's devices have changed");
        }
    }
}
