//! What a profile says, whatever the format of its file. Pure.

use crate::credentials::ExpiringCredentials;
use crate::credentials::provider::role::RoleOptions;

pub struct Entry {
    pub keys: Keys,
    pub role: Option<AskedRole>,
    /// For the log.
    pub warnings: Vec<String>,
}

pub enum Keys {
    Held(ExpiringCredentials),
    /// The keys in the file do not count.
    CvmRole,
}

/// A role to be assumed with the keys.
pub struct AskedRole {
    /// The name of the member in the file.
    pub key: &'static str,
    pub arn: String,
    pub options: RoleOptions,
}

/// A value in quotes, which no key has: the tools differ in whether they are part of it.
pub fn is_quoted(value: &str) -> bool {
    value.len() > 1 && ['"', '\''].iter().any(|&quote| value.starts_with(quote) && value.ends_with(quote))
}
