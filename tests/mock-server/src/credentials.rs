//! The credentials the API side accepts; they may come, change and go while it runs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What belongs to a secret id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub secret_key: String,
    pub token: Option<String>,
    pub expires: Option<Instant>,
}

impl Credential {
    pub fn has_expired(&self) -> bool {
        self.expires.is_some_and(|end| Instant::now() >= end)
    }
}

#[derive(Default)]
pub(crate) struct Credentials {
    by_id: HashMap<String, Credential>,
}

impl Credentials {
    pub fn get(&self, secret_id: &str) -> Option<&Credential> {
        self.by_id.get(secret_id)
    }

    /// Accepts a credential; one of the same id is replaced.
    pub fn accept(&mut self, secret_id: &str, secret_key: &str, token: Option<&str>, lifetime: Option<Duration>) {
        let credential = Credential {
            secret_key: secret_key.to_owned(),
            token: token.map(str::to_owned),
            expires: lifetime.map(|time| Instant::now() + time),
        };
        self.by_id.insert(secret_id.to_owned(), credential);
    }

    pub fn revoke(&mut self, secret_id: &str) -> bool {
        self.by_id.remove(secret_id).is_some()
    }

    pub fn revoke_all(&mut self) {
        self.by_id.clear();
    }
}
