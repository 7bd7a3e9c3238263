//! A wait queue in virtual time: the library's own `Schedule`, `Policy` and `SlidingWindow`, and threads that do what `run`
//! does: each takes the task that is overdue the longest, and only then a place with the rate limiter.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tcdb_async::rate_limit::window::{PermitId, Priority, ReservationId, SlidingWindow, WindowAdmission};
use tcdb_async::waiter::config::{Bounds, Limit};
use tcdb_async::waiter::policy::{Action, Policy};
use tcdb_async::waiter::queue::TaskId;
use tcdb_async::waiter::queue::schedule::{Schedule, Times};

use crate::chance::Chance;
use crate::optimum::Seen;
use crate::simulation::{Load, Outcome, STEP, answer, most_in_a_second, rules};

/// As the library's: who waits for a permit looks after deadlines in between. A thread with nothing to do looks as often: a
/// task that another gives back is due only an interval later.
const LOOK_AROUND: Duration = Duration::from_millis(100);

struct Task {
    ends: Duration,
    policy: Policy,
}

enum Doing {
    Nothing,
    Waits(TaskId, Box<Task>, ReservationId),
    Asks(TaskId, Box<Task>, PermitId, Duration),
}

fn times(task: &Task) -> Times {
    Times { due: task.policy.due().into(), deadline: None, is_query: false }
}

/// The queue at work on tasks that end at these times.
pub fn play(load: &Load, ends: &[Duration]) -> Outcome {
    let rules = rules(load);
    let bounds = Bounds { max_attempts: 3, max_requests_per_second: 40, total_timeout: Duration::from_secs(30) };
    let mut chance = Chance::of(load.seed ^ 0xABCD);
    let mut pace = SlidingWindow::new(load.per_second);
    let mut schedule = Schedule::<Task, usize>::default();
    for ends in ends {
        let (id, task) = (schedule.new_id(), Box::new(Task { ends: *ends, policy: Policy::new(Limit::None, bounds) }));
        let times = times(&task);
        schedule.put(id, task, times);
    }
    let mut threads: Vec<Doing> = (0..load.threads).map(|_| Doing::Nothing).collect();
    let mut free: BinaryHeap<Reverse<(Duration, usize)>> =
        (0..load.threads).map(|t| Reverse((Duration::ZERO, t))).collect();
    let (mut sent, mut delays) = (Vec::new(), Vec::new());
    while let Some(Reverse((now, t))) = free.pop() {
        let (id, task, place) = match std::mem::replace(&mut threads[t], Doing::Nothing) {
            Doing::Asks(id, mut task, permit, asked) => {
                pace.completed(permit, now);
                pace.accepted(permit, now);
                match task.policy.answered(answer(asked >= task.ends), &rules, now, chance.jitter()) {
                    Action::Ended(_) => {
                        delays.push(now - task.ends);
                        schedule.ended(id);
                    }
                    _ => {
                        let times = times(&task);
                        schedule.put(id, task, times);
                    }
                }
                free.push(Reverse((now + STEP, t)));
                continue;
            }
            Doing::Waits(id, task, place) => (id, task, place),
            Doing::Nothing => match schedule.take_due(now.into(), |_| t) {
                Some((id, task)) => {
                    let place = pace.reserve(Priority::Waiter(task.policy.due()), Duration::MAX, now);
                    (id, task, place)
                }
                None if schedule.count() == 0 => continue,
                None => {
                    let due = schedule.next_wait().map_or(now + LOOK_AROUND, Duration::from);
                    free.push(Reverse((due.clamp(now + STEP, now + LOOK_AROUND), t)));
                    continue;
                }
            },
        };
        match pace.poll(place, now) {
            WindowAdmission::RetryAt(time) => {
                threads[t] = Doing::Waits(id, task, place);
                free.push(Reverse((time.clamp(now + STEP, now + LOOK_AROUND), t)));
            }
            WindowAdmission::Admitted(permit) => {
                sent.push(now);
                threads[t] = Doing::Asks(id, task, permit, now + load.reply_time / 2);
                free.push(Reverse((now + STEP + load.reply_time, t)));
            }
        }
    }
    assert_eq!(delays.len(), ends.len());
    Outcome { seen: Seen::of(delays, sent.len()), most_in_a_second: most_in_a_second(&sent), sent }
}
