//! Many waits on one client in virtual time: the library's own `Policy` and `SlidingWindow`, threads that step by due times, a
//! server with a reply time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tcdb_async::info::AsyncRequestInfo;
use tcdb_async::info::Status;
use tcdb_async::rate_limit::window::{PermitId, Priority, ReservationId, SlidingWindow, WindowAdmission};
use tcdb_async::waiter::config::{Bounds, Limit, PollRules, WaiterConfig};
use tcdb_async::waiter::policy::{Action, Policy};

use crate::chance::Chance;
use crate::optimum::Seen;

/// What a thread spends on a step besides waiting for the reply.
pub const STEP: Duration = Duration::from_micros(30);

#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub per_second: u32,
    pub threads: usize,
    pub reply_time: Duration,
    pub first_ms: u32,
    pub longest_ms: u32,
    pub seed: u64,
    pub event: Event,
}

/// What happens in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    None,
    /// The server says that the account's limit is exceeded.
    RateLimited(Duration),
    /// Every second waiter is freed.
    HalfLeaves(Duration),
}

/// How it went.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub seen: Seen,
    pub most_in_a_second: usize,
    pub sent: Vec<Duration>,
}

struct Task {
    ends: Duration,
    policy: Policy,
    id: Option<ReservationId>,
}

/// A thread at work on its share of the tasks.
struct Thread {
    /// Its waiters by the time at which a step has something to do.
    due: BinaryHeap<Reverse<(Duration, usize)>>,
    under_way: Option<(usize, PermitId, Duration)>,
}

/// Tasks that end evenly between 0 and the longest.
pub fn random_ends(tasks: usize, longest: Duration, seed: u64) -> Vec<Duration> {
    let mut chance = Chance::of(seed);
    (0..tasks).map(|_| chance.ms(0, longest.as_millis() as u64)).collect()
}

pub fn rules(load: &Load) -> PollRules {
    let mut given = WaiterConfig::default();
    (given.first_ms, given.longest_ms) = (load.first_ms, load.longest_ms);
    given.validate().unwrap()
}

pub fn answer(ended: bool) -> AsyncRequestInfo {
    let status = if ended { Status::Success } else { Status::Running };
    AsyncRequestInfo { status, status_text: None, info: None, request_id: None }
}

/// The library at work on tasks that end at these times.
pub fn play(load: &Load, ends: &[Duration]) -> Outcome {
    let rules = rules(load);
    let bounds = Bounds { max_attempts: 3, max_requests_per_second: 40, total_timeout: Duration::from_secs(30) };
    let mut chance = Chance::of(load.seed ^ 0xABCD);
    let mut pace = SlidingWindow::new(load.per_second);
    let mut tasks: Vec<Task> =
        ends.iter().map(|ends| Task { ends: *ends, policy: Policy::new(Limit::None, bounds), id: None }).collect();
    let mut threads: Vec<Thread> = (0..load.threads)
        .map(|t| Thread {
            due: (t..ends.len()).step_by(load.threads).map(|task| Reverse((Duration::ZERO, task))).collect(),
            under_way: None,
        })
        .collect();
    let mut free: BinaryHeap<Reverse<(Duration, usize)>> =
        (0..load.threads).map(|t| Reverse((Duration::ZERO, t))).collect();
    let mut sent = Vec::new();
    let mut delays = Vec::new();
    let mut event = load.event;
    while let Some(Reverse((now, t))) = free.pop() {
        match event {
            Event::HalfLeaves(at) if now >= at => {
                for thread in &mut threads {
                    thread.due.retain(|Reverse((_, task))| task % 2 == 0);
                }
                for id in tasks.iter_mut().skip(1).step_by(2).filter_map(|task| task.id.take()) {
                    pace.cancel(id);
                }
                event = Event::None;
            }
            _ => {}
        }
        let thread = &mut threads[t];
        if let Some((task, permit, asked)) = thread.under_way.take() {
            pace.completed(permit, now);
            if matches!(event, Event::RateLimited(at) if now >= at) {
                pace.refused(permit, now, chance.jitter());
                event = Event::None;
            } else {
                pace.accepted(permit, now);
            }
            let Task { ends, policy, .. } = &mut tasks[task];
            match policy.answered(answer(asked >= *ends), &rules, now, chance.jitter()) {
                Action::Ended(_) => delays.push(now - *ends),
                _ => thread.due.push(Reverse((policy.due(), task))),
            }
            free.push(Reverse((now + STEP, t)));
            continue;
        }
        let Some(&Reverse((due, task))) = thread.due.peek() else { continue };
        if due > now {
            free.push(Reverse((due, t)));
            continue;
        }
        thread.due.pop();
        let Task { policy, id, .. } = &mut tasks[task];
        let place = *id.get_or_insert_with(|| pace.reserve(Priority::Waiter(policy.due()), Duration::MAX, now));
        match pace.poll(place, now) {
            WindowAdmission::RetryAt(time) => {
                thread.due.push(Reverse((time, task)));
                free.push(Reverse((now + STEP, t)));
            }
            WindowAdmission::Admitted(permit) => {
                *id = None;
                sent.push(now);
                thread.under_way = Some((task, permit, now + load.reply_time / 2));
                free.push(Reverse((now + STEP + load.reply_time, t)));
            }
        }
    }
    Outcome { seen: Seen::of(delays, sent.len()), most_in_a_second: most_in_a_second(&sent), sent }
}

/// `sent` is in order of time.
pub fn most_in_a_second(sent: &[Duration]) -> usize {
    let (mut first, mut most) = (0, 0);
    for (last, at) in sent.iter().enumerate() {
        while sent[first] + Duration::from_secs(1) <= *at {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}
