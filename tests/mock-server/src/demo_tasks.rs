//! The tasks every server starts with, and the rule for many at once.

use crate::faults::Fault;
use crate::life::{Life, Member, Step};

/// The second half of every demo task's id, so that it is recognised.
const DEMO: &str = "5eed5eed-5eed5eed-5eed5eed";

/// The vendor's own example.
pub const DOCUMENTED_ID: &str = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";

/// The id of a demo task: its number, then `5eed5eed` three times.
pub fn demo_id(number: u32) -> String {
    format!("{number:08x}-{DEMO}")
}

/// Id, what it shows, life. 1 to 8 are the statuses in the order of the product's numbers.
pub fn demo_tasks() -> Vec<(String, &'static str, Life)> {
    let statuses = ["INITIAL", "RUNNING", "SUCCESS", "FAILED", "KILLED", "REMOVED", "PAUSED", "UNDEFINED"];
    let mut tasks = vec![(
        DOCUMENTED_ID.to_owned(),
        "the vendor's example: SUCCESS",
        Life::of([Step::status("SUCCESS").info("Dropped the database table successfully.")]),
    )];
    for (number, status) in (1..).zip(statuses) {
        tasks.push((demo_id(number), status, Life::always(status)));
    }
    tasks.extend(odd_tasks().into_iter().chain(whole_lives()));
    tasks
}

fn odd_tasks() -> Vec<(String, &'static str, Life)> {
    let odd = |number, shows, status, info| (demo_id(number), shows, Life::of([Step::raw_status(status, info)]));
    vec![
        odd(0xa0, "Status null", Member::Null, Member::Null),
        odd(0xa1, "Status and Info missing", Member::Missing, Member::Missing),
        odd(0xa2, "an empty Status", "".into(), "".into()),
        odd(0xa3, "a Status of a sister API: SUCCEED", "SUCCEED".into(), "".into()),
        odd(0xa4, "a Status in lower case: success", "success".into(), "".into()),
        odd(0xa5, "SUCCESS with Info null", "SUCCESS".into(), Member::Null),
        odd(0xa6, "SUCCESS with a Chinese Info", "SUCCESS".into(), "任务执行成功".into()),
    ]
}

fn whole_lives() -> Vec<(String, &'static str, Life)> {
    let start = || [Step::status("INITIAL").times(1), Step::status("RUNNING").times(2)];
    let ends = |last: &str| Life::of(start().into_iter().chain([Step::status(last)]));
    let rough = Life::of([
        Step::status("INITIAL").times(1),
        Step::error("InternalError", "Internal error.").times(1),
        Step::status("RUNNING").times(1),
        Step::fault(Fault::ResetBeforeFirstByte).times(1),
        Step::fault(Fault::Html504).times(1),
        Step::status("SUCCESS"),
    ]);
    vec![
        (demo_id(0xf1), "INITIAL once, RUNNING twice, SUCCESS", ends("SUCCESS")),
        (demo_id(0xf2), "INITIAL once, RUNNING twice, FAILED", ends("FAILED")),
        (demo_id(0xf3), "three seconds from the first question, then SUCCESS", Life::ending_after(3000, "SUCCESS")),
        (demo_id(0xf4), "SUCCESS after an API error, a reset and a gateway's page", rough),
    ]
}

/// One of many tasks: its id, when it ends and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManyTask {
    pub id: String,
    pub ends_after_ms: u64,
    pub ends_as: &'static str,
}

/// Many tasks by a fixed rule: task `i` of seed `s` has the id `<s>-<i>-5eed5eed-5eed5eed`, both in eight hex digits, ends
/// after `shortest_ms` plus splitmix64(s * 2^32 + i) modulo the span, as FAILED if `i` ends in 9, else as SUCCESS.
pub fn many_tasks(seed: u32, count: u32, shortest_ms: u64, longest_ms: u64) -> Vec<ManyTask> {
    let span = longest_ms.saturating_sub(shortest_ms) + 1;
    (0..count)
        .map(|number| ManyTask {
            id: format!("{seed:08x}-{number:08x}-5eed5eed-5eed5eed"),
            ends_after_ms: shortest_ms + splitmix64(u64::from(seed) << 32 | u64::from(number)) % span,
            ends_as: if number % 10 == 9 { "FAILED" } else { "SUCCESS" },
        })
        .collect()
}

/// A small, well mixed function of a number; the same on every machine.
pub fn splitmix64(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
