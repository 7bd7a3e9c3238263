//! Asks TencentDB for MySQL's API `DescribeAsyncRequestInfo` what became of an asynchronous task, and waits for it.
//!
//! The product is the C API in [`ffi`], described by `include/tcdb_async.h`; the modules below it are its core, in layers
//! that import downwards: `client` and `waiter` drive an `operation`, which signs by `api`, sends by `http` and parses by
//! `api` again. `docs/architecture.md` has the map.
#![deny(unsafe_code)]
#![warn(clippy::pedantic)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented
)]
#![cfg_attr(
    test,
    allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
#![allow(clippy::must_use_candidate, clippy::doc_markdown, clippy::missing_errors_doc, clippy::module_name_repetitions)]

pub mod api;
pub mod client;
pub mod config;
pub mod credentials;
pub mod error;
#[allow(unsafe_code)]
pub mod ffi;
mod http;
pub mod info;
mod json;
pub mod log;
mod operation;
pub mod rate_limit;
pub mod retry;
pub mod runtime;
mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unix_time;
pub mod waiter;
