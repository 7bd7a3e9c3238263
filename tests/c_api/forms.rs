//! The forms in which replies come, each of which some client of this API gets wrong. The table of all faults is in
//! replies.rs.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Life, Misbehaviour, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Client, Credentials, Failure, Found, Options};

fn server() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

/// A question that meets this fault, asked once.
fn meets(fault: Fault) -> Result<Found, Failure> {
    let server = server();
    server.misbehave(Misbehaviour::fault(fault));
    Options::to(&server).attempts(1).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID)
}

/// A question that is answered by this JSON, connection kept.
fn answered_by(json: &str) -> Result<Found, Failure> {
    let server = server();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", json.len());
    server.misbehave(Misbehaviour::raw(head + json, false));
    Client::of(&server).query(DOCUMENTED_ID)
}

#[test]
fn an_error_is_an_error_whatever_its_content_type() {
    let failure = meets(Fault::ErrorCharset).unwrap_err();
    assert_eq!((failure.code, failure.server_code.as_deref()), (TCDB_ERR_UNAVAILABLE, Some("InternalError")));
    assert_eq!(failure.http_status, 200);
}

#[test]
fn an_error_without_a_request_id_keeps_its_code() {
    let failure = meets(Fault::ErrorWithoutRequestId).unwrap_err();
    assert_eq!((failure.code, failure.server_code.as_deref()), (TCDB_ERR_DENIED, Some("OperationDenied")));
    assert_eq!(failure.request_id, None);
}

#[test]
fn an_answer_without_a_request_id_is_an_answer() {
    let found = meets(Fault::NoRequestId).unwrap();
    assert_eq!((found.status, found.request_id), (TCDB_STATUS_SUCCESS, None));
}

#[test]
fn an_error_that_is_null_is_none() {
    assert_eq!(meets(Fault::ErrorNull).unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn what_has_no_response_object_is_a_bad_response_with_an_excerpt() {
    for (json, excerpt) in [
        (r#"{"Response":null}"#, r#""{"Response":null}""#),
        (r#"{"Status":"SUCCESS"}"#, r#""{"Status":"SUCCESS"}""#),
        (r#"{"Response":["SUCCESS","done","x"]}"#, "SUCCESS"),
        (r#"[{"Response":{"Status":"SUCCESS","RequestId":"x"}}]"#, "SUCCESS"),
        ("{}", "\"{}\""),
    ] {
        let failure = answered_by(json).unwrap_err();
        assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_BAD_RESPONSE, 1, false), "{json}");
        assert!(failure.message.contains(excerpt), "{failure:?}");
    }
}

#[test]
fn a_status_that_is_a_number_is_a_bad_response() {
    assert_eq!(meets(Fault::StatusNumber).unwrap_err().code, TCDB_ERR_BAD_RESPONSE);
}

#[test]
fn an_ending_is_never_lost_for_its_description() {
    for (json, info) in [
        (r#"{"Text": "a"}"#, r#"{"Text": "a"}"#),
        (r#"["a", 1]"#, r#"["a", 1]"#),
        ("17", "17"),
        ("\"two\nlines\tand\u{1}\"", "two\nlines\tand\u{1}"),
        (r#""C:\quit \u12""#, r"C:\quit \u12"),
        (r#""half \ud83d""#, "half \u{fffd}"),
    ] {
        let found =
            answered_by(&format!(r#"{{"Response":{{"Status":"FAILED","Info":{json},"RequestId":"x"}}}}"#)).unwrap();
        assert_eq!((found.status, found.request_id.as_deref()), (TCDB_STATUS_FAILED, Some("x")), "{json}");
        assert_eq!(found.info.as_deref(), Some(info.as_bytes()), "{json}");
    }
    // The API's own refusal keeps its code whatever its message is.
    for message in [r#"{"Text":"a"}"#, "\"two\nlines\"", r#""C:\quit""#, "17", "null"] {
        let json =
            format!(r#"{{"Response":{{"Error":{{"Code":"AuthFailure","Message":{message}}},"RequestId":"x"}}}}"#);
        assert_eq!(answered_by(&json).unwrap_err().code, TCDB_ERR_AUTH, "{message}");
    }
    // What decides is taken as it is or not at all.
    for json in ["\"FAILED\n\"", "{}", "[\"FAILED\"]", "\"FAI\u{1}LED\""] {
        let failure = answered_by(&format!(r#"{{"Response":{{"Status":{json},"RequestId":"x"}}}}"#)).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_BAD_RESPONSE, "{json}");
    }
}

/// Gateways write heads that are not quite HTTP's; other clients read them.
#[test]
fn of_a_head_that_is_not_quite_https_what_counts_is_read() {
    let body = r#"{"Response":{"Status":"SUCCESS","RequestId":"x"}}"#;
    for fields in [
        "X-Folded: a\r\n  b\r\n",
        "X-Blank : before the colon\r\n",
        "no colon at all\r\n",
        "X[1]: an odd name\r\n",
        ": no name\r\n",
        "X: a\u{1}b\r\n",
        "X: a\n",
    ] {
        let length = body.len();
        for start in ["", "HTTP/1.1 103 Early Hints\nLink : x\n\n", "HTTP/1.1 100 Continue\r\nX: y\r\n\n"] {
            let reply = format!("{start}HTTP/1.1 200 OK\r\n{fields}Content-Length : {length}\r\n\r\n{body}");
            let server = server();
            server.misbehave(Misbehaviour::raw(reply.clone(), false));
            let client = Client::of(&server);
            for _ in 0..2 {
                assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS, "{reply:?}");
            }
            assert_eq!(server.connections(), 1, "kept: {reply:?}");
        }
    }
    for reply in ["HTTP/1.1 2000 OK\r\nA : b\r\n\r\n", "HTTP/3 200 OK\r\nA : b\r\n\r\n", "SSH-2.0\r\nA : b\r\n\r\n"] {
        let server = server();
        server.misbehave(Misbehaviour::raw(reply.to_owned(), true));
        assert_eq!(Client::of(&server).query(DOCUMENTED_ID).unwrap_err().code, TCDB_ERR_BAD_RESPONSE, "{reply:?}");
    }
}

#[test]
fn a_head_that_is_not_quite_https_is_read_however_it_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Options::new().endpoint(&url).attempts(1).client(&Credentials::accepted()).unwrap();
    let body = r#"{"Response":{"Status":"SUCCESS","RequestId":"x"}}"#;
    // What the first part ends with no head may have, so that it is mended before its blank line has come.
    let first = "HTTP/1.1 200 OK\r\nno colon at all\r\nX-Blank : y\r\n";
    let second = format!("Content-Length : {}\r\n\r\n{body}", body.len());
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.read(&mut [0; 8192]).unwrap();
        stream.write_all(first.as_bytes()).unwrap();
        // So long that it is read by itself.
        thread::sleep(Duration::from_millis(50));
        stream.write_all(second.as_bytes()).unwrap();
    });
    assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS);
    server.join().unwrap();
}

#[test]
fn a_chunk_s_lines_may_end_in_a_bare_line_feed() {
    let body = r#"{"Response":{"Status":"SUCCESS","RequestId":"x"}}"#;
    for end in ["\r\n", "\n"] {
        let size = body.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}{end}{body}{end}0{end}X: y{end}{end}"
        );
        let server = server();
        server.misbehave(Misbehaviour::raw(reply, false));
        let client = Client::of(&server);
        for _ in 0..2 {
            assert_eq!(client.query(DOCUMENTED_ID).unwrap().status, TCDB_STATUS_SUCCESS, "{end:?}");
        }
        assert_eq!(server.connections(), 1, "kept: {end:?}");
    }
}

#[test]
fn an_unknown_a_lower_case_and_an_empty_status_are_unknown_with_their_text() {
    for text in ["EXPLODED", "success", ""] {
        let found = answered_by(&format!(r#"{{"Response":{{"Status":"{text}","RequestId":"x"}}}}"#)).unwrap();
        assert_eq!((found.status, found.status_text.as_str()), (TCDB_STATUS_UNKNOWN, text));
    }
}

#[test]
fn a_byte_order_mark_a_charset_and_blank_space_are_read_over() {
    for fault in [Fault::ByteOrderMark, Fault::ContentTypeCharset, Fault::ContentTypeMissing, Fault::BlankAroundJson] {
        assert_eq!(meets(fault).unwrap().status, TCDB_STATUS_SUCCESS, "{}", fault.name());
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced_in_what_describes_and_refused_in_what_decides() {
    assert_eq!(meets(Fault::InvalidUtf8).unwrap().status, TCDB_STATUS_SUCCESS);
    let server = server();
    let client = Client::of(&server);
    for (body, words) in [
        (&b"{\"Response\":{\"Status\":\"SUCC\xffESS\",\"RequestId\":\"x\"}}"[..], "invalid UTF-8 in Status"),
        (&b"{\"Response\":{\"Error\":{\"Code\":\"A\xff\",\"Message\":\"\"}}}"[..], "invalid UTF-8 in Error.Code"),
        (&b"{\"Response\":\xff}"[..], "invalid UTF-8 at byte 12"),
        (&b"{\"Response\":{\"Status\":\"SUCC\\ud83d\",\"RequestId\":\"x\"}}"[..], "body that is not the API's JSON"),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        server.misbehave(Misbehaviour::raw([head.as_bytes(), body].concat(), true).next_requests(1));
        let failure = client.query(DOCUMENTED_ID).unwrap_err();
        assert!(failure.code == TCDB_ERR_BAD_RESPONSE && failure.message.contains(words), "{failure:?}");
    }
}

#[test]
fn a_body_shorter_than_announced_is_an_error_at_once_and_is_asked_again() {
    let server = server();
    server.misbehave(Misbehaviour::fault(Fault::CloseInBody));
    let started = Instant::now();
    let failure = Client::of(&server).query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_TRANSPORT, 3));
    assert!(failure.message.contains("connection closed before the reply was whole (3 attempts)"), "{failure:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_retry_is_signed_again_with_its_own_time() {
    let server = server();
    server.misbehave(Misbehaviour::fault(Fault::Http503RetryAfter).next_requests(1));
    Client::of(&server).query(DOCUMENTED_ID).unwrap();
    let seen = server.seen();
    let [first, second] = [0, 1].map(|i| [seen[i].header("X-TC-Timestamp"), seen[i].header("Authorization")]);
    assert_ne!(first[0], second[0], "the time");
    assert_ne!(first[1], second[1], "the signature");
}

#[test]
fn the_service_is_a_constant_and_the_host_is_signed_with_its_port_as_sent() {
    let server = server();
    for host in ["localhost", "127.0.0.1"] {
        let authority = format!("{host}:{}", server.https_port());
        Options::to(&server)
            .endpoint(&authority)
            .client(&Credentials::accepted())
            .unwrap()
            .query(DOCUMENTED_ID)
            .unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!((seen.refused.clone(), seen.header("Host")), (None, Some(authority)));
        assert!(seen.header("Authorization").unwrap().contains("/cdb/tc3_request, SignedHeaders=content-type;host,"));
    }
}

#[test]
fn ten_kilobytes_of_headers_are_read_and_a_hundred_and_fifty_headers_are_not() {
    assert_eq!(meets(Fault::Header10k).unwrap().status, TCDB_STATUS_SUCCESS);
    assert_eq!(meets(Fault::Headers150).unwrap_err().code, TCDB_ERR_BAD_RESPONSE);
}

#[test]
fn a_large_token_and_a_long_id_are_sent_whole() {
    let token = "t".repeat(8 * 1024);
    let server = MockServer::start(ServerOptions { token: Some(token.clone()), ..ServerOptions::default() }).unwrap();
    let credentials =
        Credentials::fixed(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, Some(&token)).unwrap();
    let id = "长".repeat(85);
    server.put(&id, Life::of([Step::status("RUNNING")]));
    for url in [server.https_url(), server.http_url()] {
        let client = Options::to(&server).endpoint(&url).client(&credentials).unwrap();
        assert_eq!(client.query(&id).unwrap().status, TCDB_STATUS_RUNNING);
    }
}
