//! Many tasks on one client, carried by few threads, against the endpoint's own limit of 40 requests a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::thread;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{Fault, ManyTask, Misbehaviour, MockServer, Options as ServerOptions, Starts};

use crate::c_api::{Client, Credentials, Options, Waiter};
use crate::chance::Chance;
use crate::optimum::{Seen, optimum};
use crate::queue::{Queue, WaitOptions};

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

type Ended = Vec<(usize, Instant, tcdb_status)>;

/// A waiter for each task, shared out to the threads.
fn by_waiters(client: &Client, tasks: &[ManyTask], threads: usize) -> Ended {
    let shares = shared_out(client, tasks, threads);
    thread::scope(|scope| {
        let carried: Vec<_> = shares.iter().map(|share| scope.spawn(|| carry(share))).collect();
        carried.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// One queue, which the threads run; events are taken by another one.
fn by_a_queue(client: &Client, tasks: &[ManyTask], threads: usize) -> Ended {
    let queue = Queue::of(client);
    let options = WaitOptions::quick().interval(1_000, 1_000);
    for (number, task) in tasks.iter().enumerate() {
        queue.try_add(&task.id, Some(Duration::from_secs(300)), &options, number).unwrap();
    }
    let mut ended = Vec::new();
    queue.while_run(threads, || {
        while queue.pending() > 0 {
            if let Some(event) = queue.next(Duration::from_secs(1)).unwrap() {
                ended.push((event.user_data, Instant::now(), event.status().unwrap()));
            }
        }
    });
    ended
}

/// All tasks end as they should, the endpoint refuses nothing, and each end is seen about as soon as at best.
fn many(
    carried: fn(&Client, &[ManyTask], usize) -> Ended,
    count: u32,
    longest: Duration,
    threads: usize,
    reply_time: Duration,
) {
    let server =
        MockServer::start(ServerOptions { rate_limit: 40, delay: reply_time, ..ServerOptions::default() }).unwrap();
    let client = Options::to(&server).requests_per_second(40).client(&Credentials::accepted()).unwrap();
    let longest_ms = longest.as_millis().try_into().unwrap();
    let tasks = server.put_many(threads as u32, count, 0, longest_ms, Starts::AtPut);
    let put = Instant::now();
    let ended = carried(&client, &tasks, threads);
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
    many(by_waiters, 100, Duration::from_secs(5), 1, Duration::ZERO);
}

#[test]
fn a_hundred_tasks_of_a_queue_are_carried_by_one_thread() {
    many(by_a_queue, 100, Duration::from_secs(5), 1, Duration::ZERO);
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_of_a_queue_are_carried_by_one_thread() {
    many(by_a_queue, 1_000, Duration::from_secs(60), 1, Duration::ZERO);
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_of_a_queue_are_carried_by_four_threads_at_50_ms() {
    many(by_a_queue, 1_000, Duration::from_secs(60), 4, Duration::from_millis(50));
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_are_carried_by_one_thread() {
    many(by_waiters, 1_000, Duration::from_secs(60), 1, Duration::ZERO);
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_thousand_tasks_are_carried_by_four_threads_at_50_ms() {
    many(by_waiters, 1_000, Duration::from_secs(60), 4, Duration::from_millis(50));
}

/// What a gateway does while it is restarted, for a minute: in an order by chance, never the same thing for long.
fn restart_a_gateway(server: &MockServer, chance: &mut Chance) {
    let faults = [
        Fault::HandshakeAlertInternal,
        Fault::HandshakeAlert,
        Fault::HandshakeReset,
        Fault::HandshakeClose,
        Fault::HandshakeRefusesResumption,
        Fault::ResetAtUse,
        Fault::CloseAtUse,
        Fault::ResetBeforeFirstByte,
        Fault::CloseInBody,
        Fault::Html502,
        Fault::Http503Empty,
        Fault::Http408AtUse,
    ];
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        match chance.below(8) {
            0 => server.close_connections(),
            1 => {
                server.stop();
                thread::sleep(chance.ms(100, 600));
                server.restart().unwrap();
            }
            _ => {
                let share = chance.of_these(&[0.3, 0.7, 1.0]);
                server.misbehave(Misbehaviour::fault(chance.of_these(&faults)).share(share));
            }
        }
        thread::sleep(chance.ms(200, 1_200));
        server.behave();
    }
}

#[test]
#[ignore = "more than a minute: make prove"]
fn a_gateway_that_restarts_amid_a_thousand_waits_costs_none_of_them_its_end() {
    const COUNT: u32 = 1_000;
    let server = MockServer::start(ServerOptions { rate_limit: 40, ..ServerOptions::default() }).unwrap();
    let options = Options::to(&server).requests_per_second(40).total(Duration::from_secs(5));
    let client = options.client(&Credentials::accepted()).unwrap();
    let tasks = server.put_many(7, COUNT, 30_000, 110_000, Starts::AtPut);
    let shares = shared_out(&client, &tasks, 4);
    let ended: Vec<_> = thread::scope(|scope| {
        let carried: Vec<_> = shares.iter().map(|share| scope.spawn(|| carry(share))).collect();
        // Every wait has had an answer: from then on it outlives what may pass.
        while server.requests() < u64::from(COUNT) + 80 {
            thread::sleep(Duration::from_millis(50));
        }
        restart_a_gateway(&server, &mut Chance::of(7));
        carried.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ended.len(), tasks.len(), "none is lost");
    for (number, _, status) in &ended {
        let expected = if tasks[*number].ends_as == "FAILED" { TCDB_STATUS_FAILED } else { TCDB_STATUS_SUCCESS };
        assert_eq!(*status, expected, "{}", tasks[*number].id);
    }
    println!("{} requests, {} connections", server.requests(), server.connections());
    assert_eq!(server.rate_refusals(), 0, "requests stay within the pace");
    client.query(&tasks[0].id).unwrap();
}
