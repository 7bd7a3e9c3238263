//! The Rust API: the same core as the C API, by Rust's rules. `lib.rs` exports it.

mod client;
mod credentials;
mod options;
mod waiter;

pub use client::Client;
pub use credentials::Credentials;
pub use options::{LogLevel, Options};
pub use waiter::{CancelHandle, Waiter};
