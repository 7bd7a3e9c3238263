//! Many waits in one queue: one final event for each task, whatever happens to it.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{Fault, Life, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Client, Credentials, Options};
use crate::machine::{ms, soon};
use crate::queue::{Event, Queue, WaitOptions};

const LONG: Duration = Duration::from_secs(60);

fn server(lives: &[(&str, Life)]) -> MockServer {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    for (id, life) in lives {
        server.put(id, life.clone());
    }
    server
}

fn patient(server: &MockServer) -> Client {
    Options::to(server).connect(LONG).total(LONG).client(&Credentials::accepted()).unwrap()
}

fn stalled() -> Life {
    Life::of([Step::status("RUNNING").times(1), Step::fault(Fault::StallReply)])
}

/// Every task has one final event, which is its last; the codes by task.
fn final_codes(events: &[Event]) -> BTreeMap<u64, tcdb_code> {
    let mut codes = BTreeMap::new();
    for event in events {
        assert!(!codes.contains_key(&event.task), "an event after the final one: {event:?}");
        if event.is_final {
            codes.insert(event.task, event.code());
        }
    }
    codes
}

#[test]
fn one_thread_carries_many_tasks_and_each_ends_once() {
    let lives: Vec<(String, Life)> = (0..20)
        .map(|n| (format!("task-{n}"), Life::of([Step::status("RUNNING").times(n % 3), Step::status("SUCCESS")])))
        .collect();
    let server = server(&lives.iter().map(|(id, life)| (id.as_str(), life.clone())).collect::<Vec<_>>());
    let client = patient(&server);
    let queue = Queue::of(&client);
    let options = WaitOptions::quick();
    let tasks: Vec<u64> =
        lives.iter().enumerate().map(|(n, (id, _))| queue.try_add(id, None, &options, n).unwrap()).collect();
    assert_eq!((queue.pending(), queue.due_in()), (20, Some(Duration::ZERO)));
    let events = queue.carry();
    assert_eq!(final_codes(&events).len(), 20);
    for event in &events {
        assert_eq!((event.status(), event.task), (Some(TCDB_STATUS_SUCCESS), tasks[event.user_data]));
        assert_eq!(u64::from(event.answers), server.questions(&lives[event.user_data].0));
    }
    assert_eq!((queue.pending(), queue.due_in()), (0, None));
    assert!(queue.add("task-0", &options) > tasks[19], "numbers are never used again");
}

#[test]
fn changes_are_events_where_they_are_wanted() {
    let life = || {
        let steps = ["INITIAL", "INITIAL", "RUNNING", "SCHEDULED", "DEFERRED", "RUNNING", "SUCCESS"];
        Life::of(steps.map(|text| Step::status(text).times(1)))
    };
    let server = server(&[("watched", life()), ("unwatched", life())]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let watched = queue.add("watched", &WaitOptions::quick().changes());
    queue.add("unwatched", &WaitOptions::quick());
    let (changes, others): (Vec<_>, Vec<_>) = queue.carry().into_iter().partition(|event| event.task == watched);
    let texts: Vec<_> = changes.iter().map(|event| event.outcome.clone().unwrap().status_text).collect();
    assert_eq!(texts, ["INITIAL", "RUNNING", "SCHEDULED", "DEFERRED", "RUNNING", "SUCCESS"]);
    assert_eq!(
        changes.iter().map(|event| event.is_final).collect::<Vec<_>>(),
        [false, false, false, false, false, true]
    );
    assert_eq!(changes.iter().map(|event| event.answers).collect::<Vec<_>>(), [1, 3, 4, 5, 6, 7]);
    assert!(others.len() == 1 && others[0].is_final);
}

#[test]
fn an_answer_that_ends_the_wait_is_in_the_final_event_alone() {
    let server = server(&[("asked_once", Life::always("RUNNING")), ("paused", Life::always("PAUSED"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let asked_once = queue.try_add("asked_once", Some(Duration::ZERO), &WaitOptions::quick().changes(), 0).unwrap();
    queue.add("paused", &WaitOptions::quick().changes().stop_on(TCDB_STATUS_PAUSED));
    let events = queue.carry();
    assert_eq!(events.iter().map(|event| (event.is_final, event.answers)).collect::<Vec<_>>(), [(true, 1), (true, 1)]);
    let (once, paused): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event.task == asked_once);
    let failure = once[0].outcome.as_ref().unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (TCDB_ERR_WAIT_TIMEOUT, "not ended: RUNNING"));
    assert_eq!(failure.last.as_ref().map(|last| last.status), Some(TCDB_STATUS_RUNNING));
    assert_eq!(paused[0].outcome.as_ref().unwrap().status, TCDB_STATUS_PAUSED);
}

#[test]
fn a_cancelled_task_has_one_final_event_in_whatever_phase_it_is() {
    let server =
        server(&[("pausing", Life::always("RUNNING")), ("stalled", stalled()), ("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let slow = WaitOptions::quick().interval(60_000, 60_000);
    let unasked = queue.add("pausing", &slow);
    assert!(queue.cancel(unasked), "before any request");
    let (pausing, stalled) = (queue.add("pausing", &slow), queue.add("stalled", &WaitOptions::quick()));
    let ending = queue.add("ending", &slow);
    let events = queue.while_run(3, || {
        thread::sleep(ms(800));
        let begun = Instant::now();
        assert!(queue.cancel(pausing) && queue.cancel(stalled));
        let events = queue.take_all();
        assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
        events
    });
    let expected = [
        (unasked, TCDB_ERR_CANCELLED),
        (pausing, TCDB_ERR_CANCELLED),
        (stalled, TCDB_ERR_CANCELLED),
        (ending, TCDB_OK),
    ];
    assert_eq!(final_codes(&events), expected.into());
    let of = |task| events.iter().find(|event| event.task == task).unwrap().outcome.clone();
    assert_eq!(of(unasked).unwrap_err().last, None);
    assert!(of(unasked).unwrap_err().message.contains("for its first request"));
    assert_eq!(of(stalled).unwrap_err().last.unwrap().status, TCDB_STATUS_RUNNING);
    assert!(of(pausing).unwrap_err().message.contains("between two requests"));
    for task in [unasked, pausing, stalled, ending, 0, 99] {
        assert!(!queue.cancel(task), "{task} has ended");
    }
}

#[test]
fn cancel_all_ends_what_is_there_and_not_what_is_added_later() {
    let server =
        server(&[("pausing", Life::always("RUNNING")), ("stalled", stalled()), ("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    for _ in 0..5 {
        queue.add("pausing", &WaitOptions::quick());
    }
    queue.add("stalled", &WaitOptions::quick());
    let events = queue.while_run(2, || {
        thread::sleep(ms(800));
        queue.cancel_all();
        let begun = Instant::now();
        let events = queue.take_all();
        assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
        let later = queue.add("ending", &WaitOptions::quick());
        assert_eq!(final_codes(&queue.take_all()), [(later, TCDB_OK)].into());
        events
    });
    assert_eq!(final_codes(&events).into_values().collect::<Vec<_>>(), [TCDB_ERR_CANCELLED; 6]);
}

#[test]
fn without_any_thread_inside_cancel_all_and_deadlines_still_end_tasks() {
    let server = server(&[]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let timed = queue.try_add("task", Some(Duration::from_millis(300)), &WaitOptions::quick(), 0).unwrap();
    let begun = Instant::now();
    let event = queue.next(LONG).unwrap().unwrap();
    assert!((event.task, event.code()) == (timed, TCDB_ERR_WAIT_TIMEOUT) && begun.elapsed() < soon(), "{event:?}");
    let cancelled = queue.add("task", &WaitOptions::quick());
    queue.cancel_all();
    let event = queue.next(Duration::ZERO).unwrap().unwrap();
    assert_eq!((event.task, event.code()), (cancelled, TCDB_ERR_CANCELLED));
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_shutdown_of_the_client_ends_every_task_and_then_the_queue() {
    let server = server(&[("pausing", Life::always("RUNNING")), ("stalled", stalled())]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let pausing: Vec<u64> = (0..5).map(|_| queue.add("pausing", &WaitOptions::quick())).collect();
    let stalled = queue.add("stalled", &WaitOptions::quick());
    let idle = Queue::of(&client);
    idle.add("pausing", &WaitOptions::quick());
    let events = queue.while_run(2, || {
        thread::sleep(ms(800));
        let begun = Instant::now();
        client.shut_down();
        let mut events = Vec::new();
        let failure = loop {
            match queue.next(LONG) {
                Ok(event) => events.extend(event),
                Err(failure) => break failure,
            }
        };
        assert!(failure.code == TCDB_ERR_CANCELLED && begun.elapsed() < soon(), "{failure:?} {:?}", begun.elapsed());
        events
    });
    let codes = final_codes(&events);
    assert_eq!(codes.keys().copied().collect::<Vec<_>>(), [pausing, vec![stalled]].concat());
    assert!(codes.values().all(|code| *code == TCDB_ERR_CANCELLED));
    assert_eq!(queue.run(LONG).unwrap_err().code, TCDB_ERR_CANCELLED);
    assert_eq!(queue.try_add("pausing", None, &WaitOptions::quick(), 0).unwrap_err().code, TCDB_ERR_CANCELLED);
    assert_eq!(idle.next(LONG).unwrap().unwrap().code(), TCDB_ERR_CANCELLED, "a queue that no thread ran");
    assert_eq!(idle.next(LONG).unwrap_err().code, TCDB_ERR_CANCELLED);
}

#[test]
fn wake_ends_each_run_and_next_and_is_remembered_where_there_is_none() {
    let server = server(&[]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| queue.run(LONG).unwrap());
            scope.spawn(|| assert_eq!(queue.next(LONG), Ok(None)));
        }
        thread::sleep(Duration::from_millis(300));
        queue.wake();
    });
    queue.wake();
    queue.run(LONG).unwrap();
    queue.wake();
    assert_eq!(queue.next(LONG), Ok(None));
    assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
    queue.run(Duration::from_millis(100)).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(400), "a wake counts once");
}

#[test]
fn run_and_next_last_no_longer_than_they_may() {
    let server = server(&[("running", Life::always("RUNNING"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let short = Duration::from_millis(200);
    for empty in [true, false] {
        let begun = Instant::now();
        queue.run(short).unwrap();
        assert!(begun.elapsed() >= short && begun.elapsed() < soon(), "{empty}: {:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(queue.next(short), Ok(None));
        assert!(begun.elapsed() >= short && begun.elapsed() < soon(), "{empty}: {:?}", begun.elapsed());
        queue.add("running", &WaitOptions::quick().interval(60_000, 60_000));
    }
    queue.run(Duration::ZERO).unwrap();
    assert_eq!(server.requests(), 2, "without sleeping it sends what is due");
    assert!(queue.due_in().unwrap() > Duration::from_secs(50));
}

#[test]
fn a_task_added_while_all_threads_sleep_is_asked_at_once() {
    let server = server(&[("running", Life::always("RUNNING")), ("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    queue.add("running", &WaitOptions::quick().interval(60_000, 60_000));
    queue.while_run(3, || {
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(120));
            let begun = Instant::now();
            queue.add("ending", &WaitOptions::quick());
            let event = queue.next(LONG).unwrap().unwrap();
            assert!(event.code() == TCDB_OK && begun.elapsed() < ms(500), "{:?}", begun.elapsed());
        }
    });
}

#[test]
fn the_rate_limit_is_kept_and_deadlines_pass_behind_it() {
    let server = server(&[("running", Life::always("RUNNING"))]);
    let client = Options::to(&server).requests_per_second(5).client(&Credentials::accepted()).unwrap();
    let queue = Queue::of(&client);
    for _ in 0..100 {
        queue.try_add("running", Some(Duration::from_millis(1_500)), &WaitOptions::quick(), 0).unwrap();
    }
    let events = queue.while_run(3, || queue.take_all());
    assert_eq!(final_codes(&events).into_values().collect::<Vec<_>>(), [TCDB_ERR_WAIT_TIMEOUT; 100]);
    for event in &events {
        assert!(event.elapsed >= Duration::from_millis(1_500) && event.elapsed < Duration::from_secs(3), "{event:?}");
    }
    assert!(server.requests() <= 10, "{}", server.requests());
}

#[test]
fn a_due_task_is_due_now_until_a_run_has_given_it_its_place_behind_the_rate_limit() {
    let server = server(&[("running", Life::always("RUNNING"))]);
    let client = Options::to(&server).requests_per_second(1).client(&Credentials::accepted()).unwrap();
    // A machine that stalls for a second has the limit free again: then once more.
    for _ in 0..20 {
        let queue = Queue::of(&client);
        client.query("running").unwrap();
        let asked = Instant::now();
        queue.add("running", &WaitOptions::quick());
        let (before, requests) = (queue.due_in(), server.requests());
        queue.run(Duration::ZERO).unwrap();
        let (after, more) = (queue.due_in(), server.requests());
        if asked.elapsed() < Duration::from_millis(900) {
            assert_eq!((before, more), (Some(Duration::ZERO), requests));
            assert!(after > Some(Duration::ZERO) && after <= Some(Duration::from_secs(1)), "{after:?}");
            return;
        }
    }
    panic!("no run came within the second of a query");
}

static DESTROYED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

unsafe extern "system" fn destroy(user_data: *mut c_void) {
    DESTROYED.lock().unwrap().push(user_data as usize);
}

#[test]
fn free_destroys_the_user_data_of_tasks_whose_end_was_not_taken() {
    let server = server(&[("running", Life::always("RUNNING")), ("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::destroying(&client, Some(destroy));
    let options = WaitOptions::quick().changes();
    queue.try_add("ending", None, &options, 1).unwrap();
    assert_eq!(queue.carry().len(), 1);
    queue.try_add("running", None, &options, 2).unwrap();
    queue.run(LONG).unwrap();
    let change = queue.next(Duration::ZERO).unwrap().unwrap();
    assert!(!change.is_final && change.user_data == 2);
    queue.try_add("ending", None, &options, 3).unwrap();
    queue.run(LONG).unwrap();
    queue.try_add("running", None, &options, 4).unwrap();
    let refused = queue.try_add("", None, &options, 5).unwrap_err();
    assert_eq!(refused.code, TCDB_ERR_INVALID_ARGUMENT);
    drop(queue);
    let mut destroyed = std::mem::take(&mut *DESTROYED.lock().unwrap());
    destroyed.sort_unstable();
    assert_eq!(destroyed, [2, 3, 4], "1 was taken with its final event, 5 was refused");
}

#[test]
fn a_task_is_refused_by_the_name_of_what_is_wrong() {
    let server = server(&[]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let cases = [
        ("", WaitOptions::quick(), "async_request_id is empty"),
        ("a\nb", WaitOptions::quick(), "async_request_id holds a control character"),
        ("id", WaitOptions::quick().interval(100, 0), "interval of 100 ms"),
        ("id", WaitOptions::quick().interval(2_000, 1_000), "longest interval of 1000 ms"),
        ("id", WaitOptions::quick().stop_on(77), "stop_on: 77"),
    ];
    for (id, options, part) in cases {
        let failure = queue.try_add(id, None, &options, 0).unwrap_err();
        assert!(failure.code == TCDB_ERR_INVALID_ARGUMENT && failure.message.contains(part), "{failure:?}");
    }
    assert_eq!(queue.pending(), 0);
}

#[test]
fn a_queue_outlives_its_client() {
    let server = server(&[("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    drop(client);
    let task = queue.add("ending", &WaitOptions::quick());
    assert_eq!(final_codes(&queue.carry()), [(task, TCDB_OK)].into());
}

#[test]
fn one_answer_is_got_as_a_query_gets_it() {
    let server = server(&[("running", Life::always("RUNNING")), ("failing", Life::of([Step::fault(Fault::Html504)]))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    let running = queue.try_add("running", Some(Duration::ZERO), &WaitOptions::quick(), 0).unwrap();
    let failing = queue.try_add("failing", Some(Duration::ZERO), &WaitOptions::quick(), 0).unwrap();
    let codes = final_codes(&queue.carry());
    assert_eq!(codes, [(running, TCDB_ERR_WAIT_TIMEOUT), (failing, TCDB_ERR_UNAVAILABLE)].into());
    assert_eq!((server.questions("running"), server.questions("failing")), (1, 3));
}

#[test]
fn one_answer_comes_soon_amid_waits_that_are_all_overdue() {
    let server = server(&[("waiting", Life::always("RUNNING")), ("one", Life::always("SUCCESS"))]);
    let client = Options::to(&server).requests_per_second(10).client(&Credentials::accepted()).unwrap();
    let queue = Queue::of(&client);
    for _ in 0..200 {
        queue.add("waiting", &WaitOptions::quick());
    }
    queue.while_run(3, || {
        thread::sleep(Duration::from_secs(7));
        for _ in 0..4 {
            let begun = Instant::now();
            let one = queue.try_add("one", Some(Duration::ZERO), &WaitOptions::quick(), 0).unwrap();
            let event = queue.next(LONG).unwrap().unwrap();
            assert_eq!((event.task, event.code()), (one, TCDB_OK));
            assert!(begun.elapsed() < Duration::from_millis(1_800), "one answer took {:?}", begun.elapsed());
        }
        // The waits go on meanwhile.
        assert!(server.questions("waiting") >= 50, "{}", server.questions("waiting"));
    });
}

#[test]
fn one_answer_is_bounded_by_the_total_timeout_behind_the_rate_limit() {
    let server = server(&[("one", Life::always("SUCCESS"))]);
    let client = Options::to(&server).requests_per_second(1).total(Duration::from_millis(600));
    let client = client.client(&Credentials::accepted()).unwrap();
    let queue = Queue::of(&client);
    for _ in 0..5 {
        queue.try_add("one", Some(Duration::ZERO), &WaitOptions::quick(), 0).unwrap();
    }
    let events = queue.while_run(2, || queue.take_all());
    let in_time = events.iter().filter(|event| event.code() == TCDB_OK).count();
    let refused = events.iter().filter(|event| event.code() == TCDB_ERR_RATE_LIMITED).count();
    assert_eq!((in_time, refused), (1, 4), "{events:?}");
    assert!(events.iter().all(|event| event.elapsed < soon()), "{events:?}");
}

#[test]
fn a_cancelled_task_that_made_way_for_one_answer_ends() {
    let server = server(&[("waiting", Life::always("RUNNING")), ("one", Life::always("SUCCESS"))]);
    let client = Options::to(&server).requests_per_second(2).client(&Credentials::accepted()).unwrap();
    let queue = Queue::of(&client);
    let waits: Vec<u64> = (0..20).map(|_| queue.add("waiting", &WaitOptions::quick())).collect();
    let codes = queue.while_run(2, || {
        let ones: Vec<u64> =
            (0..5).map(|_| queue.try_add("one", Some(Duration::ZERO), &WaitOptions::quick(), 0).unwrap()).collect();
        for wait in &waits {
            assert!(queue.cancel(*wait));
        }
        let codes = final_codes(&queue.take_all());
        assert_eq!(codes.len(), waits.len() + ones.len());
        assert!(ones.iter().all(|one| codes[one] == TCDB_OK), "{codes:?}");
        codes
    });
    assert!(waits.iter().all(|wait| codes[wait] == TCDB_ERR_CANCELLED), "{codes:?}");
}

/// Whether poll(2) finds the descriptor readable.
#[cfg(unix)]
fn is_readable(descriptor: i32) -> bool {
    #[repr(C)]
    struct PollFd(i32, i16, i16);
    #[allow(unsafe_code)]
    unsafe extern "C" {
        fn poll(set: *mut PollFd, count: std::ffi::c_ulong, timeout: i32) -> i32;
    }
    let mut set = PollFd(descriptor, 1, 0);
    #[allow(unsafe_code)]
    let ready = unsafe { poll(&raw mut set, 1, 0) };
    assert!(ready >= 0);
    ready == 1
}

#[cfg(unix)]
#[test]
fn the_descriptor_is_readable_while_events_wait_and_clears_when_they_are_taken() {
    let server = server(&[("ending", Life::always("SUCCESS"))]);
    let client = patient(&server);
    let queue = Queue::of(&client);
    for _ in 0..2 {
        queue.add("ending", &WaitOptions::quick());
        queue.run(LONG).unwrap();
    }
    let descriptor = queue.descriptor().unwrap();
    assert_eq!(queue.descriptor(), Ok(descriptor));
    for left in [true, false] {
        assert!(is_readable(descriptor), "events were there before the descriptor");
        assert!(queue.next(Duration::ZERO).unwrap().is_some());
        assert_eq!(is_readable(descriptor), left);
    }
    queue.add("ending", &WaitOptions::quick());
    assert!(!is_readable(descriptor));
    queue.run(LONG).unwrap();
    assert!(is_readable(descriptor));
    assert!(queue.next(Duration::ZERO).unwrap().is_some() && !is_readable(descriptor));
    queue.add("ending", &WaitOptions::quick());
    queue.cancel_all();
    assert!(is_readable(descriptor), "with no thread inside");
    assert!(queue.next(Duration::ZERO).unwrap().is_some() && !is_readable(descriptor));
    queue.add("ending", &WaitOptions::quick());
    client.shut_down();
    assert!(is_readable(descriptor), "with no thread inside");
    assert!(queue.next(Duration::ZERO).unwrap().is_some() && !is_readable(descriptor));
}

#[cfg(not(unix))]
#[test]
fn there_is_no_descriptor_on_windows() {
    let server = server(&[]);
    let client = patient(&server);
    let failure = Queue::of(&client).descriptor().unwrap_err();
    assert_eq!(failure.code, TCDB_ERR_SYSTEM);
}
