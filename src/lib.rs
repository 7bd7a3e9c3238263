//! Asks TencentDB for MySQL's API `DescribeAsyncRequestInfo` what became of an asynchronous task, and waits for it.
//!
//! The product is the C API in [`ffi`], described by `include/tcdb_async.h`; the modules below it are its core, laid
//! out as one staircase: a query goes down from `client` through `question`, `request` and `transport`, and comes
//! back up through `response`.
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

pub mod call;
pub mod client;
pub mod clock;
pub mod credentials;
pub mod endpoint;
pub mod error;
#[allow(unsafe_code)]
pub mod ffi;
pub mod foreign_reply;
mod http_date;
mod json_object;
pub mod log;
pub mod options;
pub mod pace;
pub mod proxy;
mod question;
mod queue;
mod random;
pub mod request;
pub mod response;
pub mod retry;
pub mod signature;
pub mod status;
mod sync;
#[allow(unsafe_code)]
mod sys;
mod transport;
#[cfg(feature = "fake-wire")]
pub use transport::fake_wire;
pub mod wait;
pub mod wakes;
