//! The users and rules of the boxes' broker, in Mosquitto's notation: each box writes on its own lanes up and reads
//! its own lanes down, the service reads and writes all of it, and nobody anything else.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloud_core::id::{BoxKey, PasswordHash};
use cloud_core::state::State;
use sha2::Sha512;
use shared::topic::{BoxAddress, CloudLane};
use uuid::Uuid;

use crate::config::BrokerConfig;

/// Mosquitto's own number. The passwords are random, so there is nothing to guess slowly.
const ITERATIONS: u32 = 101;

/// A box's user at the broker.
pub fn user_of(key: &BoxKey) -> String {
    format!("{}.{}.{}", key.at.brand, key.at.shop, key.box_id)
}

/// A password as Mosquitto keeps it: `$7$101$salt$hash`, PBKDF2 with SHA-512.
pub fn hash(password: &str) -> PasswordHash {
    hash_with(password, &Uuid::new_v4().as_bytes()[..12])
}

fn hash_with(password: &str, salt: &[u8]) -> PasswordHash {
    let mut hashed = [0; 64];
    pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), salt, ITERATIONS, &mut hashed);
    PasswordHash(format!("$7${ITERATIONS}${}${}", BASE64.encode(salt), BASE64.encode(hashed)))
}

/// Writes `passwd` and `acl` into a folder. Errors: no password for the service, or a folder that cannot be
/// written.
pub fn write(folder: &Path, settings: &BrokerConfig, state: &State) -> anyhow::Result<()> {
    ensure!(
        !settings.password.is_empty(),
        "broker.password is empty: set it before the broker's files are written"
    );
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    let partition = &settings.partition;
    let service = &settings.username;
    let mut passwords = format!("{service}:{}\n", hash(&settings.password).0);
    let mut rules = format!("user {service}\ntopic readwrite r1/#\n");
    for (key, kept) in state.boxes() {
        let (user, at) = (user_of(key), &key.at);
        let address = BoxAddress {
            partition: partition.clone(),
            brand: at.brand.clone(),
            shop: at.shop.clone(),
            box_id: key.box_id.clone(),
        };
        writeln!(passwords, "{user}:{}", kept.password.0)?;
        writeln!(rules, "\nuser {user}")?;
        for lane in CloudLane::ALL {
            let right = if lane.is_up() { "write" } else { "read" };
            writeln!(rules, "topic {right} {}", address.topic(lane))?;
        }
    }
    write_whole(&folder.join("passwd"), &passwords)?;
    write_whole(&folder.join("acl"), &rules)
}

/// Whole or not at all: the broker may read the file at any moment. Nobody else may read it.
fn write_whole(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let draft = file.with_extension("new");
    let written = fs::write(&draft, text)
        .and_then(|()| fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)))
        .and_then(|()| fs::rename(&draft, file));
    written.with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hashed_as_mosquitto_does() {
        // Made with mosquitto_passwd 2.0 and an invented password.
        let known = include_str!("broker_files/known.txt").trim();
        let salt = known.split('$').nth(3).expect("the fourth part is the salt");
        let salt = BASE64.decode(salt).expect("base64");
        assert_eq!(hash_with("sesame", &salt).0, known);
    }
}
