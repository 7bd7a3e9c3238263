//! Asks TencentDB for MySQL's API `DescribeAsyncRequestInfo` what became of an asynchronous task, and waits for it.
//!
//! The product is the C API, described by `include/tcdb_async.h`. This is the same core for Rust: a [`Client`] made from
//! [`Credentials`] and [`Options`] queries a task once, or waits for it to end with a [`Waiter`].
//!
//! ```no_run
//! use std::time::Duration;
//! use tcdb_async::{Client, Credentials, Options};
//!
//! let client = Client::new(&Credentials::from_env(&Options::new())?, &Options::from_env())?;
//! let info = client.wait("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", Some(Duration::from_secs(600)))?;
//! println!("{:?}", info.status);
//! # Ok::<(), tcdb_async::Error>(())
//! ```
//!
//! All calls block; none needs an async runtime. Every part of it may be used from any thread.
#![deny(unsafe_code)]
#![cfg_attr(not(feature = "internals"), deny(missing_docs))]
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

// The core is private; with the feature `internals` the tests of this repository see it.
#[cfg(not(feature = "internals"))]
mod api;
#[cfg(feature = "internals")]
pub mod api;
#[cfg(not(feature = "internals"))]
mod client;
#[cfg(feature = "internals")]
pub mod client;
#[cfg(not(feature = "internals"))]
mod config;
#[cfg(feature = "internals")]
pub mod config;
#[cfg(not(feature = "internals"))]
mod credentials;
#[cfg(feature = "internals")]
pub mod credentials;
#[cfg(not(feature = "internals"))]
mod error;
#[cfg(feature = "internals")]
pub mod error;
#[cfg(not(feature = "internals"))]
#[allow(unsafe_code)]
mod ffi;
#[cfg(feature = "internals")]
#[allow(unsafe_code)]
pub mod ffi;
mod http;
#[cfg(not(feature = "internals"))]
mod info;
#[cfg(feature = "internals")]
pub mod info;
mod io_reason;
mod json;
#[cfg(not(feature = "internals"))]
mod log;
#[cfg(feature = "internals")]
pub mod log;
mod operation;
#[cfg(not(feature = "internals"))]
mod rate_limit;
#[cfg(feature = "internals")]
pub mod rate_limit;
#[cfg(not(feature = "internals"))]
mod retry;
#[cfg(feature = "internals")]
pub mod retry;
#[cfg(not(feature = "internals"))]
mod runtime;
#[cfg(feature = "internals")]
pub mod runtime;
mod rust_api;
mod session;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(not(feature = "internals"))]
mod unix_time;
#[cfg(feature = "internals")]
pub mod unix_time;
#[cfg(not(feature = "internals"))]
mod waiter;
#[cfg(feature = "internals")]
pub mod waiter;

/// What the documents show compiles.
#[cfg(doctest)]
#[doc = include_str!("../docs/site/rust.md")]
mod rust_page {}

pub use error::{Error, ErrorKind, Result};
pub use info::{AsyncRequestInfo, Status};
pub use rust_api::{
    Answer, CallerIdentity, CancelHandle, Client, Credentials, CredentialsInfo, ENDPOINT_INTL, ENDPOINT_MAINLAND,
    LogLevel, Options, Role, SignedRequest, TaskOptions, WaitQueue, Waiter,
};
pub use unix_time::UnixSeconds;
pub use waiter::queue::{Event, EventKind, TaskId};
