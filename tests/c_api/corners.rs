//! What no feature's own tests come by: options that are refused, the quietest log, replies with odd words, and that no
//! `Debug` of the Rust API shows a secret.

use std::ffi::CString;
use std::ptr;
use std::time::Duration;

use tcdb_async::config::endpoint::Endpoint as Address;
use tcdb_async::config::proxy::Proxy;
use tcdb_async::config::{Options as ClientOptions, Sourced};
use tcdb_async::credentials::provider::static_keys;
use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Client, Credentials, Failure, Lines, Options, Waiter, outcome};

fn refused(options: &Options) -> Failure {
    options.client(&Credentials::accepted()).err().unwrap()
}

fn request_client(options: Options, text: &str) -> Options {
    let text = CString::new(text).unwrap();
    unsafe { tcdb_options_set_request_client(options.0, text.as_ptr()) };
    options
}

#[test]
fn a_level_of_the_log_that_does_not_exist_is_refused_by_name() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    for level in [0, 5, -1, 99, i32::MAX, i32::MIN] {
        let lines = Lines::default();
        let failure = Options::to(&server).log(level, &lines).client(&Credentials::accepted()).err().unwrap();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        let words = format!("max_level of the log is {level}; it must be 1 (error) to 4 (debug)");
        assert!(failure.message.contains(&words), "{failure:?}");
    }
}

#[test]
fn more_than_ten_attempts_are_refused() {
    let failure = refused(&Options::new().attempts(11));
    assert_eq!(failure.message, "max_attempts is 11; it must be 1 to 10, or 0 for the default");
}

#[test]
fn the_request_clients_letters_are_validated_and_it_is_sent_as_it_is() {
    let failure = refused(&request_client(Options::new(), "a/b"));
    assert_eq!(failure.message, "request_client holds '/'; it must be letters, digits and -_,;.");
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let options = request_client(Options::to(&server), "watcher-1.0;x,_y");
    options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap();
    assert_eq!(server.seen()[0].header("X-TC-RequestClient").as_deref(), Some("watcher-1.0;x,_y"));
}

#[test]
fn the_quietest_log_has_no_attempt() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let lines = Lines::default();
    let options = Options::to(&server).log(TCDB_LOG_ERROR, &lines);
    options.client(&Credentials::accepted()).unwrap().query("unknown").unwrap_err();
    assert!(lines.all().iter().all(|(level, _)| *level == TCDB_LOG_ERROR), "{:?}", lines.all());
}

#[test]
fn what_lacks_a_reason_or_holds_a_control_character_is_not_the_apis_json() {
    for (status, body, words) in [
        (404, r#"{"Response":{"Status":"SUCCESS","RequestId":"x"}}"#, "Response.Error is missing"),
        (200, r#"{"Response":{"Status":"SUC\u0007","RequestId":"x"}}"#, "a control character in Status"),
        (200, r#"{"Response":{"Error":{"Code":"A\u0000B"}}}"#, "a control character in Error.Code"),
    ] {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_response_parse(status, body.as_ptr().cast(), body.len(), &mut out, &mut error) };
        let failure = outcome(code, out, error).unwrap_err();
        assert!(failure.code == TCDB_ERR_BAD_RESPONSE && failure.message.contains(words), "{failure:?}");
    }
}

#[test]
fn a_logs_user_data_is_destroyed_once_after_the_last_object_that_may_log() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let (first, second) = (Lines::default(), Lines::default());
    let options = Options::to(&server).log(TCDB_LOG_DEBUG, &first).log(TCDB_LOG_DEBUG, &second);
    assert_eq!((first.logs(), second.logs()), (0, 1), "the second replaces the first");
    let client = options.client(&Credentials::accepted()).unwrap();
    drop(options);
    let waiter = Waiter::quick(&client, DOCUMENTED_ID, Duration::from_secs(10));
    drop(client);
    assert_eq!(second.logs(), 1);
    waiter.run().unwrap();
    assert!(!second.all().is_empty());
    drop(waiter);
    assert_eq!(second.logs(), 0);
}

#[test]
fn an_error_with_a_message_alone_is_reported_by_its_message() {
    let body = r#"{"Response":{"Error":{"Code":"","Message":"No."}}}"#;
    let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_response_parse(200, body.as_ptr().cast(), body.len(), &mut out, &mut error) };
    assert_eq!(outcome(code, out, error).unwrap_err().message, "No.");
}

#[test]
fn an_address_that_no_connection_can_be_to_is_a_connect_failure_that_names_it() {
    // Multicast: the system refuses at once and sends nothing.
    let client = Options::new().endpoint("https://224.0.0.1").attempts(1).client(&Credentials::accepted()).unwrap();
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_CONNECT, 0), "{failure:?}");
    assert!(failure.message.starts_with("connect to 224.0.0.1:443: "), "{failure:?}");
}

#[test]
fn over_a_hundred_headers_are_refused() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    for headers in [101, 120] {
        let head: String = (0..headers).map(|i| format!("X-{i}: y\r\n")).collect();
        server.misbehave(Misbehaviour::raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n"), true).next_requests(1));
        let failure = Client::of(&server).query(DOCUMENTED_ID).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_BAD_RESPONSE, "{failure:?}");
    }
}

#[test]
fn addresses_with_something_behind_them_and_users_with_a_colon_are_refused() {
    assert_eq!(Address::parse("[::1]x").unwrap_err(), "has \"x\" after its IPv6 address");
    assert_eq!(Proxy::parse("http://a%3Ab:c@p").unwrap_err(), "has a colon in its user, which HTTP Basic cannot carry");
    // A host that a URL may have and no certificate.
    let failure = refused(&Options::new().endpoint("https://-.-"));
    assert_eq!(failure.message, "endpoint has a host that no certificate can name: -.-");
}

#[test]
fn no_debug_of_the_rust_api_shows_a_secret() {
    let credentials = static_keys::credentials("AKIDSHOWN", "key-not-shown", Some("token-not-shown")).unwrap();
    let proxy = Proxy::parse("http://user-not-shown:word-not-shown@p:1").unwrap();
    let given =
        ClientOptions { endpoint: Some(Sourced::new("endpoint", "http://127.0.0.1:1")), ..ClientOptions::default() };
    let client = tcdb_async::client::Client::new(credentials.clone(), Some(b"ap-guangzhou"), &given).unwrap();
    let failure = client.query("").unwrap_err();
    let shown = format!("{credentials:?} {proxy:?} {client:?} {failure:?} {failure} {given:?}");
    assert!(!shown.contains("not-shown"), "{shown}");
    assert!(shown.starts_with("Credentials(…) Proxy(Http p:1) Client(http://127.0.0.1:1/)"), "{shown}");
}
