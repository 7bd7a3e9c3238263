//! At most 40 requests in any second over all threads of a client, in order; less after a refusal.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Life, Misbehaviour, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Credentials, Lines, Options};
use crate::machine::ms;

#[test]
fn four_threads_of_sixty_queries_are_at_most_forty_in_any_second() {
    let server = MockServer::start(ServerOptions { rate_limit: 40, ..ServerOptions::default() }).unwrap();
    let client = Options::to(&server).requests_per_second(40).client(&Credentials::accepted()).unwrap();
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..60).for_each(|_| drop(client.query(DOCUMENTED_ID).unwrap())));
        }
    });
    assert_eq!((server.requests(), server.rate_refusals()), (240, 0));
    assert!(server.max_in_any_second() <= 40, "{} in a second", server.max_in_any_second());
    // 240 at 40 a second are five seconds and a bit.
    assert!((Duration::from_secs(5)..ms(9_000)).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[test]
fn queries_with_less_patience_than_the_queue_is_long_use_the_whole_limit() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let options = Options::to(&server).endpoint(&server.http_url()).requests_per_second(10);
    let client = options.total(Duration::from_secs(1)).client(&Credentials::accepted()).unwrap();
    let (answers, late) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let until = Instant::now() + Duration::from_secs(5);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while Instant::now() < until {
                    let outcome = client.query(DOCUMENTED_ID);
                    if outcome.is_ok() { &answers } else { &late }.fetch_add(1, SeqCst);
                }
            });
        }
    });
    // Of 50 and the first ten; one that gives up in the queue keeps no permit from the others.
    let (answers, late) = (answers.into_inner(), late.into_inner());
    assert!(answers >= 35 && late > 0, "{answers} answers, {late} gave up");
    assert!(server.max_in_any_second() <= 10, "{} in a second", server.max_in_any_second());
}

#[test]
fn who_asks_first_goes_first() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let options = Options::to(&server).endpoint(&server.http_url()).requests_per_second(4);
    let client = options.client(&Credentials::accepted()).unwrap();
    let ids: Vec<String> = (0..12).map(|i| format!("in-order-{i:02}")).collect();
    for id in &ids {
        server.put(id, Life::of([Step::status("RUNNING")]));
    }
    thread::scope(|scope| {
        for id in &ids {
            scope.spawn(|| client.query(id).unwrap());
            thread::sleep(Duration::from_millis(70));
        }
    });
    let seen: Vec<String> = server.seen().iter().filter_map(tcdb_mock_server::Seen::async_request_id).collect();
    assert_eq!(seen, ids);
}

#[test]
fn a_client_without_a_limit_waits_for_nothing() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let hundred_queries = |requests_per_second| {
        let options = Options::to(&server).requests_per_second(requests_per_second);
        let client = options.client(&Credentials::accepted()).unwrap();
        let started = Instant::now();
        (0..100).for_each(|_| drop(client.query(DOCUMENTED_ID).unwrap()));
        started.elapsed()
    };
    // What the machine gives today; 40 a second would take two seconds longer.
    let (wide, none) = (hundred_queries(10_000), hundred_queries(0));
    assert!(none < wide * 2 + Duration::from_secs(1), "without a limit {none:?}, with a wide one {wide:?}");
}

#[test]
fn slow_replies_do_not_let_more_through() {
    // The server counts at the reply's beginning, the client at its end: the delay must not add up to a burst.
    let server =
        MockServer::start(ServerOptions { delay: Duration::from_millis(300), ..ServerOptions::default() }).unwrap();
    let client = Options::to(&server).requests_per_second(10).client(&Credentials::accepted()).unwrap();
    thread::scope(|scope| {
        for _ in 0..15 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    assert!(server.max_in_any_second() <= 10, "{} in a second", server.max_in_any_second());
}

#[test]
fn a_refusal_lowers_the_rate() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).requests_per_second(40).client(&Credentials::accepted()).unwrap();
    server.misbehave(Misbehaviour::error("RequestLimitExceeded", "Too many.", 200).next_requests(1));
    client.query(DOCUMENTED_ID).unwrap();
    server.clear();
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| client.query(DOCUMENTED_ID).unwrap());
        }
    });
    // Of a client that has not used its limit: four fifths of half of it, more or less, and what is accepted raises it.
    let most = server.max_in_any_second();
    assert!((12..=26).contains(&most), "{most} in a second");
}

#[test]
fn a_storm_of_refusals_slows_sixty_four_threads_down_until_all_are_answered() {
    // Another process uses the account too: the server's limit is a quarter of what the client believes.
    let server = MockServer::start(ServerOptions { rate_limit: 20, ..ServerOptions::default() }).unwrap();
    let (lines, refused) = (Lines::default(), AtomicUsize::new(0));
    let options = Options::to(&server).requests_per_second(80).attempts(10).total(Duration::from_secs(15));
    let client = options.log(TCDB_LOG_INFO, &lines).client(&Credentials::accepted()).unwrap();
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                if let Err(failure) = client.query(DOCUMENTED_ID) {
                    assert_eq!(failure.code, TCDB_ERR_RATE_LIMITED, "{failure:?}");
                    refused.fetch_add(1, SeqCst);
                }
            });
        }
    });
    assert_eq!(refused.into_inner(), 0);
    // The first second brings 44, whatever is done; undiminished, the rounds that follow would bring 30 more.
    assert!(server.rate_refusals() <= 64, "{} refusals", server.rate_refusals());
    assert!(lines.contains("RateLimited"));
}

#[test]
fn retry_after_is_honoured() {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
    for (fault, least) in [
        (Fault::Http503RetryAfter, 1000),
        (Fault::Http429RetryAfterSeconds, 1000),
        (Fault::Http429RetryAfterDate, 2000),
        (Fault::Http429RetryAfterGarbled, 1000),
    ] {
        server.misbehave(Misbehaviour::fault(fault).next_requests(1));
        let started = Instant::now();
        client.query(DOCUMENTED_ID).unwrap();
        let took = started.elapsed();
        let least = Duration::from_millis(least);
        assert!((least..least + ms(1_000)).contains(&took), "{}: {took:?}", fault.name());
    }
    server.misbehave(Misbehaviour::fault(Fault::Http429RetryAfterHour));
    let started = Instant::now();
    let failure = client.query(DOCUMENTED_ID).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_RATE_LIMITED, 1));
    assert!(started.elapsed() < ms(500), "an hour is past the deadline: reported at once");
}
