//! How much of an account's limit is left to one client, when others that it knows nothing of use the account too. Pure.
//!
//! A client finds its share as TCP finds a path's: `RequestLimitExceeded` lowers the rate by about a fifth, each request
//! that is accepted raises it a little. The rise goes with the square root of the rate, so that clients with equal work meet
//! at equal rates, and few requests are refused whether two share an account or thirty. Requests at a lowered rate go out
//! evenly spaced, so that clients do not meet in bursts. docs/waiting.md has the figures.

use std::time::Duration;

/// What a refusal leaves of the rate; drawn, so that clients which are refused together part.
const LOWERED_TO: std::ops::Range<f64> = 0.7..0.9;
/// The least that one refused burst leaves of the rate.
const LOWEST_FACTOR: f64 = 0.1;
/// So many replies to a burst show the share that was accepted.
const ENOUGH_REPLIES: u32 = 8;
/// Requests a second, per accepted request and root of the rate (below one a second: and the rate itself).
const RISE: f64 = 0.014;
/// The rise grows with the time since the last refusal: the others may be gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// One request in ten seconds.
const LOWEST_RATE: f64 = 0.1;
/// A client of which nothing was accepted for so long is kept out by others that use the whole limit: it insists.
const STARVED: Duration = Duration::from_secs(10);
const INSISTING_RATE: f64 = 1.0;
/// What one refusal leaves of the ceiling to a client that has not used it, before the rate is lowered.
const UNUSED_PART: f64 = 0.5;
/// Threads come late; what they leave unused for so long is made up for.
const LATENESS: Duration = Duration::from_millis(250);
/// The server still counts what was sent before the rate was lowered.
const MEMORY: Duration = Duration::from_secs(1);

/// The rate of a client that has been refused.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    ceiling: f64,
    rate: f64,
    /// Before it was lowered last, and when that was.
    before: f64,
    lowered_at: Duration,
    /// By this draw.
    factor: f64,
    next_at: Duration,
    accepted_at: Duration,
}

impl Share {
    /// The first refusal. `sent`: requests in the last second.
    #[must_use]
    pub fn first(ceiling: u32, sent: u32, now: Duration, jitter: f64) -> Self {
        let ceiling = f64::from(ceiling);
        let mut share = Self {
            ceiling,
            rate: ceiling,
            before: ceiling,
            lowered_at: now,
            factor: 1.0,
            next_at: now,
            accepted_at: now,
        };
        share.lower(sent, now, jitter);
        share
    }

    /// Requests a second.
    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// When the request with so many ahead of it may go out.
    #[must_use]
    pub fn send_at(&self, ahead: usize) -> Duration {
        self.next_at.saturating_add(self.spacing().saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX)))
    }

    /// A request goes out. One that is late does not delay those behind it.
    pub fn sent(&mut self, now: Duration) {
        let spacing = self.spacing();
        self.next_at = self.next_at.max(now.saturating_sub(spacing.max(LATENESS))).saturating_add(spacing);
    }

    /// A request sent at `sent_at` was refused. `sent`: requests in the last second. `replies`: how many of those that went out in the second before the rate
    /// was lowered last have been accepted and refused.
    pub fn refused(
        &mut self,
        sent_at: Duration,
        sent: u32,
        now: Duration,
        jitter: f64,
        replies: impl Fn(Duration) -> (u32, u32),
    ) {
        if sent_at >= self.lowered_at.saturating_add(MEMORY) {
            self.lower(sent, now, jitter);
        } else if sent_at > self.lowered_at {
            return;
        }
        let (accepted, refused) = replies(self.lowered_at);
        if accepted + refused >= ENOUGH_REPLIES {
            let accepted = f64::from(accepted) / f64::from(accepted + refused);
            self.set_rate(self.before * accepted.clamp(LOWEST_FACTOR, self.factor));
        }
    }

    /// True: the ceiling is reached, and there is nothing to share any more.
    #[must_use]
    pub fn accepted(&mut self, now: Duration) -> bool {
        self.accepted_at = now;
        let quiet = now.saturating_sub(self.lowered_at).as_secs_f64() / PATIENCE.as_secs_f64();
        self.rate += RISE * self.rate.sqrt().min(self.rate) * (1.0 + quiet * quiet);
        self.rate >= self.ceiling
    }

    fn lower(&mut self, sent: u32, now: Duration, jitter: f64) {
        self.factor = LOWERED_TO.start + (LOWERED_TO.end - LOWERED_TO.start) * jitter;
        // What was not used is not the client's.
        let used = f64::from(sent).max(self.ceiling * UNUSED_PART);
        (self.before, self.lowered_at) = (self.rate.min(used), now);
        self.set_rate(self.before * self.factor);
        if now > self.accepted_at + STARVED {
            self.set_rate(self.rate.max(INSISTING_RATE));
        }
        self.next_at = now.saturating_add(self.spacing());
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.max(LOWEST_RATE.min(self.ceiling));
    }

    fn spacing(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate)
    }
}

#[cfg(test)]
mod tests;
