//! Credentials from the environment, read once, when asked for.
//!
//! `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY`, and the token under the three names that the vendor's tools
//! use for it. Two token variables that differ are an error: nobody can tell which one was meant.

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::static_keys;
use crate::credentials::{Credentials, Lookup, NotFound, SecretCredentials, invalid_credentials};
use crate::error::{Error, ErrorKind, Result};

pub const SECRET_ID: &str = "TENCENTCLOUD_SECRET_ID";
pub const SECRET_KEY: &str = "TENCENTCLOUD_SECRET_KEY";
/// The command line's name, the Node SDK's, Terraform's.
pub const TOKENS: [&str; 3] = ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"];

/// # Errors
/// `Credentials` that names the variable and what is wrong with it.
pub fn credentials(variable: impl Fn(&str) -> Option<OsString>) -> Result<Credentials> {
    match lookup(&variable)? {
        Lookup::Found(credentials) => Ok(credentials),
        Lookup::NotFound(nothing) => Err(nothing.into_error()),
    }
}

/// # Errors
/// As `credentials`, where a part is set, but not all of it.
pub(crate) fn lookup(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Lookup<Credentials>> {
    let id = optional(variable, SECRET_ID)?;
    let key = optional(variable, SECRET_KEY)?;
    let (id, key) = match (id, key) {
        (Some(id), Some(key)) => (id, key),
        (None, None) => {
            return Ok(Lookup::NotFound(NotFound::new(format!("{SECRET_ID} and {SECRET_KEY} are not set"))));
        }
        (Some(_), None) => return Err(half_set(SECRET_ID, SECRET_KEY)),
        (None, Some(_)) => return Err(half_set(SECRET_KEY, SECRET_ID)),
    };
    let token = token(variable)?;
    let credentials = SecretCredentials::new(&id, &key, token.as_deref().map(String::as_str))
        .map_err(|error| invalid_credentials("environment", &error))?;
    Ok(Lookup::Found(static_keys::from_credentials(credentials)))
}

fn half_set(set: &str, missing: &str) -> Error {
    Error::new(ErrorKind::Credentials, format!("{missing} is not set, though {set} is"))
}

fn token(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Option<Zeroizing<String>>> {
    let mut found: Option<(&str, Zeroizing<String>)> = None;
    for name in TOKENS {
        let Some(value) = optional(variable, name)? else { continue };
        match &found {
            Some((first, token)) if *token != value => {
                return Err(Error::new(ErrorKind::Credentials, format!("{first} and {name} are both set and differ")));
            }
            Some(_) => {}
            None => found = Some((name, value)),
        }
    }
    Ok(found.map(|(_, token)| token))
}

/// An empty variable is an unset one.
fn optional(variable: &impl Fn(&str) -> Option<OsString>, name: &str) -> Result<Option<Zeroizing<String>>> {
    match variable(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(Zeroizing::new(value))),
        Some(Err(_)) => Err(Error::new(ErrorKind::Credentials, format!("{name} is not UTF-8"))),
    }
}
