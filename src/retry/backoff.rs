//! How long to pause before something is tried again. Pure: randomness is an argument.

use std::time::Duration;

/// Past this many steps every pause has reached its maximum.
const MAX_STEPS: u8 = 64;

/// The n-th pause is drawn evenly from `first * growth^(n-1)` to `first * growth^n`. None is shorter than `first` or longer
/// than `max`; at `max` the draw lies between `max / growth` and `max`, so that callers who began together spread out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
    /// Above 1.
    pub growth: f64,
}

impl Backoff {
    /// The `n`-th pause, `n` from 1; `jitter` lies in 0..1.
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
mod tests {
    use std::time::Duration;

    use super::Backoff;

    fn bounds(first: u64, max: u64, growth: f64) -> Vec<(u128, u128)> {
        let backoff = Backoff { first: Duration::from_millis(first), max: Duration::from_millis(max), growth };
        let ms = |n, jitter| backoff.delay(n, jitter).as_millis();
        (1..=8).map(|n| (ms(n, 0.0), ms(n, 1.0))).collect()
    }

    #[test]
    fn pauses_grow_from_first_to_max() {
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
        assert_eq!(bounds(1_000, 10_000, 1.5), expected);
        assert_eq!(bounds(100, 5_000, 2.0)[..3], [(100, 200), (200, 400), (400, 800)]);
        assert_eq!(bounds(100, 5_000, 2.0)[7], (2_500, 5_000));
    }

    #[test]
    fn equal_bounds_are_constant_whatever_the_jitter() {
        let backoff = Backoff { first: Duration::from_millis(700), max: Duration::from_millis(700), growth: 1.5 };
        for n in [1, 2, 9, u32::MAX] {
            for jitter in [0.0, 0.5, 0.999] {
                assert_eq!(backoff.delay(n, jitter), Duration::from_millis(700));
            }
        }
    }
}
