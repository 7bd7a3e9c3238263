//! What the threads of a waiter share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::WaiterConfig;
use crate::info::AsyncRequestInfo;
use crate::rate_limit::Reservation;
use crate::runtime::cancel::Cancellation;
use crate::runtime::clock::far_future;
use crate::runtime::sync::InheritedMutex;

/// What others may see and touch while a thread steps; its lock is held for moments only.
pub(super) struct Shared {
    pub started: Instant,
    pub cancellation: Arc<Cancellation>,
    pub view: InheritedMutex<View>,
}

impl Shared {
    /// A time since the wait's start.
    pub fn instant(&self, time: Duration) -> Instant {
        self.started.checked_add(time).unwrap_or_else(far_future)
    }
}

#[derive(Default)]
pub(super) struct View {
    pub given: WaiterConfig,
    pub latest: Option<Arc<AsyncRequestInfo>>,
    pub answers: u32,
    /// When a step can do something, as far as is known.
    pub due: Duration,
    /// By the policy alone: since when it waits for a permit, once that has come.
    pub request_due: Duration,
    pub deadline: Option<Duration>,
    /// The place in the queue of the rate limiter, while no step has it. Kept between steps; it lapses harmlessly in a
    /// waiter that no thread steps.
    pub reservation: Option<Reservation>,
    pub is_stepping: bool,
    pub ended: Option<Duration>,
}
