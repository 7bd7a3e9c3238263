//! The total timeout holds in every phase, whoever stalls or drips. The phases after the connection are in replies.rs,
//! the lookup is in `tests/programs`.

use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions, stalled_connect};

use crate::c_api::{Client, Credentials, Failure, Options};
use crate::machine::ms;
use crate::own_proxy::{Manner, OwnProxy};
use crate::tables;

/// The least between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

fn total() -> Duration {
    ms(700)
}

fn timed_out(client: &Client) -> Failure {
    timed_out_after(total(), client)
}

fn timed_out_after(total: Duration, client: &Client) -> Failure {
    let started = Instant::now();
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    let took = started.elapsed();
    assert!(took >= total && took < total + ms(800), "{took:?}: {failure:?}");
    failure
}

#[test]
fn a_connect_that_hangs_ends_with_the_total_timeout() {
    let stalled = stalled_connect().unwrap();
    let client = Options::new().endpoint(&stalled.host_port()).total(total()).client(&Credentials::accepted()).unwrap();
    let failure = timed_out(&client);
    assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT);
    assert_eq!(
        failure.message,
        format!("{}: timed out after {} ms while connecting", stalled.host_port(), total().as_millis())
    );
    assert!(failure.is_retryable);
}

#[test]
fn a_connect_that_hangs_past_the_connect_timeout_is_tried_again_within_the_total() {
    let stalled = stalled_connect().unwrap();
    let options = Options::new().endpoint(&stalled.host_port()).connect(ms(150)).attempts(2);
    let started = Instant::now();
    let failure = options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_CONNECT, 0), "{failure:?}");
    assert!(failure.message.ends_with("(2 attempts)"), "{failure:?}");
    assert!((ms(300) + PAUSE..ms(1_200)).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[test]
fn a_connect_that_hangs_for_a_while_succeeds_within_its_timeout() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Client::of(&server);
    server.stall_connects(true).unwrap();
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| client.query(DOCUMENTED_ID));
        std::thread::sleep(Duration::from_millis(300));
        server.stall_connects(false).unwrap();
        assert_eq!(asking.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
    });
}

#[test]
fn a_proxy_that_stalls_or_drips_ends_with_the_total_timeout() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let long = b"HTTP/1.1 200 Connection established by a proxy that has all the time in the world\r\n\r\n";
    let socks = b"\x05\x00\x05\x00\x00\x03\xffa name of 255 bytes, of which each takes its time to come out of here";
    let cases = [
        ("http stalls", "http", Manner::Stall),
        ("http drips", "http", Manner::Drip(long)),
        ("socks5 stalls", "socks5", Manner::Stall),
        ("socks5 drips", "socks5", Manner::Drip(socks)),
    ];
    tables::each(cases.map(|(name, scheme, manner)| (name.to_owned(), (scheme, manner))), |(scheme, manner)| {
        let proxy = OwnProxy::start(manner);
        let options = Options::to(&server).proxy(&format!("{scheme}://{}", proxy.authority())).total(total());
        let failure = timed_out(&options.client(&Credentials::accepted()).unwrap());
        assert_eq!(failure.code, TCDB_ERR_REQUEST_TIMEOUT);
        assert!(failure.message.ends_with("while connecting through the proxy"), "{failure:?}");
    });
}

#[test]
fn a_handshake_is_within_the_connect_timeout() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    for fault in [Fault::HandshakeStall, Fault::HandshakeDrip] {
        server.misbehave(Misbehaviour::fault(fault));
        let options = Options::to(&server).connect(ms(200)).attempts(1);
        let failure = options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
        assert_eq!(failure.code, TCDB_ERR_CONNECT);
        assert!(failure.message.ends_with("timed out while in the TLS handshake"), "{failure:?}");
        server.behave();
    }
}

#[test]
fn each_phase_is_named() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let cases = [
        (Fault::HandshakeStall, "in the TLS handshake"),
        (Fault::StallReply, "waiting for the reply"),
        (Fault::StallInHead, "waiting for the reply"),
        (Fault::StallInBody, "reading the reply"),
        (Fault::DripBody, "reading the reply"),
    ];
    for (fault, phase) in cases {
        server.misbehave(Misbehaviour::fault(fault));
        let options = Options::to(&server).total(total());
        let failure = timed_out(&options.client(&Credentials::accepted()).unwrap());
        assert_eq!(
            failure.message,
            format!("{}: timed out after {} ms while {phase}", server.host_port(), total().as_millis())
        );
        server.behave();
    }
}

#[test]
fn the_attempts_and_their_pauses_share_one_total_timeout() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::Http503Empty));
    let options = Options::to(&server).attempts(10).total(total());
    let started = Instant::now();
    let failure = options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    // A pause that would pass the deadline is not begun: the last failure is reported, before the deadline.
    assert_eq!(failure.code, TCDB_ERR_UNAVAILABLE);
    assert!((2..10).contains(&failure.attempts), "{failure:?}");
    assert!(started.elapsed() < ms(1_000));
}

#[test]
fn the_queue_counts_too_and_its_failure_is_rate_limited_with_no_attempt() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    // Below the second after which the queue moves on, on every machine: without a handshake there is time enough.
    let total = Duration::from_millis(700);
    let options = Options::to(&server).endpoint(&server.http_url()).requests_per_second(1).total(total);
    let client = options.client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    let failure = timed_out_after(total, &client);
    assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_RATE_LIMITED, 0, true));
    assert_eq!(server.requests(), 1);
}
