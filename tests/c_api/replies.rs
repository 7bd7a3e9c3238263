//! Every fault that the mock server knows, over TLS and over plain HTTP: the code it gives, how often it is asked
//! again, how long that takes, and that the same client answers the next question rightly.

use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{
    DOCUMENTED_ID, Effect, Fault, Life, Misbehaviour, MockServer, Options as ServerOptions, Stage, Step,
};

use crate::c_api::{Client, Credentials, Failure, Found, Options};
use crate::machine::ms;
use crate::tables;

/// One answer of the table: a code, how often the question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    code: tcdb_code,
    asked: u32,
}

const fn unsent(code: tcdb_code) -> Outcome {
    Outcome { code, asked: 0 }
}

const fn once(code: tcdb_code) -> Outcome {
    Outcome { code, asked: 1 }
}

const fn twice(code: tcdb_code) -> Outcome {
    Outcome { code, asked: 2 }
}

/// What becomes of a question that always meets this fault, asked at most twice.
fn expected(fault: Fault, over_tls: bool) -> Outcome {
    match fault {
        Fault::HandshakeDrip | Fault::HandshakeWantsCertificate if !over_tls => once(TCDB_OK),
        // In TLS 1.3 the request goes out before the server refuses the client.
        Fault::HandshakeWantsCertificate => once(TCDB_ERR_TLS),
        Fault::HandshakeAlert | Fault::HandshakeAlertInternal | Fault::HandshakeGarbage | Fault::HandshakePlainHttp
            if over_tls =>
        {
            unsent(TCDB_ERR_TLS)
        }
        // No request goes out.
        Fault::HandshakeStall | Fault::HandshakeDrip if over_tls => unsent(TCDB_ERR_REQUEST_TIMEOUT),
        Fault::HandshakeReset | Fault::HandshakeClose if over_tls => unsent(TCDB_ERR_TRANSPORT),
        // To plain HTTP the same bytes are a reply that is none.
        Fault::HandshakeAlert | Fault::HandshakeAlertInternal | Fault::HandshakeGarbage | Fault::HandshakePlainHttp => {
            once(TCDB_ERR_BAD_RESPONSE)
        }
        // A Date that cannot be a clock corrects nothing, so there is no reason to ask again.
        Fault::ExpiredDate9999 => once(TCDB_ERR_AUTH),
        // The API's own refusals.
        Fault::Http401Json => once(TCDB_ERR_AUTH),
        Fault::Http403Json | Fault::ErrorWithoutRequestId => once(TCDB_ERR_DENIED),
        Fault::Http429Json => twice(TCDB_ERR_RATE_LIMITED),
        Fault::Http500Json | Fault::Http502Json | Fault::Http503Json | Fault::Http504Json | Fault::ErrorCharset => {
            twice(TCDB_ERR_UNAVAILABLE)
        }
        // No JSON, but a status that says enough.
        Fault::Http429RetryAfterSeconds | Fault::Http429RetryAfterDate | Fault::Http429RetryAfterGarbled => {
            twice(TCDB_ERR_RATE_LIMITED)
        }
        // An hour is past the deadline: reported at once.
        Fault::Http429RetryAfterHour | Fault::Http429RetryAfterDay => once(TCDB_ERR_RATE_LIMITED),
        // Over TLS the missing close_notify means that anyone may have cut the body; plain HTTP cannot know.
        Fault::NoLengthThenCut if over_tls => twice(TCDB_ERR_TRANSPORT),
        Fault::NoLengthThenCut | Fault::LengthAndChunked | Fault::DeepUnknownMember | Fault::AnswerTwice => {
            once(TCDB_OK)
        }
        // They strike a kept connection alone, which heals: see healing.rs.
        _ if fault.needs_a_kept_connection() => once(TCDB_OK),
        _ => by_effect(fault),
    }
}

fn by_effect(fault: Fault) -> Outcome {
    match fault.effect() {
        Effect::Answer => once(TCDB_OK),
        Effect::Late | Effect::Stall => once(TCDB_ERR_REQUEST_TIMEOUT),
        Effect::Lost => twice(TCDB_ERR_TRANSPORT),
        Effect::Unavailable => twice(TCDB_ERR_UNAVAILABLE),
        Effect::Refusal | Effect::Nonsense | Effect::Either => once(TCDB_ERR_BAD_RESPONSE),
    }
}

fn is_slow(fault: Fault) -> bool {
    matches!(fault.effect(), Effect::Late | Effect::Stall)
}

fn cases() -> Vec<(String, (Fault, bool))> {
    let both = Fault::ALL.iter().flat_map(|fault| [true, false].map(|over_tls| (*fault, over_tls)));
    both.map(|(fault, tls)| (format!("{} {}", if tls { "https" } else { "http" }, fault.name()), (fault, tls)))
        .collect()
}

fn client(server: &MockServer, over_tls: bool, total: Duration) -> Client {
    let options = Options::to(server).attempts(2).total(total);
    let options = if over_tls { options } else { options.endpoint(&server.http_url()) };
    options.client(&Credentials::accepted()).unwrap()
}

fn asked_while_it_misbehaves(server: &MockServer, client: &Client, fault: Fault) -> (Result<Found, Failure>, Duration) {
    server.put("task", Life::of([Step::status("SUCCESS").info("The good answer.")]));
    server.misbehave(Misbehaviour::fault(fault));
    let started = Instant::now();
    let outcome = client.query("task");
    let took = started.elapsed();
    server.behave();
    (outcome, took)
}

#[test]
fn every_fault_has_its_code_its_attempts_and_its_time() {
    tables::each(cases(), |(fault, over_tls)| {
        check(fault, over_tls);
    });
}

fn check(fault: Fault, over_tls: bool) {
    let total = if is_slow(fault) { ms(700) } else { ms(8_000) };
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, over_tls, total);
    let (outcome, took) = asked_while_it_misbehaves(&server, &client, fault);
    let wanted = expected(fault, over_tls);
    let got = match &outcome {
        Ok(_) => Outcome { code: TCDB_OK, asked: u32::try_from(server.requests()).unwrap() },
        Err(failure) => Outcome { code: failure.code, asked: failure.attempts },
    };
    assert_eq!(got, wanted, "{outcome:?} after {took:?}");
    if fault.stage() != Stage::Handshake {
        assert_eq!(server.requests(), u64::from(wanted.asked), "requests at the endpoint");
    }
    if let Ok(found) = &outcome {
        check_the_answer(fault, found);
    }
    if wanted.code == TCDB_ERR_REQUEST_TIMEOUT {
        assert!((total..ms(1_500)).contains(&took), "took {took:?}");
    }
    assert_eq!(server.followers().len(), 0, "a redirect was followed");
    if fault == Fault::AnswerTwice {
        std::thread::sleep(Duration::from_millis(150));
    }
    // Whatever is left of the bad reply is not taken for the answer to the next question.
    server.put("next", Life::of([Step::status("PAUSED").info("The next answer.")]));
    let next = client.query("next").unwrap();
    assert_eq!(next.info.as_deref(), Some(&b"The next answer."[..]));
}

fn check_the_answer(fault: Fault, found: &Found) {
    assert_eq!((found.status, found.status_text.as_str()), (TCDB_STATUS_SUCCESS, "SUCCESS"));
    let without_id = matches!(fault, Fault::NoRequestId | Fault::RequestIdNull);
    assert_eq!(found.request_id.is_none(), without_id, "{found:?}");
    let info = found.info.as_deref().unwrap();
    match fault {
        Fault::InfoObject => assert_eq!(info, br#"{"Text":"Executed successfully."}"#),
        Fault::InfoWithNul => assert_eq!(info, b"a\0b"),
        Fault::InfoChinese => assert_eq!(info, "任务执行 😀 成功".as_bytes()),
        Fault::InfoHuge => assert_eq!(info.len(), 200_000),
        Fault::InfoLoneSurrogate => assert_eq!(info, "half \u{fffd} of a pair".as_bytes()),
        Fault::InfoCutInCharacter => assert_eq!(info, "The good answer.\u{fffd}".as_bytes()),
        Fault::InvalidUtf8 => assert_eq!(info, "\u{fffd}\u{fffd}\u{fffd}The good answer.".as_bytes()),
        _ => assert_eq!(info, b"The good answer."),
    }
    if fault == Fault::RequestIdNumber {
        assert_eq!(found.request_id.as_deref(), Some("20261126"));
    }
}

#[test]
fn a_fault_that_passes_is_mended_by_asking_once_more() {
    let passing = |fault: &Fault| expected(*fault, true).asked == 2 && fault.stage() != Stage::Handshake;
    let cases = cases().into_iter().filter(|(_, (fault, _))| passing(fault));
    tables::each(cases, |(fault, over_tls)| {
        if fault == Fault::NoLengthThenCut && !over_tls {
            return;
        }
        let server = MockServer::start(ServerOptions::default()).unwrap();
        server.misbehave(Misbehaviour::fault(fault).next_requests(1));
        let found = client(&server, over_tls, ms(8_000)).query(DOCUMENTED_ID).unwrap();
        assert_eq!((found.status, server.requests()), (TCDB_STATUS_SUCCESS, 2));
        let signatures: Vec<_> = server.seen().iter().map(|seen| seen.refused.clone()).collect();
        assert_eq!(signatures, [None, None], "each attempt is signed rightly");
    });
}

#[test]
fn the_apis_code_message_request_id_and_http_status_are_all_kept_whatever_the_status() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, true, ms(8_000));
    for http in [200, 400, 403, 404, 429, 500, 503] {
        let id = format!("status-{http}");
        server.put(&id, Life::of([Step::error("OperationDenied.X", "No. 不行").http(http)]));
        let failure = client.query(&id).unwrap_err();
        assert_eq!((failure.code, failure.http_status), (TCDB_ERR_DENIED, i32::from(http)));
        assert_eq!(failure.server_code.as_deref(), Some("OperationDenied.X"));
        assert_eq!(failure.server_message.as_deref(), Some("No. 不行"));
        assert!(failure.request_id.is_some());
    }
}

#[test]
fn what_is_not_the_apis_json_is_quoted_shortly_with_its_status() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, true, ms(8_000));
    for (fault, http, words) in [
        (Fault::Html404, 404, "<html> <head>"),
        (Fault::TextGatewayTimeout, 200, "\"Gateway Time-out\""),
        (Fault::EmptyBody, 200, "empty body"),
        (Fault::Http204, 204, "empty body"),
        (Fault::TopLevelEmpty, 200, "\"{}\""),
        (Fault::Redirect302, 302, "redirects are refused"),
        (Fault::Http300, 300, "redirects without a Location; redirects are refused"),
        (Fault::Http302NoLocation, 302, "redirects without a Location"),
        (Fault::Http304, 304, "redirects without a Location"),
        (Fault::Http501Empty, 501, "empty body"),
    ] {
        let (outcome, _) = asked_while_it_misbehaves(&server, &client, fault);
        let failure = outcome.unwrap_err();
        assert_eq!((failure.code, failure.http_status), (TCDB_ERR_BAD_RESPONSE, http), "{failure:?}");
        assert!(failure.message.contains(words) && failure.message.len() < 300, "{failure:?}");
    }
}

#[test]
fn an_endless_reply_is_refused_at_the_clients_own_bound() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, false, ms(8_000));
    for (fault, words) in [
        (Fault::EndlessBody, "body over 1048576 bytes"),
        (Fault::EndlessChunks, "body over 1048576 bytes"),
        (Fault::EndlessHead, "too many headers"),
        (Fault::EndlessHeaderLine, "header over 16384 bytes"),
        (Fault::EndlessInformational, "head of the reply over 131072 bytes"),
    ] {
        let (outcome, took) = asked_while_it_misbehaves(&server, &client, fault);
        let failure = outcome.unwrap_err();
        assert!(failure.message.contains(words), "{}: {failure:?}", fault.name());
        assert!(took < Duration::from_secs(6), "{}: {took:?}", fault.name());
    }
}

#[test]
fn redirects_are_refused_and_the_token_goes_nowhere_else() {
    let token = "a-token-for-one-host-alone";
    let server =
        MockServer::start(ServerOptions { token: Some(token.to_owned()), ..ServerOptions::default() }).unwrap();
    let credentials =
        Credentials::fixed(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, Some(token)).unwrap();
    for url in [server.https_url(), server.http_url()] {
        let client = Options::to(&server).endpoint(&url).client(&credentials).unwrap();
        for fault in [Fault::Redirect301, Fault::Redirect302, Fault::Redirect307, Fault::Redirect308] {
            let (outcome, _) = asked_while_it_misbehaves(&server, &client, fault);
            let failure = outcome.unwrap_err();
            assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_BAD_RESPONSE, 1, false));
            assert!(failure.message.contains(" redirects to \"http"), "{failure:?}");
            assert_eq!(server.followers().len(), 0);
        }
    }
}

#[test]
fn a_redirect_without_a_body_is_refused_and_its_connection_kept() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, true, ms(8_000));
    let reply = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n";
    server.misbehave(Misbehaviour::raw(reply, false).next_requests(1));
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts, failure.http_status), (TCDB_ERR_BAD_RESPONSE, 1, 302), "{failure:?}");
    assert!(failure.message.contains(" redirects to \"https://elsewhere.example/\""), "{failure:?}");
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!((server.requests(), server.connections()), (2, 1));
}

#[test]
fn informational_replies_before_the_answer_are_skipped_on_a_kept_connection_too() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = client(&server, true, ms(8_000));
    for fault in [Fault::Http100First, Fault::Http102First, Fault::Http103First] {
        let (outcome, _) = asked_while_it_misbehaves(&server, &client, fault);
        assert_eq!(outcome.unwrap().status, TCDB_STATUS_SUCCESS);
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_reply_cut_short_at_any_byte_is_a_transport_failure() {
    let body = r#"{"Response":{"Status":"SUCCESS","RequestId":"x"}}"#;
    let (first, second) = body.split_at(20);
    let counted = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}{}0\r\n\r\n", chunk(first), chunk(second));
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let options = Options::to(&server).endpoint(&server.http_url()).attempts(1);
    let client = options.client(&Credentials::accepted()).unwrap();
    // Of the last chunk "0 CR LF" is enough: the body is whole.
    for (reply, also_whole) in [(&counted, counted.len()), (&chunked, chunked.len() - 2)] {
        for length in 0..=reply.len() {
            server.misbehave(Misbehaviour::raw(&reply.as_bytes()[..length], true).next_requests(1));
            let code = client.query(DOCUMENTED_ID).map_or_else(|failure| failure.code, |_| TCDB_OK);
            let is_whole = length == reply.len() || length == also_whole;
            assert_eq!(code, if is_whole { TCDB_OK } else { TCDB_ERR_TRANSPORT }, "{:?}", &reply[..length]);
        }
    }
}
