//! The time to sign with: the system's, or after a correction the server's, carried on by the monotonic clock,
//! so that a step of the system's clock does no harm.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::unix_time::UnixSeconds;

const UNCORRECTED: i64 = i64::MIN;
/// The years 2000 to 2099: no working clock of a server shows another time.
const PLAUSIBLE: std::ops::Range<i64> = 946_684_800..4_102_444_800;

pub struct Clock {
    origin: Instant,
    /// Server time at `origin` in Unix milliseconds.
    server_at_origin: AtomicI64,
}

impl Clock {
    #[must_use]
    pub fn new(origin: Instant) -> Self {
        Self { origin, server_at_origin: AtomicI64::new(UNCORRECTED) }
    }

    /// Unix seconds now, corrected if a correction was taken.
    #[must_use]
    pub fn unix_seconds(&self) -> UnixSeconds {
        UnixSeconds(self.now_ms().div_euclid(1000))
    }

    /// As `unix_seconds`, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.unix_ms(system_ms, Instant::now)
    }

    /// How far the server's clock is ahead of the system's; 0 before a correction.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        let system = system_ms();
        self.unix_ms(|| system, Instant::now).saturating_sub(system)
    }

    /// Takes the server's time if it is a second or more away from the time a request was signed with, and can be a
    /// clock's.
    pub fn correct(&self, signed_at: UnixSeconds, server_time: UnixSeconds, now: Instant) -> bool {
        if signed_at == server_time || !PLAUSIBLE.contains(&server_time.0) {
            return false;
        }
        // A Date is cut to whole seconds; half a second is the least error.
        let server_ms = server_time.0.saturating_mul(1000).saturating_add(500);
        self.server_at_origin.store(server_ms.saturating_sub(self.elapsed_ms(now)), Ordering::Relaxed);
        true
    }

    /// One of the two clocks is read.
    fn unix_ms(&self, system_ms: impl FnOnce() -> i64, now: impl FnOnce() -> Instant) -> i64 {
        match self.server_at_origin.load(Ordering::Relaxed) {
            UNCORRECTED => system_ms(),
            server => server.saturating_add(self.elapsed_ms(now())),
        }
    }

    fn elapsed_ms(&self, now: Instant) -> i64 {
        i64::try_from(now.saturating_duration_since(self.origin).as_millis()).unwrap_or(i64::MAX)
    }
}

/// As good as never: a hundred years.
#[must_use]
pub fn far_future() -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(3_155_760_000)).unwrap_or(now)
}

/// The system's clock in Unix milliseconds, before 1970 too.
#[must_use]
pub fn system_ms() -> i64 {
    let now = SystemTime::now();
    match now.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

#[cfg(test)]
mod tests;
