//! Secrets of brands, kept sealed: the journal forgets nothing and is copied with every backup, so what stands in it
//! opens only with a key that lies in a file of its own.
//!
//! Deliberately absent: a change of the key. Whoever loses it sets the channels up anew.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloud_core::channel::{RelayChannel, Sealed};
use shared::id::BrandId;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// The key that seals and opens: AES-256-GCM.
#[derive(Debug)]
pub struct SealKey {
    key: RandomizedNonceKey,
}

impl SealKey {
    /// The key of that file, made if there is none. Errors: a file that cannot be read or written, or is no key.
    pub fn of(file: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(file)?,
            Err(error) => return Err(error).with_context(|| format!("reading the key {}", file.display())),
        };
        let bytes = BASE64.decode(text.trim()).unwrap_or_default();
        ensure!(bytes.len() == KEY_BYTES, "{} is not a key of {KEY_BYTES} bytes in base64", file.display());
        let key =
            RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| anyhow!("the key does not fit"))?;
        Ok(Self { key })
    }

    /// Seals a secret for one channel of one brand. Errors: no randomness to be had.
    pub fn seal(&self, secret: &str, brand: &BrandId, channel: RelayChannel) -> anyhow::Result<Sealed> {
        self.seal_for(secret, &belongs_to(brand, channel))
    }

    /// Opens it again. `None`: it was sealed with another key, or for another brand or channel.
    pub fn open(&self, sealed: &Sealed, brand: &BrandId, channel: RelayChannel) -> Option<String> {
        self.open_for(sealed, &belongs_to(brand, channel))
    }

    /// Seals a secret for one purpose, which is not kept with it. Errors: no randomness to be had.
    pub fn seal_for(&self, secret: &str, purpose: &str) -> anyhow::Result<Sealed> {
        let mut bytes = secret.as_bytes().to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(purpose), &mut bytes)
            .map_err(|_| anyhow!("sealing a secret"))?;
        let whole = [nonce.as_ref().as_slice(), bytes.as_slice()].concat();
        Ok(Sealed(BASE64.encode(whole)))
    }

    /// Opens it again. `None`: it was sealed with another key, or for another purpose.
    pub fn open_for(&self, sealed: &Sealed, purpose: &str) -> Option<String> {
        let whole = BASE64.decode(&sealed.0).ok()?;
        let (nonce, secret) = whole.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut secret = secret.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(purpose), &mut secret).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// Where the key lies: as set, or beside the database.
pub fn key_file(set: &Path, state_folder: &Path) -> PathBuf {
    if set.as_os_str().is_empty() { state_folder.join("channels.key") } else { set.to_owned() }
}

fn belongs_to(brand: &BrandId, channel: RelayChannel) -> String {
    format!("{brand}/{}", channel.word())
}

/// Whole or not at all, and for nobody else's eyes: a torn key would lock every channel out.
fn make(file: &Path) -> anyhow::Result<String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut bytes = [0; KEY_BYTES];
    rand::fill(&mut bytes).map_err(|_| anyhow!("no randomness for a key"))?;
    let text = BASE64.encode(bytes);
    let draft = file.with_extension("new");
    let write = || {
        // Books in PostgreSQL need no folder but for the key.
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut opened =
            fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&draft, file)
    };
    write().with_context(|| format!("making the key {}", file.display()))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_for_its_own_channel_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("channels.key");
        let (demo, other) = ("demo".parse().expect("a slug"), "other".parse().expect("a slug"));
        let key = SealKey::of(&file).expect("a new key");
        let sealed = key.seal("hush", &demo, RelayChannel::Webhook).expect("randomness");
        assert!(!sealed.0.contains("hush") && format!("{sealed:?}") == "Sealed(…)");
        let again = SealKey::of(&file).expect("the same key");
        assert_eq!(again.open(&sealed, &demo, RelayChannel::Webhook).as_deref(), Some("hush"));
        assert_eq!(again.open(&sealed, &other, RelayChannel::Webhook), None);
        assert_eq!(again.open(&sealed, &demo, RelayChannel::TencentIm), None);
        let stranger = SealKey::of(&folder.path().join("other.key")).expect("another key");
        assert_eq!(stranger.open(&sealed, &demo, RelayChannel::Webhook), None);
        std::fs::write(&file, "short").expect("writing");
        assert!(SealKey::of(&file).is_err());
    }
}
