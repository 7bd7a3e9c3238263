//! One file a credentials provider.

pub mod assume_role;
pub mod callback;
pub mod caller_identity;
pub mod cvm_role;
pub mod default_chain;
pub mod environment;
pub mod profile;
pub mod role;
pub mod static_keys;
mod sts_client;
#[cfg(all(test, unix))]
mod tests;
pub mod web_identity;

use std::ffi::OsString;

/// Reads a variable of the environment. A pointer, so that the code of each provider is in the library once.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;
