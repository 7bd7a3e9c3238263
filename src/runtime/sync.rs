//! What several threads share is built of these. Under `cfg(loom)` locks and atomics are loom's, which runs every
//! interleaving of a few threads: the modules named `models`, `make check-loom`.

use std::ops::{Deref, DerefMut};
use std::sync::{OnceLock, PoisonError};
use std::time::Duration;

#[cfg(all(loom, test))]
pub use loom::sync::atomic::Ordering;
#[cfg(all(loom, test))]
pub use loom::sync::{Mutex, MutexGuard};
pub use std::sync::Arc;
#[cfg(not(all(loom, test)))]
pub use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(not(all(loom, test)))]
pub use std::sync::{Mutex, MutexGuard};
pub use std::time::Instant;

#[cfg(all(loom, test))]
pub use crate::runtime::models::{AtomicBool, AtomicU64};
use crate::runtime::sys::Inside;

/// A lock whose holder panicked guards data that is still whole: every change under one is a single step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock that a forked child goes on with: no other thread has it while the process forks, so there it is free, and what
/// it guards is whole. Of what a child must not go on with, `ForkLocal` gives each process its own.
#[derive(Debug, Default)]
pub struct InheritedMutex<T>(Mutex<T>);

/// A value that is set once, of which a forked child finds all or nothing: no other thread sets it while the process forks.
#[derive(Debug)]
pub struct InheritedOnce<T>(OnceLock<T>);

/// While it lives, no other thread forks.
pub struct InheritedGuard<'a, T> {
    // Dropped first.
    guard: MutexGuard<'a, T>,
    _inside: Inside,
}

impl<T> InheritedMutex<T> {
    pub fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub fn lock(&self) -> InheritedGuard<'_, T> {
        let inside = Inside::enter();
        InheritedGuard { guard: lock(&self.0), _inside: inside }
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(clippy::new_without_default, reason = "statics are made of it, which need a const fn")]
impl<T> InheritedOnce<T> {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    /// The first value stays.
    pub fn set(&self, value: T) {
        self.get_or_init(|| value);
    }

    /// `make` runs inside, so it must call nothing that may fork.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.0.get() {
            return value;
        }
        let _inside = Inside::enter();
        self.0.get_or_init(make)
    }
}

impl<T> Deref for InheritedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for InheritedGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// The time since then. In a model time does not pass, so that every run of it is the same.
pub fn elapsed_since(origin: Instant) -> Duration {
    if cfg!(all(loom, test)) { Duration::ZERO } else { origin.elapsed() }
}
