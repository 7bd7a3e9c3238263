//! Whom the library talks to, and whom it refuses.

use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::{
    Certificate, DOCUMENTED_ID, Fault, Life, Misbehaviour, MockServer, Options as ServerOptions, Step, Versions,
};

use crate::c_api::{Credentials, Options, Waiter};

fn refusal(certificate: Certificate) -> String {
    let server = MockServer::start(ServerOptions { certificate, ..ServerOptions::default() }).unwrap();
    let failure = Options::to(&server).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts, server.requests()), (TCDB_ERR_TLS, 0, 0), "{failure:?}");
    assert_eq!((failure.is_retryable, server.connections()), (false, 1), "final: {failure:?}");
    let start = format!("TLS to {}: ", server.host_port());
    failure.message.strip_prefix(&start).unwrap_or_else(|| panic!("{failure:?}")).to_owned()
}

#[test]
fn every_certificate_that_is_refused_is_refused_in_a_sentence_that_says_what_to_do() {
    for (certificate, sentence) in [
        (Certificate::OtherName, "the certificate is for another name (other.example); use an endpoint that it names"),
        (
            Certificate::CommonNameOnly,
            "the certificate names no host; it needs a subjectAltName (a common name is not used)",
        ),
        (
            Certificate::UnknownAuthority,
            "the certificate is from an unknown authority; if the server is the right one, set its authority's file as \
             the CA file, or let the server send the intermediate certificates",
        ),
        (
            Certificate::SelfSigned,
            "the certificate is from an unknown authority; if the server is the right one, set its authority's file as \
             the CA file, or let the server send the intermediate certificates",
        ),
        (
            Certificate::Version1,
            "the certificate is of X.509 version 1; one of version 3 with a subjectAltName is needed",
        ),
        (
            Certificate::NameConstraints,
            "the certificate's authority is not allowed to sign for its name (name constraints); it must be signed by another authority",
        ),
    ] {
        assert_eq!(refusal(certificate), sentence, "{certificate:?}");
    }
}

#[test]
fn a_server_certificate_given_as_its_own_authority_is_said_to_be_one() {
    let certificate = Certificate::ItsOwnAuthority;
    let server = MockServer::start(ServerOptions { certificate, ..ServerOptions::default() }).unwrap();
    let options = Options::to(&server).ca_file(&server.certificate_file());
    let failure = options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_TLS, false), "{failure:?}");
    assert!(failure.message.contains("is itself an authority's (CA:TRUE"), "{failure:?}");
    assert!(failure.message.ends_with("the server needs one with CA:FALSE"), "{failure:?}");
}

#[test]
fn a_certificate_out_of_its_time_is_refused_and_the_local_clock_shown() {
    for (certificate, start) in [
        (Certificate::Expired, "the certificate has expired, if the local clock is right (20"),
        (Certificate::NotYetValid, "the certificate is not valid yet, if the local clock is right (20"),
    ] {
        let message = refusal(certificate);
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_is_a_final_tls_failure_that_says_so() {
    for versions in [Versions::Only12, Versions::Only13] {
        let server = MockServer::start(ServerOptions { versions, ..ServerOptions::default() }).unwrap();
        let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
        server.misbehave(Misbehaviour::fault(Fault::HandshakeWantsCertificate));
        for _ in 0..2 {
            let before = server.connections();
            let failure = client.query(DOCUMENTED_ID).unwrap_err();
            assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_TLS, false), "{versions:?} {failure:?}");
            assert!(failure.message.contains("requires a client certificate"), "{versions:?} {failure:?}");
            assert_eq!(server.connections() - before, 1, "{versions:?}: not asked again");
        }
        server.behave();
        client.query(DOCUMENTED_ID).unwrap();
    }
}

#[test]
fn an_alert_of_the_servers_may_pass_and_is_asked_again() {
    for fault in [Fault::HandshakeAlert, Fault::HandshakeAlertInternal] {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
        server.misbehave(Misbehaviour::fault(fault).next_connections(2));
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!((server.connections(), server.requests()), (3, 1), "{fault:?}");
        server.close_connections();
        server.misbehave(Misbehaviour::fault(fault));
        let failure = client.query(DOCUMENTED_ID).unwrap_err();
        assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_TLS, 0, true), "{failure:?}");
        assert!(failure.message.contains("the server ended TLS with the alert "), "{failure:?}");
        assert!(failure.message.ends_with("(3 attempts)"), "{failure:?}");
    }
}

#[test]
fn a_wait_outlives_an_alert_and_not_a_certificate_that_is_refused() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    server.put("task", Life::of([Step::status("RUNNING").times(2), Step::status("SUCCESS")]));
    let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
    let waiter = Waiter::quick(&client, "task", Duration::from_secs(60));
    while waiter.answers() == 0 {
        waiter.step(Duration::from_millis(100)).unwrap();
    }
    server.close_connections();
    server.misbehave(Misbehaviour::fault(Fault::HandshakeAlertInternal).next_connections(4));
    while server.misbehaviours_left() > 0 {
        assert!(waiter.step(Duration::from_millis(100)).unwrap().is_none());
    }
    server.close_connections();
    server.set_tls(Certificate::Expired, Versions::Both).unwrap();
    let failure = waiter.run().unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_TLS, "{failure:?}");
    assert!(failure.last.is_some(), "{failure:?}");
}

#[test]
fn a_server_that_refuses_to_resume_costs_no_attempt_and_is_not_asked_to_again() {
    for versions in [Versions::Only12, Versions::Only13] {
        let server = MockServer::start(ServerOptions { versions, ..ServerOptions::default() }).unwrap();
        let client = Options::to(&server).attempts(1).client(&Credentials::accepted()).unwrap();
        client.query(DOCUMENTED_ID).unwrap();
        server.misbehave(Misbehaviour::fault(Fault::HandshakeRefusesResumption));
        for _ in 0..5 {
            server.close_connections();
            while server.live_connections() > 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            client.query(DOCUMENTED_ID).unwrap();
        }
        // One more connection for the handshake that was refused: the first of the five alone offered a session.
        assert_eq!((server.connections(), server.requests()), (7, 6), "{versions:?}");
    }
}

#[test]
fn a_server_that_is_silent_where_a_session_is_offered_costs_one_attempt_and_is_offered_none_again() {
    for versions in [Versions::Only12, Versions::Only13] {
        let server = MockServer::start(ServerOptions { versions, ..ServerOptions::default() }).unwrap();
        let options = Options::to(&server).attempts(1).connect(Duration::from_millis(1_500));
        let client = options.client(&Credentials::accepted()).unwrap();
        client.query(DOCUMENTED_ID).unwrap();
        server.misbehave(Misbehaviour::fault(Fault::HandshakeStallsResumption));
        for number in 0..4 {
            server.close_connections();
            while server.live_connections() > 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            let outcome = client.query(DOCUMENTED_ID);
            let code = outcome.err().map(|failure| failure.code);
            assert_eq!(code, (number == 0).then_some(TCDB_ERR_CONNECT), "{versions:?} {number}");
        }
    }
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
    assert_eq!(failure.message, "endpoint uses plain HTTP, which is allowed for localhost and loopback addresses only");
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
        (folder.clone(), "is not a regular file"),
    ] {
        let failure = Options::new().ca_file(&path).client(&Credentials::accepted()).err().unwrap();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        assert_eq!(failure.message, format!("ca_file {}: {why}", path.display()));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
