//! When credentials are refreshed, and by whom: one asks anew, the others go on with what is still valid. Pure: every
//! call is told the time and chance; what is held, and what a failure is, are the caller's types.

use std::time::Duration;

/// How long before its end a credential is refreshed: this, or a tenth of its lifetime if that is shorter.
const AHEAD_MS: i64 = 5 * 60 * 1000;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Callers fail meanwhile, so the provider's recovery should be noticed sooner.
const LONGEST_PAUSE_WITH_NOTHING: Duration = Duration::from_secs(20);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Ends are told by the wall clock (as corrected by the server's), pauses by a clock that never steps.
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
    /// Nothing is valid, and somebody fetches.
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
    /// The last one refused was fetched anew in vain just before.
    CoolingDown,
}

#[derive(Debug, Clone)]
struct Held<T> {
    value: T,
    /// None: never.
    expires_at_ms: Option<i64>,
    refresh_from_ms: i64,
    /// One that has ended on arrival, by a clock that may be wrong, is left to the server's judgement until then.
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
        let doubled = FIRST_PAUSE.saturating_mul(1 << (self.failures.clamp(1, 10) - 1));
        let left = expires_at_ms.map(|expires_at| expires_at.saturating_sub(now.unix_ms)).map(u64::try_from);
        // Never shorter than documented; up to a quarter longer, so that programs that failed together spread out.
        let spread = |longest| doubled.min(longest).mul_f64(1.0 + jitter / 4.0);
        match left {
            Some(Ok(left)) if left > 0 => {
                spread(LONGEST_PAUSE).min(Duration::from_millis(left / 4)).max(SHORTEST_PAUSE)
            }
            _ => spread(LONGEST_PAUSE_WITH_NOTHING),
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
mod tests {
    use std::time::Duration;

    use super::{ForcedRefresh, Now, RefreshDecision, RefreshState};

    type Shown = RefreshState<u32, &'static str>;

    const DAY: i64 = 1_800_000_000_000;

    /// So many milliseconds after the start, by both clocks.
    fn at(ms: u64) -> Now {
        Now { unix_ms: DAY + i64::try_from(ms).unwrap(), since: Duration::from_millis(ms) }
    }

    fn expires_at(ms: u64) -> Option<i64> {
        Some(at(ms).unix_ms)
    }

    fn same(one: &u32, other: &u32) -> bool {
        one == other
    }

    fn held(value: u32, expires_at_ms: Option<i64>, jitter: f64) -> Shown {
        let mut refresh_state = Shown::new();
        assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Refresh(None));
        refresh_state.refreshed(value, expires_at_ms, same, at(0), jitter);
        refresh_state
    }

    const HOUR: u64 = 3_600_000;

    #[test]
    fn a_renewal_is_due_five_minutes_or_a_tenth_of_the_life_before_the_end_give_or_take_a_fifth() {
        for (life, jitter, due) in [
            (2 * HOUR, 0.5, 2 * HOUR - 300_000),
            (2 * HOUR, 0.0, 2 * HOUR - 240_000),
            (2 * HOUR, 1.0, 2 * HOUR - 360_000),
            (10_000, 0.5, 9_000),
            (10_000, 0.0, 9_200),
            (50 * 60_000, 0.5, 45 * 60_000),
        ] {
            let mut refresh_state = held(1, expires_at(life), jitter);
            assert_eq!(refresh_state.decide(at(due - 1)), RefreshDecision::Use(1), "{life} {jitter}");
            assert_eq!(refresh_state.decide(at(due)), RefreshDecision::Refresh(Some(1)), "{life} {jitter}");
        }
    }

    #[test]
    fn one_renews_and_the_others_go_on_with_what_is_valid() {
        let mut refresh_state = held(1, expires_at(10_000), 0.5);
        assert_eq!(refresh_state.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
        assert_eq!(refresh_state.decide(at(9_600)), RefreshDecision::Use(1));
        refresh_state.refreshed(2, expires_at(20_000), same, at(9_700), 0.5);
        assert_eq!(refresh_state.decide(at(9_701)), RefreshDecision::Use(2));
    }

    #[test]
    fn once_nothing_is_valid_all_wait_for_the_one_who_renews() {
        let mut refresh_state = held(1, expires_at(10_000), 0.5);
        assert_eq!(refresh_state.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
        assert_eq!(refresh_state.decide(at(10_000)), RefreshDecision::Wait);
        refresh_state.abandoned();
        assert_eq!(refresh_state.decide(at(10_001)), RefreshDecision::Refresh(None));
        assert_eq!(refresh_state.decide(at(10_001)), RefreshDecision::Wait);
    }

    #[test]
    fn a_failed_renewal_leaves_what_is_valid_and_pauses_within_what_is_left() {
        let mut refresh_state = held(1, expires_at(10_000), 0.5);
        assert_eq!(refresh_state.decide(at(9_000)), RefreshDecision::Refresh(Some(1)));
        refresh_state.failed("down", at(9_200), 0.0);
        assert_eq!(refresh_state.decide(at(9_399)), RefreshDecision::Use(1));
        assert_eq!(refresh_state.decide(at(9_400)), RefreshDecision::Refresh(Some(1)));
        refresh_state.failed("down", at(9_500), 0.0);
        assert_eq!(refresh_state.decide(at(9_624)), RefreshDecision::Use(1));
        assert_eq!(refresh_state.decide(at(9_625)), RefreshDecision::Refresh(Some(1)));
    }

    #[test]
    fn with_nothing_valid_a_failure_is_remembered_longer_and_longer_up_to_twenty_seconds() {
        let mut refresh_state = Shown::new();
        let mut now = 0;
        for pause in [5_000, 10_000, 20_000, 20_000] {
            assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
            refresh_state.failed("down", at(now), 0.0);
            assert_eq!(refresh_state.decide(at(now + pause - 1)), RefreshDecision::Failed("down"));
            now += pause;
        }
        assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
        refresh_state.refreshed(1, expires_at(now + HOUR), same, at(now), 0.5);
        assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Use(1));
    }

    #[test]
    fn no_pause_is_shorter_than_said_and_none_over_a_quarter_longer() {
        for jitter in [0.0, 0.3, 0.999] {
            let mut refresh_state = Shown::new();
            let mut now = 0;
            for (least, most) in [(5_000, 6_250), (10_000, 12_500), (20_000, 25_000), (20_000, 25_000)] {
                assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
                refresh_state.failed("down", at(now), jitter);
                assert_eq!(refresh_state.decide(at(now + least - 1)), RefreshDecision::Failed("down"), "{jitter}");
                assert_eq!(refresh_state.decide(at(now + most)), RefreshDecision::Refresh(None), "{jitter}");
                refresh_state.abandoned();
                now += most;
            }
        }
    }

    #[test]
    fn the_same_credential_again_is_asked_for_no_sooner_than_after_a_pause() {
        let mut refresh_state = held(1, expires_at(2 * HOUR), 0.5);
        let due = 2 * HOUR - 300_000;
        assert_eq!(refresh_state.decide(at(due)), RefreshDecision::Refresh(Some(1)));
        refresh_state.refreshed(1, expires_at(2 * HOUR), same, at(due), 0.0);
        assert_eq!(refresh_state.decide(at(due + 4_999)), RefreshDecision::Use(1));
        // Its end is near: due again ahead of it by a tenth of what is left, no sooner.
        assert_eq!(refresh_state.decide(at(2 * HOUR - 20_000)), RefreshDecision::Refresh(Some(1)));
    }

    #[test]
    fn what_has_ended_on_arrival_is_left_to_the_server_and_fetched_again_after_a_pause() {
        let mut refresh_state = Shown::new();
        assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Refresh(None));
        refresh_state.refreshed(1, Some(DAY - 1), same, at(0), 0.0);
        assert_eq!(refresh_state.decide(at(4_999)), RefreshDecision::Use(1));
        assert_eq!(refresh_state.decide(at(5_000)), RefreshDecision::Refresh(None));
    }

    #[test]
    fn a_step_of_the_clock_into_validity_needs_no_renewal() {
        let mut refresh_state = Shown::new();
        let slow = |ms: u64| Now { unix_ms: at(ms).unix_ms + 3 * 3_600_000, since: at(ms).since };
        assert_eq!(refresh_state.decide(slow(0)), RefreshDecision::Refresh(None));
        refresh_state.refreshed(1, expires_at(2 * HOUR), same, slow(0), 0.0);
        assert_eq!(refresh_state.decide(slow(1)), RefreshDecision::Use(1));
        assert_eq!(refresh_state.decide(at(60_000)), RefreshDecision::Use(1));
    }

    #[test]
    fn what_never_ends_is_never_renewed_but_by_force() {
        let mut refresh_state = held(1, None, 0.5);
        assert_eq!(refresh_state.decide(at(1_000 * HOUR)), RefreshDecision::Use(1));
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(0)), ForcedRefresh::Refresh);
        refresh_state.refreshed(2, None, same, at(0), 0.5);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(0)), ForcedRefresh::Superseded);
        assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Use(2));
    }

    #[test]
    fn one_who_was_refused_forces_and_the_others_wait_for_it() {
        let mut refresh_state = held(1, expires_at(HOUR), 0.5);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Refresh);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Wait);
        assert_eq!(refresh_state.decide(at(1)), RefreshDecision::Use(1));
        refresh_state.refreshed(2, expires_at(HOUR), same, at(2), 0.5);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(2)), ForcedRefresh::Superseded);
    }

    #[test]
    fn force_in_vain_is_not_repeated_for_a_while() {
        let mut refresh_state = held(1, expires_at(HOUR), 0.5);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Refresh);
        refresh_state.refreshed(1, expires_at(HOUR), same, at(1), 0.0);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(5_000)), ForcedRefresh::CoolingDown);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(5_001)), ForcedRefresh::Refresh);
        refresh_state.failed("down", at(5_001), 0.0);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(10_000)), ForcedRefresh::CoolingDown);
        assert_eq!(refresh_state.decide(at(10_000)), RefreshDecision::Use(1));
    }

    #[test]
    fn a_failure_ahead_of_the_end_does_not_keep_force_from_trying() {
        let mut refresh_state = held(1, expires_at(10_000), 0.5);
        assert_eq!(refresh_state.decide(at(9_000)), RefreshDecision::Refresh(Some(1)));
        refresh_state.failed("down", at(9_000), 0.0);
        assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(9_001)), ForcedRefresh::Refresh);
    }

    #[test]
    fn a_child_inherits_what_is_held_and_no_renewal_of_its_parents() {
        let mut parent = held(1, expires_at(10_000), 0.5);
        assert_eq!(parent.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
        let mut child = Shown::inherited(&parent);
        assert_eq!(child.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
        assert_eq!(child.decide(at(10_000)), RefreshDecision::Wait);
    }
}
