#![cfg(unix)]
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::Shared;
use crate::client::Client;
use crate::config::{Options, Sourced};
use crate::credentials::provider::static_keys;
use crate::error::{Error, ErrorKind};
use crate::log::{Level, Log, Sink};
use crate::rate_limit::Admission;
use crate::rate_limit::window::Priority;
use crate::runtime::sys::{self, Socket, Want};
use crate::waiter::config::TaskConfig;
use crate::waiter::queue::sleep::sleep;
use crate::waiter::queue::task::Task;
use crate::waiter::queue::threads::Holder;
use crate::waiter::queue::{EventKind, TaskId, WaitQueue};

const LONG: Duration = Duration::from_secs(60);

/// Of an endpoint that refuses each connection.
fn client_with(options: Options) -> Client {
    let credentials = static_keys::credentials("AKIDFAKE", "FAKEKEY", None).unwrap();
    let endpoint = Some(Sourced::new("endpoint", "http://127.0.0.1:1"));
    Client::new(credentials, Some(b"ap-guangzhou"), &Options { endpoint, ..options }).unwrap()
}

/// How the only task of a queue failed.
fn failure(queue: &WaitQueue<u8>, within: Duration) -> Error {
    let event = queue.next(within).unwrap().expect("an event");
    assert_eq!((event.user_data, queue.pending()), (7, 0));
    match event.kind {
        EventKind::Final(Err(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

fn is_readable(descriptor: i32) -> bool {
    let mut looked_at = [Socket::new(&descriptor, Want::Input)];
    sys::wait(&mut looked_at, None, Duration::ZERO).unwrap();
    looked_at[0].is_ready
}

/// What comes between the look of a `next` at what there is to end and its finding nothing: from another thread, or from
/// a signal handler on this one.
fn is_readable_after(comes: impl Fn(&Client, &Shared<()>)) -> bool {
    let client = client_with(Options::default());
    let queue: WaitQueue<()> = client.wait_queue();
    let descriptor = queue.descriptor().unwrap();
    queue.add("id", None, &TaskConfig::default(), ()).unwrap();
    let mut state = queue.0.settled();
    comes(&client, &queue.0);
    assert!(queue.0.pop(&mut state).is_none());
    is_readable(descriptor)
}

#[test]
fn what_ends_tasks_while_next_finds_nothing_leaves_the_descriptor_readable() {
    assert!(!is_readable_after(|_, _| {}));
    assert!(is_readable_after(|_, shared| shared.cancel_all()));
    assert!(is_readable_after(|client, _| client.shut_down()));
}

#[test]
fn a_sleep_that_a_shutdown_comes_before_ends_at_once_for_its_caller_to_find_out_why() {
    let client = client_with(Options::default());
    let queue: WaitQueue<()> = client.wait_queue();
    client.shut_down();
    let inside = queue.0.process().threads.enter();
    let began = Instant::now();
    sleep(&queue.0, &inside.0, queue.0.wakes(), queue.0.after(LONG)).unwrap();
    assert!(began.elapsed() < LONG / 2);
}

/// Once a thread runs the queue and holds this task, which waits for a permit for a second.
fn while_held(queue: &WaitQueue<u8>, task: TaskId, then: impl FnOnce()) {
    let limiter = &queue.0.session.limiter;
    let mut reservation = limiter.reserve(Priority::Query(limiter.time(Instant::now())), Instant::now() + LONG);
    let Admission::Admitted(_permit) = reservation.poll() else { panic!("the first is admitted") };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| queue.run(LONG));
        until_held(queue, task);
        then();
        running.join().unwrap().unwrap();
    });
}

/// False: no thread holds it, for far longer than one needs to look around.
fn until_held(queue: &WaitQueue<u8>, task: TaskId) -> bool {
    let until = Instant::now() + LONG / 4;
    let is_held = || {
        let state = queue.0.state();
        state.admission_at.is_some() && state.schedule.holder(task).is_some()
    };
    while !is_held() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
    is_held()
}

#[test]
fn a_task_that_is_cancelled_while_the_thread_that_holds_it_leaves_for_a_wake_is_not_lost() {
    let queue: WaitQueue<u8> = client_with(Options { max_requests_per_second: 1, ..Options::default() }).wait_queue();
    let task = queue.add("id", None, &TaskConfig::default(), 7).unwrap();
    while_held(&queue, task, || {
        // Both before the thread looks again.
        let state = queue.0.state();
        state.schedule.holder(task).expect("a thread holds it").thread.cancellation.request();
        queue.wake();
        drop(state);
    });
    assert_eq!(failure(&queue, Duration::ZERO).kind(), ErrorKind::Cancelled);
}

#[derive(Default)]
struct Lines(AtomicUsize);

impl Sink for Lines {
    fn line(&self, _: Level, _: &str) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_thread_that_holds_a_wait_gives_it_back_for_a_query_that_comes() {
    // On a busy machine a second may pass before the query comes: then the wait has asked.
    let is_given_back = (0..5).any(|_| {
        let lines = Arc::<Lines>::default();
        let log = Log::new(Level::Info, lines.clone());
        let client = client_with(Options { max_requests_per_second: 1, log, ..Options::default() });
        let queue: WaitQueue<u8> = client.wait_queue();
        let wait = queue.add("id", None, &TaskConfig::default(), 7).unwrap();
        let mut is_given_back = false;
        while_held(&queue, wait, || {
            let query = queue.add("id", Some(Duration::ZERO), &TaskConfig::default(), 8).unwrap();
            let is_held = until_held(&queue, query);
            is_given_back = is_held && queue.0.state().schedule.holder(wait).is_none();
            queue.wake();
        });
        // A request, which is refused, would have been logged.
        is_given_back && lines.0.load(SeqCst) == 0
    });
    assert!(is_given_back);
}

struct Panicking;

impl Sink for Panicking {
    fn line(&self, _: Level, line: &str) {
        assert!(!line.starts_with("request "), "a log function that panics");
    }
}

#[test]
fn a_task_whose_step_panics_ends_by_that_and_the_queue_goes_on() {
    let client = client_with(Options { log: Log::new(Level::Info, Arc::new(Panicking)), ..Options::default() });
    let queue: WaitQueue<u8> = client.wait_queue();
    queue.add("id", None, &TaskConfig::default(), 7).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.run(LONG))).is_err());
    assert_eq!(failure(&queue, Duration::ZERO).kind(), ErrorKind::Internal);
    queue.run(Duration::ZERO).unwrap();
}

#[test]
fn after_a_shutdown_the_event_of_a_task_that_a_thread_still_holds_is_waited_for() {
    let client = client_with(Options::default());
    let queue: WaitQueue<u8> = client.wait_queue();
    queue.add("id", None, &TaskConfig::default(), 7).unwrap();
    let inside = queue.0.process().threads.enter();
    let holder = |task: &Task<u8>| Holder { thread: inside.0.clone(), user_data: task.user_data() };
    let (id, mut held) = queue.0.state().schedule.take_due(queue.0.now(), holder).expect("it is due at once");
    client.shut_down();
    let failure = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            let times = held.times();
            queue.0.state().schedule.put(id, held, times);
        });
        failure(&queue, LONG)
    });
    assert_eq!((failure.kind(), failure.message()), (ErrorKind::Cancelled, "the client is shut down"));
    assert_eq!(queue.next(LONG).unwrap_err().kind(), ErrorKind::Cancelled);
}
