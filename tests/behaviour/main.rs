//! What the library promises, shown through its C API against the local endpoint: a module a feature.
//!
//! One program, so that it is linked once; what changes a whole process (environment, fork, signals, limits) is
//! shown by the C programs of `tests/c` instead.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::result_large_err)]

mod c_api;
#[path = "../waiting/chance.rs"]
mod chance;
mod query;
mod secrets;
mod signing;
#[path = "../waiting/simulation.rs"]
mod simulation;
mod trust;
mod wait_lives;
mod wait_many;
mod wait_stepping;
mod wait_stopping;
