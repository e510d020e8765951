//! The box's own authority (CA), made once, and the certificates it gives the box.
//!
//! A certificate is made at every start and when it would no longer do: it costs a millisecond, and nobody has to
//! read back what an old one says. Only the authority is kept, since people have installed it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::Context;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The authority's certificate, which anybody may have.
pub(super) const CERTIFICATE_FILE: &str = "ca.crt";
/// The box's certificate and its key: one file, so that no reader ever has one without the other.
pub(super) const BOX_FILE: &str = "box.pem";
/// The authority's key, which never leaves the box.
const KEY_FILE: &str = "ca.key";

/// How long a certificate holds. Phones refuse more than 825 days.
const HOLDS_DAYS: i64 = 820;
/// It begins this long before it is made: a device whose clock is behind is not locked out, nor is one that is
/// right while the box's is ahead.
const BEGINS_BEFORE_DAYS: i64 = 365;
/// A new one is made when the box's time comes this near to either end.
const SPARE_DAYS: i64 = 90;

/// The box's authority.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

/// What the box shows to those who connect.
pub(super) struct Certificate {
    names: BTreeSet<String>,
    begins: Date,
    ends: Date,
    der: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    pem: String,
}

impl Authority {
    /// The one in this folder; a new one if there is none. Errors: files that cannot be used. Nothing is ever
    /// put in the place of a key that cannot be read.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let key = Self::key(&folder.join(KEY_FILE))?;
        let issued = params(&key)?;
        let path = folder.join(CERTIFICATE_FILE);
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pem = issued.self_signed(&key)?.pem();
                replace(&path, &pem, 0o644)?;
                pem
            }
            Err(error) => return Err(error).context(CERTIFICATE_FILE),
        };
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).context(CERTIFICATE_FILE)?;
        Ok(Self { issuer: Issuer::new(issued, key), pem, der })
    }

    fn key(path: &Path) -> anyhow::Result<KeyPair> {
        match fs::read_to_string(path) {
            Ok(pem) => KeyPair::from_pem(&pem).context(KEY_FILE),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
                replace(path, &key.serialize_pem(), 0o600)?;
                Ok(key)
            }
            Err(error) => Err(error).context(KEY_FILE),
        }
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// SHA-256 of the certificate as phones show it: `AB:CD:…`.
    pub(super) fn fingerprint(&self) -> String {
        let mut text = String::new();
        for byte in Sha256::digest(&self.der) {
            let colon = if text.is_empty() { "" } else { ":" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// A certificate for these names, with a key of its own. Errors: a name that no certificate can hold.
    pub(super) fn issue(&self, names: BTreeSet<String>, now: Timestamp) -> anyhow::Result<Certificate> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let begins = today.checked_sub(Span::new().days(BEGINS_BEFORE_DAYS))?;
        let ends = begins.checked_add(Span::new().days(HOLDS_DAYS))?;
        let mut wanted = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
        for (end, date) in [(&mut wanted.not_before, begins), (&mut wanted.not_after, ends)] {
            let [month, day] = [date.month(), date.day()].map(i8::unsigned_abs);
            *end = date_time_ymd(date.year().into(), month, day);
        }
        wanted.distinguished_name = named("Chuancai box");
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        wanted.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = wanted.signed_by(&key, &self.issuer)?;
        let pem = key.serialize_pem() + &made.pem();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok(Certificate { names, begins, ends, der: made.der().clone(), key, pem })
    }
}

impl Certificate {
    /// Whether it vouches for all of these names, and does so for a while. A name more does no harm: an address
    /// that is gone for a moment must not take the certificate with it.
    pub(super) fn serves(&self, names: &BTreeSet<String>, now: Timestamp) -> bool {
        let today = now.to_zoned(TimeZone::UTC).date();
        let days_to = |date: Date| today.until(date).map_or(0, |span| i64::from(span.get_days()));
        self.names.is_superset(names) && days_to(self.ends) > SPARE_DAYS && -days_to(self.begins) > SPARE_DAYS
    }

    /// Puts it into its file, for the broker.
    pub(super) fn keep(&self, folder: &Path) -> anyhow::Result<()> {
        replace(&folder.join(BOX_FILE), &self.pem, 0o600).context(BOX_FILE)
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.der.clone()]
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.clone_key())
    }
}

/// What the authority's certificate says. It follows from the key alone, so that a certificate that got lost
/// can be made again, and what was installed still holds.
fn params(key: &KeyPair) -> anyhow::Result<CertificateParams> {
    let mut wanted = CertificateParams::new(Vec::new())?;
    // From the first moment that any clock can show to long after the box: it is taken out by hand or not at all.
    wanted.not_before = date_time_ymd(1970, 1, 1);
    wanted.not_after = date_time_ymd(2100, 1, 1);
    let mark: String =
        Sha256::digest(key.public_key_raw())[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    // Each box has its own name, for a phone that knows several.
    wanted.distinguished_name = named(&format!("Chuancai authority {mark}"));
    wanted.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(wanted)
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// A reader sees the old file or the new one, never a half, and never one with the wrong rights.
fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let fresh = path.with_extension("new");
    // Left behind by a box that lost its power.
    if let Err(error) = fs::remove_file(&fresh)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::SignedDuration;
    use tokio_rustls::rustls::client::WebPkiServerVerifier;
    use tokio_rustls::rustls::client::danger::ServerCertVerifier;
    use tokio_rustls::rustls::crypto::aws_lc_rs;
    use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
    use tokio_rustls::rustls::{Error, RootCertStore};

    use super::*;

    const NAME: &str = "box.example.com";

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a timestamp")
    }

    fn days(days: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * days)
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn issue(authority: &Authority) -> Certificate {
        authority.issue(names(&[NAME, "192.0.2.7"]), now()).expect("a certificate")
    }

    /// What a device says that trusts this authority alone and whose clock shows `at`.
    fn looked_at(ca: &Authority, shown: &Certificate, name: &str, at: Timestamp) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(ca.der.clone()).expect("an authority");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let name = ServerName::try_from(name).expect("a name");
        let at = UnixTime::since_unix_epoch(Duration::from_secs(at.as_second().unsigned_abs()));
        let verifier = verifier.expect("a verifier");
        verifier.verify_server_cert(&shown.der, &[], &name, &[], at).map(drop)
    }

    #[test]
    fn s08_the_authority_is_made_once_and_its_key_is_the_boxs_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let lan = folder.path().join("lan");
        let first = Authority::open(&lan).expect("an authority");
        let mode = fs::metadata(lan.join(KEY_FILE)).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Authority::open(&lan).expect("the authority");
        assert_eq!((first.pem(), first.fingerprint()), (again.pem(), again.fingerprint()));
        assert_eq!(first.fingerprint().len(), 32 * 3 - 1);
        fs::write(lan.join(KEY_FILE), "damaged").expect("the file can be written");
        assert!(Authority::open(&lan).is_err(), "a key is not replaced by another");
    }

    #[test]
    fn s08_who_installed_the_authority_knows_the_box_although_its_certificate_got_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let installed = Authority::open(folder.path()).expect("an authority");
        fs::remove_file(folder.path().join(CERTIFICATE_FILE)).expect("it is there");
        let made_again = Authority::open(folder.path()).expect("the authority");
        assert_eq!(looked_at(&installed, &issue(&made_again), NAME, now()), Ok(()));
    }

    #[test]
    fn s08_only_its_own_names_at_the_right_time_and_from_the_right_authority() {
        let (folder, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("another"));
        let authority = Authority::open(folder.path()).expect("an authority");
        let stranger = Authority::open(other.path()).expect("an authority");
        let shown = issue(&authority);
        for name in [NAME, "192.0.2.7"] {
            assert_eq!(looked_at(&authority, &shown, name, now()), Ok(()), "{name}");
        }
        assert!(looked_at(&authority, &shown, "other.example.com", now()).is_err());
        assert!(looked_at(&stranger, &shown, NAME, now()).is_err());
        for off in [-300, 400] {
            assert_eq!(looked_at(&authority, &shown, NAME, now() + days(off)), Ok(()), "{off} days");
        }
        assert!(looked_at(&authority, &shown, NAME, now() + days(500)).is_err(), "it runs out");
        assert!(shown.begins.until(shown.ends).expect("days").get_days() <= 825, "phones refuse more");
    }

    #[test]
    fn s08_a_certificate_is_renewed_before_it_runs_out_and_for_new_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let shown = issue(&Authority::open(folder.path()).expect("an authority"));
        let set = names(&[NAME, "192.0.2.7"]);
        for off in [0, 300, -200] {
            assert!(shown.serves(&set, now() + days(off)), "{off} days");
        }
        for off in [370, 10_000, -300, -10_000] {
            assert!(!shown.serves(&set, now() + days(off)), "{off} days");
        }
        assert!(shown.serves(&names(&[NAME]), now()), "a name less does no harm");
        assert!(!shown.serves(&names(&[NAME, "192.0.2.8"]), now()));
    }
}
