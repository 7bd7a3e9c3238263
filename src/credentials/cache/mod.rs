//! Keeps fetched credentials fresh: ahead of their end, by one thread, while the others go on with what is valid.

#[cfg(all(loom, test))]
mod models;
pub mod shared;
pub mod state;

use std::sync::Arc;
use std::time::Instant;

use self::shared::{SharedRefresh, Waker};
use self::state::{ForcedRefresh, Now, RefreshDecision, RefreshState};
use super::{CredentialsInfo, ExpiringCredentials, ProfileSettings, Refreshed, ResolveCredentials, SecretCredentials};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Log};
use crate::runtime::clock::Clock;
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::fork::ForkLocal;
use crate::runtime::jitter;
use crate::runtime::sys::{self, WakeFd};
use crate::unix_time::UnixSeconds;

/// Where credentials are fetched from, again and again.
pub trait Provider: Send + Sync {
    /// The place in words, for messages.
    fn name(&self) -> String;

    /// The place with all that is known of it by now, for `CredentialsInfo`.
    fn source(&self) -> String {
        self.name()
    }

    /// How many roles are assumed on the way.
    fn depth(&self) -> usize {
        0
    }

    /// # Errors
    /// `Credentials` with the reason; the call's end.
    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials>;
}

/// One refresh: on whose time, by whose clock, and why.
#[derive(Clone, Copy)]
pub struct Refresh<'a> {
    pub context: &'a CallContext,
    pub clock: &'a Clock,
    /// The API has refused the credentials held.
    pub was_refused: bool,
}

impl Waker for Arc<WakeFd> {
    fn wake(&self) {
        WakeFd::wake(self);
    }
}

type Shared = SharedRefresh<Arc<SecretCredentials>, Error, Arc<WakeFd>>;

pub struct CachedProvider {
    // Behind a pointer, so that this code is in the library once: 50 kB less.
    provider: Box<dyn Provider>,
    log: Log,
    origin: Instant,
    shared: ForkLocal<Shared>,
    settings: ProfileSettings,
}

impl CachedProvider {
    /// Holds nothing yet: the first who needs it fetches.
    pub fn unfetched(provider: Box<dyn Provider>, log: Log) -> Self {
        let shared = ForkLocal::new(SharedRefresh::new(RefreshState::new()));
        Self { provider, log, origin: Instant::now(), shared, settings: ProfileSettings::default() }
    }

    /// With what the source says in addition to the secret.
    #[must_use]
    pub fn with_settings(self, settings: ProfileSettings) -> Self {
        Self { settings, ..self }
    }

    /// Holds what was fetched already.
    pub fn holding(
        provider: Box<dyn Provider>,
        log: Log,
        fetched: ExpiringCredentials,
        settings: ProfileSettings,
    ) -> Self {
        let cached = Self { settings, ..Self::unfetched(provider, log) };
        let now = cached.now(&Clock::new(cached.origin));
        let ExpiringCredentials { credentials, expires_at } = fetched;
        cached.shared().end(|refresh_state| {
            refresh_state.refreshed(Arc::new(credentials), milliseconds(expires_at), is_same, now, jitter::jitter());
        });
        cached
    }

    fn shared(&self) -> &Shared {
        self.shared.get(SharedRefresh::inherited)
    }

    fn now(&self, clock: &Clock) -> Now {
        Now { unix_ms: clock.now_ms(), since: self.origin.elapsed() }
    }

    /// Fetches, within `until`; the others learn how it ended, whatever happens.
    fn refresh_within(&self, until: Instant, refresh: Refresh<'_>) -> Result<()> {
        let context = refresh.context;
        let in_flight = InFlight(Some(self));
        let name = self.provider.name();
        context.enter_phase("fetching credentials");
        let fetched = context.bounded(until, || self.provider.fetch(&refresh));
        let now = self.now(refresh.clock);
        match fetched {
            Ok(ExpiringCredentials { credentials, expires_at }) => {
                let expires_at = milliseconds(expires_at);
                self.log_arrival(&name, expires_at, now);
                in_flight.end(|refresh_state| {
                    refresh_state.refreshed(Arc::new(credentials), expires_at, is_same, now, jitter::jitter());
                });
                // A callback cannot be interrupted: what it brought too late serves the next call.
                if context.left().is_zero() { Err(context.interrupted(&Interrupt::Deadline, &name)) } else { Ok(()) }
            }
            // These say nothing about the provider: the next one tries at once.
            Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::System | ErrorKind::Internal) => {
                Err(error)
            }
            Err(_) if context.left().is_zero() => Err(context.interrupted(&Interrupt::Deadline, &name)),
            Err(error) => {
                self.log.at(Level::Warn, || format!("credentials could not be fetched: {}", error.message()));
                in_flight.end(|refresh_state| refresh_state.failed(error.clone(), now, jitter::jitter()));
                Err(error)
            }
        }
    }

    /// Of what is still valid a failed refresh takes nothing away. It may use half of the time that the call has left.
    fn refresh_ahead(&self, valid: Arc<SecretCredentials>, refresh: Refresh<'_>) -> Result<Arc<SecretCredentials>> {
        let until = Instant::now() + refresh.context.left() / 2;
        match self.refresh_within(until, refresh) {
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            _ => Ok(self.shared().cached(self.now(refresh.clock)).unwrap_or(valid)),
        }
    }

    /// Until the refresh that another thread has begun is over.
    fn wait(&self, context: &CallContext) -> Result<()> {
        let shared = self.shared();
        if shared.is_refreshed_by(sys::thread_number()) {
            return Err(self.reentered());
        }
        context.enter_phase("waiting for another thread's refresh of the credentials");
        let interrupted = |why| context.interrupted(&why, &self.provider.name());
        if !shared.wait_with(context.open_wake().map_err(interrupted)?) {
            return Ok(());
        }
        let ended = context.wait_woken(|| !shared.is_in_flight(), context.deadline()).map_err(interrupted)?;
        if ended { Ok(()) } else { Err(interrupted(Interrupt::Deadline)) }
    }

    /// Credentials that ended on their way to the server were not refused for good: why no others come is said at the call's
    /// next step.
    fn has_ended(&self, clock: &Clock) -> bool {
        self.shared().cached(self.now(clock)).is_none()
    }

    /// A callback, log or progress function that runs during a refresh needs what only that refresh can bring. Final, so
    /// that a waiter does not step again and again.
    fn reentered(&self) -> Error {
        let name = self.provider.name();
        Error::new(ErrorKind::Credentials, format!("{name}: this thread is the one that fetches these credentials"))
    }

    fn log_arrival(&self, name: &str, expires_at_ms: Option<i64>, now: Now) {
        let Some(left) = expires_at_ms.map(|expires_at| expires_at.saturating_sub(now.unix_ms) / 1000) else { return };
        if left > 0 {
            self.log.at(Level::Info, || format!("{name}: credentials fetched, valid for {left} s"));
        } else {
            self.log.at(Level::Warn, || {
                format!("{name}: the fetched credentials expired {} s ago, if this machine's clock is right", -left)
            });
        }
    }
}

impl ResolveCredentials for CachedProvider {
    fn credentials(&self, context: &CallContext, clock: &Clock) -> Result<Arc<SecretCredentials>> {
        let refresh = Refresh { context, clock, was_refused: false };
        loop {
            match self.shared().decide(self.now(clock), sys::thread_number()) {
                RefreshDecision::Use(credentials) => return Ok(credentials),
                RefreshDecision::Refresh(Some(valid)) => return self.refresh_ahead(valid, refresh),
                RefreshDecision::Refresh(None) => self.refresh_within(context.deadline(), refresh)?,
                RefreshDecision::Wait => self.wait(context)?,
                RefreshDecision::Failed(error) => return Err(error),
            }
        }
    }

    fn refresh(&self, rejected: &Arc<SecretCredentials>, context: &CallContext, clock: &Clock) -> Refreshed {
        let refresh = Refresh { context, clock, was_refused: true };
        let is_refused = |held: &Arc<SecretCredentials>| held.is_same_as(rejected);
        loop {
            let step = match self.shared().force_refresh(is_refused, self.now(clock), sys::thread_number()) {
                ForcedRefresh::Superseded => return Refreshed::Yes,
                ForcedRefresh::CoolingDown if self.has_ended(clock) => return Refreshed::Yes,
                ForcedRefresh::CoolingDown => return Refreshed::NotNow,
                ForcedRefresh::Refresh => self.refresh_within(context.deadline(), refresh),
                ForcedRefresh::Wait => self.wait(context),
            };
            if let Err(error) = step {
                // A cancel is noticed and reported at the call's next step; else the refusal is the outcome.
                if error.kind() == ErrorKind::Cancelled || self.has_ended(clock) {
                    return Refreshed::Yes;
                }
                let is_brief = matches!(error.kind(), ErrorKind::System | ErrorKind::RequestTimeout);
                return if is_brief || error.is_retryable() { Refreshed::NotNow } else { Refreshed::No };
            }
        }
    }

    fn cached(&self, clock: &Clock) -> Result<Arc<SecretCredentials>> {
        let now = self.now(clock);
        self.shared().cached(now).ok_or_else(|| {
            let name = self.provider.name();
            Error::new(ErrorKind::Credentials, format!("{name}: no credentials yet; a query fetches them"))
        })
    }

    fn settings(&self) -> ProfileSettings {
        self.settings.clone()
    }

    fn info(&self) -> CredentialsInfo {
        let expires_at = self.shared().expires_at_ms().map(|ms| UnixSeconds(ms.div_euclid(1000)));
        CredentialsInfo { source: self.provider.source(), expires_at }
    }

    fn depth(&self) -> usize {
        self.provider.depth()
    }
}

fn is_same(one: &Arc<SecretCredentials>, other: &Arc<SecretCredentials>) -> bool {
    one.is_same_as(other)
}

fn milliseconds(expires_at: Option<UnixSeconds>) -> Option<i64> {
    expires_at.map(|UnixSeconds(seconds)| seconds.saturating_mul(1000))
}

/// A refresh under way; dropped without an end (a cancel, a panic) it is abandoned, so that another thread takes over.
/// It ends in the process in which the fetch returns: a callback may have forked.
struct InFlight<'a>(Option<&'a CachedProvider>);

impl InFlight<'_> {
    fn end(mut self, report: impl FnOnce(&mut RefreshState<Arc<SecretCredentials>, Error>)) {
        if let Some(provider) = self.0.take() {
            provider.shared().end(report);
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some(provider) = self.0 {
            provider.shared().end(RefreshState::abandoned);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
