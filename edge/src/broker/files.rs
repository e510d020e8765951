//! Mosquitto's configuration, password and access files. Access is denied unless a line here grants it: a pad
//! cannot read another pad's topics nor write the kitchen's.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use shared::screen::Role;
use shared::{sync, topic};
use uuid::Uuid;

use crate::config::{BrokerMode, BrokerSettings};
use crate::devices::broker_hash;
use crate::lan::SecureListener;
use crate::store::StoredDevice;

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

/// Writes all three files and returns the configuration's path.
pub(super) fn write(
    folder: &Path,
    listeners: &Listeners<'_>,
    credentials: &Credentials,
    devices: &[StoredDevice],
) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    replace(&folder.join("passwords"), &passwords(credentials, devices))?;
    replace(&folder.join("access"), &access(devices))?;
    let config = folder.join("mosquitto.conf");
    replace(&config, &configuration(&folder, listeners))?;
    Ok(config)
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

fn passwords(credentials: &Credentials, devices: &[StoredDevice]) -> String {
    let mut text = format!("{BOX_USER}:{}\n", broker_hash(&credentials.password));
    for device in devices {
        text.push_str(&format!("{}:{}\n", device.device, device.broker_hash));
    }
    text
}

fn access(devices: &[StoredDevice]) -> String {
    let mut text = format!("user {BOX_USER}\ntopic readwrite l1/#\n");
    for device in devices {
        let id = &device.device;
        let own_read = [topic::reply(id), topic::MENU.to_owned(), topic::HEARTBEAT.to_owned()];
        let role_read: &[String] = &match device.role {
            Role::Pad => vec![topic::view(id)],
            Role::Kitchen | Role::Expo | Role::CallScreen | Role::Staff => vec![topic::BOARD.to_owned()],
            Role::Speaker => Vec::new(),
            Role::Cashier => vec![topic::BOARD.to_owned(), "l1/dev/+".to_owned()],
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\nuser {id}\ntopic write {}\ntopic write {}",
            topic::request(id),
            topic::presence(id)
        );
        for topic in own_read.iter().chain(role_read) {
            let _ = writeln!(text, "topic read {topic}");
        }
    }
    text
}
