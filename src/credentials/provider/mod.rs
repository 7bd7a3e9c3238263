//! One file a credentials provider.

pub mod cvm_role;
pub mod default_chain;
pub mod environment;
pub mod profile;
pub mod static_keys;
#[cfg(all(test, unix))]
mod tests;
