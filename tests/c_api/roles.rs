//! Credentials of roles, issued by the mock server's STS.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tcdb_async::ffi::*;
use tcdb_mock_server::{
    DOCUMENTED_ID, Fault, MetadataRules, Misbehaviour, MockServer, Options as ServerOptions, SECRET_ID, SECRET_KEY,
    STS_ERROR_CODES, StsRules,
};

use crate::c_api::{Client, Credentials, Failure, Lines, Options, Role};
use crate::own_proxy::{Manner, OwnProxy};

pub const ARN: &str = "qcs::cam::uin/100000000001:roleName/reader";
const TOKEN: &str = "base-token-0123456789-abcdefghij";

pub fn start() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

/// For requests to STS.
pub fn io(server: &MockServer) -> Options {
    Options::new().sts(&server.sts_http_url()).total(Duration::from_secs(8))
}

pub fn client(server: &MockServer, credentials: &Credentials) -> Client {
    Options::to(server).endpoint(&server.http_url()).client(credentials).unwrap()
}

fn reader(server: &MockServer) -> Credentials {
    Credentials::accepted().assume_role(ARN, &Role::new(), &io(server)).unwrap()
}

fn parameters(server: &MockServer) -> Vec<Value> {
    let bodies = server.sts_seen().into_iter().map(|seen| serde_json::from_slice(&seen.body).unwrap());
    bodies.collect()
}

fn signers(server: &MockServer) -> Vec<Option<String>> {
    server.sts_seen().iter().map(tcdb_mock_server::Seen::secret_id).collect()
}

#[test]
fn a_role_is_assumed_by_the_first_query_and_signs_it_with_its_token() {
    let server = start();
    let credentials = reader(&server);
    let client = client(&server, &credentials);
    assert_eq!((server.sts_requests(), credentials.info()), (0, (format!("role {ARN} from static credentials"), 0)));
    client.query(DOCUMENTED_ID).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    let seen = &server.sts_seen()[0];
    assert_eq!((server.sts_requests(), seen.secret_id().as_deref(), &seen.refused), (1, Some(SECRET_ID), &None));
    assert_eq!(seen.header("x-tc-region").as_deref(), Some("ap-guangzhou"));
    let session = format!("tcdb-async-{}", std::process::id());
    let expected = json!({"RoleArn": ARN, "RoleSessionName": session, "DurationSeconds": 7200});
    assert_eq!(parameters(&server), [expected]);
    let query = &server.seen()[0];
    assert_eq!(query.secret_id(), server.sts_secret_ids().pop());
    assert!(query.header("x-tc-token").unwrap().starts_with("fake-sts-token-1-"));
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let (_, end) = credentials.info();
    assert!((now + 7_100..=now + 7_300).contains(&end), "{end} {now}");
}

#[test]
fn every_parameter_arrives_and_the_policy_is_encoded_once() {
    let server = start();
    server.set_sts(StsRules { external_id: Some("a:/b".into()), ..server.sts_rules() });
    let policy = r#"{"version":"2.0","statement":[{"effect":"allow","action":"cdb:Describe*","resource":"*"}]}"#;
    let role =
        Role::new().session("s.1").seconds(900).external_id("a:/b").policy(policy).source_identity("100000000009");
    let credentials = Credentials::accepted().assume_role(ARN, &role, &io(&server)).unwrap();
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    let sent = parameters(&server).remove(0);
    assert_eq!((&sent["RoleSessionName"], &sent["DurationSeconds"]), (&json!("s.1"), &json!(900)));
    assert_eq!((&sent["ExternalId"], &sent["SourceIdentity"]), (&json!("a:/b"), &json!("100000000009")));
    assert!(sent["Policy"].as_str().unwrap().starts_with("%7B%22version%22%3A%222.0%22"), "{sent}");
}

#[test]
fn temporary_base_credentials_send_their_token_to_sts() {
    let server = MockServer::start(ServerOptions { token: Some(TOKEN.into()), ..ServerOptions::default() }).unwrap();
    let base = Credentials::fixed(SECRET_ID, SECRET_KEY, Some(TOKEN)).unwrap();
    let role = base.assume_role(ARN, &Role::new(), &io(&server)).unwrap();
    client(&server, &role).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.sts_seen()[0].header("x-tc-token").as_deref(), Some(TOKEN));
}

#[test]
fn roles_are_assumed_over_roles_over_a_cvm_role_and_the_fifth_is_refused() {
    let server = start();
    let metadata = Options::new().endpoint(&server.metadata_url());
    let mut credentials = Credentials::cvm_role(None, &metadata).unwrap();
    for number in 1..=4 {
        let arn = format!("qcs::cam::uin/10000000000{number}:roleName/r{number}");
        credentials = credentials.assume_role(&arn, &Role::new(), &io(&server)).unwrap();
    }
    let failure = credentials.assume_role(ARN, &Role::new(), &io(&server)).err().unwrap();
    assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
    assert_eq!(failure.message, "role_arn would make a chain of 5 roles; at most 4");
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    let issued = server.sts_secret_ids();
    let signers: Vec<_> = signers(&server).into_iter().flatten().collect();
    assert!(signers[0].starts_with("AKIDFAKETEMPORARY"), "{signers:?}");
    assert_eq!(signers[1..], issued[..3]);
    assert_eq!(server.seen()[0].secret_id().as_ref(), issued.last());
    let source = credentials.info().0;
    assert!(
        source.starts_with("role qcs::cam::uin/100000000004:roleName/r4 from role qcs::cam::uin/100000000003"),
        "{source}"
    );
    assert!(source.ends_with(" from CVM role tcdb-demo-role"), "{source}");
}

#[test]
fn sixty_four_threads_ask_sts_once() {
    let server = start();
    server.set_sts(StsRules { delay: Duration::from_millis(200), ..server.sts_rules() });
    let client = client(&server, &reader(&server));
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert_eq!((server.sts_requests(), server.requests()), (1, 64));
}

#[test]
fn a_role_is_renewed_shortly_before_its_end_and_not_after_a_tenth_of_its_life() {
    let server = start();
    server.set_sts(StsRules { lifetime: Some(Duration::from_secs(10)), ..server.sts_rules() });
    let client = client(&server, &reader(&server));
    let started = Instant::now();
    client.query(DOCUMENTED_ID).unwrap();
    // STS gives the end in whole seconds: of 9 to 10 s of life a tenth is left at 8.1 to 9 s, give or take a fifth of that tenth.
    while server.sts_requests() == 1 && started.elapsed() < Duration::from_secs(12) {
        client.query(DOCUMENTED_ID).unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    let renewed = server.sts_seen()[1].at - server.sts_seen()[0].at;
    assert!((Duration::from_millis(7_900)..Duration::from_secs(10)).contains(&renewed), "{renewed:?}");
    assert!(server.seen().iter().all(|seen| seen.refused.is_none()));
}

#[test]
fn ids_of_1024_bytes_and_tokens_of_4096_are_taken() {
    let server = start();
    let rules = StsRules { id_bytes: 1024, key_bytes: 1024, token_bytes: 4096, ..server.sts_rules() };
    server.set_sts(rules);
    client(&server, &reader(&server)).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.seen()[0].header("x-tc-token").unwrap().len(), 4096);
}

#[test]
fn a_base_that_sts_no_longer_knows_is_renewed_once_and_asked_with_again() {
    let server = start();
    let metadata = Options::new().endpoint(&server.metadata_url());
    let base = Credentials::cvm_role(None, &metadata).unwrap();
    base.fetch(Duration::from_secs(5)).unwrap();
    server.revoke_metadata();
    let role = base.assume_role(ARN, &Role::new(), &io(&server)).unwrap();
    client(&server, &role).query(DOCUMENTED_ID).unwrap();
    let refused: Vec<_> = server.sts_seen().into_iter().map(|seen| seen.refused).collect();
    assert!(matches!(refused.as_slice(), [Some(code), None] if code.starts_with("AuthFailure.")), "{refused:?}");
    assert_eq!(server.metadata_credentials(), 2);
    // The API refuses the role's: the role alone is renewed.
    server.revoke_sts();
    let fetched = server.metadata_requests();
    client(&server, &role).query(DOCUMENTED_ID).unwrap();
    assert_eq!((server.metadata_requests(), server.sts_requests()), (fetched, 3));
}

#[test]
fn a_base_that_stays_refused_is_the_failure() {
    let server = start();
    let base = Credentials::fixed("AKIDunknown", "k", None).unwrap();
    let role = base.assume_role(ARN, &Role::new(), &io(&server)).unwrap();
    let failure = client(&server, &role).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, false));
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SecretIdNotFound"));
    assert!(failure.message.starts_with(&format!("role {ARN}: STS: AuthFailure.SecretIdNotFound: ")), "{failure:?}");
    assert_eq!((server.sts_requests(), server.requests()), (1, 0));
}

#[test]
fn the_clock_is_corrected_by_sts_and_for_the_api_too() {
    let server = start();
    server.set_clock_offset(3_600);
    let client = client(&server, &reader(&server));
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!((server.sts_requests(), server.requests()), (2, 1));
    assert!((3_598_000..=3_602_000).contains(&client.clock_offset()), "{}", client.clock_offset());
    // And the other way round: what the API has corrected serves STS.
    let corrected = crate::roles::client(&server, &Credentials::accepted());
    corrected.query(DOCUMENTED_ID).unwrap();
    corrected.set_credentials(&reader(&server));
    corrected.query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.sts_requests(), 3);
}

/// What a query says while STS answers with this.
fn under(server: &MockServer, misbehaviour: Misbehaviour) -> Result<(), Failure> {
    server.clear();
    server.misbehave_sts(misbehaviour);
    let outcome = client(server, &reader(server)).query(DOCUMENTED_ID).map(|_| ());
    server.behave_sts();
    outcome
}

#[test]
fn what_may_pass_is_asked_again_within_the_fetch() {
    let server = start();
    for misbehaviour in [
        Misbehaviour::fault(Fault::ResetBeforeFirstByte).next_requests(1),
        Misbehaviour::fault(Fault::Html502).next_requests(2),
        Misbehaviour::error("InternalError.DbError", "x", 200).next_requests(2),
        Misbehaviour::error("RequestLimitExceeded", "x", 200).next_requests(1),
        Misbehaviour::error("InvalidParameter.OverLimit", "x", 200).next_requests(1),
    ] {
        under(&server, misbehaviour.clone()).unwrap();
        let seen = server.sts_seen();
        let paused = seen[1].at - seen[0].at;
        // STS counts by the second.
        let least = if format!("{misbehaviour:?}").contains("Limit") { 1_000 } else { 200 };
        assert!(paused >= Duration::from_millis(least), "{misbehaviour:?}: {paused:?}");
    }
}

#[test]
fn a_connection_that_sts_closes_at_the_moment_of_use_is_replaced() {
    for fault in [Fault::CloseAtUse, Fault::ResetAtUse] {
        let server = start();
        // Refused for its time first, so that the second request goes out on a kept connection.
        server.set_clock_offset(3 * 3600);
        server.misbehave_sts(Misbehaviour::fault(fault));
        let role = Credentials::accepted().assume_role(ARN, &Role::new(), &io(&server)).unwrap();
        role.fetch(Duration::from_secs(8)).unwrap();
        assert_eq!(server.sts_requests(), 3, "{}", fault.name());
    }
}

#[test]
fn a_shutdown_ends_a_query_that_waits_for_sts() {
    let server = start();
    server.misbehave_sts(Misbehaviour::fault(Fault::StallReply));
    let client = client(&server, &reader(&server));
    let failure = thread::scope(|scope| {
        let query = scope.spawn(|| client.query(DOCUMENTED_ID).unwrap_err());
        while server.sts_requests() == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        client.shut_down();
        query.join().unwrap()
    });
    assert_eq!(failure.code, TCDB_ERR_CANCELLED, "{failure:?}");
    assert_eq!((failure.message.starts_with("cancelled while "), server.requests()), (true, 0), "{failure:?}");
}

#[test]
fn every_code_of_sts_is_reported_and_known_to_pass_or_to_stay() {
    let server = start();
    for code in STS_ERROR_CODES {
        server.clear();
        server.misbehave_sts(Misbehaviour::error(code.code, "in words", 200));
        let options = io(&server).total(Duration::from_millis(900));
        let role = Credentials::accepted().assume_role(ARN, &Role::new(), &options).unwrap();
        let failure = client(&server, &role).query(DOCUMENTED_ID).unwrap_err();
        server.behave_sts();
        assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, code.transient), "{failure:?}");
        assert_eq!(failure.server_code.as_deref(), Some(code.code));
        assert_eq!(failure.message, format!("role {ARN}: STS: {}: in words", code.code));
        // A wrong clock is mended first.
        if !code.transient && code.code != "AuthFailure.SignatureExpire" {
            assert_eq!(server.sts_requests(), 1, "{}", code.code);
        }
    }
}

#[test]
fn a_failure_of_sts_says_where_and_is_not_kept_for_ever() {
    let server = start();
    let role = reader(&server);
    server.stop_sts();
    let client = client(&server, &role);
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CREDENTIALS, true));
    let host = server.sts_http_url().replace("http://", "");
    assert!(failure.message.starts_with(&format!("role {ARN}: connect to {host}: ")), "{failure:?}");
    server.restart_sts().unwrap();
    thread::sleep(Duration::from_millis(6_500));
    client.query(DOCUMENTED_ID).unwrap();
}

#[test]
fn sts_is_asked_over_tls_and_through_a_proxy_with_the_sources_own_ca_and_times() {
    let server = start();
    let https = || Options::new().sts(&server.sts_url());
    let role = |options: &Options| Credentials::accepted().assume_role(ARN, &Role::new(), options).unwrap();
    let untrusted = client(&server, &role(&https())).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((untrusted.code, untrusted.is_retryable), (TCDB_ERR_CREDENTIALS, false), "{untrusted:?}");
    let trusting = || https().ca_file(&server.ca_file());
    client(&server, &role(&trusting())).query(DOCUMENTED_ID).unwrap();
    assert!(server.sts_seen().last().unwrap().over_tls);
    let proxy = OwnProxy::start(Manner::Http(None));
    client(&server, &role(&trusting().proxy(&format!("http://{}", proxy.authority())))).query(DOCUMENTED_ID).unwrap();
    assert_eq!(proxy.targets(), [server.sts_url().replace("https://", "")]);
    server.misbehave_sts(Misbehaviour::fault(Fault::StallReply));
    let hasty = trusting().total(Duration::from_millis(200));
    let started = Instant::now();
    let failure = client(&server, &role(&hasty)).query(DOCUMENTED_ID).unwrap_err();
    assert!(failure.message.contains("timed out after 200 ms while"), "{failure:?}");
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn an_endpoint_of_the_metadata_service_in_the_options_is_not_where_sts_is_asked() {
    let server = start();
    let options = io(&server).endpoint(&server.metadata_url());
    let role = Credentials::accepted().assume_role(ARN, &Role::new(), &options).unwrap();
    client(&server, &role).query(DOCUMENTED_ID).unwrap();
    assert_eq!((server.metadata_requests(), server.sts_requests()), (0, 1));
}

#[test]
fn what_cannot_be_a_role_is_refused_when_the_credentials_are_made() {
    let server = start();
    let base = Credentials::accepted();
    for (arn, role, options, why) in [
        ("", Role::new(), io(&server), "role_arn is empty"),
        ("reader", Role::new(), io(&server), "role_arn is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>"),
        (ARN, Role::new().session("x"), io(&server), "session_name is 1 bytes long; it must be 2 to 128"),
        (
            ARN,
            Role::new().seconds(43_201),
            io(&server),
            "duration_s is 43201; it must be 1 to 43200, 0 for the default",
        ),
        (
            ARN,
            Role::new(),
            io(&server).sts("http://example.com"),
            "sts_endpoint uses plain HTTP, which is allowed for localhost and loopback addresses only",
        ),
    ] {
        let failure = base.assume_role(arn, &role, &options).err().unwrap();
        assert_eq!((failure.code, failure.message.as_str()), (TCDB_ERR_INVALID_ARGUMENT, why));
    }
}

#[test]
fn fetch_is_a_check_at_start_up_and_serves_the_signed_request_after_it() {
    let server = start();
    let credentials = reader(&server);
    credentials.fetch(Duration::from_secs(5)).unwrap();
    credentials.fetch(Duration::from_secs(5)).unwrap();
    assert_eq!(server.sts_requests(), 1);
    client(&server, &credentials).query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.sts_requests(), 1);
    server.set_metadata(MetadataRules { role: None, ..MetadataRules::default() });
    let none = Credentials::cvm_role(None, &Options::new().endpoint(&server.metadata_url())).unwrap();
    let failure = none.fetch(Duration::from_secs(5)).unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (TCDB_ERR_CREDENTIALS, "CVM role: the instance has no role"));
    server.misbehave_sts(Misbehaviour::fault(Fault::StallReply));
    let slow = reader(&server);
    let failure = slow.fetch(Duration::from_millis(300)).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT, "{failure:?}");
    assert!(Credentials::accepted().fetch(Duration::from_millis(1)).is_ok());
}

#[test]
fn the_place_is_logged_by_name_and_the_fetch_with_its_life() {
    let server = start();
    let lines = Lines::default();
    let options = io(&server).log(TCDB_LOG_INFO, &lines);
    let role = Credentials::accepted().assume_role(ARN, &Role::new(), &options).unwrap();
    client(&server, &role).query(DOCUMENTED_ID).unwrap();
    assert!(lines.contains(&format!("role {ARN}: credentials fetched, valid for 7")), "{:?}", lines.all());
}
