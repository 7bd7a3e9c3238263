//! When credentials are refreshed, and by whom: one fetches again, the others go on with what is still valid. Pure: every
//! call takes the time and chance; what is held, and what a failure is, are the caller's types.

use std::time::Duration;

use crate::retry::backoff::Backoff;

/// How long before its end a credential is refreshed: this, or a tenth of its lifetime if that is shorter.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// At least 5 s, then twice as long up to 60 s: a pause is drawn from the lower end of its range.
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(5), max: Duration::from_secs(120), growth: 2.0 };
/// Callers fail meanwhile, so the provider's recovery should be noticed sooner: up to 20 s.
const BACKOFF_WITH_NOTHING: Backoff = Backoff { max: Duration::from_secs(40), ..BACKOFF };
/// Never shorter than documented; up to a quarter longer, so that programs that failed together spread out.
const LOWER_END: f64 = 0.25;
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Ends are compared with the wall clock (as corrected by the server's), pauses by a clock that never steps.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub unix_ms: i64,
    /// Since some fixed instant.
    pub since: Duration,
}

/// What is to be done by who asks for the credential.
#[derive(Debug, PartialEq, Eq)]
pub enum RefreshDecision<T, E> {
    Use(T),
    /// Fetch, then report the outcome. What is inside is still valid, should the fetch fail.
    Refresh(Option<T>),
    /// Nothing is valid, and another thread fetches.
    Wait,
    /// Nothing is valid, and the last fetch failed so recently that another one is not begun.
    Failed(E),
}

/// What is to be done by who was refused with a credential.
#[derive(Debug, PartialEq, Eq)]
pub enum ForcedRefresh {
    /// Another one is held already.
    Superseded,
    Refresh,
    Wait,
    /// The refused one was fetched again just before, without success.
    CoolingDown,
}

#[derive(Debug, Clone)]
struct Held<T> {
    value: T,
    /// None: never.
    expires_at_ms: Option<i64>,
    refresh_from_ms: i64,
    /// One that has ended on arrival, by a clock that may be wrong, is used until then, and the server decides.
    trusted_until: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InFlight {
    No,
    Due,
    ForcedRefresh,
}

#[derive(Debug)]
pub struct RefreshState<T, E> {
    held: Option<Held<T>>,
    in_flight: InFlight,
    failures: u32,
    next_try: Duration,
    next_forced_refresh: Duration,
    remembered: Option<E>,
}

impl<T: Clone, E: Clone> RefreshState<T, E> {
    /// Holds nothing: the first who asks fetches.
    pub fn new() -> Self {
        Self {
            held: None,
            in_flight: InFlight::No,
            failures: 0,
            next_try: Duration::ZERO,
            next_forced_refresh: Duration::ZERO,
            remembered: None,
        }
    }

    /// Holds what the other holds, and nothing else of it.
    pub fn inherited(other: &Self) -> Self {
        Self { held: other.held.clone(), ..Self::new() }
    }

    pub fn decide(&mut self, now: Now) -> RefreshDecision<T, E> {
        let valid = self.cached(now);
        match valid {
            Some(valid) if self.in_flight != InFlight::No || !self.is_due(now) => RefreshDecision::Use(valid),
            None if self.in_flight != InFlight::No => RefreshDecision::Wait,
            None if now.since < self.next_try && self.remembered.is_some() => {
                self.remembered.clone().map_or(RefreshDecision::Wait, RefreshDecision::Failed)
            }
            valid => {
                self.in_flight = InFlight::Due;
                RefreshDecision::Refresh(valid)
            }
        }
    }

    /// The server refused what `is_refused` knows again.
    pub fn force_refresh(&mut self, is_refused: impl Fn(&T) -> bool, now: Now) -> ForcedRefresh {
        if self.held.as_ref().is_some_and(|held| !is_refused(&held.value)) {
            return ForcedRefresh::Superseded;
        }
        if self.in_flight != InFlight::No {
            return ForcedRefresh::Wait;
        }
        if now.since < self.next_forced_refresh {
            return ForcedRefresh::CoolingDown;
        }
        self.in_flight = InFlight::ForcedRefresh;
        ForcedRefresh::Refresh
    }

    /// The fetch brought this. `is_same`: as what was held; then that stays, and another fetch waits a while.
    pub fn refreshed(
        &mut self,
        value: T,
        expires_at_ms: Option<i64>,
        is_same: impl Fn(&T, &T) -> bool,
        now: Now,
        jitter: f64,
    ) {
        let forced = std::mem::replace(&mut self.in_flight, InFlight::No) == InFlight::ForcedRefresh;
        let before = self.held.take().map(|held| held.value).filter(|before| is_same(before, &value));
        let is_news = before.is_none();
        let has_ended = expires_at_ms.is_some_and(|expires_at| expires_at <= now.unix_ms);
        self.failures = if is_news && !has_ended { 0 } else { self.failures.saturating_add(1) };
        self.remembered = None;
        let mut held = Held {
            value: before.unwrap_or(value),
            expires_at_ms,
            refresh_from_ms: refresh_from(expires_at_ms, now.unix_ms, jitter),
            trusted_until: Duration::ZERO,
        };
        let pause = self.pause(expires_at_ms, now, jitter);
        if has_ended {
            held.trusted_until = now.since + pause;
        }
        self.next_try = if self.failures == 0 { Duration::ZERO } else { now.since + pause };
        if forced && !is_news {
            self.next_forced_refresh = now.since + pause;
        }
        self.held = Some(held);
    }

    /// The fetch failed.
    pub fn failed(&mut self, error: E, now: Now, jitter: f64) {
        let forced = std::mem::replace(&mut self.in_flight, InFlight::No) == InFlight::ForcedRefresh;
        self.failures = self.failures.saturating_add(1);
        let expires_at_ms = self.held.as_ref().and_then(|held| held.expires_at_ms);
        let pause = self.pause(expires_at_ms, now, jitter);
        self.next_try = now.since + pause;
        if forced {
            self.next_forced_refresh = now.since + pause;
        }
        self.remembered = Some(error);
    }

    /// Who fetched gave up for reasons of its own; nothing is known of the provider.
    pub fn abandoned(&mut self) {
        self.in_flight = InFlight::No;
    }

    /// Of what is held; None: never, or nothing is held.
    pub fn expires_at_ms(&self) -> Option<i64> {
        self.held.as_ref().and_then(|held| held.expires_at_ms)
    }

    pub fn is_in_flight(&self) -> bool {
        self.in_flight != InFlight::No
    }

    /// What is valid now.
    pub fn cached(&self, now: Now) -> Option<T> {
        let held = self.held.as_ref()?;
        let is_valid =
            held.expires_at_ms.is_none_or(|expires_at| now.unix_ms < expires_at) || now.since < held.trusted_until;
        is_valid.then(|| held.value.clone())
    }

    fn is_due(&self, now: Now) -> bool {
        self.held.as_ref().is_none_or(|held| now.unix_ms >= held.refresh_from_ms) && now.since >= self.next_try
    }

    /// Doubles from failure to failure; while something is valid it leaves room for three more tries.
    fn pause(&self, expires_at_ms: Option<i64>, now: Now, jitter: f64) -> Duration {
        let drawn = |backoff: Backoff| backoff.delay(self.failures, jitter * LOWER_END);
        let left = expires_at_ms.map(|expires_at| expires_at.saturating_sub(now.unix_ms)).map(u64::try_from);
        match left {
            Some(Ok(left)) if left > 0 => drawn(BACKOFF).min(Duration::from_millis(left / 4)).max(SHORTEST_PAUSE),
            _ => drawn(BACKOFF_WITH_NOTHING),
        }
    }
}

fn refresh_from(expires_at_ms: Option<i64>, now_ms: i64, jitter: f64) -> i64 {
    let Some(expires_at_ms) = expires_at_ms else { return i64::MAX };
    let ahead = (expires_at_ms.saturating_sub(now_ms) / 10).clamp(0, AHEAD_MS);
    // Between eight and twelve tenths of it, so that programs started together spread out.
    #[allow(clippy::cast_possible_truncation)]
    let tenths = 800 + (400.0 * jitter) as i64;
    expires_at_ms.saturating_sub(ahead * tenths / 1000)
}

#[cfg(test)]
#[allow(clippy::trivially_copy_pass_by_ref, clippy::unnecessary_wraps)]
mod tests;
