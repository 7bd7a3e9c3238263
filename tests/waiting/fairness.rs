//! Thousands of waits share one pace.

use std::time::{Duration, Instant};

use crate::simulation::{Event, Load, Outcome, optimum, play};

fn load(tasks: usize, threads: usize, reply_ms: u64, first_ms: u32, longest_ms: u32) -> Load {
    Load {
        tasks,
        longest_task: Duration::from_secs(60),
        per_second: 40,
        threads,
        reply_time: Duration::from_millis(reply_ms),
        first_ms,
        longest_ms,
        seed: 7,
        event: Event::None,
    }
}

fn ms(time: Duration) -> u128 {
    time.as_millis()
}

/// The table of docs/waiting.md: `make waiting-table`.
#[test]
#[ignore = "prints a table"]
fn table_of_the_simulation() {
    println!("tasks threads reply interval | ours p50 p99 requests turns | optimum p50 p99 requests | ratio of p50");
    for tasks in [10, 100, 1_000, 10_000] {
        for (threads, reply) in [(1, 0), (4, 50)] {
            for (first, longest) in [(1_000, 1_000), (1_000, 10_000)] {
                let load = load(tasks, threads, reply, first, longest);
                let started = Instant::now();
                let (ours, best): (Outcome, Outcome) = (play(&load), optimum(&load));
                println!(
                    "{tasks:6} {threads} {reply:2} {first}-{longest} | {:6} {:6} {:6} {:7} | {:6} {:6} {:6} | {:.2} most {} in {:?}",
                    ms(ours.median()),
                    ms(ours.quantile(0.99)),
                    ours.requests,
                    ours.turns,
                    ms(best.median()),
                    ms(best.quantile(0.99)),
                    best.requests,
                    ours.median().as_secs_f64() / best.median().as_secs_f64(),
                    ours.most_in_a_second,
                    started.elapsed()
                );
            }
        }
    }
}

fn sent_between(outcome: &Outcome, from: u64, to: u64) -> usize {
    let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
    outcome.sent.iter().filter(|at| **at >= from && **at < to).count()
}

#[test]
fn after_a_refusal_the_pace_is_back_when_the_limit_is() {
    let mut load = load(2_000, 2, 0, 1_000, 10_000);
    (load.longest_task, load.event) = (Duration::from_secs(600), Event::RateLimited(Duration::from_secs(60)));
    let outcome = play(&load);
    for from in (50..100).step_by(5) {
        println!("{from} {}", sent_between(&outcome, from, from + 5));
    }
    assert!(sent_between(&outcome, 62, 64) < 60);
    assert!(sent_between(&outcome, 85, 95) > 380);
}

#[test]
fn places_that_are_left_are_taken_by_those_behind() {
    let mut load = load(2_000, 2, 0, 1_000, 10_000);
    (load.longest_task, load.event) = (Duration::from_secs(600), Event::HalfLeaves(Duration::from_secs(60)));
    let outcome = play(&load);
    for from in (50..100).step_by(5) {
        println!("{from} {}", sent_between(&outcome, from, from + 5));
    }
    assert!(sent_between(&outcome, 62, 92) > 1_140);
}
