//! The Rust API: the same core as the C API, by Rust's rules. `lib.rs` exports it.

mod client;
mod credentials;
mod options;
mod queue;
mod request;
mod role;
mod waiter;

pub use crate::api::sts::CallerIdentity;
pub use crate::credentials::CredentialsInfo;
pub use crate::credentials::provider::callback::Answer;
pub use client::Client;
pub use credentials::Credentials;
pub use options::{ENDPOINT_INTL, ENDPOINT_MAINLAND, LogLevel, Options};
pub use queue::{TaskOptions, WaitQueue};
pub use request::SignedRequest;
pub use role::Role;
pub use waiter::{CancelHandle, Waiter};
