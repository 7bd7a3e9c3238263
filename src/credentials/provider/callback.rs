//! Credentials that a function of the program's fetches.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::api::excerpt::Redactor;
use crate::config::Options;
use crate::config::validate::{text_of, wrong};
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials, SecretCredentials};
use crate::error::{Error, ErrorKind, Result};
use crate::unix_time::UnixSeconds;

const MAX_NAME: usize = 128;

/// The program's function.
pub trait Fetch: Send + Sync {
    /// Calls `set` or `fail` of the answer, on this thread, before it returns.
    fn fetch(&self, answer: &mut Answer);
}

/// Where a function puts what it has fetched. The last of `set` and `fail` counts.
pub struct Answer {
    outcome: Option<Outcome>,
    was_refused: bool,
    deadline: Instant,
}

enum Outcome {
    Set {
        id: Zeroizing<String>,
        key: Zeroizing<String>,
        token: Option<Zeroizing<String>>,
        expires_at: Option<i64>,
    },
    /// What cannot be used, with the parameter's name.
    Unusable(String),
    Failed {
        reason: String,
        retryable: bool,
    },
}

impl Answer {
    fn new(refresh: &Refresh<'_>) -> Self {
        Self { outcome: None, was_refused: refresh.was_refused, deadline: refresh.context.deadline() }
    }

    /// Copies at once into memory that is wiped. `expires_at`: in Unix seconds; None: never.
    pub fn set(&mut self, id: &str, key: &str, token: Option<&str>, expires_at: Option<i64>) {
        let copy = |text: &str| Zeroizing::new(text.to_owned());
        self.outcome = Some(Outcome::Set { id: copy(id), key: copy(key), token: token.map(copy), expires_at });
    }

    pub(crate) fn set_unusable(&mut self, why: String) {
        self.outcome = Some(Outcome::Unusable(why));
    }

    /// A key or token in the reason does not reach a message if `set` has been called with it before.
    pub fn fail(&mut self, reason: &str, retryable: bool) {
        let known: Vec<&str> = match &self.outcome {
            Some(Outcome::Set { key, token, .. }) => {
                std::iter::once(key.as_str()).chain(token.as_deref().map(String::as_str)).collect()
            }
            _ => Vec::new(),
        };
        let reason = Redactor::new(known).reason(reason);
        self.outcome = Some(Outcome::Failed { reason, retryable });
    }

    /// The API has refused what was fetched last.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.was_refused
    }

    /// What the call has left. The function is not interrupted, but what comes later serves the next call alone.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

struct Callback {
    name: String,
    function: Box<dyn Fetch>,
    total: Option<Duration>,
    /// What was fetched last, to be kept out of the reason of a failure.
    last: Mutex<Option<Arc<Redactor>>>,
}

/// Calls the function when nothing valid is held, ahead of the end, and after a refusal. Never now.
///
/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn credentials(name: &[u8], function: Box<dyn Fetch>, io: &Options) -> Result<Credentials> {
    let name = text_of("name", name)?;
    if name.len() > MAX_NAME {
        return Err(wrong("name", &format!("is {} bytes long; at most {MAX_NAME}", name.len())));
    }
    let total = (io.total_timeout_ms > 0).then(|| Duration::from_millis(io.total_timeout_ms.into()));
    let provider = Callback { name: name.to_owned(), function, total, last: Mutex::new(None) };
    Ok(Credentials::new(CachedProvider::unfetched(Box::new(provider), io.log.clone())))
}

impl Callback {
    fn call(&self, refresh: &Refresh<'_>) -> Answer {
        let mut answer = Answer::new(refresh);
        self.function.fetch(&mut answer);
        answer
    }
}

impl Provider for Callback {
    fn name(&self) -> String {
        format!("callback \"{}\"", self.name)
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        let until = self.total.and_then(|total| Instant::now().checked_add(total));
        let until = until.unwrap_or_else(|| refresh.context.deadline());
        let answer = refresh.context.bounded(until, || self.call(refresh));
        let failed = |why: &str, retryable| {
            Error::new(ErrorKind::Credentials, format!("{}: {why}", self.name())).retryable(retryable)
        };
        match answer.outcome {
            None => Err(failed("the function returned neither credentials nor a failure", false)),
            Some(Outcome::Unusable(why)) => Err(failed(&why, false)),
            Some(Outcome::Failed { reason, retryable }) => {
                // Never waited for: in a forked child the lock may be held by a thread of the parent, for ever.
                let last = self.last.try_lock().ok().and_then(|last| last.clone());
                Err(failed(&last.map_or_else(|| reason.clone(), |redactor| redactor.redact(&reason)), retryable))
            }
            Some(Outcome::Set { id, key, token, expires_at }) => {
                let end = |number| {
                    let why = || format!("expires_at is {number}, which is not a time in Unix seconds");
                    UnixSeconds::plausible(number).ok_or_else(|| failed(&why(), false))
                };
                let expires_at = expires_at.map(end).transpose()?;
                let token = token.as_deref().map(String::as_str).filter(|token| !token.is_empty());
                let credentials = SecretCredentials::new(&id, &key, token).map_err(|e| failed(e.message(), false))?;
                if let Ok(mut last) = self.last.try_lock() {
                    *last = Some(Arc::new(Redactor::new(credentials.secrets())));
                }
                Ok(ExpiringCredentials { credentials, expires_at })
            }
        }
    }
}
