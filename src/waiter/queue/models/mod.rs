//! Models for loom (`make check-loom`): threads add, run, take, cancel and wake at one queue. Each task has one final event,
//! and no thread sleeps on while there is something for it: time does not pass, so a wake that is lost is a deadlock.

use std::time::Duration;

use loom::thread;

use super::ask::HANGS;
use super::{Event, TaskId, WaitQueue};
use crate::client::Client;
use crate::config::{Options, Sourced};
use crate::credentials::provider::static_keys;
use crate::error::ErrorKind;
use crate::runtime::sync::Arc;
use crate::waiter::config::TaskConfig;

/// As good as for ever.
const LONG: Duration = Duration::from_secs(3600);

type Queue = Arc<WaitQueue<u32>>;

fn queue() -> Queue {
    let credentials = static_keys::credentials("AKIDFAKE", "FAKEKEY", None).unwrap();
    let endpoint = Some(Sourced::new("endpoint", "http://127.0.0.1:1"));
    let options = Options { endpoint, max_requests_per_second: 0, ..Options::default() };
    let client = Client::new(credentials, Some(b"ap-guangzhou"), &options).unwrap();
    let queue = Arc::new(client.wait_queue());
    // The places of threads are made here, not by the first who needs one: loom does not know std's OnceLock.
    let _inside = [(); 3].map(|()| queue.0.process().threads.enter());
    queue
}

fn add_with(queue: &Queue, config: &TaskConfig) -> TaskId {
    queue.add("id", None, config, 7).unwrap()
}

/// Ends with its first answer.
fn add(queue: &Queue) -> TaskId {
    add_with(queue, &TaskConfig::default())
}

/// Asks twice.
fn add_two_answers(queue: &Queue) -> TaskId {
    add_with(queue, &TaskConfig { changes: true, ..TaskConfig::default() })
}

/// Its request is in flight until it is cancelled.
fn add_hanging(queue: &Queue) -> TaskId {
    let mut config = TaskConfig::default();
    config.waiter.stop_on(HANGS as i32);
    add_with(queue, &config)
}

fn run(queue: &Queue) {
    queue.run(LONG).unwrap();
}

/// Sleeps until there is an event or a wake.
fn take(queue: &Queue) -> Option<Event<u32>> {
    queue.next(LONG).unwrap()
}

fn take_final(queue: &Queue, task: TaskId) -> ErrorKind {
    let event = take(queue).expect("wake was not called");
    assert!(event.is_final() && event.task == task && event.user_data == 7, "{event:?}");
    match event.kind {
        super::EventKind::Final(outcome) => outcome.unwrap_err().kind(),
        super::EventKind::Changed(_) => unreachable!(),
    }
}

fn is_readable(queue: &Queue) -> bool {
    queue.0.process().handle().is_woken()
}

/// All has been taken: nothing is left, and nothing says that there is.
fn expect_empty(queue: &Queue) {
    assert_eq!(queue.pending(), 0);
    assert!(queue.next(Duration::ZERO).unwrap().is_none(), "an event after the final one");
    assert!(!is_readable(queue));
}

fn start(queue: &Queue, body: impl FnOnce(&Queue) + 'static) -> thread::JoinHandle<()> {
    let queue = queue.clone();
    thread::spawn(move || body(&queue))
}

/// `preemptions`: at most so many in each run of the model; all of them would take days.
fn model(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 20_000;
    model.check(body);
}

#[test]
fn a_task_that_is_added_while_a_thread_sleeps_in_run_and_another_in_next_ends_and_wakes_both() {
    model(2, || {
        let queue = queue();
        let running = start(&queue, run);
        let added = start(&queue, |queue| {
            add(queue);
        });
        let event = take(&queue).expect("wake was not called");
        assert!(event.is_final());
        running.join().unwrap();
        added.join().unwrap();
        expect_empty(&queue);
    });
}

fn run_until_both_have_ended(queue: &Queue) {
    while queue.0.state().pushed < 2 {
        queue.run(Duration::ZERO).unwrap();
        thread::yield_now();
    }
}

#[test]
fn two_threads_that_run_share_the_tasks_and_each_task_ends_once() {
    model(2, || {
        let queue = queue();
        let mut tasks = vec![add(&queue), add_two_answers(&queue)];
        let running = start(&queue, run_until_both_have_ended);
        run_until_both_have_ended(&queue);
        running.join().unwrap();
        for _ in 0..2 {
            let event = take(&queue).expect("wake was not called");
            assert!(event.is_final() && tasks.contains(&event.task), "{event:?}");
            tasks.retain(|task| *task != event.task);
        }
        expect_empty(&queue);
    });
}

#[test]
fn a_cancel_meets_a_task_wherever_it_is_and_it_ends_once() {
    let lives: [fn(&Queue) -> TaskId; 3] = [add, add_two_answers, add_hanging];
    for add in lives {
        model(2, move || {
            let queue = queue();
            let task = add(&queue);
            let running = start(&queue, run);
            let was_there = queue.cancel(task);
            let kind = take_final(&queue, task);
            assert!(was_there || kind == ErrorKind::WaitTimeout, "cancelled without a cause");
            assert!(!queue.cancel(task), "it has ended");
            queue.wake();
            running.join().unwrap();
            expect_empty(&queue);
        });
    }
}

#[test]
fn cancel_all_ends_what_is_there_in_every_phase_and_leaves_no_thread_asleep() {
    let lives: [fn(&Queue) -> TaskId; 2] = [add, add_hanging];
    for add in lives {
        model(2, move || {
            let queue = queue();
            let (one, other) = (add(&queue), add(&queue));
            let running = start(&queue, run);
            queue.cancel_all();
            let mut ended = [(); 2].map(|()| take(&queue).expect("wake was not called").task);
            ended.sort_unstable();
            assert_eq!(ended, [one, other]);
            // Should the run begin only now.
            queue.wake();
            running.join().unwrap();
            expect_empty(&queue);
        });
    }
}

#[test]
fn a_wake_ends_a_run_or_a_next_that_sleeps_or_is_about_to() {
    let runs: fn(&Queue) = run;
    let takes: fn(&Queue) = |queue| assert!(take(queue).is_none());
    for sleeps in [runs, takes] {
        model(3, move || {
            let queue = queue();
            let sleeping = start(&queue, sleeps);
            queue.wake();
            sleeping.join().unwrap();
        });
    }
}

#[test]
fn the_descriptor_is_readable_while_there_is_something_to_take() {
    model(3, || {
        let queue = queue();
        let task = add(&queue);
        // As a signal handler may, in the middle of a `next` that finds nothing.
        let cancelling = start(&queue, |queue| queue.cancel_all());
        let early = queue.next(Duration::ZERO).unwrap();
        cancelling.join().unwrap();
        if early.is_none() {
            assert!(is_readable(&queue), "an event loop would sleep on");
            take_final(&queue, task);
        }
        expect_empty(&queue);
    });
}
