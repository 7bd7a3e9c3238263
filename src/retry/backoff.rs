//! How long to pause before something is tried again. Pure: randomness is an argument.

use std::time::Duration;

/// Past this many steps every pause has reached its maximum.
const MAX_STEPS: u8 = 64;

/// The n-th pause is drawn evenly from `first * growth^(n-1)` to `first * growth^n`. None is shorter than `first` or longer
/// than `max`; at `max` the draw is between `max / growth` and `max`, so that callers that began together spread out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
    /// Above 1.
    pub growth: f64,
}

impl Backoff {
    /// The `n`-th pause, `n` from 1; `jitter` is in 0..1.
    #[must_use]
    pub fn delay(&self, n: u32, jitter: f64) -> Duration {
        let steps = u8::try_from(n).map_or(MAX_STEPS, |n| n.clamp(1, MAX_STEPS));
        let grown = self.growth.powi(steps.into());
        let top = (self.first.as_secs_f64() * grown).min(self.max.as_secs_f64());
        let bottom = (top / self.growth).max(self.first.as_secs_f64()).min(top);
        Duration::from_secs_f64(bottom + (top - bottom) * jitter)
    }
}

#[cfg(test)]
mod tests;
