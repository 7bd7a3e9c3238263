//! Stopping a wait: cancelled, stopped by progress, out of time; in every phase, and what it hands back.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{Fault, Life, MockServer, Options as ServerOptions, Step, stalled_connect};

use crate::c_api::{Client, Credentials, Failure, Options, Waiter};
use crate::machine::{ms, soon};
use crate::queue::{Queue, WaitOptions};

const LONG: Duration = Duration::from_secs(60);
const ID: &str = "the-task";
/// Has the same life, and is waited for by a queue.
const QUEUED: &str = "the-queued-task";

fn server(life: Life) -> MockServer {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    server.put(ID, life.clone());
    server.put(QUEUED, life);
    server
}

fn running_then(step: Step) -> Life {
    Life::of([Step::status("RUNNING").times(1), step])
}

fn patient(server: &MockServer) -> Options {
    Options::to(server).connect(LONG).total(LONG)
}

/// Cancels after half a second; how long after that the wait has ended.
fn cancelling<T>(cancel: impl FnOnce() + Send, wait: impl FnOnce() -> T) -> (T, Duration) {
    thread::scope(|scope| {
        let canceller = scope.spawn(|| {
            thread::sleep(ms(500));
            cancel();
            Instant::now()
        });
        let outcome = wait();
        let returned = Instant::now();
        (outcome, returned.saturating_duration_since(canceller.join().unwrap()))
    })
}

/// A waiter and a task of a queue, one after the other.
fn assert_cancelled(client: &Client, interval: u32, phase: &str, answers: u32) {
    assert_both_cancelled(client, interval, [phase, phase], answers);
}

fn assert_both_cancelled(client: &Client, interval: u32, [phase, queued_phase]: [&str; 2], answers: u32) {
    let waiter = Waiter::new(client, ID, None).unwrap().interval(interval, interval);
    let (outcome, took) = cancelling(|| waiter.cancel(), || waiter.run());
    let failure = outcome.unwrap_err();
    assert_cancellation(&failure, took, phase, answers, waiter.answers());
    assert_eq!(waiter.run().unwrap_err(), failure, "{phase}: for good");

    let queue = Queue::of(client);
    let task = queue.add(QUEUED, &WaitOptions::quick().interval(interval, interval));
    let (events, took) = queue.while_run(1, || cancelling(|| assert!(queue.cancel(task)), || queue.take_all()));
    let [event] = &events[..] else { panic!("{phase}: {events:?}") };
    assert!(event.is_final && event.task == task, "{event:?}");
    assert_cancellation(event.outcome.as_ref().unwrap_err(), took, queued_phase, answers, event.answers);
}

fn assert_cancellation(failure: &Failure, took: Duration, phase: &str, answers: u32, had: u32) {
    assert_eq!(failure.code, TCDB_ERR_CANCELLED, "{failure:?}");
    assert!(failure.message.contains(phase), "expected {phase:?} in {:?}", failure.message);
    assert!(took < soon(), "{phase}: {took:?}");
    assert!(!failure.is_retryable);
    assert_eq!(had, answers, "{phase}");
    let last = failure.last.as_ref().map(|last| last.status);
    assert_eq!(last, (answers > 0).then_some(TCDB_STATUS_RUNNING), "{phase}: the last answer is carried");
}

#[test]
fn cancelling_while_connecting_ends_the_wait_soon() {
    let nowhere = stalled_connect().unwrap();
    let options = Options::new().endpoint(&format!("https://{}", nowhere.host_port())).connect(LONG).total(LONG);
    let client = options.client(&Credentials::accepted()).unwrap();
    assert_cancelled(&client, 1_000, "connecting", 0);
}

#[test]
fn cancelling_during_a_stalled_handshake_ends_the_wait_soon() {
    let server = server(Life::always("RUNNING"));
    server.misbehave(tcdb_mock_server::Misbehaviour::fault(Fault::HandshakeStall));
    let client = patient(&server).client(&Credentials::accepted()).unwrap();
    assert_cancelled(&client, 1_000, "cancelled while", 0);
}

#[test]
fn cancelling_during_a_stalled_or_dripping_reply_ends_the_wait_soon() {
    for fault in [Fault::StallReply, Fault::StallInHead, Fault::StallInBody, Fault::DripHead, Fault::DripBody] {
        let server = server(running_then(Step::fault(fault)));
        let client = patient(&server).client(&Credentials::accepted()).unwrap();
        assert_cancelled(&client, 250, "cancelled while", 1);
    }
}

#[test]
fn cancelling_between_two_requests_ends_the_wait_soon() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    assert_cancelled(&client, 60_000, "between two requests", 1);
}

#[test]
fn cancelling_in_the_pause_after_a_failure_ends_the_wait_soon() {
    let server = server(running_then(Step::fault(Fault::Http429RetryAfterHour)));
    let client = Client::of(&server);
    assert_cancelled(&client, 250, "between two requests", 1);
}

#[test]
fn cancelling_in_the_queue_of_the_pace_ends_the_wait_soon() {
    let server = server(Life::always("RUNNING"));
    let client = patient(&server).requests_per_second(1).client(&Credentials::accepted()).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.query(ID));
        }
        thread::sleep(ms(100));
        // A task of a queue waits in the queue until there is a permit.
        assert_both_cancelled(&client, 1_000, ["a permit of the rate limiter", "for its first request"], 0);
        client.shut_down();
    });
}

#[test]
fn a_wait_cancelled_before_its_first_step_asks_nothing() {
    let server = server(Life::always("SUCCESS"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, None).unwrap();
    waiter.cancel();
    assert_eq!(waiter.due_in(), Some(Duration::ZERO));
    assert_eq!(waiter.run().unwrap_err().code, TCDB_ERR_CANCELLED);
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_shutdown_of_the_client_ends_its_waits_soon() {
    let server = server(running_then(Step::fault(Fault::StallReply)));
    let client = patient(&server).client(&Credentials::accepted()).unwrap();
    let waiter = Waiter::new(&client, ID, None).unwrap().interval(250, 250);
    let later = Waiter::new(&client, ID, None).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(ms(500));
            client.shut_down();
        });
        let failure = waiter.run().unwrap_err();
        assert_eq!((failure.code, failure.last.unwrap().status), (TCDB_ERR_CANCELLED, TCDB_STATUS_RUNNING));
        assert!(waiter.elapsed() < soon());
    });
    assert_eq!(later.step(Duration::ZERO).unwrap_err().code, TCDB_ERR_CANCELLED);
}

/// Counts the calls of progress over one second of a wait, then stops it.
fn calls_in_a_second(waiter: &Waiter) -> (u32, Failure) {
    let (calls, begun) = (Cell::new(0), Cell::new(None));
    let outcome = waiter.run_with_progress(|(_, _, _)| {
        let begun: Instant = begun.get().unwrap_or_else(|| {
            begun.set(Some(Instant::now()));
            Instant::now()
        });
        calls.set(calls.get() + 1);
        begun.elapsed() >= Duration::from_secs(1)
    });
    (calls.get(), outcome.unwrap_err())
}

#[test]
fn progress_is_reported_about_ten_times_a_second_in_every_phase() {
    for (phase, step, interval) in [
        ("between requests", Step::status("RUNNING"), 60_000),
        ("in a stalled reply", Step::fault(Fault::StallReply), 250),
        ("in a dripping head", Step::fault(Fault::DripHead), 250),
        ("in a dripping body", Step::fault(Fault::DripBody), 250),
    ] {
        let server = server(running_then(step));
        let client = patient(&server).client(&Credentials::accepted()).unwrap();
        let waiter = Waiter::new(&client, ID, None).unwrap().interval(interval, interval);
        let (calls, failure) = calls_in_a_second(&waiter);
        assert!((7..=14).contains(&calls), "{phase}: {calls} calls in a second");
        assert_eq!((failure.code, failure.last.unwrap().status), (TCDB_ERR_CANCELLED, TCDB_STATUS_RUNNING), "{phase}");
    }
}

#[test]
fn progress_is_reported_for_each_answer_that_ends_nothing() {
    let steps = ["INITIAL", "RUNNING", "PAUSED"].map(|status| Step::status(status).times(1));
    let server = server(Life::of(steps.into_iter().chain([Step::status("SUCCESS")])));
    let client = Client::of(&server);
    let calls = std::cell::RefCell::new(Vec::new());
    let waiter = Waiter::quick(&client, ID, LONG);
    let outcome = waiter.run_with_progress(|one| {
        calls.borrow_mut().push(one);
        false
    });
    assert_eq!(outcome.unwrap().status, TCDB_STATUS_SUCCESS);
    let mut answers: Vec<_> = calls.borrow().iter().map(|(status, answers, _)| (*status, *answers)).collect();
    answers.dedup();
    // Before the first answer it is called where that takes a tenth of a second.
    answers.retain(|(_, answers)| *answers > 0);
    let expected = [TCDB_STATUS_INITIAL, TCDB_STATUS_RUNNING, TCDB_STATUS_PAUSED].map(Some).into_iter().zip(1..);
    assert_eq!(answers, expected.collect::<Vec<_>>());
    assert!(calls.borrow().is_sorted_by_key(|(_, _, elapsed)| *elapsed));
}

#[test]
fn progress_is_reported_with_an_answer_at_once_and_not_by_the_next_tick() {
    let server = server(Life::of([Step::status("RUNNING").times(4), Step::status("SUCCESS")]));
    let client = Client::of(&server);
    let calls = std::cell::RefCell::new(std::collections::BTreeMap::new());
    let outcome = Waiter::quick(&client, ID, LONG).run_with_progress(|(_, answers, _)| {
        calls.borrow_mut().entry(answers).or_insert_with(Instant::now);
        false
    });
    assert_eq!(outcome.unwrap().status, TCDB_STATUS_SUCCESS);
    let after = |(answers, at): (&u32, &Instant)| *at - server.seen()[*answers as usize - 1].at;
    let soonest = calls.borrow().iter().filter(|(answers, _)| **answers > 0).map(after).min().unwrap();
    assert!(soonest < ms(80), "{soonest:?}");
}

#[test]
fn progress_may_call_the_library_on_the_same_client_and_waiter() {
    let server = server(Life::of([Step::status("RUNNING").times(3), Step::status("SUCCESS")]));
    server.put("another", Life::always("FAILED"));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    let calls = Cell::new(0);
    let outcome = waiter.run_with_progress(|(status, answers, _)| {
        assert_eq!(client.query("another").unwrap().status, TCDB_STATUS_FAILED);
        assert_eq!(waiter.latest().map(|latest| latest.status), status);
        assert_eq!((waiter.answers(), waiter.step(Duration::ZERO).unwrap_err().code), (answers, TCDB_ERR_BUSY));
        assert!(waiter.due_in().is_some());
        calls.set(calls.get() + 1);
        false
    });
    assert_eq!(outcome.unwrap().status, TCDB_STATUS_SUCCESS);
    assert!(calls.get() >= 3);
}

#[test]
fn progress_may_cancel_from_within() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::quick(&client, ID, LONG);
    let failure = waiter
        .run_with_progress(|_| {
            waiter.cancel();
            false
        })
        .unwrap_err();
    assert_eq!((failure.code, failure.last.is_some()), (TCDB_ERR_CANCELLED, true));
}

#[test]
fn progress_may_stop_the_wait_at_an_answer_long_before_the_next_request() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let waiter = Waiter::new(&client, ID, Some(ms(5_000))).unwrap().interval(60_000, 60_000);
    let is_stopped = Cell::new(false);
    let failure = waiter.run_with_progress(|(status, _, _)| status.is_some() && !is_stopped.replace(true)).unwrap_err();
    assert_eq!((failure.code, failure.last.unwrap().status), (TCDB_ERR_CANCELLED, TCDB_STATUS_RUNNING));
    assert_eq!(server.requests(), 1);
}

/// How a queue's task fails by its deadline.
fn queued(client: &Client, deadline: Duration) -> Failure {
    let queue = Queue::of(client);
    queue.try_add(QUEUED, Some(deadline), &WaitOptions::quick(), 0).unwrap();
    let events = queue.while_run(1, || queue.take_all());
    let [event] = &events[..] else { panic!("{events:?}") };
    assert!(event.elapsed >= deadline && event.elapsed < deadline + ms(500), "{event:?}");
    event.outcome.clone().unwrap_err()
}

#[test]
fn a_deadline_holds_in_every_phase() {
    let deadline = ms(1_000);
    let in_ms = deadline.as_millis();
    for (fault, part) in
        [(Fault::StallReply, "timed out"), (Fault::DripBody, "timed out"), (Fault::Html504, "HTTP 504")]
    {
        let server = server(running_then(Step::fault(fault)));
        let client = patient(&server).client(&Credentials::accepted()).unwrap();
        for failure in [Waiter::quick(&client, ID, deadline).run().unwrap_err(), queued(&client, deadline)] {
            assert_eq!(failure.code, TCDB_ERR_WAIT_TIMEOUT, "{failure:?}");
            assert!(
                failure
                    .message
                    .starts_with(&format!("not ended within {in_ms} ms: RUNNING after 1 answer; last failure: ")),
                "{failure:?}"
            );
            assert!(failure.message.contains(part) && failure.is_retryable, "{failure:?}");
            assert_eq!(failure.last.unwrap().status, TCDB_STATUS_RUNNING);
        }
    }
    let nowhere = stalled_connect().unwrap();
    let options = Options::new().endpoint(&format!("https://{}", nowhere.host_port())).connect(LONG).total(LONG);
    let client = options.client(&Credentials::accepted()).unwrap();
    let waiter = Waiter::quick(&client, ID, deadline);
    for failure in [waiter.run().unwrap_err(), queued(&client, deadline)] {
        assert_eq!((failure.code, failure.last), (TCDB_ERR_WAIT_TIMEOUT, None));
        assert!(
            failure.message.starts_with(&format!("no answer within {in_ms} ms; last failure: ")),
            "{}",
            failure.message
        );
    }
    assert!(waiter.elapsed() >= deadline && waiter.elapsed() < deadline + ms(500));
}

#[test]
fn the_time_in_the_queue_counts_against_the_deadline() {
    let server = server(Life::always("RUNNING"));
    let client = patient(&server).requests_per_second(1).client(&Credentials::accepted()).unwrap();
    client.query(ID).unwrap();
    let waiter = Waiter::quick(&client, ID, Duration::from_millis(300));
    let failure = waiter.run().unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_WAIT_TIMEOUT, 0));
    assert!(waiter.elapsed() < ms(800));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_timeout_of_zero_is_one_answer() {
    let server = server(Life::always("RUNNING"));
    let client = Client::of(&server);
    let failure = client.wait(ID, Duration::ZERO).unwrap_err();
    assert_eq!((failure.code, failure.last.unwrap().status), (TCDB_ERR_WAIT_TIMEOUT, TCDB_STATUS_RUNNING));
    assert_eq!(server.requests(), 1);
    server.put(ID, Life::always("KILLED"));
    assert_eq!(client.wait(ID, Duration::ZERO).unwrap().status, TCDB_STATUS_KILLED);
    let failure = client.wait("no-such-task", Duration::ZERO).unwrap_err();
    assert_eq!((failure.code, failure.last), (TCDB_ERR_UNKNOWN_REQUEST_ID, None));
}
