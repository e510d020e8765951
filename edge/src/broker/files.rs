//! Mosquitto's configuration, password and access files. Access is denied unless a line here grants it: a pad
//! cannot read another pad's topics nor write the kitchen's.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use shared::sync;
use uuid::Uuid;

use super::rights::access_of;
use crate::config::{BrokerMode, BrokerSettings};
use crate::devices::{DeviceList, broker_hash};
use crate::lan::SecureListener;

/// The box's own name at the broker. No device can have it: ids begin with 2 of a-z, 0-9 and _, without a dot.
pub const BOX_USER: &str = "chuancai.box";

/// How the box signs in at its broker.
#[derive(Clone)]
pub struct Credentials {
    /// Where it listens.
    pub address: SocketAddr,
    /// The password of [`BOX_USER`].
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.address)
    }
}

impl Credentials {
    /// A managed broker gets a new password at every start; an external one has been given ours.
    pub(super) fn of(settings: &BrokerSettings) -> Self {
        let password = match settings.mode {
            BrokerMode::Managed => Uuid::new_v4().simple().to_string(),
            BrokerMode::External => settings.password.clone(),
        };
        Self { address: settings.listen, password }
    }
}

/// Where it listens.
pub(super) struct Listeners<'a> {
    /// For this machine.
    pub(super) settings: &'a BrokerSettings,
    /// For the shop's network.
    pub(super) secure: Option<SecureListener>,
}

/// The three files, and what they are made of beside the devices.
pub(super) struct Files {
    folder: PathBuf,
    configuration: String,
    /// The box's own line among the passwords.
    own_password: String,
}

impl Files {
    /// In a folder, which is created when it is missing.
    pub(super) fn new(
        folder: &Path,
        listeners: &Listeners<'_>,
        credentials: &Credentials,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let configuration = configuration(&folder, listeners);
        let own_password = format!("{BOX_USER}:{}\n", broker_hash(&credentials.password));
        Ok(Self { folder, configuration, own_password })
    }

    /// The one that Mosquitto is started with.
    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("mosquitto.conf")
    }

    /// Writes all three for these devices.
    pub(super) fn write(&self, devices: &DeviceList) -> io::Result<()> {
        replace(&self.folder.join("passwords"), &self.passwords(devices))?;
        replace(&self.folder.join("access"), &access(devices))?;
        replace(&self.configuration(), &self.configuration)
    }

    fn passwords(&self, devices: &DeviceList) -> String {
        let of_devices = devices.kept_all().map(|kept| format!("{}:{}\n", kept.device.id, kept.broker_hash));
        [self.own_password.clone()].into_iter().chain(of_devices).collect()
    }
}

/// A reader sees the old file or the new one, never a half.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600))?;
    fs::rename(fresh, path)
}

fn configuration(folder: &Path, listeners: &Listeners<'_>) -> String {
    let plain = listener(listeners.settings.listen);
    let secure = listeners.secure.as_ref().map(secure_listener).unwrap_or_default();
    let (folder, packet) = (folder.display(), sync::PACKET_BYTES_MAX);
    // Mosquitto started by root would become another user, who cannot read these files.
    let user = if rustix::process::getuid().is_root() { "user root\n" } else { "" };
    format!(
        "{user}per_listener_settings false
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/access
allow_zero_length_clientid false
set_tcp_nodelay true
max_packet_size {packet}
max_keepalive 120
max_inflight_messages 100
# A screen that cannot keep up is better off fetching anew.
max_queued_messages 1000
max_queued_bytes 8388608
memory_limit 134217728
persistence false
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
# What follows belongs to the listener. Above it, it would open one more, on port 1883 of every network.
{plain}{secure}"
    )
}

fn listener(address: SocketAddr) -> String {
    let (port, address) = (address.port(), address.ip());
    format!(
        "listener {port} {address}
# A device cannot take another's place by naming itself alike.
use_username_as_clientid true
max_connections 500
"
    )
}

fn secure_listener(secure: &SecureListener) -> String {
    let (authority, certificate) = (secure.authority.display(), secure.certificate.display());
    // The version is the least that is taken.
    let tls =
        format!("cafile {authority}\ncertfile {certificate}\nkeyfile {certificate}\ntls_version tlsv1.2\n");
    listener(secure.address) + &tls
}

fn access(devices: &DeviceList) -> String {
    let the_box = format!("user {BOX_USER}\ntopic readwrite l1/#\n");
    [the_box].into_iter().chain(devices.all().map(access_of)).collect()
}
