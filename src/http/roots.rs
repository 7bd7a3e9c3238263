//! The certificate authorities to trust: the system's store, or the files that were named. Never from the environment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use crate::config::Roots;
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::sys;

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

/// # Errors
/// `InvalidArgument` for a file that cannot be read (`System` for want of a descriptor), `Tls` where there is no system store.
pub fn root_store(roots: &Roots) -> Result<RootCertStore> {
    match roots {
        Roots::System => system_store(),
        Roots::Custom { file: Some(file), .. } => named("ca_file", file, certificates_of_file(file)),
        Roots::Custom { file: None, dir } => {
            let dir = dir.as_deref().unwrap_or_else(|| Path::new(""));
            named("ca_dir", dir, certificates_of_folder(dir))
        }
    }
}

type Certificates = Vec<CertificateDer<'static>>;

/// A store of what could be read; the failure counts where that is nothing.
fn named(option: &str, path: &Path, read: (Certificates, Option<pem::Error>)) -> Result<RootCertStore> {
    let (certificates, failure) = read;
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    if !store.is_empty() {
        return Ok(store);
    }
    let (kind, why) = match failure {
        Some(pem::Error::Io(e)) if sys::is_exhaustion(&e) => (ErrorKind::System, io_reason(&e)),
        Some(pem::Error::Io(e)) => (ErrorKind::InvalidArgument, io_reason(&e)),
        Some(other) => (ErrorKind::InvalidArgument, format!("is not PEM ({other})")),
        None => (ErrorKind::InvalidArgument, "holds no certificate".to_owned()),
    };
    Err(Error::new(kind, format!("{option} {}: {why}", path.display())))
}

fn certificates_of_file(path: &Path) -> (Certificates, Option<pem::Error>) {
    let read = match CertificateDer::pem_file_iter(path) {
        Ok(read) => read,
        Err(failure) => return (Vec::new(), Some(failure)),
    };
    let (mut certificates, mut failure) = (Vec::new(), None);
    for item in read {
        match item {
            Ok(certificate) => certificates.push(certificate),
            Err(e) => failure = failure.or(Some(e)),
        }
    }
    (certificates, failure)
}

/// Every file in it. `openssl rehash` names each one twice, by symbolic links.
fn certificates_of_folder(path: &Path) -> (Certificates, Option<pem::Error>) {
    let files = match files_of(path) {
        Ok(files) => files,
        Err(e) => return (Vec::new(), Some(pem::Error::Io(e))),
    };
    let (mut certificates, mut failure) = (Vec::new(), None);
    for file in files {
        let (more, failed) = certificates_of_file(&file);
        certificates.extend(more);
        failure = failure.or(failed);
    }
    certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
    certificates.dedup();
    (certificates, failure)
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // A dangling link is a certificate that was taken away.
        if fs::metadata(&path).is_ok_and(|about| about.is_file()) {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(not(windows))]
fn system_store() -> Result<RootCertStore> {
    let found = SYSTEM_STORES.into_iter().map(Path::new).find(|path| path.exists());
    let path = found.ok_or_else(|| {
        let places = SYSTEM_STORES.join(", ");
        let why = format!("no system store of certificates (looked at {places}); a CA file can be named");
        Error::new(ErrorKind::Tls, why)
    })?;
    named("the system's store", path, certificates_of_file(path))
}

/// The authorities of this user and of the machine that may vouch for servers.
#[cfg(windows)]
fn system_store() -> Result<RootCertStore> {
    use schannel::cert_context::ValidUses;
    use schannel::cert_store::CertStore;
    const SERVER_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.1";

    let unusable =
        |why: String| Error::new(ErrorKind::Tls, format!("the system's store {why}; a CA file can be named"));
    let system =
        CertStore::open_current_user("ROOT").map_err(|e| unusable(format!("cannot be opened ({})", io_reason(&e))))?;
    let mut store = RootCertStore::empty();
    for certificate in system.certs() {
        let is_for_servers = certificate.valid_uses().is_ok_and(|uses| match uses {
            ValidUses::All => true,
            ValidUses::Oids(uses) => uses.iter().any(|what| what == SERVER_AUTHENTICATION),
        });
        if is_for_servers {
            store.add_parsable_certificates([CertificateDer::from(certificate.to_der().to_vec())]);
        }
    }
    if store.is_empty() { Err(unusable("holds no certificate".to_owned())) } else { Ok(store) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::root_store;
    use crate::config::Roots;

    #[test]
    fn a_folder_is_read_file_by_file_and_each_certificate_counts_once() {
        let folder = std::env::temp_dir().join(format!("tcdb-roots-{}", std::process::id()));
        fs::create_dir_all(folder.join("a folder inside")).unwrap();
        let roots = Roots::Custom { file: None, dir: Some(folder.clone()) };
        let refused = root_store(&roots).unwrap_err();
        assert_eq!(refused.message(), format!("ca_dir {}: holds no certificate", folder.display()));
        let certificate = include_str!("../../fuzz/authority.pem");
        for name in ["authority.pem", "0123abcd.0"] {
            fs::write(folder.join(name), certificate).unwrap();
        }
        fs::write(folder.join("README"), "not a certificate").unwrap();
        assert_eq!(root_store(&roots).unwrap().len(), 1);
        fs::remove_dir_all(&folder).unwrap();
        let gone = root_store(&roots).unwrap_err();
        assert_eq!(gone.message(), format!("ca_dir {}: no such file or directory", folder.display()));
    }
}
