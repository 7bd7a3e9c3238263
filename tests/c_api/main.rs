//! What the library promises, shown through its C API against the mock server: a module a feature.
//!
//! One program, so that it is linked once; what changes a whole process (environment, fork, signals, limits) is
//! shown by the C programs of `tests/programs` instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err,
    clippy::unused_io_amount
)]

mod c_api;
mod callback;
mod cancelling;
#[allow(dead_code)]
#[path = "../models/chance.rs"]
mod chance;
mod clocks;
mod corners;
mod cvm_role;
mod deadline;
mod fault_table;
mod forms;
mod freshness;
mod healing;
mod machine;
mod nesting;
#[path = "../models/optimum.rs"]
mod optimum;
mod own_proxy;
mod pacing;
mod proxies;
mod query;
mod queue;
mod reentering;
mod replies;
mod request;
mod roles;
mod rows;
mod secret_echoes;
mod secrets;
mod signing;
mod tables;
mod trust;
mod wait_lives;
mod wait_many;
mod wait_queue;
mod wait_stepping;
mod wait_stopping;
mod web_identity;
