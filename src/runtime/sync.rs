//! What several threads share is built of these.

pub use std::sync::{Arc, Mutex, MutexGuard};
pub use std::time::Instant;

/// A lock whose holder panicked guards data that is still whole: every change under one is a single step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
