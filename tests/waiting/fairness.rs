//! Thousands of waits share one pace.

use std::time::{Duration, Instant};

use crate::simulation::{Load, Outcome, optimum, play};

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
                    ms(ours.median()), ms(ours.quantile(0.99)), ours.requests, ours.turns,
                    ms(best.median()), ms(best.quantile(0.99)), best.requests,
                    ours.median().as_secs_f64() / best.median().as_secs_f64(), ours.most_in_a_second, started.elapsed()
                );
            }
        }
    }
}
