//! What no client could beat at that load, with no thread ever busy and no time lost.

use std::collections::VecDeque;
use std::time::Duration;

/// How long after its end a task was seen to have ended, for every task, sorted.
#[derive(Debug, Clone)]
pub struct Seen {
    pub delays: Vec<Duration>,
    pub requests: usize,
}

impl Seen {
    pub fn of(mut delays: Vec<Duration>, requests: usize) -> Self {
        delays.sort_unstable();
        Self { delays, requests }
    }

    pub fn quantile(&self, hundredth: usize) -> Duration {
        self.delays[(self.delays.len() - 1) * hundredth / 100]
    }

    pub fn median(&self) -> Duration {
        self.quantile(50)
    }
}

/// The longest unasked task at every tick of the allowed rate; none sooner than the interval after its last answer.
pub fn optimum(ends: &[Duration], per_second: u32, interval: Duration, reply_time: Duration) -> Seen {
    let between = Duration::from_secs(1) / per_second;
    let mut open: VecDeque<(Duration, Duration)> = ends.iter().map(|ends| (Duration::ZERO, *ends)).collect();
    let (mut now, mut requests, mut delays) = (Duration::ZERO, 0, Vec::new());
    while let Some((may_be_asked, ends)) = open.pop_front() {
        now = now.max(may_be_asked);
        requests += 1;
        let answered = now + reply_time;
        if now + reply_time / 2 >= ends {
            delays.push(answered - ends);
        } else {
            open.push_back((answered + interval, ends));
        }
        now += between;
    }
    Seen::of(delays, requests)
}
