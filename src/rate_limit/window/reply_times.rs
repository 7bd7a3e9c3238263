//! The part of a request's time that every request takes. Pure.
//!
//! The server counts a request at some moment between our send and its reply. Where replies take about the same time again
//! and again, that moment comes at about the same time after each send, so this part does not move two requests closer
//! together on the server. It is the shortest time of late, less what the mean is above it: where times vary, nothing is left.

use std::time::Duration;

/// Replies that say how steady they are.
const SAMPLE: u32 = 40;
/// Left between two uses of a permit: a client that comes back to its places of the server's window to the millisecond leaves
/// no room to one that comes later. Timers and threads are imprecise, too.
const MARGIN: Duration = Duration::from_millis(20);
/// The most that is assumed, so that a wrong assumption stays a small one.
const MOST: Duration = Duration::from_millis(250);
/// No assumption holds for so long after the server has refused a request.
const DISTRUST: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy)]
struct Sample {
    replies: u32,
    shortest: Duration,
    sum: Duration,
}

impl Sample {
    const EMPTY: Self = Self { replies: 0, shortest: Duration::MAX, sum: Duration::ZERO };
}

#[derive(Debug)]
pub struct ReplyTimes {
    current: Sample,
    last_full: Option<Sample>,
    trusted_from: Duration,
}

impl ReplyTimes {
    #[must_use]
    pub fn new() -> Self {
        Self { current: Sample::EMPTY, last_full: None, trusted_from: Duration::ZERO }
    }

    pub fn record(&mut self, took: Duration) {
        let current = &mut self.current;
        current.replies += 1;
        current.shortest = current.shortest.min(took);
        current.sum = current.sum.saturating_add(took);
        if current.replies == SAMPLE {
            self.last_full = Some(std::mem::replace(current, Sample::EMPTY));
        }
    }

    /// The server refused a request although the limit was kept by this assumption, or others use the account.
    pub fn refused(&mut self, now: Duration) {
        self.trusted_from = now.saturating_add(DISTRUST);
    }

    /// What each request takes, as far as it is safe to assume.
    #[must_use]
    pub fn steady_part(&self, now: Duration) -> Duration {
        let Some(last) = self.last_full.filter(|_| now >= self.trusted_from) else { return Duration::ZERO };
        let shortest = last.shortest.min(self.current.shortest);
        let above = (last.sum / SAMPLE).saturating_sub(shortest);
        shortest.saturating_sub(above).saturating_sub(MARGIN).min(MOST)
    }
}
