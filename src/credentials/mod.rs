//! Where the secret comes from: one file a provider, and the credentials that a request is signed with.

mod cache;
pub mod provider;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use crate::api::secret::SecretCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::cancel::ClientWakes;
use crate::runtime::clock::{Clock, far_future};
use crate::runtime::context::CallContext;
use crate::unix_time::UnixSeconds;

/// What a refresh after a refusal brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// There is something else to sign with, or the next look says why not.
    Yes,
    No,
    /// It could not be made now: no descriptor, a service that does not answer, a refresh a moment ago.
    NotNow,
}

/// A place that credentials come from.
pub trait ResolveCredentials: Send + Sync {
    /// The credentials to sign with now, fetched within the call's bounds where it has to be.
    ///
    /// # Errors
    /// `Credentials` with the places looked at and why they had nothing.
    fn credentials(&self, call: &CallContext, clock: &Clock) -> Result<Arc<SecretCredentials>>;

    /// The API refused `rejected` as unknown or expired: fetch again.
    fn refresh(&self, rejected: &Arc<SecretCredentials>, call: &CallContext, clock: &Clock) -> Refreshed;

    /// The credentials that are valid now by this clock, if no I/O is needed for it.
    ///
    /// # Errors
    /// `Credentials` where it would have to be fetched first.
    fn cached(&self, clock: &Clock) -> Result<Arc<SecretCredentials>>;

    /// What the source says in addition to the secret.
    fn settings(&self) -> ProfileSettings {
        ProfileSettings::default()
    }

    /// Where the credentials come from and until when they are valid, as far as is known now.
    fn info(&self) -> CredentialsInfo;

    /// How many roles are assumed on the way to these credentials.
    fn depth(&self) -> usize {
        0
    }
}

/// A snapshot for people and logs; it never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialsInfo {
    /// Like `profile "prod" in /home/a/.tencentcloud/credentials`.
    pub source: String,
    /// None: they never expire, or none are held yet.
    pub expires_at: Option<UnixSeconds>,
}

/// What a source says in addition to the secret.
#[derive(Debug, Clone, Default)]
pub struct ProfileSettings {
    pub region: Option<String>,
    /// Where the region is written, for messages: file and key.
    pub region_place: String,
    pub language: Option<String>,
    /// Why they could not be read, which names the file.
    pub unusable: Option<String>,
    /// For the log: files that others can reach, values that look wrong.
    pub warnings: Vec<String>,
}

/// What a place gave.
pub struct ExpiringCredentials {
    pub(crate) credentials: SecretCredentials,
    /// None: never, as far as is known.
    pub(crate) expires_at: Option<UnixSeconds>,
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

    /// Fetches now what the first request would fetch, if nothing valid is held: a check at start-up. By this
    /// machine's uncorrected clock.
    ///
    /// # Errors
    /// `Credentials` as from a query, `RequestTimeout`.
    pub fn fetch(&self, timeout: Duration) -> Result<()> {
        let clock = Clock::new(Instant::now());
        self.0.credentials(&call_without_client(timeout)?, &clock).map(|_| ())
    }
}

/// # Errors
/// `System` where there is no wake for it.
pub(crate) fn call_without_client(timeout: Duration) -> Result<CallContext> {
    let now = Instant::now();
    let deadline = now.checked_add(timeout).unwrap_or_else(far_future);
    CallContext::new(&Arc::new(ClientWakes::default()), now, deadline, None, None)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
