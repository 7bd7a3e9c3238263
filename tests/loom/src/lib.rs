//! Models of what threads share, run by loom through every interleaving.
//!
//! The sources are the library's own, taken in by path; `sync` and `call` below stand in for what they import.
#![allow(dead_code)]
#![cfg(test)]

#[path = "../../../src/rate_limit/window/mod.rs"]
mod pace;
mod pace_model;
#[path = "../../../src/rate_limit/mod.rs"]
mod queue;
#[path = "../../../src/credentials/cache/state.rs"]
mod renewal;
mod renewal_model;
#[path = "../../../src/credentials/cache/shared.rs"]
mod shared_renewal;

/// Stands in for the library's `sync`: a mutex that loom schedules, and a time that stands still.
mod sync {
    pub use loom::sync::Mutex;
    pub use std::sync::Arc;
    use std::time::Duration;

    #[derive(Clone, Copy)]
    pub struct Instant;

    impl Instant {
        pub fn elapsed(&self) -> Duration {
            Duration::ZERO
        }

        pub fn saturating_duration_since(&self, _: Self) -> Duration {
            Duration::ZERO
        }

        pub fn checked_add(&self, _: Duration) -> Option<Self> {
            Some(*self)
        }
    }
}

/// Stands in for the library's `call`.
mod call {
    pub fn lock<T>(mutex: &super::sync::Mutex<T>) -> loom::sync::MutexGuard<'_, T> {
        mutex.lock().unwrap()
    }
}
