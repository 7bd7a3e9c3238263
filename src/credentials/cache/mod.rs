//! Keeps fetched credentials fresh: ahead of their end, by one thread, while the others go on with what is valid.

#[cfg(all(loom, test))]
mod models;
pub mod shared;
pub mod state;

use std::sync::Arc;
use std::time::Instant;

use self::shared::{SharedRefresh, Waker};
use self::state::{ForcedRefresh, Now, RefreshDecision, RefreshState};
use super::{ExpiringCredentials, ProfileSettings, ResolveCredentials, SecretCredentials};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Log};
use crate::runtime::clock::Clock;
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::fork::ForkLocal;
use crate::runtime::jitter;
use crate::runtime::sys::WakeFd;

/// Where credentials are fetched from, again and again.
pub trait Provider: Send + Sync {
    /// The place in words, for messages.
    fn name(&self) -> String;

    /// # Errors
    /// `Credentials` with the reason; the call's end.
    fn fetch(&self, context: &CallContext) -> Result<ExpiringCredentials>;
}

impl Waker for Arc<WakeFd> {
    fn wake(&self) {
        WakeFd::wake(self);
    }
}

type Shared = SharedRefresh<Arc<SecretCredentials>, Error, Arc<WakeFd>>;

pub struct CachedProvider<F> {
    provider: F,
    log: Log,
    origin: Instant,
    shared: ForkLocal<Shared>,
    settings: ProfileSettings,
}

impl<F: Provider> CachedProvider<F> {
    /// Holds nothing yet: the first who needs it fetches.
    pub fn unfetched(provider: F, log: Log) -> Self {
        let shared = ForkLocal::new(SharedRefresh::new(RefreshState::new()));
        Self { provider, log, origin: Instant::now(), shared, settings: ProfileSettings::default() }
    }

    /// Holds what was fetched already.
    pub fn holding(provider: F, log: Log, fetched: ExpiringCredentials, settings: ProfileSettings) -> Self {
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

    /// Fetches, within `until`; the others are told how it ended, whatever happens.
    fn refresh_within(&self, until: Instant, context: &CallContext, clock: &Clock) -> Result<()> {
        let in_flight = InFlight(Some(self.shared()));
        let name = self.provider.name();
        context.enter_phase("fetching credentials");
        let fetched = context.bounded(until, || self.provider.fetch(context));
        let now = self.now(clock);
        match fetched {
            Ok(ExpiringCredentials { credentials, expires_at }) => {
                let expires_at = milliseconds(expires_at);
                self.log_arrival(&name, expires_at, now);
                in_flight.end(|refresh_state| {
                    refresh_state.refreshed(Arc::new(credentials), expires_at, is_same, now, jitter::jitter());
                });
                Ok(())
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
    fn refresh_ahead(
        &self,
        valid: Arc<SecretCredentials>,
        context: &CallContext,
        clock: &Clock,
    ) -> Result<Arc<SecretCredentials>> {
        let until = Instant::now() + context.left() / 2;
        match self.refresh_within(until, context, clock) {
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            _ => Ok(self.shared().cached(self.now(clock)).unwrap_or(valid)),
        }
    }

    /// Until the refresh that another thread has begun is over.
    fn wait(&self, context: &CallContext) -> Result<()> {
        context.enter_phase("waiting for another thread's refresh of the credentials");
        let shared = self.shared();
        if !shared.wait_with(context.wake()) {
            return Ok(());
        }
        let interrupted = |why| context.interrupted(&why, &self.provider.name());
        let ended = context.wait_woken(|| !shared.is_in_flight(), context.deadline()).map_err(interrupted)?;
        if ended { Ok(()) } else { Err(interrupted(Interrupt::Deadline)) }
    }

    fn log_arrival(&self, name: &str, expires_at_ms: Option<i64>, now: Now) {
        let Some(left) = expires_at_ms.map(|expires_at| expires_at.saturating_sub(now.unix_ms) / 1000) else { return };
        if left > 0 {
            self.log.at(Level::Info, || format!("{name}: credentials fetched, valid for {left} s"));
        } else {
            self.log.at(Level::Warn, || {
                format!("{name}: credentials arrived that ended {} s ago, if this machine's clock is right", -left)
            });
        }
    }
}

impl<F: Provider> ResolveCredentials for CachedProvider<F> {
    fn credentials(&self, context: &CallContext, clock: &Clock) -> Result<Arc<SecretCredentials>> {
        loop {
            match self.shared().decide(self.now(clock)) {
                RefreshDecision::Use(credentials) => return Ok(credentials),
                RefreshDecision::Refresh(Some(valid)) => return self.refresh_ahead(valid, context, clock),
                RefreshDecision::Refresh(None) => self.refresh_within(context.deadline(), context, clock)?,
                RefreshDecision::Wait => self.wait(context)?,
                RefreshDecision::Failed(error) => return Err(error),
            }
        }
    }

    fn refresh(&self, rejected: &Arc<SecretCredentials>, context: &CallContext, clock: &Clock) -> bool {
        loop {
            let step = match self.shared().force_refresh(|held| held.is_same_as(rejected), self.now(clock)) {
                ForcedRefresh::Superseded => return true,
                ForcedRefresh::CoolingDown => return false,
                ForcedRefresh::Refresh => self.refresh_within(context.deadline(), context, clock),
                ForcedRefresh::Wait => self.wait(context),
            };
            if let Err(error) = step {
                // A cancel is noticed and told at the call's next step; else the refusal is the outcome.
                return error.kind() == ErrorKind::Cancelled;
            }
        }
    }

    fn cached(&self, clock: &Clock) -> Result<Arc<SecretCredentials>> {
        let now = self.now(clock);
        self.shared().cached(now).ok_or_else(|| {
            let name = self.provider.name();
            Error::new(
                ErrorKind::Credentials,
                format!("{name}: credentials have to be fetched first, which a query does"),
            )
        })
    }

    fn settings(&self) -> ProfileSettings {
        self.settings.clone()
    }
}

fn is_same(one: &Arc<SecretCredentials>, other: &Arc<SecretCredentials>) -> bool {
    one.is_same_as(other)
}

fn milliseconds(expires_at: Option<i64>) -> Option<i64> {
    expires_at.map(|seconds| seconds.saturating_mul(1000))
}

/// A refresh under way; dropped without an end (a cancel, a panic) it is abandoned, so that another thread takes over.
struct InFlight<'a>(Option<&'a Shared>);

impl InFlight<'_> {
    fn end(mut self, tell: impl FnOnce(&mut RefreshState<Arc<SecretCredentials>, Error>)) {
        if let Some(shared) = self.0.take() {
            shared.end(tell);
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.end(RefreshState::abandoned);
        }
    }
}
