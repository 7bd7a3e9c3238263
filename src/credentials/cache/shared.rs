//! A renewal that many threads share: the lock around it, and whom to wake when it ends.

use super::state::{Forced, Now, Renewal, Turn};
use crate::runtime::context::lock;
use crate::runtime::sync::Mutex;

/// Wakes one thread that waits.
pub trait Waker {
    fn wake(&self);
}

struct Shared<T, E, W> {
    renewal: Renewal<T, E>,
    waiting: Vec<W>,
}

/// The lock is held for single steps only, never while a credential is fetched.
pub struct SharedRenewal<T, E, W>(Mutex<Shared<T, E, W>>);

impl<T: Clone, E: Clone, W: Waker> SharedRenewal<T, E, W> {
    pub fn new(renewal: Renewal<T, E>) -> Self {
        Self(Mutex::new(Shared { renewal, waiting: Vec::new() }))
    }

    /// For a forked child. A lock that a thread of the parent held will never come free here: then it starts anew.
    pub fn inherited(&self) -> Self {
        let copied = match self.0.try_lock() {
            Ok(shared) => Renewal::inherited(&shared.renewal),
            Err(_) => Renewal::new(),
        };
        Self::new(copied)
    }

    pub fn turn(&self, now: Now) -> Turn<T, E> {
        lock(&self.0).renewal.turn(now)
    }

    pub fn force(&self, is_refused: impl Fn(&T) -> bool, now: Now) -> Forced {
        lock(&self.0).renewal.force(is_refused, now)
    }

    pub fn at_hand(&self, now: Now) -> Option<T> {
        lock(&self.0).renewal.at_hand(now)
    }

    pub fn is_under_way(&self) -> bool {
        lock(&self.0).renewal.is_under_way()
    }

    /// False: it has ended meanwhile, and nobody would wake.
    pub fn wait_with(&self, waker: W) -> bool {
        let mut shared = lock(&self.0);
        let under_way = shared.renewal.is_under_way();
        if under_way {
            shared.waiting.push(waker);
        }
        under_way
    }

    /// Tells how the fetch ended, and wakes all who wait for it.
    pub fn end(&self, tell: impl FnOnce(&mut Renewal<T, E>)) {
        let woken = {
            let mut shared = lock(&self.0);
            tell(&mut shared.renewal);
            std::mem::take(&mut shared.waiting)
        };
        for waker in &woken {
            waker.wake();
        }
    }
}
