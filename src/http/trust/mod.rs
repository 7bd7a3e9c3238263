//! The certificates to trust, read once: a file, folders of hashed files, or the system's store.

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config::proxy::Kind;
use crate::config::{Roots, Settings, TrustFile};
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::log::Level;
use crate::runtime::file::{self, Unreadable};
use crate::runtime::sys;

/// The system's bundle has a quarter of a megabyte.
const MAX_FILE: usize = 16 * 1024 * 1024;
/// The longest label of OpenSSL's has 22 letters.
const MAX_LABEL: usize = 32;
/// A folder of hashed certificates has some hundreds.
const MAX_FILES: usize = 4_096;

/// Where systems keep their store: Debian, Fedora and RHEL (old and new), SUSE, FreeBSD, then Alpine, macOS and the BSDs.
#[cfg(not(windows))]
const SYSTEM_STORES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/cert.pem",
];

/// At least one root.
#[derive(Clone)]
pub struct TrustStore(Arc<RootCertStore>);

/// A store, and what was wrong with the places that were passed over.
pub struct Loaded {
    pub store: TrustStore,
    pub warnings: Vec<String>,
}

impl TrustStore {
    /// What these settings need; `None`: nothing of the way is TLS. What was passed over is logged.
    ///
    /// # Errors
    /// As `load`.
    pub fn of(settings: &Settings) -> Result<Option<Self>> {
        let is_https_proxy = settings.proxy.as_ref().is_some_and(|proxy| proxy.kind == Kind::Https);
        if !settings.endpoint.https && !is_https_proxy {
            return Ok(None);
        }
        let loaded = Self::load(&settings.roots)?;
        for warning in loaded.warnings {
            settings.log.at(Level::Warn, || warning);
        }
        Ok(Some(loaded.store))
    }

    /// # Errors
    /// `InvalidArgument` that names the option or the variable where what it names holds no certificate (`System` for want
    /// of a descriptor), `Tls` that names the places where the system has none.
    pub fn load(roots: &Roots) -> Result<Loaded> {
        match roots {
            Roots::System => system_store(),
            Roots::Custom { file, dirs } => custom_store(file.as_ref(), dirs),
        }
    }

    pub(super) fn roots(&self) -> Arc<RootCertStore> {
        self.0.clone()
    }
}

/// What the places that were looked at have given.
struct Collected {
    store: RootCertStore,
    problems: Vec<String>,
}

impl Collected {
    fn new() -> Self {
        Self { store: RootCertStore::empty(), problems: Vec::new() }
    }

    fn take(&mut self, certificates: Vec<CertificateDer<'static>>) -> bool {
        self.store.add_parsable_certificates(certificates).0 > 0
    }

    /// `None`: nothing was found.
    fn loaded(self) -> std::result::Result<Loaded, Vec<String>> {
        if self.store.is_empty() {
            return Err(self.problems);
        }
        Ok(Loaded { store: TrustStore(Arc::new(self.store)), warnings: self.problems })
    }

    fn read_file(&mut self, name: &str, path: &Path) {
        let problem = match certificates_of(path) {
            Ok(certificates) => {
                if self.take(certificates) {
                    return;
                }
                "holds no certificate that can be used".to_owned()
            }
            Err(why) => why,
        };
        self.problems.push(format!("{name} {}: {problem}", path.display()));
    }

    /// Files that hold no certificate are passed over: such folders have links, lists and the like too.
    fn read_dir(&mut self, name: &str, path: &Path) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(e) => {
                self.problems.push(format!("{name} {}: {}", path.display(), io_reason(&e)));
                return;
            }
        };
        let mut certificates = Vec::new();
        for entry in entries.filter_map(std::result::Result::ok).take(MAX_FILES) {
            certificates.extend(certificates_of(&entry.path()).into_iter().flatten());
        }
        // Each is there under two names, its own and its hash.
        certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
        certificates.dedup();
        if !self.take(certificates) {
            self.problems.push(format!("{name} {}: holds no certificate that can be used", path.display()));
        }
    }
}

fn custom_store(file: Option<&TrustFile>, dirs: &[TrustFile]) -> Result<Loaded> {
    let mut collected = Collected::new();
    if let Some(TrustFile { name, path }) = file {
        collected.read_file(name, path);
    }
    for TrustFile { name, path } in dirs {
        collected.read_dir(name, path);
    }
    collected.loaded().map_err(|problems| {
        // A lack of descriptors looks like a file that cannot be opened: look whether that is why.
        let kind = match sys::WakeFd::new() {
            Err(e) if sys::is_exhaustion(&e) => ErrorKind::System,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, problems.join("; "))
    })
}

#[cfg(not(windows))]
fn system_store() -> Result<Loaded> {
    first_store(&SYSTEM_STORES.map(PathBuf::from))
}

/// The authorities of this user and of the machine that may vouch for servers.
#[cfg(windows)]
fn system_store() -> Result<Loaded> {
    use schannel::cert_context::ValidUses;
    use schannel::cert_store::CertStore;
    const SERVER_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.1";

    let unusable =
        |why: String| Error::new(ErrorKind::Tls, format!("the system's store {why}; a CA file can be named"));
    let system =
        CertStore::open_current_user("ROOT").map_err(|e| unusable(format!("cannot be opened ({})", io_reason(&e))))?;
    let mut collected = Collected::new();
    for certificate in system.certs() {
        let is_for_servers = certificate.valid_uses().is_ok_and(|uses| match uses {
            ValidUses::All => true,
            ValidUses::Oids(uses) => uses.iter().any(|what| what == SERVER_AUTHENTICATION),
        });
        if is_for_servers {
            collected.take(vec![CertificateDer::from(certificate.to_der().to_vec())]);
        }
    }
    collected.loaded().map_err(|_| unusable("holds no certificate".to_owned()))
}

/// A store that is half installed is passed over.
#[cfg(any(not(windows), test))]
fn first_store(places: &[PathBuf]) -> Result<Loaded> {
    let mut collected = Collected::new();
    for place in places.iter().filter(|place| place.exists()) {
        collected.read_file("system store", place);
        if !collected.store.is_empty() {
            break;
        }
    }
    collected.loaded().map_err(|problems| {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let found = if problems.is_empty() { String::new() } else { format!("; {}", problems.join("; ")) };
        let why =
            format!("no system store of certificates (looked in {}{found}); a CA file can be named", places.join(", "));
        Error::new(ErrorKind::Tls, why)
    })
}

/// # Errors
/// Why there are none, in one clause.
fn certificates_of(path: &Path) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    certificates_in(&file::read_bytes(path, MAX_FILE).map_err(Unreadable::into_reason)?)
}

/// For the fuzzers: how many certificates of a file can be used.
///
/// # Errors
/// As of `certificates_of`.
#[cfg(feature = "testing")]
pub fn count_usable(text: &[u8]) -> std::result::Result<usize, String> {
    let mut collected = Collected::new();
    collected.take(certificates_in(text)?);
    Ok(collected.store.len())
}

/// # Errors
/// As of `certificates_of`.
fn certificates_in(bytes: &[u8]) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if is_der(text) {
        return Err("is DER; PEM is expected (openssl x509 -inform DER -in FILE -out FILE.pem)".to_owned());
    }
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16; PEM is plain ASCII".to_owned());
    }
    // What is cut or malformed is passed over as long as another certificate is there.
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(text).filter_map(std::result::Result::ok).collect();
    if certificates.is_empty() { Err(no_certificate(text)) } else { Ok(certificates) }
}

/// What there is in place of certificates: OpenSSL has several forms of its own.
fn no_certificate(text: &[u8]) -> String {
    const BEGIN: &str = "-----BEGIN ";
    let text = String::from_utf8_lossy(text);
    let found = text.lines().find_map(|line| line.trim().strip_prefix(BEGIN)?.strip_suffix("-----"));
    match found.filter(|label| {
        label.len() <= MAX_LABEL && label.bytes().all(|b| b.is_ascii_uppercase() || b" 0123456789".contains(&b))
    }) {
        Some("CERTIFICATE") | None => "holds no certificate".to_owned(),
        Some(label) => format!("holds no certificate, but a {label}; PEM blocks named CERTIFICATE are expected"),
    }
}

/// A SEQUENCE of more than 127 bytes, as every certificate in DER begins. PEM begins with text.
fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0x81..=0x84, ..])
}
