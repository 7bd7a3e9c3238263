//! Many tasks on one client, carried by few threads, against the endpoint's own limit of 40 requests a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{ManyTask, MockServer, Options as ServerOptions, Starts};

use crate::c_api::{Client, Credentials, Options, Waiter};
use crate::optimum::{Seen, optimum};

/// Steps waiters by their due times until all have ended; what each came to, and when.
fn carry(waiters: &[(usize, Waiter)]) -> Vec<(usize, Instant, tcdb_status)> {
    let begun = Instant::now();
    let mut due: BinaryHeap<Reverse<(Instant, usize)>> = (0..waiters.len()).map(|at| Reverse((begun, at))).collect();
    let mut ended = Vec::new();
    while let Some(Reverse((time, at))) = due.pop() {
        thread::sleep(time.saturating_duration_since(Instant::now()));
        let (number, waiter) = &waiters[at];
        match waiter.step(Duration::ZERO).unwrap() {
            Some(found) => ended.push((*number, Instant::now(), found.status)),
            None => due.push(Reverse((Instant::now() + waiter.due_in().unwrap(), at))),
        }
    }
    ended
}

fn shared_out(client: &Client, tasks: &[ManyTask], threads: usize) -> Vec<Vec<(usize, Waiter)>> {
    let mut shares: Vec<Vec<(usize, Waiter)>> = (0..threads).map(|_| Vec::new()).collect();
    for (number, task) in tasks.iter().enumerate() {
        let waiter = Waiter::new(client, &task.id, Some(Duration::from_secs(300))).unwrap().interval(1_000, 1_000);
        shares[number % threads].push((number, waiter));
    }
    shares
}

/// All tasks end as they should, the endpoint refuses nothing, and each end is seen about as soon as at best.
fn many(count: u32, longest: Duration, threads: usize, reply_time: Duration) {
    let server =
        MockServer::start(ServerOptions { rate_limit: 40, delay: reply_time, ..ServerOptions::default() }).unwrap();
    let client = Options::to(&server).requests_per_second(40).client(&Credentials::accepted()).unwrap();
    let longest_ms = longest.as_millis().try_into().unwrap();
    let tasks = server.put_many(threads as u32, count, 0, longest_ms, Starts::AtPut);
    let put = Instant::now();
    let shares = shared_out(&client, &tasks, threads);
    let ended: Vec<_> = thread::scope(|scope| {
        let carried: Vec<_> = shares.iter().map(|share| scope.spawn(|| carry(share))).collect();
        carried.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ended.len(), tasks.len());
    for (number, _, status) in &ended {
        let expected = if tasks[*number].ends_as == "FAILED" { TCDB_STATUS_FAILED } else { TCDB_STATUS_SUCCESS };
        assert_eq!(*status, expected, "{}", tasks[*number].id);
    }
    let delays = ended
        .iter()
        .map(|(number, seen, _)| (*seen - put).saturating_sub(Duration::from_millis(tasks[*number].ends_after_ms)))
        .collect();
    let seen = Seen::of(delays, server.requests().try_into().unwrap());
    let ends: Vec<Duration> = tasks.iter().map(|task| Duration::from_millis(task.ends_after_ms)).collect();
    let best = optimum(&ends, 40, Duration::from_secs(1), reply_time);
    println!(
        "{count} tasks, {threads} threads, reply {reply_time:?}: seen after {:.2?} / {:.2?} by {} requests, at best {:.2?} / {:.2?} by {}",
        seen.median(),
        seen.quantile(99),
        seen.requests,
        best.median(),
        best.quantile(99),
        best.requests
    );
    assert_eq!(server.rate_refusals(), 0);
    assert!(seen.median() <= best.median().mul_f64(1.3), "{:?} against {:?}", seen.median(), best.median());
}

#[test]
fn a_hundred_tasks_are_carried_by_one_thread() {
    many(100, Duration::from_secs(5), 1, Duration::ZERO);
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_are_carried_by_one_thread() {
    many(1_000, Duration::from_secs(60), 1, Duration::ZERO);
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_are_carried_by_four_threads_at_50_ms() {
    many(1_000, Duration::from_secs(60), 4, Duration::from_millis(50));
}
