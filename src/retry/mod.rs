//! Which failures of a query are retried, and after which pause. Pure: time and randomness are arguments.

pub mod backoff;
pub mod classify;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;
use backoff::Backoff;
use classify::Remedy;

/// 0.1 to 0.2 s after the first failure, doubling.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_secs(5), growth: 2.0 };
/// The API counts by the second, so a shorter pause would meet the same limit.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// A server that asks for more is asked again all the same.
const MAX_REQUESTED_PAUSE: Duration = Duration::from_secs(300);

/// What follows a failure.
#[derive(Debug, PartialEq, Eq)]
pub enum RetryAction {
    /// Send again after this pause.
    Pause(Duration),
    /// Apply the remedy and send again at once.
    Apply(Remedy),
    /// The failure is the outcome.
    GiveUp,
}

/// The state of one query's attempts.
#[derive(Debug, Default)]
pub struct Retry {
    /// Those after remedies included.
    attempts: u32,
    /// Attempts that count against `max_attempts`.
    charged: u32,
    clock_corrected: bool,
    credentials_refreshed: bool,
}

impl Retry {
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// `jitter` is in 0..1; `left` is the time to the deadline.
    pub fn after(&mut self, failure: &Error, max_attempts: u32, left: Duration, jitter: f64) -> RetryAction {
        self.attempts += 1;
        if let Some(remedy) = self.remedy(failure) {
            return RetryAction::Apply(remedy);
        }
        self.charged += 1;
        if !classify::is_retried_in_query(failure) || self.charged >= max_attempts {
            return RetryAction::GiveUp;
        }
        let pause = BACKOFF.delay(self.charged, jitter).max(requested_pause(failure, jitter));
        if pause < left { RetryAction::Pause(pause) } else { RetryAction::GiveUp }
    }

    /// Each remedy is tried once.
    fn remedy(&mut self, failure: &Error) -> Option<Remedy> {
        let remedy = classify::remedy(failure)?;
        let tried = match remedy {
            Remedy::CorrectClock => &mut self.clock_corrected,
            Remedy::RefreshCredentials => &mut self.credentials_refreshed,
        };
        (!std::mem::replace(tried, true)).then_some(remedy)
    }
}

/// How long the server wants no further request, up to five minutes.
#[must_use]
pub fn requested_pause(failure: &Error, jitter: f64) -> Duration {
    let is_throttled = failure.kind() == ErrorKind::RateLimited;
    let least = if is_throttled { THROTTLED_PAUSE.mul_f64(1.0 + jitter / 2.0) } else { Duration::ZERO };
    failure.retry_after().map_or(least, |pause| pause.min(MAX_REQUESTED_PAUSE).max(least))
}

/// What a query needs of the world around it: a clock, sleep, randomness, and one attempt.
pub trait World {
    /// Time left to the deadline.
    fn left(&self) -> Duration;
    fn jitter(&mut self) -> f64;
    /// # Errors
    /// `Cancelled`.
    fn pause(&mut self, pause: Duration) -> Result<()>;
    /// Valid credentials and a permit: what comes before a request.
    ///
    /// # Errors
    /// `Cancelled`, `RateLimited` where the deadline passes in the queue, `Credentials`.
    fn prepare(&mut self) -> Result<()>;
    /// One request, signed again.
    ///
    /// # Errors
    /// Why it failed.
    fn attempt(&mut self) -> Result<AsyncRequestInfo>;
    /// False: nothing changed.
    fn apply(&mut self, remedy: Remedy, failure: &Error) -> bool;
    /// By all attempts together: none where no connection came about, two where a kept one had been closed.
    fn requests_sent(&self) -> u32;
}

/// Sends until there is a reply, a failure that no repetition mends, or no time.
///
/// # Errors
/// The last failure, with the number of requests sent.
pub fn run(world: &mut impl World, max_attempts: u32) -> Result<AsyncRequestInfo> {
    attempt_until_final(world, max_attempts).map_err(|failure| failure.with_attempts(world.requests_sent()))
}

fn attempt_until_final(world: &mut impl World, max_attempts: u32) -> Result<AsyncRequestInfo> {
    let mut retry = Retry::default();
    let mut last = None;
    loop {
        if let Err(interrupt) = world.prepare() {
            return Err(outcome(last, interrupt).after_attempts(retry.attempts));
        }
        let failure = match world.attempt() {
            Ok(info) => return Ok(info),
            Err(failure) => failure,
        };
        let left = world.left();
        let jitter = world.jitter();
        let goes_on = match retry.after(&failure, max_attempts, left, jitter) {
            RetryAction::Pause(pause) => world.pause(pause).map(|()| true),
            RetryAction::Apply(remedy) => Ok(world.apply(remedy, &failure)),
            RetryAction::GiveUp => Ok(false),
        };
        match goes_on {
            Ok(true) => last = Some(failure),
            Ok(false) => return Err(failure.after_attempts(retry.attempts)),
            Err(interrupt) => return Err(outcome(Some(failure), interrupt).after_attempts(retry.attempts)),
        }
    }
}

/// What the server said last explains more than that there was no time to ask again; a cancel is a cancel.
fn outcome(last: Option<Error>, interrupt: Error) -> Error {
    match last {
        Some(failure) if interrupt.kind() != ErrorKind::Cancelled => failure,
        _ => interrupt,
    }
}
