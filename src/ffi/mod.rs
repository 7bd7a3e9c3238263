//! The C API. Each exported function is three lines: guard, convert, call. It holds no logic that the Rust API lacks.
//!
//! The documentation of these items is the text of `include/tcdb_async.h`, so it speaks to C.
#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::doc_markdown)]

mod about;
mod callback;
mod client;
mod codes;
mod credentials;
mod error;
mod guard;
mod handle;
mod info;
mod options;
mod outcome;
mod request;
mod result;
mod role;
mod waiter;

pub use about::*;
pub use callback::*;
pub use client::*;
pub use codes::*;
pub use credentials::*;
pub use error::*;
#[cfg(feature = "panic-test")]
pub use guard::panic_test;
pub use info::*;
pub use options::*;
pub use request::*;
pub use result::*;
pub use role::*;
pub use waiter::*;
