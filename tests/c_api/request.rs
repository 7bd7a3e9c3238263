//! The signed request without sending it, the reply without receiving it.

use std::ffi::{CStr, c_char};
use std::ptr;

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, MockServer, Options as ServerOptions};

use crate::c_api::{Client, Credentials, Failure, Found, Options, c, found, outcome};

/// A request object with its owner.
struct Request(*mut tcdb_request);

impl Request {
    fn new(client: &Client, id: &str, unix_seconds: i64) -> Result<Self, Failure> {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_request_new(client.0, c(id).as_ptr(), unix_seconds, &mut out, &mut error) };
        outcome(code, out, error).map(Self)
    }

    fn headers(&self) -> Vec<(String, String)> {
        let count = unsafe { tcdb_request_header_count(self.0) };
        let header =
            |i| unsafe { (text(tcdb_request_header_name(self.0, i)), text(tcdb_request_header_value(self.0, i))) };
        (0..count).map(header).collect()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        unsafe { tcdb_request_free(self.0) };
    }
}

fn text(pointer: *const c_char) -> String {
    assert!(!pointer.is_null());
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
}

fn parse(http_status: i32, body: &[u8]) -> Result<Found, Failure> {
    let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
    let code = unsafe { tcdb_response_parse(http_status, body.as_ptr().cast(), body.len(), &mut out, &mut error) };
    outcome(code, out, error).map(|result| found(result).unwrap())
}

#[test]
fn a_signed_request_is_what_a_query_sends() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let token = "token-of-the-request-test";
    server.accept("AKID-R", "key-of-the-request-test", Some(token));
    let credentials = Credentials::fixed("AKID-R", "key-of-the-request-test", Some(token)).unwrap();
    let client = Options::to(&server).language(Some("zh-CN")).client(&credentials).unwrap();

    client.query(DOCUMENTED_ID).unwrap();
    let sent = server.seen().pop().unwrap();
    let at = sent.header("X-TC-Timestamp").unwrap().parse().unwrap();
    let request = Request::new(&client, DOCUMENTED_ID, at).unwrap();

    assert_eq!(request.headers().len(), 10, "{:?}", request.headers().iter().map(|h| &h.0).collect::<Vec<_>>());
    for (name, value) in request.headers() {
        assert_eq!(sent.header(&name), Some(value), "{name}");
    }
    let body = unsafe {
        std::slice::from_raw_parts(tcdb_request_body(request.0).cast::<u8>(), tcdb_request_body_len(request.0))
    };
    assert_eq!(sent.body, body);
    assert_eq!(text(unsafe { tcdb_request_url(request.0) }), format!("{}/", server.https_url().trim_end_matches('/')));
    assert_eq!(server.requests(), 1, "signing asks nothing");
}

#[test]
fn the_string_to_sign_names_time_scope_and_the_hash_of_the_canonical_request() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let request = Request::new(&Client::of(&server), DOCUMENTED_ID, 1_551_113_065).unwrap();
    let canonical = text(unsafe { tcdb_request_canonical(request.0) });
    let string_to_sign = text(unsafe { tcdb_request_string_to_sign(request.0) });
    let host = server.host_port();
    assert!(
        canonical.starts_with(&format!("POST\n/\n\ncontent-type:application/json\nhost:{host}\n\n")),
        "{canonical}"
    );
    let lines: Vec<_> = string_to_sign.lines().collect();
    assert_eq!(lines[..3], ["TC3-HMAC-SHA256", "1551113065", "2019-02-25/cdb/tc3_request"]);
    assert_eq!(lines.len(), 4);
}

#[test]
fn time_zero_is_now_by_the_corrected_clock() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    server.set_clock_offset(3_600);
    let client = Client::of(&server);
    client.query("ask-to-have-the-clock-corrected").unwrap_err();
    let signed_for = Request::new(&client, DOCUMENTED_ID, 0).unwrap().header("X-TC-Timestamp").unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(signed_for.parse::<u64>().unwrap().abs_diff(now + 3_600) <= 5, "{signed_for} against {now} + 3600");
}

#[test]
fn what_cannot_be_signed_is_named() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Client::of(&server);
    for (id, at, why) in [
        ("", 0, "async_request_id is empty"),
        ("a", i64::MAX, "unix_seconds_or_0 is 9223372036854775807; it must be in the years 0 to 9999"),
        ("a", 253_402_300_800, "unix_seconds_or_0 is 253402300800; it must be in the years 0 to 9999"),
    ] {
        let failure = Request::new(&client, id, at).err().unwrap();
        assert_eq!((failure.code, failure.message.as_str()), (TCDB_ERR_INVALID_ARGUMENT, why));
    }
    assert!(Request::new(&client, "a", 253_402_300_799).is_ok());
}

#[test]
fn an_index_beyond_the_headers_gives_null() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let request = Request::new(&Client::of(&server), DOCUMENTED_ID, 0).unwrap();
    let count = request.headers().len();
    for index in [count, count + 1, usize::MAX] {
        assert!(unsafe { tcdb_request_header_name(request.0, index) }.is_null());
        assert!(unsafe { tcdb_request_header_value(request.0, index) }.is_null());
    }
}

#[test]
fn accessors_of_no_request_give_neutral_values() {
    let none = ptr::null();
    unsafe {
        for accessor in [tcdb_request_url, tcdb_request_body, tcdb_request_canonical, tcdb_request_string_to_sign] {
            assert_eq!(text(accessor(none)), "");
        }
        assert_eq!((tcdb_request_header_count(none), tcdb_request_body_len(none)), (0, 0));
        assert!(tcdb_request_header_name(none, 0).is_null() && tcdb_request_header_value(none, 0).is_null());
        tcdb_request_free(ptr::null_mut());
    }
}

#[test]
fn a_reply_received_elsewhere_is_read_as_a_query_reads_it() {
    let good = parse(200, br#"{"Response":{"Status":"RUNNING","Info":null,"RequestId":"r-1"}}"#).unwrap();
    assert_eq!((good.status, good.info, good.request_id.as_deref()), (TCDB_STATUS_RUNNING, None, Some("r-1")));

    let refused = parse(
        403,
        br#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"no"},"RequestId":"r-2"}}"#,
    )
    .unwrap_err();
    assert_eq!((refused.code, refused.http_status, refused.attempts), (TCDB_ERR_AUTH, 403, 0));
    assert_eq!(refused.server_code.as_deref(), Some("AuthFailure.SignatureFailure"));
    assert_eq!(refused.request_id.as_deref(), Some("r-2"));

    for (status, body, code) in [
        (200, &b"<html>"[..], TCDB_ERR_BAD_RESPONSE),
        (204, b"", TCDB_ERR_BAD_RESPONSE),
        (302, b"", TCDB_ERR_BAD_RESPONSE),
        (504, b"Gateway Time-out", TCDB_ERR_UNAVAILABLE),
        (429, b"", TCDB_ERR_RATE_LIMITED),
        (7, b"{}", TCDB_ERR_INVALID_ARGUMENT),
    ] {
        assert_eq!(parse(status, body).unwrap_err().code, code, "{status} {body:?}");
    }
}

#[test]
fn a_body_without_bytes_may_be_null_and_one_with_bytes_may_not() {
    for (len, why) in [(0, "HTTP 200 with an empty body"), (5, "body is NULL, with a length of 5")] {
        let (mut out, mut error) = (ptr::null_mut(), ptr::null_mut());
        let code = unsafe { tcdb_response_parse(200, ptr::null(), len, &mut out, &mut error) };
        assert_eq!(outcome(code, out, error).unwrap_err().message, why);
    }
}

#[test]
fn an_error_without_code_and_message_is_still_reported_in_words() {
    let failure = parse(429, br#"{"Response":{"Error":{"Code":""}}}"#).unwrap_err();
    assert_eq!((failure.code, failure.server_code.as_deref()), (TCDB_ERR_REJECTED, Some("")));
    assert_eq!(failure.message, "an error without a code and without a message");
}

#[test]
fn credentials_that_would_have_to_be_fetched_sign_nothing_and_are_not_asked_for() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let source = Options::new().endpoint(&server.metadata_url());
    let client = Options::to(&server).client(&Credentials::cvm_role(None, &source).unwrap()).unwrap();
    assert_eq!(Request::new(&client, DOCUMENTED_ID, 0).err().unwrap().code, TCDB_ERR_CREDENTIALS);
    assert_eq!((server.requests(), server.metadata_requests()), (0, 0));

    client.query(DOCUMENTED_ID).unwrap();
    let token = Request::new(&client, DOCUMENTED_ID, 0).unwrap().header("X-TC-Token");
    assert!(token.is_some(), "once they were fetched they sign");
}
