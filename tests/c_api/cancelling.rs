//! `tcdb_client_shutdown` ends calls under way in any phase, and all later ones.

use std::thread;
use std::time::Instant;

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions, stalled_connect};

use crate::c_api::{Client, Credentials, Options};
use crate::machine::{ms, soon};
use crate::own_proxy::{Manner, OwnProxy};

/// Shuts the client down while it asks, and returns how it said that it ended.
fn shut_down_while_asking(client: &Client) -> String {
    thread::scope(|scope| {
        let asking = scope.spawn(|| client.query(DOCUMENTED_ID).unwrap_err());
        thread::sleep(ms(150));
        assert!(!asking.is_finished());
        let started = Instant::now();
        client.shut_down();
        let failure = asking.join().unwrap();
        assert!(started.elapsed() < ms(300), "{:?}", started.elapsed());
        assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_CANCELLED, false), "{failure:?}");
        assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().code, TCDB_ERR_CANCELLED, "later calls");
        failure.message
    })
}

#[test]
fn a_shutdown_ends_a_query_in_whatever_phase_it_is() {
    for (fault, phase) in [
        (Fault::HandshakeStall, "in the TLS handshake"),
        (Fault::StallReply, "waiting for the reply"),
        (Fault::StallInBody, "reading the reply"),
        (Fault::DripBody, "reading the reply"),
        (Fault::Http429RetryAfterSeconds, "pausing before a retry (1 attempts)"),
    ] {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        server.misbehave(Misbehaviour::fault(fault));
        let message = shut_down_while_asking(&Client::of(&server));
        assert_eq!(message, format!("cancelled while {}", phase.trim_end_matches(" (1 attempts)")));
    }
}

#[test]
fn a_shutdown_ends_a_connect_and_a_proxys_silence() {
    let stalled = stalled_connect().unwrap();
    let client = Options::new().endpoint(&stalled.host_port()).client(&Credentials::accepted()).unwrap();
    assert_eq!(shut_down_while_asking(&client), "cancelled while connecting");
    let proxy = OwnProxy::start(Manner::Stall);
    let options = Options::new().endpoint("cdb.example.com").proxy(&format!("http://{}", proxy.authority()));
    assert_eq!(
        shut_down_while_asking(&options.client(&Credentials::accepted()).unwrap()),
        "cancelled while connecting through the proxy"
    );
}

#[test]
fn a_shutdown_ends_the_waiting_for_a_place_in_the_pace() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).requests_per_second(1).client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!(shut_down_while_asking(&client), "cancelled while waiting for a permit of the rate limiter");
}

#[test]
fn a_shutdown_ends_sixty_four_queries_at_once_and_touches_no_other_client() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let (client, other) = (Client::of(&server), Client::of(&server));
    other.query(DOCUMENTED_ID).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::StallReply));
    thread::scope(|scope| {
        let asking: Vec<_> = (0..64).map(|_| scope.spawn(|| client.query(DOCUMENTED_ID).unwrap_err().code)).collect();
        thread::sleep(ms(300));
        let started = Instant::now();
        client.shut_down();
        assert!(asking.into_iter().all(|thread| thread.join().unwrap() == TCDB_ERR_CANCELLED));
        assert!(started.elapsed() < soon(), "{:?}", started.elapsed());
    });
    server.behave();
    other.query(DOCUMENTED_ID).unwrap();
}
