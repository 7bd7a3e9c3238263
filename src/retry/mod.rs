//! Which failures of a query are asked again, and after which pause. Pure: time and randomness are arguments.

use std::time::Duration;

use crate::api::response::AsyncRequestInfo;
use crate::error::{Error, ErrorKind, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The API counts by the second, so a shorter pause would meet the same limit.
pub const RATE_LIMITED_PAUSE: Duration = Duration::from_secs(1);

/// What follows a failure.
#[derive(Debug, PartialEq, Eq)]
pub enum RetryAction {
    /// Ask again after this pause.
    Pause(Duration),
    /// Take the server's time and ask again at once.
    CorrectClock,
    /// Fetch credentials anew and ask again at once.
    RefreshCredentials,
    /// The failure is the outcome.
    GiveUp,
}

/// The state of one question's attempts.
#[derive(Debug, Default)]
pub struct Retry {
    /// Requests sent, remedies included: what the caller is told.
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

    /// `jitter` lies in 0..1; `left` is the time to the deadline.
    pub fn after(&mut self, failure: &Error, max_attempts: u32, left: Duration, jitter: f64) -> RetryAction {
        self.attempts += 1;
        if let Some(remedy) = self.remedy(failure) {
            return remedy;
        }
        self.charged += 1;
        if !failure.is_retried_in_a_query() || self.charged >= max_attempts {
            return RetryAction::GiveUp;
        }
        let pause = pause(self.charged, failure, jitter);
        if pause < left { RetryAction::Pause(pause) } else { RetryAction::GiveUp }
    }

    fn remedy(&mut self, failure: &Error) -> Option<RetryAction> {
        match failure.server_code()? {
            "AuthFailure.SignatureExpire" if !self.clock_corrected && failure.server_time().is_some() => {
                self.clock_corrected = true;
                Some(RetryAction::CorrectClock)
            }
            "AuthFailure.TokenFailure" | "AuthFailure.SecretIdNotFound" if !self.credentials_refreshed => {
                self.credentials_refreshed = true;
                Some(RetryAction::RefreshCredentials)
            }
            _ => None,
        }
    }
}

/// Doubles from attempt to attempt; half of it is jitter, so that callers who failed together spread out.
#[must_use]
pub fn pause(failures: u32, failure: &Error, jitter: f64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << (failures.clamp(1, 10) - 1)).min(LONGEST_PAUSE);
    let spread = match failure.kind() {
        ErrorKind::RateLimited => RATE_LIMITED_PAUSE.max(doubled).mul_f64(1.0 + jitter / 2.0),
        _ => doubled.mul_f64(0.5 + jitter / 2.0),
    };
    spread.max(failure.retry_after().unwrap_or_default())
}

/// What a query needs of the world around it: a clock, sleep, chance, and one attempt.
pub trait World {
    /// Time left to the deadline.
    fn left(&self) -> Duration;
    fn jitter(&mut self) -> f64;
    /// # Errors
    /// `Cancelled`.
    fn pause(&mut self, pause: Duration) -> Result<()>;
    /// A place in the pace and valid credentials: what comes before a request.
    ///
    /// # Errors
    /// `Cancelled`, `RateLimited` where the deadline passes in the queue, `Credentials`.
    fn prepare(&mut self) -> Result<()>;
    /// One request, signed anew.
    ///
    /// # Errors
    /// Whatever became of it.
    fn attempt(&mut self) -> Result<AsyncRequestInfo>;
    fn correct_clock(&mut self, failure: &Error) -> bool;
    fn refresh_credentials(&mut self) -> bool;
}

/// Asks until there is an answer, a failure that no repetition mends, or no time.
///
/// # Errors
/// The last failure, with the number of requests sent.
pub fn run(world: &mut impl World, max_attempts: u32) -> Result<AsyncRequestInfo> {
    let mut retry = Retry::default();
    let mut last = None;
    loop {
        if let Err(stopped) = world.prepare() {
            return Err(outcome(last, stopped).after_attempts(retry.attempts));
        }
        let failure = match world.attempt() {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let left = world.left();
        let jitter = world.jitter();
        let goes_on = match retry.after(&failure, max_attempts, left, jitter) {
            RetryAction::Pause(pause) => world.pause(pause).map(|()| true),
            RetryAction::CorrectClock => Ok(world.correct_clock(&failure)),
            RetryAction::RefreshCredentials => Ok(world.refresh_credentials()),
            RetryAction::GiveUp => Ok(false),
        };
        match goes_on {
            Ok(true) => last = Some(failure),
            Ok(false) => return Err(failure.after_attempts(retry.attempts)),
            Err(stopped) => return Err(outcome(Some(failure), stopped).after_attempts(retry.attempts)),
        }
    }
}

/// What the server said last tells more than that there was no time to ask it once more; a stop is a stop.
fn outcome(last: Option<Error>, stopped: Error) -> Error {
    match last {
        Some(failure) if stopped.kind() != ErrorKind::Cancelled => failure,
        _ => stopped,
    }
}

#[cfg(test)]
mod tests;
