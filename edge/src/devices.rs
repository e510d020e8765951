//! The shop's devices and their secrets. A device is one account (M1); its secret opens both HTTP and MQTT.
//!
//! A change is kept first, is then true for everybody who asks, and is then told to whoever follows the book.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256, Sha512};
use shared::screen::Role;
use uuid::Uuid;

mod book;
mod change;
mod pairing;

pub use book::{DeviceBook, DeviceList};
pub use change::{ChangeError, Changed, DeviceRefusal, DeviceWish, NewDevice, Place, carry_out};
pub use pairing::{OPEN_FOR, OpenedPairing, PairingState, Pairings, RedeemError, Redeemed, TooManyPairings};

/// Rounds of PBKDF2 in a Mosquitto password file: its own default. The secrets are random and long, so more
/// rounds would only slow the broker's start.
const BROKER_ROUNDS: u32 = 101;

/// What a device proves itself with: shown once, kept as hashes.
#[derive(Clone)]
pub struct Secret {
    /// What the device is given.
    pub text: String,
    secret_hash: [u8; 32],
    broker_hash: String,
}

impl Secret {
    /// One that nobody can guess.
    pub fn mint() -> Self {
        // Each has 122 bits of chance.
        let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self { secret_hash: Sha256::digest(&text).into(), broker_hash: broker_hash(&text), text }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A password as Mosquitto 2 keeps it: `$7$rounds$salt$hash`, PBKDF2 with SHA-512.
pub fn broker_hash(password: &str) -> String {
    let salt = &Uuid::new_v4().into_bytes()[..12];
    let hash: [u8; 64] = pbkdf2::pbkdf2_hmac_array::<Sha512, 64>(password.as_bytes(), salt, BROKER_ROUNDS);
    format!("$7${BROKER_ROUNDS}${}${}", BASE64.encode(salt), BASE64.encode(hash))
}

/// The page of the box that a device of this role shows.
pub fn page_of(role: Role) -> &'static str {
    match role {
        Role::Pad => "/pad",
        Role::Kitchen => "/kitchen",
        Role::Expo => "/expo",
        Role::CallScreen => "/call",
        Role::Speaker => "/speaker",
        Role::Staff => "/staff",
        Role::Cashier => "/cashier",
    }
}
