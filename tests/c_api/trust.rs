//! Whom the library talks to, and whom it refuses.

use tcdb_async::ffi::*;
use tcdb_mock_server::{Certificate, DOCUMENTED_ID, MockServer, Options as ServerOptions, Versions};

use crate::c_api::{Credentials, Options};

fn refusal(certificate: Certificate) -> String {
    let server = MockServer::start(ServerOptions { certificate, ..ServerOptions::default() }).unwrap();
    let failure = Options::to(&server).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts, server.requests()), (TCDB_ERR_TLS, 1, 0), "{failure:?}");
    let start = format!("TLS to {}: ", server.host_port());
    failure.message.strip_prefix(&start).unwrap_or_else(|| panic!("{failure:?}")).to_owned()
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    assert_eq!(refusal(Certificate::OtherName), "the certificate is for another name");
}

#[test]
fn an_expired_certificate_is_refused_and_the_local_clock_told() {
    let message = refusal(Certificate::Expired);
    assert!(message.starts_with("the certificate has expired, if the local clock is right (20"), "{message}");
}

#[test]
fn a_certificate_of_the_future_is_refused_and_the_local_clock_told() {
    let message = refusal(Certificate::NotYetValid);
    assert!(message.starts_with("the certificate is not valid yet, if the local clock is right (20"), "{message}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    assert_eq!(refusal(Certificate::UnknownAuthority), "the certificate is from an unknown authority");
    assert_eq!(refusal(Certificate::SelfSigned), "the certificate is from an unknown authority");
}

#[test]
fn the_systems_store_does_not_know_the_local_authority() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let options = Options::new().endpoint(&server.https_url());
    // A machine without any store says so; one with a store refuses what it does not hold.
    let code = match options.client(&Credentials::accepted()) {
        Ok(client) => client.query(DOCUMENTED_ID).unwrap_err().code,
        Err(failure) => failure.code,
    };
    assert_eq!((code, server.requests()), (TCDB_ERR_TLS, 0));
}

#[test]
fn plain_http_is_for_loopback_alone() {
    let failure = Options::new().endpoint("http://cdb.example.com").client(&Credentials::accepted()).err().unwrap();
    assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
    assert_eq!(failure.message, "endpoint uses plain HTTP; that is for localhost and loopback addresses only");
}

#[test]
fn tls_1_2_and_1_3_are_spoken() {
    for versions in [Versions::Only12, Versions::Only13] {
        let server = MockServer::start(ServerOptions { versions, ..ServerOptions::default() }).unwrap();
        Options::to(&server).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap();
    }
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let folder = std::env::temp_dir().join(format!("tcdb-trust-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let empty = folder.join("empty.pem");
    std::fs::write(&empty, "no certificate here\n").unwrap();
    for (path, why) in [
        (folder.join("missing.pem"), "no such file or directory"),
        (empty.clone(), "holds no certificate"),
        (folder.clone(), "is a directory"),
    ] {
        let failure = Options::new().ca_file(&path).client(&Credentials::accepted()).err().unwrap();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        assert_eq!(failure.message, format!("ca_file {}: {why}", path.display()));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
