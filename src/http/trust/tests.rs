use std::path::{Path, PathBuf};

use tcdb_mock_server::{MockServer, Options};

use super::{TrustStore, first_store};
use crate::config::{Roots, TrustFile};
use crate::error::ErrorKind;

/// A folder of this test's own, and a certificate in it.
struct Folder {
    path: PathBuf,
    server: MockServer,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tcdb-trust-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path, server: MockServer::start(Options::default()).unwrap() }
    }

    fn pem(&self) -> Vec<u8> {
        std::fs::read(self.server.ca_file()).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn entry(path: &Path) -> TrustFile {
    TrustFile { name: "SSL_CERT", path: path.to_owned() }
}

fn load(file: Option<&Path>, dirs: &[&Path]) -> Result<(usize, Vec<String>), (ErrorKind, String)> {
    let roots = Roots::Custom { file: file.map(entry), dirs: dirs.iter().map(|dir| entry(dir)).collect() };
    match TrustStore::load(&roots) {
        Ok(loaded) => Ok((loaded.store.0.len(), loaded.warnings)),
        Err(error) => Err((error.kind(), error.message().to_owned())),
    }
}

#[test]
fn a_certificate_counts_also_behind_a_byte_order_mark_and_among_other_blocks() {
    let folder = Folder::new("marks");
    let marked = [b"\xef\xbb\xbf".as_slice(), &folder.pem()].concat();
    assert_eq!(load(Some(&folder.write("marked.pem", &marked)), &[]), Ok((1, vec![])));
    let commented = [b"# an authority\n\n".as_slice(), &folder.pem(), b"-----BEGIN CERTIFICATE-----\ncut"].concat();
    assert_eq!(load(Some(&folder.write("commented.pem", &commented)), &[]), Ok((1, vec![])));
}

#[test]
fn what_is_not_a_file_of_certificates_is_named_with_its_reason() {
    let folder = Folder::new("faults");
    let der = [b"\x30\x82\x01\x0a".as_slice(), &[0; 262]].concat();
    let garbled = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    for (name, bytes, why) in [
        ("empty.pem", b"".to_vec(), "holds no certificate"),
        ("text.pem", b"no certificate here\n".to_vec(), "holds no certificate"),
        ("garbled.pem", garbled, "holds no certificate that can be used"),
        ("ca.der", der, "is DER; PEM is expected (openssl x509 -inform DER -in FILE -out FILE.pem)"),
        ("utf16.pem", b"\xff\xfe-\0".to_vec(), "is UTF-16; PEM is plain ASCII"),
        ("large.pem", vec![b'x'; super::MAX_FILE + 1], "is larger than 16777216 bytes"),
    ] {
        let path = folder.write(name, &bytes);
        let expected = (ErrorKind::InvalidArgument, format!("SSL_CERT {}: {why}", path.display()));
        assert_eq!(load(Some(&path), &[]), Err(expected), "{name}");
    }
    let missing = folder.path.join("missing.pem");
    let expected = format!("SSL_CERT {}: no such file or directory", missing.display());
    assert_eq!(load(Some(&missing), &[]), Err((ErrorKind::InvalidArgument, expected)));
    let expected = format!("SSL_CERT {}: is not a regular file", folder.path.display());
    assert_eq!(load(Some(&folder.path), &[]), Err((ErrorKind::InvalidArgument, expected)));
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_and_not_waited_for() {
    let folder = Folder::new("pipes");
    let pipe = folder.path.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
        let expected = format!("SSL_CERT {}: is not a regular file", path.display());
        assert_eq!(load(Some(path), &[]), Err((ErrorKind::InvalidArgument, expected)));
    }
    // Nor does one in a folder of certificates do any harm.
    folder.write("good.pem", &folder.pem());
    assert_eq!(load(None, &[&folder.path]), Ok((1, vec![])));
}

#[test]
fn of_several_places_those_that_hold_certificates_count_and_the_others_are_warned_of() {
    let folder = Folder::new("places");
    folder.write("certs/01234567.0", &folder.pem());
    folder.write("certs/copy.pem", &folder.pem());
    folder.write("certs/README", b"text");
    folder.write("none/README", b"text");
    let (certs, none, missing) = (folder.path.join("certs"), folder.path.join("none"), folder.path.join("missing"));
    assert_eq!(load(None, &[&certs]), Ok((1, vec![])));
    let (roots, warnings) = load(Some(&missing), &[&missing, &none, &certs]).unwrap();
    assert_eq!(roots, 1);
    let missing_text = format!("SSL_CERT {}: no such file or directory", missing.display());
    let none_text = format!("SSL_CERT {}: holds no certificate that can be used", none.display());
    assert_eq!(warnings, [missing_text.clone(), missing_text.clone(), none_text.clone()]);
    let expected = format!("{missing_text}; {none_text}");
    assert_eq!(load(None, &[&missing, &none]), Err((ErrorKind::InvalidArgument, expected)));
}

#[test]
fn a_system_store_that_is_empty_gives_way_to_the_next_and_none_names_all_places() {
    let folder = Folder::new("system");
    let (empty, good) = (folder.write("empty.crt", b""), folder.write("good.crt", &folder.pem()));
    let loaded = first_store(&[folder.path.join("missing.crt"), empty.clone(), good.clone()]).unwrap();
    assert_eq!(loaded.store.0.len(), 1);
    assert_eq!(loaded.warnings, [format!("system store {}: holds no certificate", empty.display())]);
    let error = first_store(&[folder.path.join("missing.crt"), empty.clone()]).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Tls);
    for place in ["missing.crt", "empty.crt", "holds no certificate", "a CA file can be named"] {
        assert!(error.message().contains(place), "{error}");
    }
}

#[test]
fn other_forms_of_openssls_are_named() {
    let folder = Folder::new("labels");
    for (label, found) in [
        ("TRUSTED CERTIFICATE", ", but a TRUSTED CERTIFICATE; PEM blocks named CERTIFICATE are expected"),
        ("PKCS7", ", but a PKCS7; PEM blocks named CERTIFICATE are expected"),
        ("RSA PRIVATE KEY", ", but a RSA PRIVATE KEY; PEM blocks named CERTIFICATE are expected"),
        ("no label\u{1}", ""),
    ] {
        let pem = String::from_utf8(folder.pem()).unwrap().replace("CERTIFICATE", label);
        let path = folder.write("other.pem", pem.as_bytes());
        let (kind, why) = load(Some(&path), &[]).unwrap_err();
        assert_eq!(kind, ErrorKind::InvalidArgument);
        assert_eq!(why, format!("SSL_CERT {}: holds no certificate{found}", path.display()));
    }
}
