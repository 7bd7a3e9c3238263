//! Where the secret comes from: one file a provider, and the credentials that a request is signed with.

mod cache;
pub mod provider;

use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, TryLockError};

use time::Date;
use zeroize::Zeroizing;

use crate::api::tc3::{DayKey, SERVICE};
use crate::config::header_text;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;

const LONGEST_ID: usize = 256;
const LONGEST_KEY: usize = 256;
const LONGEST_TOKEN: usize = 8 * 1024;

/// An id, a key, perhaps a token. Wiped when dropped, never shown.
pub struct SecretCredentials {
    secret_id: Zeroizing<String>,
    secret_key: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
    day_key: Mutex<Option<Arc<DayKey>>>,
}

impl SecretCredentials {
    /// # Errors
    /// `InvalidArgument` that names the part that cannot be one.
    pub fn new(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Self> {
        for (name, value, longest) in [("secret_id", secret_id, LONGEST_ID), ("secret_key", secret_key, LONGEST_KEY)] {
            if value.is_empty() {
                return Err(Error::invalid(format!("{name} is empty")));
            }
            header_text(name, value, longest)?;
        }
        if let Some(token) = token {
            if token.is_empty() {
                return Err(Error::invalid("token is empty"));
            }
            header_text("token", token, LONGEST_TOKEN)?;
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

    /// The signing key of a day, derived once a day.
    ///
    /// # Errors
    /// `Internal` if it cannot be derived.
    pub fn day_key(&self, date: Date) -> Result<Arc<DayKey>> {
        // Never waited for: in a forked child the lock may be held by a thread of the parent, for ever.
        let mut kept = match self.day_key.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return DayKey::derive(&self.secret_key, date, SERVICE).map(Arc::new),
        };
        match &*kept {
            Some(key) if key.date() == date => Ok(key.clone()),
            _ => Ok(kept.insert(Arc::new(DayKey::derive(&self.secret_key, date, SERVICE)?)).clone()),
        }
    }

    /// What must not show in a message that quotes somebody else's text.
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

/// A place that credentials come from.
pub trait ResolveCredentials: Send + Sync {
    /// The credentials to sign with now, fetched within the call's bounds where it has to be.
    ///
    /// # Errors
    /// `Credentials` with the places looked at and why they had nothing.
    fn credentials(&self, call: &Rc<CallContext>, clock: &Clock) -> Result<Arc<SecretCredentials>>;

    /// The API refused `rejected` as unknown or expired: fetch anew. False where there is nothing new to sign with.
    fn refresh(&self, rejected: &Arc<SecretCredentials>, call: &Rc<CallContext>, clock: &Clock) -> bool;

    /// The credentials to sign with now, if no I/O is needed for it.
    ///
    /// # Errors
    /// `Credentials` where it would have to be fetched first.
    fn cached(&self) -> Result<Arc<SecretCredentials>>;

    /// What the source says beside the secret.
    fn settings(&self) -> ProfileSettings {
        ProfileSettings::default()
    }
}

/// What a source says beside the secret.
#[derive(Debug, Clone, Default)]
pub struct ProfileSettings {
    pub region: Option<String>,
    pub language: Option<String>,
    /// What the log should hear of: files that others can reach.
    pub warnings: Vec<String>,
}

/// What a place gave.
pub struct ExpiringCredentials {
    pub(crate) credentials: SecretCredentials,
    /// In Unix seconds; None: never, as far as is known.
    pub(crate) expires_at: Option<i64>,
}

/// What became of looking at a place. A place that has something unusable is an error: to go on to the next one would
/// silently act for another account.
pub(crate) enum Lookup<T> {
    Found(T),
    NotFound(NotFound),
}

/// Why a place has nothing.
pub(crate) struct NotFound {
    pub(crate) why: String,
    pub(crate) is_transient: bool,
}

impl NotFound {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_transient: false }
    }

    pub(crate) fn into_error(self) -> Error {
        Error::new(ErrorKind::Credentials, self.why).retryable(self.is_transient)
    }
}

/// What a client is given; cheap to clone, shared by all clients made with it.
#[derive(Clone)]
pub struct Credentials(Arc<dyn ResolveCredentials>);

impl Credentials {
    #[must_use]
    pub fn new(resolver: impl ResolveCredentials + 'static) -> Self {
        Self(Arc::new(resolver))
    }

    #[must_use]
    pub fn resolver(&self) -> &dyn ResolveCredentials {
        &*self.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Reports that what a source holds cannot be used as credentials.
pub(crate) fn invalid_credentials(name: &str, error: &Error) -> Error {
    Error::new(ErrorKind::Credentials, format!("{name}: {}", error.message()))
}
