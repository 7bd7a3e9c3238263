//! Thousands of waits share one pace.

use std::time::Duration;

use crate::optimum::{Seen, optimum};
use crate::queue;
use crate::simulation::{Event, Load, Outcome, play, random_ends};

const MINUTE: Duration = Duration::from_secs(60);

fn load(threads: usize, reply_ms: u64, first_ms: u32, longest_ms: u32) -> Load {
    Load {
        per_second: 40,
        threads,
        reply_time: Duration::from_millis(reply_ms),
        first_ms,
        longest_ms,
        seed: 7,
        event: Event::None,
    }
}

/// One thread and a server that answers at once; four and one that takes 50 ms.
const HANDS: [(usize, u64); 2] = [(1, 0), (4, 50)];

fn seconds(seen: &Seen) -> String {
    format!("{:.1} / {:.1}", seen.median().as_secs_f64(), seen.quantile(99).as_secs_f64())
}

fn at_best(ends: &[Duration], reply_ms: u64) -> Seen {
    optimum(ends, 40, Duration::from_secs(1), Duration::from_millis(reply_ms))
}

fn ratio(ours: &Seen, best: &Seen) -> f64 {
    ours.median().as_secs_f64() / best.median().as_secs_f64()
}

/// Of several lots of tasks together: the median of ten tasks alone is chance.
fn pooled(lots: &[Seen]) -> Seen {
    Seen::of(lots.iter().flat_map(|lot| lot.delays.clone()).collect(), lots.iter().map(|lot| lot.requests).sum())
}

/// How many tasks at once, and how many times.
const LOTS: [(usize, u64); 4] = [(10, 40), (100, 4), (1_000, 1), (10_000, 1)];

fn lots_of(tasks: usize, lots: u64) -> Vec<Vec<Duration>> {
    (0..lots).map(|seed| random_ends(tasks, MINUTE, seed)).collect()
}

fn played(load: &Load, lots: &[Vec<Duration>]) -> Seen {
    played_by(play, load, lots)
}

fn played_by(play: impl Fn(&Load, &[Duration]) -> Outcome, load: &Load, lots: &[Vec<Duration>]) -> Seen {
    let outcomes: Vec<Outcome> = lots.iter().map(|ends| play(load, ends)).collect();
    assert!(outcomes.iter().all(|outcome| outcome.most_in_a_second <= 40));
    pooled(&outcomes.into_iter().map(|outcome| outcome.seen).collect::<Vec<_>>())
}

fn best_of(lots: &[Vec<Duration>], reply_ms: u64) -> Seen {
    pooled(&lots.iter().map(|ends| at_best(ends, reply_ms)).collect::<Vec<_>>())
}

/// The table of docs/waiting.md: `make waiting-table`.
#[test]
#[ignore = "prints a table"]
fn table_of_the_simulation() {
    println!(
        "| tasks | threads, reply | optimum | every second | times the optimum | the default | requests: every second, default |"
    );
    println!("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
    for (tasks, times) in LOTS {
        let lots = lots_of(tasks, times);
        for (threads, reply) in HANDS {
            let best = best_of(&lots, reply);
            let constant = played(&load(threads, reply, 1_000, 1_000), &lots);
            let growing = played(&load(threads, reply, 1_000, 10_000), &lots);
            println!(
                "| {tasks} | {threads}, {reply} ms | {} | {} | {:.2} | {} | {}, {} |",
                seconds(&best),
                seconds(&constant),
                ratio(&constant, &best),
                seconds(&growing),
                constant.requests / lots.len(),
                growing.requests / lots.len()
            );
        }
    }
}

#[test]
fn tasks_that_end_are_seen_within_a_third_of_the_optimum() {
    for (tasks, times) in LOTS.into_iter().take(3) {
        let lots = lots_of(tasks, times);
        for (threads, reply) in HANDS {
            let (ours, best) = (played(&load(threads, reply, 1_000, 1_000), &lots), best_of(&lots, reply));
            assert!(ratio(&ours, &best) <= 1.3, "{tasks} tasks, {threads} threads: {}", ratio(&ours, &best));
            assert!(ours.quantile(99) <= best.quantile(99).mul_f64(1.5), "{tasks} tasks, {threads} threads: the last");
        }
    }
}

/// The queue's figures of docs/waiting.md: `make waiting-table`.
#[test]
#[ignore = "prints a table"]
fn table_of_the_queue() {
    println!("| tasks | threads, reply | optimum | the queue | times the optimum | requests |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for (tasks, times) in LOTS {
        let lots = lots_of(tasks, times);
        for (threads, reply) in HANDS {
            let best = best_of(&lots, reply);
            let ours = played_by(queue::play, &load(threads, reply, 1_000, 1_000), &lots);
            let (ratio, requests) = (ratio(&ours, &best), ours.requests / lots.len());
            println!(
                "| {tasks} | {threads}, {reply} ms | {} | {} | {ratio:.2} | {requests} |",
                seconds(&best),
                seconds(&ours)
            );
        }
    }
}

#[test]
fn the_queue_sees_ends_within_a_tenth_of_the_optimum() {
    for (tasks, times) in LOTS {
        let lots = lots_of(tasks, times);
        for ((threads, reply), most) in HANDS.into_iter().zip([1.1, 1.16]) {
            let (ours, best) =
                (played_by(queue::play, &load(threads, reply, 1_000, 1_000), &lots), best_of(&lots, reply));
            assert!(ratio(&ours, &best) <= most, "{tasks} tasks, {threads} threads: {:.3}", ratio(&ours, &best));
            assert!(ours.quantile(99) <= best.quantile(99).mul_f64(1.2), "{tasks} tasks, {threads} threads: the last");
        }
    }
}

#[test]
fn a_thousand_tasks_use_the_whole_pace_also_with_the_default_interval() {
    let ends = random_ends(1_000, MINUTE, 7);
    for (threads, reply) in HANDS {
        let load = load(threads, reply, 1_000, 10_000);
        let (ours, best) = (play(&load, &ends), at_best(&ends, reply));
        assert!(ratio(&ours.seen, &best) <= 1.3, "{threads} threads: {}", ratio(&ours.seen, &best));
    }
}

fn sent_between(outcome: &Outcome, from: u64, to: u64) -> usize {
    let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
    outcome.sent.iter().filter(|at| **at >= from && **at < to).count()
}

#[test]
fn after_a_refusal_the_pace_is_back_when_the_limit_is() {
    let mut load = load(2, 0, 1_000, 10_000);
    load.event = Event::RateLimited(MINUTE);
    let outcome = play(&load, &random_ends(2_000, 10 * MINUTE, 7));
    assert!(sent_between(&outcome, 61, 63) < 77);
    assert!(sent_between(&outcome, 85, 95) > 380);
}

#[test]
fn places_that_are_left_are_taken_by_those_behind() {
    let mut load = load(2, 0, 1_000, 10_000);
    load.event = Event::HalfLeaves(MINUTE);
    let outcome = play(&load, &random_ends(2_000, 10 * MINUTE, 7));
    assert!(sent_between(&outcome, 62, 92) > 1_140);
}
