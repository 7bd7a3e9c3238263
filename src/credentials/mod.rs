//! Where the secret comes from: one file a provider, and the credentials that a request is signed with.

mod cache;
pub mod provider;

use std::fmt;
use std::sync::Arc;

pub use crate::api::secret::SecretCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;

/// A place that credentials come from.
pub trait ResolveCredentials: Send + Sync {
    /// The credentials to sign with now, fetched within the call's bounds where it has to be.
    ///
    /// # Errors
    /// `Credentials` with the places looked at and why they had nothing.
    fn credentials(&self, call: &CallContext, clock: &Clock) -> Result<Arc<SecretCredentials>>;

    /// The API refused `rejected` as unknown or expired: fetch anew. False where there is nothing new to sign with.
    fn refresh(&self, rejected: &Arc<SecretCredentials>, call: &CallContext, clock: &Clock) -> bool;

    /// The credentials that are valid now by this clock, if no I/O is needed for it.
    ///
    /// # Errors
    /// `Credentials` where it would have to be fetched first.
    fn cached(&self, clock: &Clock) -> Result<Arc<SecretCredentials>>;

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
