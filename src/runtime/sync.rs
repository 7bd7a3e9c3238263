//! What several threads share is built of these. Under `cfg(loom)` the lock is loom's, which runs every interleaving of a
//! few threads: the modules named `models`, `make check-loom`.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(all(loom, test))]
pub use loom::sync::{Mutex, MutexGuard};
pub use std::sync::Arc;
#[cfg(not(all(loom, test)))]
pub use std::sync::{Mutex, MutexGuard};
pub use std::time::Instant;

/// A lock whose holder panicked guards data that is still whole: every change under one is a single step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time since then. In a model time does not pass, so that every run of it is the same.
pub fn elapsed_since(origin: Instant) -> Duration {
    if cfg!(all(loom, test)) { Duration::ZERO } else { origin.elapsed() }
}
