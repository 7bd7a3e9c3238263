//! How long a wait pauses between two requests: by one backoff after replies, by a steeper one after failures.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::retry::backoff::Backoff;

pub const DEFAULT_FIRST_MS: u32 = 1_000;
pub const DEFAULT_MAX_MS: u32 = 10_000;
const MIN_MS: u32 = 250;
const GROWTH: f64 = 1.5;
const GROWTH_AFTER_FAILURES: f64 = 2.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    after_reply: Backoff,
    after_failure: Backoff,
}

impl Interval {
    /// 0 is the default.
    ///
    /// # Errors
    /// `InvalidArgument` that names the interval.
    pub fn validate(first_ms: u32, longest_ms: u32) -> Result<Self> {
        let first_ms = if first_ms == 0 { DEFAULT_FIRST_MS } else { first_ms };
        let max_ms = if longest_ms == 0 { DEFAULT_MAX_MS } else { longest_ms };
        if first_ms < MIN_MS {
            return Err(Error::invalid(format!("interval of {first_ms} ms; it must be at least {MIN_MS} ms")));
        }
        if max_ms < first_ms {
            let default = if longest_ms == 0 { " (the default)" } else { "" };
            let why = format!("longest interval of {max_ms} ms{default} is below the first of {first_ms} ms");
            return Err(Error::invalid(why));
        }
        let [first, max] = [first_ms, max_ms].map(|ms| Duration::from_millis(ms.into()));
        let backoff = |growth| Backoff { first, max, growth };
        Ok(Self { after_reply: backoff(GROWTH), after_failure: backoff(GROWTH_AFTER_FAILURES) })
    }

    #[cfg(any(test, feature = "internals"))]
    #[must_use]
    pub fn first(&self) -> Duration {
        self.after_reply.first
    }

    /// The `n`-th pause after a reply, `n` from 1; `jitter` is in 0..1.
    #[must_use]
    pub fn after_reply(&self, n: u32, jitter: f64) -> Duration {
        self.after_reply.delay(n, jitter)
    }

    /// The pause after the `n`-th failure in a row.
    #[must_use]
    pub fn after_failure(&self, n: u32, jitter: f64) -> Duration {
        self.after_failure.delay(n, jitter)
    }
}

#[cfg(test)]
mod tests;
