//! Providers that do what a test says, in virtual time: the wall clock does not move, and the cache's own when a test moves it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use super::{CachedProvider, Provider, Refresh, Waker};
use crate::credentials::{
    CredentialsInfo, ExpiringCredentials, ProfileSettings, Refreshed, ResolveCredentials, SecretCredentials,
    call_without_client,
};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Log, Sink};
use crate::runtime::cancel::ClientWakes;
use crate::runtime::clock::Clock;
use crate::runtime::context::CallContext;
use crate::runtime::sys::{self, WakeFd};
use crate::unix_time::UnixSeconds;

const NOW: i64 = 1_800_000_000;
const HOUR: i64 = 3600;
const MINUTE: Duration = Duration::from_secs(60);
/// What begins so much later has not begun: no time has passed since.
const DAY: Duration = Duration::from_secs(86_400);

/// Always half a second after this.
fn clock_at(seconds: i64) -> Clock {
    let clock = Clock::new(Instant::now() + DAY);
    assert!(clock.correct(UnixSeconds(0), UnixSeconds(seconds), Instant::now()));
    clock
}

fn call() -> CallContext {
    call_without_client(MINUTE).unwrap()
}

/// A call whose deadline has passed.
fn late_call() -> CallContext {
    call_without_client(Duration::ZERO).unwrap()
}

fn credentials(id: &str) -> SecretCredentials {
    SecretCredentials::new(id, "FAKEKEY", None).unwrap()
}

fn fetched(id: &str, expires_at: i64) -> Result<ExpiringCredentials> {
    Ok(ExpiringCredentials { credentials: credentials(id), expires_at: Some(UnixSeconds(expires_at)) })
}

fn failed(kind: ErrorKind) -> Result<ExpiringCredentials> {
    Err(Error::new(kind, "down"))
}

#[derive(Default)]
struct Lines(Mutex<Vec<(Level, String)>>);

impl Sink for Lines {
    fn line(&self, level: Level, line: &str) {
        self.0.lock().unwrap().push((level, line.to_owned()));
    }
}

struct Place<F> {
    fetch: F,
    fetches: Arc<AtomicUsize>,
}

impl<F> Provider for Place<F>
where
    F: Fn(&Refresh<'_>) -> Result<ExpiringCredentials> + Send + Sync,
{
    fn name(&self) -> String {
        "the place".to_owned()
    }

    fn source(&self) -> String {
        "the place, role cvm".to_owned()
    }

    fn depth(&self) -> usize {
        3
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        self.fetches.fetch_add(1, SeqCst);
        (self.fetch)(refresh)
    }
}

/// A provider with a cache around it, how often it has fetched, and what it has logged.
struct Cached {
    provider: CachedProvider,
    fetches: Arc<AtomicUsize>,
    lines: Arc<Lines>,
}

impl Cached {
    fn unfetched(fetch: impl Fn(&Refresh<'_>) -> Result<ExpiringCredentials> + Send + Sync + 'static) -> Self {
        let (fetches, lines) = (Arc::<AtomicUsize>::default(), Arc::<Lines>::default());
        let place = Box::new(Place { fetch, fetches: fetches.clone() });
        let mut provider = CachedProvider::unfetched(place, Log::new(Level::Debug, lines.clone()));
        provider.origin += DAY;
        Self { provider, fetches, lines }
    }

    /// Holds "old", which ends in so many seconds, and then fetches.
    fn holding(
        ends_in: i64,
        fetch: impl Fn(&Refresh<'_>) -> Result<ExpiringCredentials> + Send + Sync + 'static,
    ) -> Self {
        let is_fetched = AtomicBool::new(false);
        let first = move |refresh: &Refresh<'_>| {
            if is_fetched.swap(true, SeqCst) { fetch(refresh) } else { fetched("old", NOW + ends_in) }
        };
        let cached = Self::unfetched(first);
        assert_eq!(cached.id(NOW).unwrap(), "old");
        cached.fetches.store(0, SeqCst);
        cached.lines.0.lock().unwrap().clear();
        cached
    }

    /// The id that a call gets at this time.
    fn id(&self, now: i64) -> Result<String> {
        self.id_within(&call(), now)
    }

    fn id_within(&self, context: &CallContext, now: i64) -> Result<String> {
        self.provider.credentials(context, &clock_at(now)).map(|credentials| credentials.secret_id().to_owned())
    }

    /// What a refusal of these credentials leads to.
    fn refused(&self, id: &str, context: &CallContext, now: i64) -> Refreshed {
        self.provider.refresh(&Arc::new(credentials(id)), context, &clock_at(now))
    }

    fn pass(&mut self, seconds: u64) {
        self.provider.origin = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
    }

    fn fetches(&self) -> usize {
        self.fetches.load(SeqCst)
    }

    fn lines(&self) -> Vec<(Level, String)> {
        self.lines.0.lock().unwrap().clone()
    }
}

#[test]
fn what_is_fetched_by_the_first_who_needs_it_serves_the_next() {
    let cached = Cached::unfetched(|refresh| {
        assert!(!refresh.was_refused);
        assert_eq!(refresh.clock.unix_seconds(), UnixSeconds(NOW));
        let interrupt = crate::runtime::context::Interrupt::Cancelled;
        let why = refresh.context.interrupted(&interrupt, "").message().to_owned();
        assert_eq!(why, "cancelled while fetching credentials");
        fetched("new", NOW + HOUR)
    });
    let none = cached.provider.cached(&clock_at(NOW)).map(|_| ()).unwrap_err();
    assert_eq!(
        (none.kind(), none.message()),
        (ErrorKind::Credentials, "the place: no credentials yet; a query fetches them")
    );
    assert_eq!(cached.fetches(), 0);
    assert_eq!((cached.id(NOW).unwrap(), cached.id(NOW).unwrap(), cached.fetches()), ("new".into(), "new".into(), 1));
    assert_eq!(cached.provider.cached(&clock_at(NOW)).unwrap().secret_id(), "new");
}

#[test]
fn source_end_roles_and_settings_can_be_seen() {
    let mut cached = Cached::unfetched(|_| fetched("new", NOW + HOUR));
    let shown = |expires_at| CredentialsInfo { source: "the place, role cvm".to_owned(), expires_at };
    assert_eq!(cached.provider.info(), shown(None));
    cached.id(NOW).unwrap();
    assert_eq!(cached.provider.info(), shown(Some(UnixSeconds(NOW + HOUR))));
    assert_eq!(cached.provider.depth(), 3);
    assert_eq!(cached.provider.settings().region, None);
    let settings = ProfileSettings { region: Some("ap-guangzhou".to_owned()), ..ProfileSettings::default() };
    cached.provider = cached.provider.with_settings(settings.clone());
    assert_eq!(cached.provider.settings().region, settings.region);
    let log = Log::default();
    let place = Place { fetch: |_: &Refresh<'_>| failed(ErrorKind::Internal), fetches: Arc::default() };
    assert_eq!((place.source(), place.depth()), ("the place, role cvm".to_owned(), 3));
    let end = Clock::new(Instant::now()).unix_seconds().0 + HOUR;
    let holding = CachedProvider::holding(Box::new(place), log, fetched("held", end).unwrap(), settings.clone());
    assert_eq!(holding.info(), shown(Some(UnixSeconds(end))));
    assert_eq!(holding.settings().region, settings.region);
    let held = holding.credentials(&call(), &clock_at(end - HOUR)).unwrap();
    assert_eq!(held.secret_id(), "held");
}

/// Says no more than a name.
struct Plain;

impl Provider for Plain {
    fn name(&self) -> String {
        "a place".to_owned()
    }

    fn fetch(&self, _: &Refresh<'_>) -> Result<ExpiringCredentials> {
        failed(ErrorKind::Internal)
    }
}

#[test]
fn a_place_that_says_no_more_than_its_name_assumes_no_role() {
    let plain = CachedProvider::unfetched(Box::new(Plain), Log::default());
    assert_eq!((plain.info().source.as_str(), plain.depth()), ("a place", 0));
}

#[test]
fn what_arrives_is_logged_with_the_time_that_is_left() {
    for (left, level, line) in [
        (HOUR, Level::Info, "the place: credentials fetched, valid for 3599 s"),
        (2, Level::Info, "the place: credentials fetched, valid for 1 s"),
        (1, Level::Warn, "the place: the fetched credentials expired 0 s ago, if this machine's clock is right"),
        (-9, Level::Warn, "the place: the fetched credentials expired 9 s ago, if this machine's clock is right"),
    ] {
        let cached = Cached::unfetched(move |_| fetched("new", NOW + left));
        cached.id(NOW).unwrap();
        assert_eq!(cached.lines(), [(level, line.to_owned())]);
    }
    let for_ever = Cached::unfetched(|_| Ok(ExpiringCredentials { credentials: credentials("new"), expires_at: None }));
    for_ever.id(NOW).unwrap();
    assert_eq!((for_ever.lines(), for_ever.provider.info().expires_at), (vec![], None));
}

#[test]
fn a_failed_fetch_is_logged_reported_and_not_repeated_for_a_while() {
    let mut cached = Cached::unfetched(|_| failed(ErrorKind::Unavailable));
    for _ in 0..2 {
        let error = cached.id(NOW).unwrap_err();
        assert_eq!((error.kind(), error.message(), cached.fetches()), (ErrorKind::Unavailable, "down", 1));
    }
    assert_eq!(cached.lines(), [(Level::Warn, "credentials could not be fetched: down".to_owned())]);
    cached.pass(7);
    assert_eq!((cached.id(NOW).unwrap_err().kind(), cached.fetches()), (ErrorKind::Unavailable, 2));
}

#[test]
fn a_failure_that_says_nothing_about_the_place_is_not_remembered() {
    for kind in [ErrorKind::Cancelled, ErrorKind::System, ErrorKind::Internal] {
        let cached = Cached::unfetched(move |_| failed(kind));
        for fetches in 1..=2 {
            assert_eq!((cached.id(NOW).unwrap_err().kind(), cached.fetches()), (kind, fetches));
        }
        assert_eq!(cached.lines(), []);
    }
}

#[test]
fn past_the_deadline_a_fetch_has_timed_out_and_what_it_brought_serves_the_next_call() {
    let timed_out =
        (ErrorKind::RequestTimeout, "the place: timed out after 0 ms while fetching credentials".to_owned());
    let seen = |error: Error| (error.kind(), error.message().to_owned());
    let cached = Cached::unfetched(|_| fetched("new", NOW + HOUR));
    assert_eq!(seen(cached.id_within(&late_call(), NOW).unwrap_err()), timed_out);
    assert_eq!((cached.id(NOW).unwrap().as_str(), cached.fetches()), ("new", 1));
    let cached = Cached::unfetched(|_| failed(ErrorKind::Unavailable));
    assert_eq!(seen(cached.id_within(&late_call(), NOW).unwrap_err()), timed_out);
    // Whether the place works is not known.
    assert_eq!((cached.id(NOW).unwrap_err().kind(), cached.fetches()), (ErrorKind::Unavailable, 2));
}

#[test]
fn ahead_of_the_end_a_refresh_has_half_of_the_calls_time_and_its_failure_takes_nothing_away() {
    let half = |refresh: &Refresh<'_>| {
        let left = refresh.context.left();
        assert!(left <= MINUTE / 2 && left > MINUTE / 4, "{left:?}");
    };
    let cached = Cached::holding(HOUR, move |refresh| {
        half(refresh);
        failed(ErrorKind::Unavailable)
    });
    assert_eq!((cached.id(NOW + HOUR / 2).unwrap().as_str(), cached.fetches()), ("old", 0));
    assert_eq!((cached.id(NOW + HOUR - 60).unwrap().as_str(), cached.fetches()), ("old", 1));
    let cached = Cached::holding(HOUR, move |refresh| {
        half(refresh);
        fetched("new", NOW + 2 * HOUR)
    });
    assert_eq!((cached.id(NOW + HOUR - 60).unwrap().as_str(), cached.fetches()), ("new", 1));
    let cached = Cached::holding(HOUR, |_| failed(ErrorKind::Cancelled));
    assert_eq!(cached.id(NOW + HOUR - 60).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_fetch_that_panics_leaves_the_refresh_to_the_next() {
    let cached = Cached::unfetched(|_| panic!("as a test wants it"));
    for fetches in 1..=2 {
        assert!(catch_unwind(AssertUnwindSafe(|| cached.id(NOW))).is_err());
        assert_eq!(cached.fetches(), fetches);
    }
}

#[test]
fn what_is_fetched_again_and_is_the_same_stays_as_it_is() {
    let cached = Cached::holding(HOUR, |_| fetched("old", NOW + 2 * HOUR));
    let before = cached.provider.cached(&clock_at(NOW)).unwrap();
    cached.id(NOW + HOUR - 60).unwrap();
    let after = cached.provider.cached(&clock_at(NOW)).unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    assert_eq!((cached.fetches(), cached.provider.info().expires_at), (1, Some(UnixSeconds(NOW + 2 * HOUR))));
}

#[test]
fn a_refusal_fetches_unless_something_else_is_held_or_the_same_has_just_come() {
    let new = |refresh: &Refresh<'_>| {
        assert!(refresh.was_refused);
        fetched("new", NOW + HOUR)
    };
    let cached = Cached::holding(HOUR, new);
    assert_eq!((cached.refused("another", &call(), NOW), cached.fetches()), (Refreshed::Yes, 0));
    assert_eq!((cached.refused("old", &call(), NOW), cached.fetches()), (Refreshed::Yes, 1));
    assert_eq!(cached.id(NOW).unwrap(), "new");
    // Not the same: refused again, it is fetched again.
    let mut cached = Cached::holding(HOUR, |_| fetched("old", NOW + HOUR));
    for fetches in [1, 1] {
        assert_eq!((cached.refused("old", &call(), NOW), cached.fetches()), (Refreshed::NotNow, fetches));
    }
    // What has ended was not refused for good.
    assert_eq!((cached.refused("old", &call(), NOW + HOUR), cached.fetches()), (Refreshed::Yes, 1));
    cached.pass(7);
    assert_eq!((cached.refused("old", &call(), NOW), cached.fetches()), (Refreshed::NotNow, 2));
}

#[test]
fn a_refresh_after_a_refusal_that_fails_is_tried_later_where_that_may_help() {
    for (kind, while_valid) in [
        (ErrorKind::Cancelled, Refreshed::Yes),
        (ErrorKind::System, Refreshed::NotNow),
        (ErrorKind::RequestTimeout, Refreshed::NotNow),
        (ErrorKind::Unavailable, Refreshed::NotNow),
        (ErrorKind::Credentials, Refreshed::No),
        (ErrorKind::Internal, Refreshed::No),
    ] {
        let cached = Cached::holding(HOUR, move |_| failed(kind));
        assert_eq!((cached.refused("old", &call(), NOW), cached.fetches()), (while_valid, 1), "{kind:?}");
        let cached = Cached::holding(HOUR, move |_| failed(kind));
        assert_eq!((cached.refused("old", &call(), NOW + HOUR), cached.fetches()), (Refreshed::Yes, 1), "{kind:?}");
    }
}

#[test]
fn a_fetch_that_needs_its_own_outcome_fails_at_once() {
    static NEEDED: OnceLock<Cached> = OnceLock::new();
    let cached = NEEDED.get_or_init(|| {
        Cached::unfetched(|_| {
            let error = NEEDED.get().unwrap().id(NOW).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Credentials);
            assert_eq!(error.message(), "the place: this thread is the one that fetches these credentials");
            assert_eq!(NEEDED.get().unwrap().refused("old", &call(), NOW), Refreshed::Yes);
            fetched("new", NOW + HOUR)
        })
    });
    assert_eq!((cached.id(NOW).unwrap().as_str(), cached.fetches()), ("new", 1));
}

#[test]
fn while_another_thread_fetches_a_call_waits_until_it_has_or_its_own_end() {
    let (begun, begins) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let (begun, ends) = (Mutex::new(begun), Mutex::new(ends));
    let cached = Cached::unfetched(move |_| {
        begun.lock().unwrap().send(()).unwrap();
        ends.lock().unwrap().recv().unwrap();
        fetched("new", NOW + HOUR)
    });
    std::thread::scope(|scope| {
        let fetches = scope.spawn(|| cached.id(NOW).unwrap());
        begins.recv().unwrap();
        let error = cached.id_within(&late_call(), NOW).unwrap_err();
        let why = "the place: timed out after 0 ms while waiting for another thread's refresh of the credentials";
        assert_eq!((error.kind(), error.message()), (ErrorKind::RequestTimeout, why));
        let wakes = Arc::<ClientWakes>::default();
        wakes.shut_down();
        let context = CallContext::new(&wakes, Instant::now(), Instant::now() + MINUTE, None, None).unwrap();
        let error = cached.id_within(&context, NOW).unwrap_err();
        assert_eq!(error.message(), "cancelled while waiting for another thread's refresh of the credentials");
        // Nothing is held that was not refused: a refusal waits too, and nothing else can be said at its end.
        assert_eq!(cached.refused("old", &late_call(), NOW), Refreshed::Yes);
        let waits = scope.spawn(|| cached.id(NOW).unwrap());
        end.send(()).unwrap();
        assert_eq!((fetches.join().unwrap().as_str(), waits.join().unwrap().as_str()), ("new", "new"));
    });
    assert_eq!(cached.fetches(), 1);
}

#[test]
fn a_refresh_that_has_ended_before_the_wait_for_it_begins_is_not_waited_for() {
    let cached = Cached::unfetched(|_| fetched("new", NOW + HOUR));
    cached.provider.wait(&late_call()).unwrap();
    assert_eq!(cached.fetches(), 0);
}

#[test]
fn the_end_of_a_refresh_wakes_by_the_waits_own_descriptor() {
    let wake = Arc::new(WakeFd::new().unwrap());
    assert!(!sys::wait(&mut [], Some(&wake), Duration::ZERO).unwrap());
    Waker::wake(&wake);
    assert!(sys::wait(&mut [], Some(&wake), Duration::ZERO).unwrap());
}
