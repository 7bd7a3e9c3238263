//! A point in time as a number whose unit its type says.

use std::time::Duration;

/// A time as the API and HTTP have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(pub i64);

/// Unix seconds stay below this for three thousand years; milliseconds do not.
const MAX_SECONDS: i64 = 100_000_000_000;

impl UnixSeconds {
    /// None: a number of milliseconds. Who takes those for seconds never renews, or always.
    #[must_use]
    pub fn plausible(number: i64) -> Option<Self> {
        (number < MAX_SECONDS).then_some(Self(number))
    }

    /// Zero where it is the earlier one.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0)).map_or(Duration::ZERO, Duration::from_secs)
    }
}
