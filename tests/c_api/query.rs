//! One question and its answer.

use std::thread;
use std::time::Duration;

use serde_json::Value;
use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Life, Member, Misbehaviour, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Client, Credentials, Options};

const INFO: &str = "Dropped the database table successfully.";

fn server() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

#[test]
fn the_documented_example_is_answered_as_documented() {
    let server = server();
    let reply = format!(
        r#"{{"Response":{{"Info":"{INFO}","Status":"SUCCESS","RequestId":"faae8d6a-38fb-44de-988e-5a0e78aba4a7"}}}}"#
    );
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", reply.len());
    server.misbehave(Misbehaviour::raw(head + &reply, false));
    let found = Client::of(&server).query(DOCUMENTED_ID).unwrap();
    assert_eq!((found.status, found.status_text.as_str()), (TCDB_STATUS_SUCCESS, "SUCCESS"));
    assert_eq!(found.info.as_deref(), Some(INFO.as_bytes()));
    assert_eq!(found.request_id.as_deref(), Some("faae8d6a-38fb-44de-988e-5a0e78aba4a7"));
}

#[test]
fn a_request_is_on_the_wire_byte_for_byte_as_documented() {
    let server = server();
    let client = Options::to(&server).endpoint(&server.http_url()).client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.refused, None);
    let (timestamp, authorization) = (seen.header("X-TC-Timestamp").unwrap(), seen.header("Authorization").unwrap());
    let expected = format!(
        "POST / HTTP/1.1\r\n\
         host: 127.0.0.1:{port}\r\n\
         content-type: application/json\r\n\
         x-tc-action: DescribeAsyncRequestInfo\r\n\
         x-tc-version: 2017-03-20\r\n\
         x-tc-region: ap-guangzhou\r\n\
         x-tc-language: en-US\r\n\
         x-tc-requestclient: tcdb-async-{version}\r\n\
         x-tc-timestamp: {timestamp}\r\n\
         authorization: {authorization}\r\n\
         content-length: 56\r\n\r\n",
        port = server.http_port(),
        version = env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(String::from_utf8(seen.head).unwrap(), expected);
    assert_eq!(seen.body, br#"{"AsyncRequestId":"f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"}"#);
}

#[test]
fn every_status_is_handed_over_with_its_text() {
    let server = server();
    let client = Client::of(&server);
    let known = ["INITIAL", "RUNNING", "SUCCESS", "FAILED", "KILLED", "REMOVED", "PAUSED", "UNDEFINED"];
    for (number, status) in (1..).zip(known) {
        server.put(status, Life::of([Step::status(status).info("任务 ended\n\"so\"")]));
        let found = client.query(status).unwrap();
        assert_eq!((found.status, found.status_text.as_str()), (number, status));
        assert_eq!(found.info.as_deref(), Some("任务 ended\n\"so\"".as_bytes()));
    }
    for strange in ["success", "SUCCEED", "PENDING", "状态", " "] {
        server.put(strange, Life::of([Step::status(strange)]));
        let found = client.query(strange).unwrap();
        assert_eq!((found.status, found.status_text.as_str()), (TCDB_STATUS_UNKNOWN, strange));
    }
}

#[test]
fn a_null_or_missing_member_is_none() {
    let server = server();
    let client = Client::of(&server);
    for (i, member) in [Member::Null, Member::Missing].into_iter().enumerate() {
        let id = format!("none-{i}");
        server.put(&id, Life::of([Step::raw_status(member.clone(), member)]));
        let found = client.query(&id).unwrap();
        assert_eq!((found.status, found.status_text.as_str(), found.info), (TCDB_STATUS_UNKNOWN, "", None));
        assert!(found.request_id.is_some());
    }
}

#[test]
fn a_nul_inside_info_loses_nothing() {
    let server = server();
    server.put("nul", Life::of([Step::status("SUCCESS").info("before\0after")]));
    let found = Client::of(&server).query("nul").unwrap();
    assert_eq!(found.info.as_deref(), Some(&b"before\0after"[..]));
}

/// The code of each family, as `docs/troubleshooting.md` lists them.
fn expected_code(server_code: &str) -> tcdb_code {
    match server_code {
        "InvalidParameter.InvalidAsyncRequestId" => TCDB_ERR_UNKNOWN_REQUEST_ID,
        "CdbError.TaskError" | "ServiceUnavailable" => TCDB_ERR_UNAVAILABLE,
        "AuthFailure.UnauthorizedOperation" | "UnauthorizedOperation" | "IpInBlacklist" | "IpNotInWhitelist" => {
            TCDB_ERR_DENIED
        }
        code if code.starts_with("OperationDenied") => TCDB_ERR_DENIED,
        code if code.starts_with("InternalError") => TCDB_ERR_UNAVAILABLE,
        code if code.starts_with("AuthFailure") => TCDB_ERR_AUTH,
        code if code.starts_with("RequestLimitExceeded") => TCDB_ERR_RATE_LIMITED,
        _ => TCDB_ERR_REJECTED,
    }
}

#[test]
fn every_error_code_of_the_api_is_mapped_and_nothing_of_its_text_is_lost() {
    let file: Value = serde_json::from_str(include_str!("../data/error_codes.json")).unwrap();
    let listed = ["api", "common"].into_iter().flat_map(|list| file[list].as_array().unwrap());
    let server = server();
    let client = Options::to(&server).attempts(1).client(&Credentials::accepted()).unwrap();
    let mut count = 0;
    for entry in listed {
        let (server_code, message) = (entry["code"].as_str().unwrap(), entry["description"].as_str().unwrap());
        server.put(server_code, Life::of([Step::error(server_code, message)]));
        let failure = client.query(server_code).unwrap_err();
        assert_eq!(failure.code, expected_code(server_code), "{server_code}");
        assert_eq!(failure.server_code.as_deref(), Some(server_code));
        assert_eq!(failure.server_message.as_deref(), Some(message));
        assert!(failure.request_id.is_some() && failure.http_status == 200, "{failure:?}");
        assert!(failure.message.starts_with(&format!("{server_code}: ")), "{failure:?}");
        let may_pass = matches!(failure.code, TCDB_ERR_UNAVAILABLE | TCDB_ERR_RATE_LIMITED);
        assert_eq!(failure.is_retryable, may_pass, "{server_code}");
        count += 1;
    }
    assert_eq!(count, 45);
}

#[test]
fn a_wrong_key_is_an_auth_failure_and_is_not_asked_again() {
    let server = server();
    let wrong = Credentials::fixed(tcdb_mock_server::SECRET_ID, "WrongKeyWrongKeyWrongKey", None).unwrap();
    let failure = Options::to(&server).client(&wrong).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_AUTH);
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SignatureFailure"));
    assert_eq!((failure.attempts, server.requests()), (1, 1));
}

#[test]
fn a_token_is_sent_with_the_signature() {
    let server =
        MockServer::start(ServerOptions { token: Some("token-1".into()), ..ServerOptions::default() }).unwrap();
    let with = Credentials::fixed(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, Some("token-1")).unwrap();
    Options::to(&server).client(&with).unwrap().query(DOCUMENTED_ID).unwrap();
    let failure = Client::of(&server).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.TokenFailure"));
}

#[test]
fn an_unknown_id_has_a_code_of_its_own() {
    let failure = Client::of(&server()).query("no-such-task").unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_UNKNOWN_REQUEST_ID);
}

#[test]
fn language_and_region_are_sent_as_asked() {
    let server = server();
    for (language, sent) in [(Some("zh-CN"), Some("zh-CN")), (None, None)] {
        let options = Options::to(&server).language(language);
        options.client_in(&Credentials::accepted(), Some("na-ashburn")).unwrap().query(DOCUMENTED_ID).unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.header("X-TC-Language").as_deref(), sent);
        assert_eq!(seen.header("X-TC-Region").as_deref(), Some("na-ashburn"));
    }
}

#[test]
fn sixty_four_threads_share_one_client_and_at_most_as_many_connections() {
    const THREADS: u64 = 64;
    const QUERIES: u64 = 100;
    // A connection that took too long would be made again, and be one more.
    const LONG: Duration = Duration::from_secs(60);
    let server = server();
    let client = Options::to(&server).connect(LONG).total(LONG).client(&Credentials::accepted()).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..QUERIES {
                    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
                }
            });
        }
    });
    assert_eq!(server.requests(), THREADS * QUERIES);
    assert!(server.connections() <= THREADS, "{} connections", server.connections());
}
