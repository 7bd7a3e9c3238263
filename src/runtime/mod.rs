//! What a call lives in: its context, what wakes it, the clock, and the system below.

pub mod cancel;
pub mod clock;
pub mod context;
pub mod file;
pub mod fork;
pub mod jitter;
#[cfg(all(loom, test))]
pub mod models;
pub mod sync;
#[allow(unsafe_code)]
pub mod sys;
