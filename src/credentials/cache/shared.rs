//! A refresh that many threads share: the lock around it, and whom to wake when it ends.

use super::state::{ForcedRefresh, Now, RefreshDecision, RefreshState};
use crate::runtime::sync::{Mutex, lock};

/// Wakes one thread that waits.
pub trait Waker {
    fn wake(&self);
}

struct Shared<T, E, W> {
    refresh_state: RefreshState<T, E>,
    /// The thread that refreshes, while one does.
    thread: Option<u64>,
    waiting: Vec<W>,
}

/// The lock is held for single steps only, never while a credential is fetched.
pub struct SharedRefresh<T, E, W>(Mutex<Shared<T, E, W>>);

impl<T: Clone, E: Clone, W: Waker> SharedRefresh<T, E, W> {
    pub fn new(refresh_state: RefreshState<T, E>) -> Self {
        Self(Mutex::new(Shared { refresh_state, thread: None, waiting: Vec::new() }))
    }

    /// For a forked child. A lock that a thread of the parent held will never come free here: then it starts again.
    pub fn inherited(&self) -> Self {
        let copied = match self.0.try_lock() {
            Ok(shared) => RefreshState::inherited(&shared.refresh_state),
            Err(_) => RefreshState::new(),
        };
        Self::new(copied)
    }

    /// What the thread with this number has to do.
    pub fn decide(&self, now: Now, thread: u64) -> RefreshDecision<T, E> {
        let mut shared = lock(&self.0);
        let decision = shared.refresh_state.decide(now);
        if matches!(decision, RefreshDecision::Refresh(_)) {
            shared.thread = Some(thread);
        }
        decision
    }

    /// As `decide`, after a refusal.
    pub fn force_refresh(&self, is_refused: impl Fn(&T) -> bool, now: Now, thread: u64) -> ForcedRefresh {
        let mut shared = lock(&self.0);
        let decision = shared.refresh_state.force_refresh(is_refused, now);
        if decision == ForcedRefresh::Refresh {
            shared.thread = Some(thread);
        }
        decision
    }

    /// Whether this thread is the one whose refresh is in flight: it must not wait for itself.
    pub fn is_refreshed_by(&self, thread: u64) -> bool {
        lock(&self.0).thread == Some(thread)
    }

    pub fn expires_at_ms(&self) -> Option<i64> {
        lock(&self.0).refresh_state.expires_at_ms()
    }

    pub fn cached(&self, now: Now) -> Option<T> {
        lock(&self.0).refresh_state.cached(now)
    }

    pub fn is_in_flight(&self) -> bool {
        lock(&self.0).refresh_state.is_in_flight()
    }

    /// False: it has ended meanwhile, and nothing would wake.
    pub fn wait_with(&self, waker: W) -> bool {
        let mut shared = lock(&self.0);
        let in_flight = shared.refresh_state.is_in_flight();
        if in_flight {
            shared.waiting.push(waker);
        }
        in_flight
    }

    /// Reports how the fetch ended, and wakes all who wait for it.
    pub fn end(&self, report: impl FnOnce(&mut RefreshState<T, E>)) {
        let woken = {
            let mut shared = lock(&self.0);
            report(&mut shared.refresh_state);
            shared.thread = None;
            std::mem::take(&mut shared.waiting)
        };
        for waker in &woken {
            waker.wake();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
