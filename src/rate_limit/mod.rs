//! Client-side rate limiting: at most N requests in any second, shared by all threads of a client.

#[cfg(all(loom, test))]
mod models;
pub mod shared_account;
pub mod window;

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::rate_limit::window::{PermitId, Priority, ReservationId, SlidingWindow, WindowAdmission};
use crate::runtime::clock::far_future;
use crate::runtime::sync::{Arc, InheritedMutex, Instant, elapsed_since};

/// Admits requests. All handles share one window.
pub struct RateLimiter {
    origin: Instant,
    requests_per_second: u32,
    /// `None`: rate limiting is off, every reservation is admitted at once.
    window: Option<InheritedMutex<SlidingWindow>>,
}

impl RateLimiter {
    #[must_use]
    pub fn new(origin: Instant, requests_per_second: u32) -> Self {
        let window = (requests_per_second > 0).then(|| InheritedMutex::new(SlidingWindow::new(requests_per_second)));
        Self { origin, requests_per_second, window }
    }

    #[must_use]
    pub fn now(&self) -> Duration {
        elapsed_since(self.origin)
    }

    /// An instant as a time since the limiter's start.
    #[must_use]
    pub fn time(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }

    /// A time since the limiter's start as an instant; a time beyond all instants is far away.
    #[must_use]
    pub fn instant(&self, time: Duration) -> Instant {
        self.origin.checked_add(time).unwrap_or_else(far_future)
    }

    /// The error of a call whose deadline passes in the queue.
    #[must_use]
    pub fn deadline_passed(&self) -> Error {
        deadline_passed(self.requests_per_second)
    }

    /// Requests a second now, for the models.
    #[cfg(all(loom, test))]
    pub fn rate(&self) -> f64 {
        self.window.as_ref().map_or(f64::INFINITY, |window| window.lock().rate())
    }

    /// Joins the queue. A query goes ahead of the waiters; with those that have been due for five seconds it goes by turns.
    /// Who does not have its permit by `until` gives up then, and is not waited for.
    pub fn reserve(self: &Arc<Self>, priority: Priority, until: Instant) -> Reservation {
        let reserved = |window: &InheritedMutex<SlidingWindow>| {
            let now = self.now();
            window.lock().reserve(priority, self.time(until), now)
        };
        let id = self.window.as_ref().map(reserved);
        Reservation { limiter: self.clone(), id }
    }
}

/// A place in the queue. Dropping it gives the place up.
pub struct Reservation {
    limiter: Arc<RateLimiter>,
    id: Option<ReservationId>,
}

pub enum Admission {
    Admitted(Permit),
    /// Since the limiter's start.
    RetryAt(Duration),
}

impl Reservation {
    pub fn poll(&mut self) -> Admission {
        let (Some(window), Some(id)) = (&self.limiter.window, self.id) else {
            return Admission::Admitted(Permit { limiter: self.limiter.clone(), id: None });
        };
        match window.lock().poll(id, self.limiter.now()) {
            WindowAdmission::RetryAt(time) => Admission::RetryAt(time),
            WindowAdmission::Admitted(permit) => {
                self.id = None;
                Admission::Admitted(Permit { limiter: self.limiter.clone(), id: Some(permit) })
            }
        }
    }
}

impl Reservation {
    /// When a poll may admit it, as far as is known, since the limiter's start. `None`: now.
    pub fn retry_at(&self) -> Option<Duration> {
        let (Some(window), Some(id)) = (&self.limiter.window, self.id) else { return None };
        window.lock().retry_at(id, self.limiter.now())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let (Some(window), Some(id)) = (&self.limiter.window, self.id) {
            window.lock().cancel(id);
        }
    }
}

/// The right to have one request in flight. Dropping it records the end of the request.
pub struct Permit {
    limiter: Arc<RateLimiter>,
    id: Option<PermitId>,
}

impl Permit {
    /// The reply has come.
    #[must_use]
    pub fn complete(self) -> Replied {
        Replied { limiter: self.limiter.clone(), id: self.id }
    }
}

/// A request that has a reply, which says whether the account has room for more.
pub struct Replied {
    limiter: Arc<RateLimiter>,
    id: Option<PermitId>,
}

impl Replied {
    /// The rate, where it was lowered, rises a little.
    pub fn accepted(&self) {
        if let (Some(window), Some(id)) = (&self.limiter.window, self.id) {
            window.lock().accepted(id, self.limiter.now());
        }
    }

    /// The server returned RequestLimitExceeded: lowers the rate. `jitter` is in 0..1.
    pub fn refused(&self, jitter: f64) {
        if let (Some(window), Some(id)) = (&self.limiter.window, self.id) {
            window.lock().refused(id, self.limiter.now(), jitter);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let (Some(window), Some(id)) = (&self.limiter.window, self.id) {
            window.lock().completed(id, self.limiter.now());
        }
    }
}

#[must_use]
pub fn deadline_passed(requests_per_second: u32) -> Error {
    let why = format!(
        "the deadline passed while waiting for the rate limiter, which admits {requests_per_second} requests a second"
    );
    Error::new(ErrorKind::RateLimited, why)
}

#[cfg(all(test, not(loom)))]
mod tests;
