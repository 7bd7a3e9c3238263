//! An id, a key, perhaps a token: what a request is signed with.

use std::fmt;
use std::sync::{Arc, Mutex, TryLockError};

use time::Date;
use zeroize::Zeroizing;

use crate::api::tc3::DayKey;
use crate::config::validate::header_text;
use crate::error::{Error, Result};

/// STS documents ids and keys of up to 1,024 bytes and tokens of up to 4,096.
const MAX_ID: usize = 1024;
const MAX_KEY: usize = 1024;
const MAX_TOKEN: usize = 8 * 1024;

/// Wiped when dropped, never shown.
pub struct SecretCredentials {
    secret_id: Zeroizing<String>,
    secret_key: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
    day_key: Mutex<Option<(&'static str, Arc<DayKey>)>>,
}

impl SecretCredentials {
    /// # Errors
    /// `InvalidArgument` that names the part that cannot be used.
    pub fn new(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Self> {
        Self::named(["secret_id", "secret_key", "token"], secret_id, secret_key, token)
    }

    /// As `new`; `names` is what id, key and token are called where they come from.
    ///
    /// # Errors
    /// `InvalidArgument` with the name of the part that cannot be used.
    pub fn named(names: [&str; 3], secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Self> {
        let [id_name, key_name, token_name] = names;
        for (name, value, max) in [(id_name, secret_id, MAX_ID), (key_name, secret_key, MAX_KEY)] {
            if value.is_empty() {
                return Err(Error::invalid(format!("{name} is empty")));
            }
            header_text(name, value, max)?;
        }
        if let Some(token) = token {
            if token.is_empty() {
                return Err(Error::invalid(format!("{token_name} is empty")));
            }
            header_text(token_name, token, MAX_TOKEN)?;
        }
        Ok(Self {
            secret_id: Zeroizing::new(secret_id.to_owned()),
            secret_key: Zeroizing::new(secret_key.to_owned()),
            token: token.map(|token| Zeroizing::new(token.to_owned())),
            day_key: Mutex::new(None),
        })
    }

    #[must_use]
    pub fn secret_id(&self) -> &str {
        &self.secret_id
    }

    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref().map(String::as_str)
    }

    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.secret_id == other.secret_id && self.secret_key == other.secret_key && self.token == other.token
    }

    /// The signing key of a day for a service, derived once a day.
    ///
    /// # Errors
    /// `Internal` if it cannot be derived.
    pub fn day_key(&self, date: Date, service: &'static str) -> Result<Arc<DayKey>> {
        // Never waited for: in a forked child the lock may be held by a thread of the parent, for ever.
        let mut kept = match self.day_key.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return DayKey::derive(&self.secret_key, date, service).map(Arc::new),
        };
        match &*kept {
            Some((known, key)) if key.date() == date && *known == service => Ok(key.clone()),
            _ => {
                let key = Arc::new(DayKey::derive(&self.secret_key, date, service)?);
                *kept = Some((service, key.clone()));
                Ok(key)
            }
        }
    }

    /// What must not show in a message that quotes the text of others.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        let mut secrets = vec![self.secret_key.as_str()];
        secrets.extend(self.token());
        secrets
    }
}

impl fmt::Debug for SecretCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretCredentials(…)")
    }
}

#[cfg(test)]
mod tests;
