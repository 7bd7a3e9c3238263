//! How long a wait pauses between two requests. Pure: randomness is an argument.
//!
//! The n-th pause after an answer is drawn evenly from `first * 1.5^(n-1)` to `first * 1.5^n`, the n-th pause after
//! failures in a row from `first * 2^(n-1)` to `first * 2^n`. Neither is ever shorter than `first` or longer than
//! `longest`; at `longest` the draw lies between two thirds of it (after failures: half of it) and the whole, so that
//! waiters started together never meet again.

use std::time::Duration;

use crate::error::{Error, Result};

pub const DEFAULT_FIRST_MS: u32 = 1_000;
pub const DEFAULT_LONGEST_MS: u32 = 10_000;
const SHORTEST_MS: u32 = 250;
const GROWTH: f64 = 1.5;
const GROWTH_AFTER_FAILURES: f64 = 2.0;
/// Past this many steps every interval has reached its longest.
const MOST_STEPS: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    first: Duration,
    longest: Duration,
}

impl Interval {
    /// 0 is the default; a `longest` left to it is never below `first`.
    ///
    /// # Errors
    /// `InvalidArgument` that names the interval.
    pub fn validate(first_ms: u32, longest_ms: u32) -> Result<Self> {
        let first = if first_ms == 0 { DEFAULT_FIRST_MS } else { first_ms };
        let longest = if longest_ms == 0 { DEFAULT_LONGEST_MS.max(first) } else { longest_ms };
        if first < SHORTEST_MS {
            return Err(Error::invalid(format!("interval of {first} ms: at least {SHORTEST_MS} ms are needed")));
        }
        if longest < first {
            return Err(Error::invalid(format!("longest interval of {longest} ms is below the first of {first} ms")));
        }
        Ok(Self { first: Duration::from_millis(first.into()), longest: Duration::from_millis(longest.into()) })
    }

    #[must_use]
    pub fn first(&self) -> Duration {
        self.first
    }

    /// The `n`-th pause after an answer, `n` from 1; `jitter` lies in 0..1.
    #[must_use]
    pub fn after_answer(&self, n: u32, jitter: f64) -> Duration {
        self.draw(n, GROWTH, jitter)
    }

    /// The pause after the `n`-th failure in a row.
    #[must_use]
    pub fn after_failure(&self, n: u32, jitter: f64) -> Duration {
        self.draw(n, GROWTH_AFTER_FAILURES, jitter)
    }

    fn draw(&self, n: u32, growth: f64, jitter: f64) -> Duration {
        let grown = growth.powi(n.min(MOST_STEPS).try_into().unwrap_or(i32::MAX));
        let top = (self.first.as_secs_f64() * grown).min(self.longest.as_secs_f64());
        let bottom = (top / growth).max(self.first.as_secs_f64());
        Duration::from_secs_f64(bottom + (top - bottom) * jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;
    use std::time::Duration;

    fn ms(time: Duration) -> u128 {
        time.as_millis()
    }

    #[test]
    fn pauses_grow_by_half_from_first_to_longest() {
        let interval = Interval::validate(1_000, 10_000).unwrap();
        let bounds: Vec<_> =
            (1..=8).map(|n| (ms(interval.after_answer(n, 0.0)), ms(interval.after_answer(n, 1.0)))).collect();
        let expected = [
            (1_000, 1_500),
            (1_500, 2_250),
            (2_250, 3_375),
            (3_375, 5_062),
            (5_062, 7_593),
            (6_666, 10_000),
            (6_666, 10_000),
            (6_666, 10_000),
        ];
        assert_eq!(bounds, expected);
    }

    #[test]
    fn equal_values_are_constant_whatever_chance_says() {
        let interval = Interval::validate(700, 700).unwrap();
        for n in [1, 2, 9, u32::MAX] {
            for jitter in [0.0, 0.5, 0.999] {
                assert_eq!(ms(interval.after_answer(n, jitter)), 700);
                assert_eq!(ms(interval.after_failure(n, jitter)), 700);
            }
        }
    }

    #[test]
    fn intervals_are_judged_by_name() {
        assert_eq!(Interval::validate(0, 0).unwrap(), Interval::validate(1_000, 10_000).unwrap());
        assert_eq!(Interval::validate(60_000, 0).unwrap(), Interval::validate(60_000, 60_000).unwrap());
        assert_eq!(Interval::validate(250, 250).unwrap().first(), Duration::from_millis(250));
        for (first, longest, part) in [(249, 0, "at least 250 ms"), (2_000, 1_999, "below the first"), (1, 1, "1 ms")] {
            let failure = Interval::validate(first, longest).unwrap_err();
            assert!(failure.message().contains(part) && failure.message().contains("interval"), "{failure:?}");
        }
    }
}
