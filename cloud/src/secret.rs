//! Secrets: made, hashed, checked.

use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use cloud_core::access::NewSecret;
use cloud_core::id::{PasswordHash, SecretHash};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A new secret that nobody can guess: 244 random bits in hexadecimal, safe in URLs, headers and files.
pub fn random() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// How the secret of an API key begins, so that people and programs that look for leaked secrets know one.
const API_KEY_PREFIX: &str = "cck_";
/// Characters that are shown of it for ever: 32 of its 244 bits.
const HINT_LENGTH: usize = API_KEY_PREFIX.len() + 8;

/// A new secret for an API key, and what is kept of it.
pub fn api_key() -> (String, NewSecret) {
    let key = format!("{API_KEY_PREFIX}{}", random());
    let secret = NewSecret { hash: hash(&key), hint: key[..HINT_LENGTH].to_owned() };
    (key, secret)
}

/// What is kept of a random secret.
pub fn hash(secret: &str) -> SecretHash {
    SecretHash(hex(&Sha256::digest(secret.as_bytes())))
}

/// Whether both are the same, in a time that tells nothing of where they differ: hashes are compared, and
/// nobody can choose a hash.
pub fn same(one: &str, other: &str) -> bool {
    hash(one) == hash(other)
}

/// What is kept of a password that a person chose. It takes tens of milliseconds on purpose.
/// Errors: no randomness to be had.
pub fn hash_password(password: &str) -> anyhow::Result<PasswordHash> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    Ok(PasswordHash(hashed.map_err(|error| anyhow::anyhow!("hashing a password: {error}"))?.to_string()))
}

/// Whether it is that password.
pub fn is_password(password: &str, kept: &PasswordHash) -> bool {
    phc::PasswordHash::new(&kept.0)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|half| char::from(DIGITS[usize::from(half)]));
    bytes.iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash() {
        let kept = hash_password("传菜 1").expect("randomness");
        assert!(is_password("传菜 1", &kept));
        assert!(!is_password("传菜 2", &kept) && !is_password("传菜 1", &PasswordHash("x".to_owned())));
    }

    #[test]
    fn secrets_differ() {
        assert!(random() != random() && random().len() == 64);
        let (key, kept) = api_key();
        assert!(key.starts_with(&kept.hint) && kept.hash == hash(&key) && key.len() > 5 * kept.hint.len());
        assert!(same("a", "a") && !same("a", "b"));
    }
}
