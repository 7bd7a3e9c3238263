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
mod wait_event;
mod wait_options;
mod wait_queue;
mod waiter;

#[cfg(feature = "internals")]
pub use about::*;
#[cfg(feature = "internals")]
pub use callback::*;
#[cfg(feature = "internals")]
pub use client::*;
#[cfg(feature = "internals")]
pub use codes::*;
#[cfg(feature = "internals")]
pub use credentials::*;
#[cfg(feature = "internals")]
pub use error::*;
#[cfg(all(feature = "panic-test", feature = "internals"))]
pub use guard::panic_test;
#[cfg(feature = "internals")]
pub use info::*;
#[cfg(feature = "internals")]
pub use options::*;
#[cfg(feature = "internals")]
pub use request::*;
#[cfg(feature = "internals")]
pub use result::*;
#[cfg(feature = "internals")]
pub use role::*;
#[cfg(feature = "internals")]
pub use wait_event::*;
#[cfg(feature = "internals")]
pub use wait_options::*;
#[cfg(feature = "internals")]
pub use wait_queue::*;
#[cfg(feature = "internals")]
pub use waiter::*;
