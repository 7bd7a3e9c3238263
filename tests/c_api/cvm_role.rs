//! Credentials of a CVM instance's role, from the stand-in metadata service.

use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{
    DOCUMENTED_ID, Effect, Fault, MetadataRules, Misbehaviour, MockServer, Options as ServerOptions, Stage,
};

use crate::c_api::{Client, Credentials, Failure, Options};

const ROLE: &str = "tcdb-demo-role";

/// For the source itself: the stand-in's address, and a time short enough for tests.
pub fn io(server: &MockServer) -> Options {
    Options::new().endpoint(&server.metadata_url()).total(Duration::from_secs(2))
}

pub fn client(server: &MockServer) -> Client {
    client_with(server, &Credentials::cvm_role(None, &io(server)).unwrap())
}

pub fn client_with(server: &MockServer, credentials: &Credentials) -> Client {
    Options::to(server).endpoint(&server.http_url()).client(credentials).unwrap()
}

pub fn start() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

/// What a first query fails with.
fn failure(server: &MockServer, role: Option<&str>) -> Failure {
    let credentials = Credentials::cvm_role(role, &io(server)).unwrap();
    client_with(server, &credentials).query(DOCUMENTED_ID).unwrap_err()
}

#[test]
fn a_role_is_discovered_and_its_credentials_sign_the_query() {
    let server = start();
    let client = client(&server);
    assert_eq!(server.metadata_requests(), 0, "making it opens no connection");
    client.query(DOCUMENTED_ID).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    let seen = server.metadata_seen();
    let lines: Vec<_> =
        seen.iter().map(|s| String::from_utf8_lossy(&s.head).lines().next().unwrap().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "GET /latest/meta-data/cam/security-credentials/ HTTP/1.1",
            "GET /latest/meta-data/cam/security-credentials/tcdb-demo-role HTTP/1.1",
        ]
    );
    assert_eq!(seen[0].header("Host").unwrap(), server.metadata_url().replace("http://", ""));
    assert!(seen.iter().all(|s| s.header("Authorization").is_none() && s.header("X-TC-Token").is_none()));
    let token = server.seen()[0].header("X-TC-Token").unwrap();
    assert!(token.starts_with("fake-token-1-"), "{token}");
}

#[test]
fn a_named_role_is_asked_for_alone() {
    let server = start();
    let credentials = Credentials::cvm_role(Some(ROLE), &io(&server)).unwrap();
    client_with(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.metadata_requests(), 1);
}

#[test]
fn an_instance_without_the_role_is_reported_as_such() {
    let server = start();
    let other = failure(&server, Some("other"));
    assert_eq!((other.code, other.is_retryable), (TCDB_ERR_CREDENTIALS, false));
    assert_eq!(other.message, "CVM role: the instance has no role other");
    server.set_metadata(MetadataRules { role: None, ..MetadataRules::default() });
    assert_eq!(failure(&server, None).message, "CVM role: the instance has no role");
}

/// A body in place of the credentials, and what the message says of it.
const BAD_BODIES: [(&str, &str); 28] = [
    ("", "the reply is JSON that ends too soon"),
    ("{", "the reply is JSON that ends too soon"),
    ("{}", "the reply has no TmpSecretId"),
    ("null", "or is not an object"),
    ("[]", "or is not an object"),
    ("7", "or is not an object"),
    ("\"verySecret\"", "or is not an object"),
    ("[\"a\",\"verySecret\",\"t\",1,\"Success\"]", "or is not an object"),
    ("<html>verySecret</html>", "the reply is not JSON"),
    ("not found", "the reply is not JSON"),
    (
        r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","Token":"t","ExpiredTime":9,"Code":"Success"} x"#,
        "is not JSON",
    ),
    (r#"{"TmpSecretKey":"verySecret","Token":"t","ExpiredTime":4000000000}"#, "the reply has no TmpSecretId"),
    (r#"{"TmpSecretId":"a","Token":"t","ExpiredTime":4000000000}"#, "the reply has no TmpSecretKey"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","ExpiredTime":4000000000}"#, "the reply has no Token"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","Token":"t"}"#, "the reply has no ExpiredTime"),
    (r#"{"TmpSecretId":null,"TmpSecretKey":"verySecret","Token":"t","ExpiredTime":1}"#, "the reply has no TmpSecretId"),
    (
        r#"{"TmpSecretId":"","TmpSecretKey":"verySecret","Token":"t","ExpiredTime":1}"#,
        "the reply's TmpSecretId is empty",
    ),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"","Token":"t","ExpiredTime":1}"#, "the reply's TmpSecretKey is empty"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","Token":"","ExpiredTime":1}"#, "the reply's Token is empty"),
    (r#"{"TmpSecretId":"a b","TmpSecretKey":"verySecret","Token":"t","ExpiredTime":1}"#, "TmpSecretId holds a space"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"very Secret","Token":"t","ExpiredTime":1}"#, "TmpSecretKey holds a space"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","Token":"t\r\nX: y","ExpiredTime":1}"#, "Token holds a space"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":"verySecret","Token":"t","ExpiredTime":"soon"}"#, "of the wrong type"),
    (r#"{"TmpSecretId":"a","TmpSecretKey":["verySecret"],"Token":"t","ExpiredTime":1}"#, "of the wrong type"),
    (
        r#"{"TmpSecretId":"a","TmpSecretKey":"x","TmpSecretKey":"verySecret","Token":"t","ExpiredTime":1}"#,
        "a member twice",
    ),
    (r#"{"Code":"AssumeRoleError"}"#, "the reply has the Code AssumeRoleError"),
    (r#"{"Code":"","TmpSecretKey":"verySecret"}"#, "the reply has the Code of a failure"),
    (r#"{"Code":"x\r\nverySecret"}"#, "the reply has the Code of a failure"),
];

fn raw(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn refused_with(server: &MockServer, role: Option<&str>, reply: Vec<u8>, why: &str) {
    server.misbehave_metadata(Misbehaviour::raw(reply, false));
    let failure = failure(server, role);
    server.behave_metadata();
    assert_eq!(failure.code, TCDB_ERR_CREDENTIALS, "{failure:?}");
    assert!(failure.message.contains(why), "{why}: {failure:?}");
    assert!(failure.message.contains("127.0.0.1:"), "the service is named: {failure:?}");
    assert!(!failure.message.contains("verySecret"), "{failure:?}");
    assert_eq!(server.requests(), 0, "nothing to sign with");
}

#[test]
fn replies_without_credentials_are_refused_with_a_reason_and_no_secret() {
    let server = start();
    for (body, why) in BAD_BODIES {
        refused_with(&server, Some(ROLE), raw("200 OK", body.as_bytes()), why);
    }
    let long =
        format!(r#"{{"TmpSecretId":"a","TmpSecretKey":"verySecret{}","Token":"t","ExpiredTime":1}}"#, "k".repeat(1015));
    refused_with(&server, Some(ROLE), raw("200 OK", long.as_bytes()), "TmpSecretKey is 1025 bytes long; at most 1024");
    refused_with(&server, Some(ROLE), raw("200 OK", b"\xff\xfe"), "the reply is not UTF-8");
    let huge = [b"{\"TmpSecretKey\":\"verySecret\"}".as_slice(), &[b' '; 16_384]].concat();
    refused_with(&server, Some(ROLE), raw("200 OK", &huge), "HTTP 200 with a body over 16384 bytes");
    refused_with(&server, Some(ROLE), raw("204 No Content", b""), "returned HTTP 204");
    refused_with(&server, Some(ROLE), raw("403 Forbidden", b"verySecret"), "returned HTTP 403");
    refused_with(&server, Some(ROLE), raw("500 Oops", b"verySecret"), "returned HTTP 500");
}

#[test]
fn names_that_are_not_roles_are_refused() {
    let server = start();
    for (body, why) in [
        ("", "the name of its role is empty"),
        ("one\ntwo", "the name of its role holds something other than letters"),
        ("<html>", "the name of its role holds something other than letters"),
        ("../../user-data", "the name of its role holds something other than letters"),
        ("..", "the name of its role holds something other than letters"),
        (&"r".repeat(129), "the name of its role is 129 bytes long; at most 128"),
    ] {
        refused_with(&server, None, raw("200 OK", body.as_bytes()), why);
    }
    for name in ["", "a/b", "a b", "..", "é"] {
        let failure = Credentials::cvm_role(Some(name), &io(&server)).map(drop).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        assert!(failure.message.starts_with("role "), "{failure:?}");
    }
}

/// Whatever the service does: credentials or a reason, within the source's own time.
#[test]
fn every_fault_ends_in_credentials_or_a_reason_within_the_time_of_the_source() {
    let server = start();
    for fault in Fault::ALL.iter().copied() {
        server.misbehave_metadata(Misbehaviour::fault(fault));
        let io = io(&server).total(Duration::from_millis(500));
        let client = client_with(&server, &Credentials::cvm_role(None, &io).unwrap());
        let started = Instant::now();
        let outcome = client.query(DOCUMENTED_ID);
        let (took, name) = (started.elapsed(), fault.name());
        server.behave_metadata();
        assert!(took < Duration::from_secs(3), "{name}: {took:?}");
        match (fault.stage(), fault.effect()) {
            (_, Effect::Either) => {}
            // Without TLS they have no effect.
            _ if matches!(
                fault,
                Fault::HandshakeRefusesResumption | Fault::HandshakeStallsResumption | Fault::HandshakeWantsCertificate
            ) =>
            {
                drop(outcome.unwrap());
            }
            // To be asked again on a new connection (issue 13).
            _ if matches!(fault, Fault::Http408AtUse | Fault::Http421AtUse | Fault::Http425AtUse) => {}
            // A kept connection that is closed is replaced.
            _ if fault.needs_a_kept_connection() && fault != Fault::StallAtUse => drop(outcome.unwrap()),
            (Stage::Delivery, Effect::Answer) => drop(outcome.unwrap_or_else(|f| panic!("{name}: {f:?}"))),
            // Where no TLS is shaken hands on, there is nothing to do slowly.
            (Stage::Handshake, Effect::Late) => {}
            _ => {
                let failure = outcome.map(|found| panic!("{name}: {found:?}")).unwrap_err();
                assert_eq!(failure.code, TCDB_ERR_CREDENTIALS, "{name}: {failure:?}");
                assert!(failure.message.starts_with("CVM role: ") || failure.message.starts_with("metadata service "));
            }
        }
    }
    assert_eq!(server.followers().len(), 0, "a redirect was followed");
}

#[test]
fn a_passing_fault_is_asked_again_within_the_fetch() {
    let server = start();
    for fault in [Fault::ResetBeforeFirstByte, Fault::Http503Empty, Fault::CloseInBody] {
        server.misbehave_metadata(Misbehaviour::fault(fault).next_requests(2));
        client(&server).query(DOCUMENTED_ID).unwrap_or_else(|f| panic!("{}: {f:?}", fault.name()));
    }
}

#[test]
fn the_service_is_asked_at_its_own_address_or_on_loopback_and_never_through_a_proxy() {
    let server = start();
    for address in [
        "https://localhost:1",
        "localhost:80",
        "169.254.0.23",
        "http://169.254.0.23",
        "http://metadata.example",
        "http://metadata.tencentyun.com:81",
        "http://metadata.tencentyun.com/x",
        "http://127.0.0.1/latest",
        "",
    ] {
        let failure = Credentials::cvm_role(None, &Options::new().endpoint(address)).map(drop).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT, "{address}");
        assert!(failure.message.starts_with("endpoint "), "{address}: {failure:?}");
    }
    for address in ["http://metadata.tencentyun.com", "HTTP://Metadata.tencentyun.com/", "http://[::1]:9"] {
        Credentials::cvm_role(None, &Options::new().endpoint(address)).unwrap();
    }
    let io = io(&server).proxy("http://127.0.0.1:1");
    client_with(&server, &Credentials::cvm_role(None, &io).unwrap()).query(DOCUMENTED_ID).unwrap();
}

#[test]
fn a_service_that_is_dead_costs_its_time_once_and_not_once_a_query() {
    let server = start();
    let stalled = tcdb_mock_server::stalled_connect().unwrap();
    for (address, why) in [(format!("http://{}", stalled.host_port()), "timed out"), (server.metadata_url(), "refused")]
    {
        server.stop_metadata();
        let io =
            Options::new().endpoint(&address).connect(Duration::from_millis(150)).total(Duration::from_millis(400));
        let client = client_with(&server, &Credentials::cvm_role(None, &io).unwrap());
        let started = Instant::now();
        for _ in 0..20 {
            let failure = client.query(DOCUMENTED_ID).unwrap_err();
            assert_eq!((failure.code, failure.is_retryable, failure.attempts), (TCDB_ERR_CREDENTIALS, true, 0));
            assert!(failure.message.contains(why), "{failure:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(2), "{why}: {:?}", started.elapsed());
    }
}

#[test]
fn a_slow_service_ends_with_the_querys_own_deadline_or_its_cancel() {
    let server = start();
    server.misbehave_metadata(Misbehaviour::fault(Fault::StallReply));
    let patient = Options::new().endpoint(&server.metadata_url()).total(Duration::from_secs(20));
    let credentials = Credentials::cvm_role(None, &patient).unwrap();
    let hasty = Options::to(&server).endpoint(&server.http_url()).total(Duration::from_millis(200));
    let started = Instant::now();
    let failure = hasty.client(&credentials).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT, "{failure:?}");
    assert!(failure.message.starts_with("CVM role: timed out after "), "{failure:?}");
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    let client = client_with(&server, &credentials);
    let (outcome, took) = std::thread::scope(|scope| {
        let query = scope.spawn(|| client.query(DOCUMENTED_ID));
        std::thread::sleep(Duration::from_millis(200));
        let cancelled = Instant::now();
        client.shut_down();
        (query.join().unwrap(), cancelled.elapsed())
    });
    assert_eq!(outcome.unwrap_err().code, TCDB_ERR_CANCELLED);
    assert!(took < Duration::from_secs(1), "{took:?}");
    // Who gave up for reasons of its own leaves no failure to the others.
    server.behave_metadata();
    client_with(&server, &credentials).query(DOCUMENTED_ID).unwrap();
}

#[test]
fn a_clock_that_is_hours_off_neither_hides_nor_outlives_the_credentials() {
    for offset in [-3 * 3600, 3 * 3600] {
        let server = start();
        server.set_clock_offset(offset);
        let client = client(&server);
        for _ in 0..5 {
            client.query(DOCUMENTED_ID).unwrap();
        }
        assert_eq!((server.metadata_credentials(), server.requests()), (1, 6), "{offset}");
        assert!(client.clock_offset().abs_diff(offset * 1000) < 2500);
    }
}

fn sign(client: &Client) -> Result<(), Failure> {
    let (mut out, mut error) = (std::ptr::null_mut(), std::ptr::null_mut());
    let id = crate::c_api::c(DOCUMENTED_ID);
    let code = unsafe { tcdb_request_new(client.0, id.as_ptr(), 0, &mut out, &mut error) };
    crate::c_api::outcome(code, out, error).map(|request| unsafe { tcdb_request_free(request) })
}

#[test]
fn signing_without_sending_fetches_nothing() {
    let server = start();
    let client = client(&server);
    let failure = sign(&client).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_CREDENTIALS);
    assert_eq!(failure.message, "CVM role: no credentials yet; a query fetches them");
    assert_eq!(server.metadata_requests(), 0);
    client.query(DOCUMENTED_ID).unwrap();
    sign(&client).unwrap();
}

/// By this machine's clock, three hours fast, the role's credentials ended an hour ago; by the API's they are valid.
#[test]
fn signing_without_sending_checks_the_expiry_by_the_corrected_clock() {
    let server = start();
    server.set_clock_offset(-3 * 3600);
    server.set_metadata(MetadataRules { lifetime: Duration::from_secs(2 * 3600), ..MetadataRules::default() });
    let client = client(&server);
    client.query(DOCUMENTED_ID).unwrap();
    assert!(client.clock_offset() < -3 * 3_500_000, "{}", client.clock_offset());
    std::thread::sleep(Duration::from_secs(6));
    sign(&client).unwrap();
}
