//! Stepper a wait: one request at most, sleeping bounded, by due times; and the waits that share a pace.

use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{Fault, Life, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Client, Credentials, Lines, Options, Waiter};

const ID: &str = "the-task";
const LONG: Duration = Duration::from_secs(60);

fn server(life: Life) -> MockServer {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    server.put(ID, life);
    server
}

#[test]
fn a_step_of_no_sleep_asks_when_due_and_returns_at_once_when_not() {
    let server = server(Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(600, 600);
    assert_eq!((waiter.due_in(), waiter.answers(), waiter.latest()), (Some(Duration::ZERO), 0, None));
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    assert_eq!((waiter.answers(), waiter.latest().unwrap().status), (1, TCDB_STATUS_RUNNING));
    let due = waiter.due_in().unwrap();
    assert!(due > Duration::from_millis(300) && due <= Duration::from_millis(600), "{due:?}");
    let begun = Instant::now();
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert_eq!(server.requests(), 1);
    thread::sleep(waiter.due_in().unwrap());
    let found = waiter.step(Duration::ZERO).unwrap().unwrap();
    assert_eq!((found.status, server.requests()), (TCDB_STATUS_SUCCESS, 2));
}

#[test]
fn a_step_sleeps_no_longer_than_it_may() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(60_000, 60_000);
    waiter.step(Duration::ZERO).unwrap();
    let begun = Instant::now();
    assert_eq!(waiter.step(Duration::from_millis(300)).unwrap(), None);
    assert!((250..700).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_step_sends_one_attempt_and_retries_become_due_times() {
    let server = server(Life::of([Step::fault(Fault::Html504).times(2), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap();
    for requests in 1..=2 {
        assert_eq!(waiter.step(LONG).unwrap(), None);
        assert_eq!((server.requests(), waiter.answers()), (requests, 0));
        assert!(waiter.due_in().unwrap() > Duration::ZERO);
    }
    assert_eq!(waiter.step(LONG).unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn after_the_end_every_step_repeats_it_and_asks_nothing() {
    let server = server(Life::always("FAILED"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap();
    let found = waiter.step(Duration::ZERO).unwrap().unwrap();
    assert_eq!(found.status, TCDB_STATUS_FAILED);
    let elapsed = waiter.elapsed();
    server.put(ID, Life::always("SUCCESS"));
    thread::sleep(Duration::from_millis(20));
    assert_eq!(waiter.step(LONG).unwrap().unwrap(), found);
    assert_eq!(waiter.run().unwrap(), found);
    assert_eq!((waiter.latest().unwrap(), waiter.due_in(), waiter.elapsed()), (found, None, elapsed));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_second_step_meanwhile_is_busy_and_ends_nothing() {
    let server = server(Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    server.set_delay(Duration::from_millis(500));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    thread::scope(|scope| {
        let first = scope.spawn(|| waiter.run());
        thread::sleep(Duration::from_millis(200));
        let failure = waiter.step(Duration::ZERO).unwrap_err();
        assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_BUSY, true));
        assert_eq!(waiter.run().unwrap_err().code, TCDB_ERR_BUSY);
        assert_eq!(first.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
    });
}

#[test]
fn what_a_setter_was_given_is_validated_by_the_next_step_and_can_be_mended() {
    let server = server(Life::always("SUCCESS"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(100, 0);
    let failure = waiter.step(Duration::ZERO).unwrap_err();
    assert_eq!((failure.code, failure.message.contains("interval of 100 ms")), (TCDB_ERR_INVALID_ARGUMENT, true));
    for (first, longest, words) in [
        (5_000, 2_000, "longest interval of 2000 ms is below"),
        (20_000, 0, "longest interval of 10000 ms (the default) is below the first of 20000 ms"),
        (0, 249, "longest interval of 249 ms is below the first of 1000 ms"),
    ] {
        let waiter = Waiter::new(&client, ID, None).unwrap().interval(first, longest);
        assert!(waiter.run().unwrap_err().message.contains(words), "{words}");
        assert_eq!((server.requests(), waiter.due_in()), (0, Some(Duration::ZERO)));
    }
    assert_eq!(waiter.interval(0, 0).run().unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn what_a_setter_was_given_and_cannot_be_used_is_reported_once_and_then_forgotten() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(700, 700).stop_on(TCDB_STATUS_RUNNING).stop_on(99);
    assert!(waiter.step(Duration::ZERO).unwrap_err().message.contains("stop_on: 99"));
    // The statuses and the interval set before are kept.
    assert_eq!(waiter.step(Duration::ZERO).unwrap().unwrap().status, TCDB_STATUS_RUNNING);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(700, 700);
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    let waiter = waiter.interval(1, 1).stop_on(-1);
    for words in ["stop_on: -1", "interval of 1 ms"] {
        let failure = waiter.step(Duration::ZERO).unwrap_err();
        assert!(failure.code == TCDB_ERR_INVALID_ARGUMENT && failure.message.contains(words), "{failure:?}");
    }
    thread::sleep(waiter.due_in().unwrap());
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    let due = waiter.due_in().unwrap();
    assert!(due > Duration::from_millis(300) && due <= Duration::from_millis(700), "{due:?}");
}

#[test]
fn after_a_shutdown_a_waiter_is_due_and_its_step_ends_it() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(10_000, 10_000);
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    assert!(waiter.due_in().unwrap() > Duration::from_secs(9));
    client.shut_down();
    assert_eq!(waiter.due_in(), Some(Duration::ZERO));
    assert_eq!(waiter.step(Duration::ZERO).unwrap_err().code, TCDB_ERR_CANCELLED);
    assert_eq!(waiter.due_in(), None);
}

#[test]
fn a_waiter_outlives_its_client() {
    let server = server(Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    drop(client);
    assert_eq!(waiter.run().unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn credentials_replaced_in_the_middle_are_taken() {
    let server = server(Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    waiter.step(Duration::ZERO).unwrap();
    server.revoke_all();
    server.accept("AKIDANOTHERANOTHERANOTHER", "AnotherFakeKeyForTests", Some("a-token"));
    client.set_credentials(
        &Credentials::fixed("AKIDANOTHERANOTHERANOTHER", "AnotherFakeKeyForTests", Some("a-token")).unwrap(),
    );
    assert_eq!(waiter.run().unwrap().status, TCDB_STATUS_SUCCESS);
}

#[test]
fn credentials_revoked_in_the_middle_end_the_wait_with_its_last_answer() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    waiter.step(Duration::ZERO).unwrap();
    server.revoke_all();
    let failure = waiter.run().unwrap_err();
    assert_eq!((failure.code, failure.last.unwrap().status), (TCDB_ERR_AUTH, TCDB_STATUS_RUNNING));
    assert_eq!(failure.server_code.as_deref(), Some("AuthFailure.SecretIdNotFound"));
}

#[test]
fn failures_that_are_outlived_are_logged() {
    let steps = [Step::status("RUNNING").times(1), Step::fault(Fault::Html504).times(4), Step::status("SUCCESS")];
    let server = server(Life::of(steps));
    let lines = Lines::default();
    let options = Options::to(&server).log(TCDB_LOG_INFO, &lines);
    let client = options.client(&Credentials::accepted()).unwrap();
    assert_eq!(Waiter::quick(&client, ID, LONG).run().unwrap().status, TCDB_STATUS_SUCCESS);
    let warned: Vec<_> = lines.all().into_iter().filter(|(level, _)| *level == TCDB_LOG_WARN).collect();
    assert!(warned.len() == 1 && warned[0].1.contains("failure 3; retrying"), "{warned:?}");
    assert!(lines.contains("failure 1; retrying") && lines.contains("answered again after 4 failures"));
}

#[test]
fn the_due_time_includes_the_place_in_the_pace() {
    let server = server(Life::always("RUNNING"));
    let client = Options::to(&server).requests_per_second(1).client(&Credentials::accepted()).unwrap();
    client.query(ID).unwrap();
    let waiter = Waiter::quick(&client, ID, LONG);
    let due = waiter.due_in().unwrap();
    assert!(due > Duration::from_millis(500) && due <= Duration::from_secs(1), "{due:?}");
    assert_eq!(waiter.step(Duration::ZERO).unwrap(), None);
    let after_step = waiter.due_in().unwrap();
    assert!(after_step > Duration::from_millis(300) && after_step <= due, "{after_step:?}");
    assert_eq!((server.requests(), waiter.answers()), (1, 0));
    thread::sleep(after_step);
    assert_eq!((waiter.step(Duration::ZERO).unwrap(), waiter.answers()), (None, 1));
}

#[test]
fn a_step_of_a_waiter_that_says_0_sends_a_request_however_many_wait() {
    let server = server(Life::always("RUNNING"));
    let client = Options::to(&server).requests_per_second(20).client(&Credentials::accepted()).unwrap();
    let ids: Vec<String> = (0..50).map(|number| format!("one-of-fifty-{number}")).collect();
    ids.iter().for_each(|id| server.put(id, Life::always("RUNNING")));
    let waiters: Vec<Waiter> = ids.iter().map(|id| Waiter::quick(&client, id, LONG)).collect();
    let (mut steps, until) = (0, Instant::now() + Duration::from_secs(4));
    while Instant::now() < until {
        for waiter in waiters.iter().filter(|waiter| waiter.due_in() == Some(Duration::ZERO)) {
            waiter.step(Duration::ZERO).unwrap();
            steps += 1;
        }
        let next = waiters.iter().filter_map(Waiter::due_in).min().unwrap();
        thread::sleep(next.min(until.saturating_duration_since(Instant::now())));
    }
    let sent = server.requests();
    assert!(sent >= 60 && steps <= sent + sent / 10, "{steps} steps sent {sent} requests");
    let asked: Vec<u64> = ids.iter().map(|id| server.questions(id)).collect();
    assert!(asked.iter().all(|times| *times >= 1), "the longest overdue first: {asked:?}");
}

#[test]
fn queries_go_ahead_of_waiters_and_no_waiter_starves() {
    // In the order of the queue a query would come after forty waiters: four seconds.
    query_among(40, Duration::from_millis(1_500));
}

#[test]
fn queries_go_by_turns_with_waiters_that_are_all_overdue() {
    // Ten seconds and more for each round: every waiter is overdue when the first query comes.
    query_among(150, Duration::from_secs(8));
}

/// So many waiters at ten requests a second, and after a while queries.
fn query_among(waiters: usize, after: Duration) {
    let server = server(Life::always("RUNNING"));
    let client = Options::to(&server).requests_per_second(10).client(&Credentials::accepted()).unwrap();
    let ids: Vec<String> = (0..waiters).map(|number| format!("one-of-many-{number}")).collect();
    ids.iter().for_each(|id| server.put(id, Life::always("RUNNING")));
    let waiters: Vec<Waiter> = ids.iter().map(|id| Waiter::quick(&client, id, LONG)).collect();
    let until = Instant::now() + after + Duration::from_millis(4_500);
    let slowest = thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < until {
                for waiter in waiters.iter().filter(|waiter| waiter.due_in() == Some(Duration::ZERO)) {
                    waiter.step(Duration::ZERO).unwrap();
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        thread::sleep(after);
        let asked = (0..4).map(|_| {
            let begun = Instant::now();
            client.query(ID).unwrap();
            begun.elapsed()
        });
        asked.max().unwrap()
    });
    assert!(slowest < Duration::from_millis(1_800), "a query took {slowest:?}");
    let asked = ids.iter().filter(|id| server.questions(id) > 0).count();
    assert!(asked >= ids.len().min(90), "{asked} of {} were asked", ids.len());
    assert!(server.max_in_any_second() <= 10);
}

#[test]
fn a_wait_goes_on_when_the_endpoint_was_away() {
    away_for(Duration::from_secs(2));
}

#[test]
#[ignore = "ten seconds: make prove"]
fn a_wait_goes_on_when_the_endpoint_was_away_for_ten_seconds() {
    away_for(Duration::from_secs(10));
}

fn away_for(time: Duration) {
    let server = server(Life::of([Step::status("RUNNING").ms(1_000), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, Some(LONG)).unwrap().interval(300, 1_000);
    thread::scope(|scope| {
        let run = scope.spawn(|| waiter.run());
        thread::sleep(Duration::from_millis(700));
        let before = waiter.answers();
        server.stop();
        thread::sleep(time);
        assert!(before > 0 && waiter.answers() <= before + 1);
        server.restart().unwrap();
        assert_eq!(run.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
    });
    assert!(waiter.elapsed() < time + Duration::from_millis(700 + 1_000 + 1_500), "{:?}", waiter.elapsed());
}

/// Only in a network of its own: tests/c_api/cut_network.sh.
#[test]
#[ignore = "cuts the network: make check-cut-network"]
fn a_wait_goes_on_when_the_network_was_cut() {
    assert!(std::env::var_os("TCDB_OWN_NETWORK").is_some(), "run by make check-cut-network alone");
    let server = server(Life::of([Step::status("RUNNING").ms(2_000), Step::status("SUCCESS")]));
    let options = Options::to(&server).connect(Duration::from_secs(1)).total(Duration::from_secs(2));
    let client = options.client(&Credentials::accepted()).unwrap();
    let waiter = Waiter::new(&client, ID, Some(LONG)).unwrap().interval(300, 1_000);
    thread::scope(|scope| {
        let run = scope.spawn(|| waiter.run());
        thread::sleep(Duration::from_millis(700));
        blackhole("add");
        let before = waiter.answers();
        thread::sleep(Duration::from_secs(10));
        assert!(before > 0 && waiter.answers() <= before + 1, "the network is not cut");
        blackhole("del");
        assert_eq!(run.join().unwrap().unwrap().status, TCDB_STATUS_SUCCESS);
    });
    println!("seen {:?} after the beginning; cut for 10 s after 0.7 s", waiter.elapsed());
    assert!(waiter.elapsed() < Duration::from_millis(10_700 + 2_000 + 1_000 + 1_500), "{:?}", waiter.elapsed());
}

/// Adds or deletes the rule by which nothing arrives any more, without an error.
fn blackhole(what: &str) {
    let ran = std::process::Command::new("tc").args(["qdisc", what, "dev", "lo", "root", "blackhole"]).status();
    assert!(ran.unwrap().success());
}
