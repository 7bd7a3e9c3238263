//! What the faults do on the wire.

mod raw_client;

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use raw_client::{ask, body_of, connect, connect_tls, connect_tls_with, exchange, read_reply, tls_config};
use tcdb_mock_server::{
    Certificate, DOCUMENTED_ID, Effect, Fault, Misbehaviour, MockServer, Options, Stage, Versions, clock,
};

fn started() -> MockServer {
    MockServer::start(Options::default()).unwrap()
}

/// Everything that comes within half a second, at most a MiB, and how it ended.
fn read_all(from: &mut impl Read) -> (Vec<u8>, Option<ErrorKind>) {
    let mut all = Vec::new();
    let mut piece = [0; 16_384];
    let begun = Instant::now();
    while all.len() < 1 << 20 && begun.elapsed() < Duration::from_millis(500) {
        match from.read(&mut piece) {
            Ok(0) => return (all, None),
            Ok(length) => all.extend_from_slice(&piece[..length]),
            Err(error) => return (all, Some(error.kind())),
        }
    }
    (all, Some(ErrorKind::TimedOut))
}

/// The reply without what differs each time: the present date and the RequestId.
fn lasting_part(reply: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(reply).into_owned();
    let now = clock::unix_seconds();
    for seconds in now - 2..=now + 3 {
        text = text.replace(&clock::http_date(seconds), "now");
    }
    match text.split_once("\"RequestId\":\"") {
        Some((before, after)) => format!("{before}{}", after.get(36..).unwrap_or_default()),
        None => text,
    }
}

/// A fault that did nothing, or the same as another, would make the tests that use it worthless.
#[test]
fn every_fault_after_a_request_shows_on_the_wire() {
    // These differ in TLS's close_notify, in their time or in the pieces alone.
    const ALIKE: [&[Fault]; 5] = [
        &[Fault::StallReply, Fault::StallAtUse],
        &[Fault::CloseBeforeFirstByte, Fault::CutBeforeFirstByte, Fault::CloseAtUse],
        &[Fault::ResetBeforeFirstByte, Fault::ResetAtUse],
        &[Fault::CloseInBody, Fault::CutInBody],
        &[Fault::NoLengthThenClose, Fault::NoLengthThenCut],
    ];
    let good = exchange(&started(), &ask(DOCUMENTED_ID));
    let good = format!("{}{:?}", lasting_part(good.as_bytes()), Some(ErrorKind::WouldBlock));
    let mut seen: HashMap<String, Option<Fault>> = HashMap::from([(good, None)]);
    for (fault, looks) in looks_of_all() {
        let Some(twin) = seen.insert(looks, Some(fault)) else {
            continue;
        };
        let may_be = twin.is_some_and(|twin| ALIKE.iter().any(|group| group.contains(&twin) && group.contains(&fault)));
        assert!(may_be || fault == Fault::OneByteRecords, "{fault:?} looks like {twin:?} (None: the good reply)");
    }
}

/// What each fault after a request does: most need a wait, so several are tried at once.
fn looks_of_all() -> Vec<(Fault, String)> {
    let faults: Vec<Fault> = Fault::ALL.iter().copied().filter(|fault| fault.stage() != Stage::Handshake).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = faults
            .chunks(8)
            .map(|part| {
                scope.spawn(move || {
                    let server = started();
                    part.iter().map(|fault| (*fault, looks_of(&server, *fault))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn looks_of(server: &MockServer, fault: Fault) -> String {
    server.behave();
    server.misbehave(Misbehaviour::fault(fault));
    let mut stream = connect(server.http_port());
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
    if fault.needs_a_kept_connection() {
        read_reply(&mut stream).unwrap();
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
    }
    let (bytes, end) = read_all(&mut stream);
    assert_eq!(server.seen().last().unwrap().treated, Some(fault.name()));
    format!("{}{end:?}", lasting_part(&bytes))
}

#[test]
fn names_are_unique_and_found_again() {
    for fault in Fault::ALL {
        assert_eq!(Fault::by_name(fault.name()), Some(*fault));
        assert!(!fault.description().is_empty());
    }
    assert_eq!(Fault::by_name("nothing"), None);
}

#[test]
fn the_counted_and_the_shared_end_as_commanded() {
    let server = started();
    let is_502 = || exchange(&server, &ask(DOCUMENTED_ID)).starts_with("HTTP/1.1 502");
    server.misbehave(Misbehaviour::fault(Fault::Html502).next_requests(2));
    assert_eq!([is_502(), is_502(), is_502()], [true, true, false]);
    assert_eq!(server.misbehaviours_left(), 0);
    server.misbehave(Misbehaviour::fault(Fault::Html502).share(0.25));
    let struck = (0..200).filter(|_| is_502()).count();
    assert!((30..=70).contains(&struck), "{struck} of 200");
}

#[test]
fn a_chosen_connection_is_treated_badly_to_its_end() {
    let server = started();
    server.misbehave(Misbehaviour::error("InternalError", "m", 500).next_connections(1));
    let mut first = connect(server.http_port());
    for _ in 0..2 {
        first.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(read_reply(&mut first).unwrap().starts_with("HTTP/1.1 500"));
    }
    assert!(exchange(&server, &ask(DOCUMENTED_ID)).starts_with("HTTP/1.1 200"));
}

#[test]
fn resets_are_resets_and_closes_are_closes() {
    let server = started();
    let cases = [
        (Fault::ResetBeforeFirstByte, Some(ErrorKind::ConnectionReset)),
        (Fault::ResetInBody, Some(ErrorKind::ConnectionReset)),
        (Fault::CloseBeforeFirstByte, None),
        (Fault::CloseInBody, None),
        (Fault::CloseAfterReply, None),
    ];
    for (fault, expected) in cases {
        server.misbehave(Misbehaviour::fault(fault).next_requests(1));
        let mut stream = connect(server.http_port());
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert_eq!(read_all(&mut stream).1, expected, "{}", fault.name());
    }
}

#[test]
fn an_endless_body_ends_when_the_client_goes() {
    let server = started();
    server.misbehave(Misbehaviour::fault(Fault::EndlessBody));
    let mut stream = connect(server.http_port());
    stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
    assert!(read_all(&mut stream).0.len() >= 1 << 20);
    drop(stream);
    let begun = Instant::now();
    while server.live_connections() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "the connection lives on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_redirect_records_who_follows_it() {
    let server = started();
    server.misbehave(Misbehaviour::fault(Fault::Redirect307));
    let reply = exchange(&server, &ask(DOCUMENTED_ID));
    let target = reply.split("Location: http://localhost:").nth(1).unwrap();
    let port: u16 = target.split('/').next().unwrap().parse().unwrap();
    assert!(server.followers().is_empty());
    let mut stream = connect(port);
    let request = ask(DOCUMENTED_ID);
    stream.write_all(&request).unwrap();
    assert!(body_of(&read_reply(&mut stream).unwrap()).contains("A redirect was followed."));
    assert_eq!([server.followers()[0].head.as_slice(), &server.followers()[0].body].concat(), request);
}

#[test]
fn spoiled_handshakes_fail_and_a_dripped_one_is_slow_but_good() {
    let server = started();
    for fault in Fault::ALL.iter().copied().filter(|fault| fault.stage() == Stage::Handshake) {
        // Those below have a test of their own.
        let own =
            [Fault::HandshakeRefusesResumption, Fault::HandshakeStallsResumption, Fault::HandshakeWantsCertificate]
                .contains(&fault);
        if own || matches!(fault.effect(), Effect::Stall | Effect::Late) {
            continue;
        }
        server.misbehave(Misbehaviour::fault(fault).next_connections(1));
        assert!(connect_tls(&server).is_err(), "{}", fault.name());
        let mut stream = connect_tls(&server).unwrap();
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(read_reply(&mut stream).unwrap().starts_with("HTTP/1.1 200"), "{}", fault.name());
    }
    server.misbehave(Misbehaviour::fault(Fault::HandshakeStall).next_connections(1));
    let mut stalled = connect(server.https_port());
    stalled.write_all(&[0x16, 3, 1, 0, 5]).unwrap();
    stalled.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert_eq!(read_all(&mut stalled), (Vec::new(), Some(ErrorKind::WouldBlock)));
}

const BOTH_VERSIONS: [Versions; 2] = [Versions::Only12, Versions::Only13];

#[test]
fn a_refused_resumption_strikes_every_handshake_that_offers_one_and_no_other() {
    for versions in BOTH_VERSIONS {
        let server = started();
        server.set_tls(Certificate::Good, versions).unwrap();
        let config = Arc::new(tls_config(&server.ca_file()).unwrap());
        let query = || {
            connect_tls_with(&server, &config).map(|mut stream| {
                stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
                read_reply(&mut stream).unwrap();
                stream.conn.handshake_kind()
            })
        };
        assert_eq!(query(), Ok(Some(rustls::HandshakeKind::Full)), "{versions:?}");
        assert_eq!(query(), Ok(Some(rustls::HandshakeKind::Resumed)), "{versions:?}");
        server.misbehave(Misbehaviour::fault(Fault::HandshakeRefusesResumption));
        let refused = query().unwrap_err();
        assert_eq!(refused, rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure), "{versions:?}");
        assert!(connect_tls(&server).is_ok(), "{versions:?}: without a ticket");
        server.misbehave(Misbehaviour::fault(Fault::HandshakeStallsResumption));
        assert!(connect_tls(&server).is_ok(), "{versions:?}: without a ticket");
    }
}

#[test]
fn a_client_without_a_certificate_is_refused_where_one_is_wanted() {
    for versions in BOTH_VERSIONS {
        let server = started();
        server.set_tls(Certificate::Good, versions).unwrap();
        server.misbehave(Misbehaviour::fault(Fault::HandshakeWantsCertificate));
        // TLS 1.3 has the client finish first: the alert comes in place of the answer.
        let outcome = connect_tls(&server).map(|mut stream| {
            stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
            read_reply(&mut stream).unwrap_err().to_string()
        });
        let text = outcome.unwrap_or_else(|error| error.to_string());
        let alert = if versions == Versions::Only12 { "HandshakeFailure" } else { "CertificateRequired" };
        assert!(text.contains(alert), "{versions:?}: {text}");
        assert_eq!(server.requests(), 0);
    }
}

#[test]
fn faults_of_kept_connections_leave_the_first_request_and_new_connections_alone() {
    for fault in Fault::ALL.iter().copied().filter(|fault| fault.needs_a_kept_connection()) {
        let server = started();
        server.misbehave(Misbehaviour::fault(fault));
        let mut kept = connect(server.http_port());
        kept.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        kept.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(read_reply(&mut kept).unwrap().contains("SUCCESS"), "{}", fault.name());
        kept.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(!String::from_utf8_lossy(&read_all(&mut kept).0).contains("SUCCESS"), "{}", fault.name());
        assert!(exchange(&server, &ask(DOCUMENTED_ID)).contains("SUCCESS"), "{}", fault.name());
    }
}

#[test]
fn odd_replies_have_the_oddity_that_they_are_named_for() {
    let extension = format!("{:x};name={}\r\n", documented_length(), "x".repeat(1000));
    let padded = format!("\r\n\r\n{:032x}\r\n", documented_length());
    let plus = format!("\r\n\r\n+{:x}\r\n", documented_length());
    let cases: &[(Fault, &[&str])] = &[
        (Fault::ChunkSizePadded, &[&padded]),
        (Fault::ChunkExtensionLong, &[&extension]),
        (Fault::ChunkSizePlus, &[&plus]),
        (Fault::Http100WithHeader, &["HTTP/1.1 100 Continue\r\nX-Wait: a moment\r\n\r\nHTTP/1.1 200 OK\r\n"]),
        (Fault::Date9999, &["\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "SUCCESS"]),
        (Fault::ExpiredDate9999, &["\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "AuthFailure.SignatureExpire"]),
        (Fault::Http429RetryAfterDay, &["HTTP/1.1 429 ", "\r\nRetry-After: 86400\r\n"]),
        (Fault::Http501Empty, &["HTTP/1.1 501 ", "Content-Length: 0"]),
        (Fault::Http300, &["HTTP/1.1 300 "]),
        (Fault::Http302NoLocation, &["HTTP/1.1 302 "]),
        (Fault::Http304, &["HTTP/1.1 304 "]),
        (Fault::RequestIdNumber, &["\"RequestId\":20261126}"]),
        (Fault::RequestIdNull, &["\"RequestId\":null}"]),
        (Fault::InfoLoneSurrogate, &["\"Info\":\"half \\ud83d of a pair\""]),
        // Two of the three bytes of a character.
        (Fault::InfoCutInCharacter, &["successfully.\u{e7}\u{9a}\",\"Status\""]),
    ];
    let server = started();
    for (fault, parts) in cases {
        server.misbehave(Misbehaviour::fault(*fault).next_requests(1));
        let mut stream = connect(server.http_port());
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        // Each byte as the character of its number: what is not UTF-8 stays to be seen.
        let reply: String = read_all(&mut stream).0.into_iter().map(char::from).collect();
        assert!(parts.iter().all(|part| reply.contains(part)), "{}: {reply}", fault.name());
        assert!(!reply.contains("Location"), "{}", fault.name());
    }
}

/// The length of the good answer's body.
fn documented_length() -> usize {
    body_of(&exchange(&started(), &ask(DOCUMENTED_ID))).len()
}
