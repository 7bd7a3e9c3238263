//! Models for loom (`make check-loom`): one thread refreshes at a time, and those that wait are woken whatever way it ends.

use std::sync::Arc as Plain;
use std::time::Duration;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::shared::{SharedRefresh, Waker};
use super::state::{ForcedRefresh, Now, RefreshDecision, RefreshState};

const NOW: Now = Now { unix_ms: 0, since: Duration::ZERO };

/// A thread's own wake, as the library's: set until it is taken.
#[derive(Clone)]
struct WakeFd(Arc<(Mutex<bool>, Condvar)>);

impl WakeFd {
    fn new() -> Self {
        Self(Arc::new((Mutex::new(false), Condvar::new())))
    }

    fn wait(&self) {
        let mut woken = self.0.0.lock().unwrap();
        while !std::mem::take(&mut *woken) {
            woken = self.0.1.wait(woken).unwrap();
        }
    }
}

impl Waker for WakeFd {
    fn wake(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

type Shared = SharedRefresh<usize, &'static str, WakeFd>;

/// The fetch, and how often it was begun; two at a time are the fault looked for.
#[derive(Default)]
struct Service {
    busy: AtomicBool,
    fetches: AtomicUsize,
}

impl Service {
    fn fetch(&self) -> usize {
        assert!(!self.busy.swap(true, SeqCst), "two fetch at a time");
        let number = self.fetches.fetch_add(1, SeqCst) + 1;
        self.busy.store(false, SeqCst);
        number
    }
}

fn wait(shared: &Shared) {
    let wake = WakeFd::new();
    if shared.wait_with(wake.clone()) {
        while shared.is_in_flight() {
            wake.wait();
        }
    }
}

/// What `CachedProvider` does in a query.
fn credentials(shared: &Shared, service: &Service, thread: u64) -> Result<usize, &'static str> {
    loop {
        match shared.decide(NOW, thread) {
            RefreshDecision::Use(value) => return Ok(value),
            RefreshDecision::Refresh(_) => {
                assert!(shared.is_refreshed_by(thread));
                let number = service.fetch();
                shared.end(|refresh_state| refresh_state.refreshed(number, None, |a, b| a == b, NOW, 0.0));
            }
            RefreshDecision::Wait => {
                assert!(!shared.is_refreshed_by(thread), "it would wait for itself");
                wait(shared);
            }
            RefreshDecision::Failed(error) => return Err(error),
        }
    }
}

fn new(refresh_state: RefreshState<usize, &'static str>) -> (Arc<Shared>, Arc<Service>) {
    (Arc::new(SharedRefresh::new(refresh_state)), Arc::new(Service::default()))
}

fn in_threads<T: 'static>(count: usize, body: impl Fn(usize) -> T + Clone + 'static) -> Vec<T> {
    let threads: Vec<_> = (0..count)
        .map(|n| {
            let body = body.clone();
            thread::spawn(move || body(n))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn model(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(body);
}

#[test]
fn the_first_thread_fetches_once_and_all_use_it() {
    model(3, || {
        let (shared, service) = new(RefreshState::new());
        let (s, f) = (shared.clone(), service.clone());
        let got = in_threads(2, move |n| credentials(&s, &f, n as u64));
        assert_eq!((got, service.fetches.load(SeqCst)), (vec![Ok(1), Ok(1)], 1));
    });
}

#[test]
fn three_threads_need_one_fetch_too() {
    model(2, || {
        let (shared, service) = new(RefreshState::new());
        let (s, f) = (shared.clone(), service.clone());
        let got = in_threads(3, move |n| credentials(&s, &f, n as u64));
        assert_eq!((got, service.fetches.load(SeqCst)), (vec![Ok(1); 3], 1));
    });
}

#[test]
fn while_something_is_valid_no_thread_waits_for_the_refresh() {
    model(3, || {
        let mut refresh_state = RefreshState::new();
        let _ = refresh_state.decide(NOW);
        refresh_state.refreshed(0, Some(1_000), |a: &usize, b| a == b, NOW, 0.5);
        let (shared, service) = new(refresh_state);
        let due = Now { unix_ms: 950, ..NOW };
        let got = in_threads(2, move |n| match shared.decide(due, n as u64) {
            RefreshDecision::Use(value) => value,
            RefreshDecision::Refresh(valid) => {
                assert_eq!(valid, Some(0), "a failed refresh_state would have nothing to fall back to");
                let number = service.fetch();
                shared.end(|refresh_state| refresh_state.refreshed(number, Some(9_000), |a, b| a == b, due, 0.5));
                number
            }
            other => panic!("{other:?}"),
        });
        assert!(got.contains(&1) && got.iter().all(|value| *value <= 1), "{got:?}");
    });
}

#[test]
fn a_thread_that_abandons_the_fetch_hands_it_to_one_that_waits() {
    model(3, || {
        let (shared, service) = new(RefreshState::new());
        let (s, f) = (shared.clone(), service.clone());
        let got = in_threads(2, move |n| {
            if n == 0 && matches!(s.decide(NOW, n as u64), RefreshDecision::Refresh(_)) {
                s.end(RefreshState::abandoned);
                return Ok(1);
            }
            credentials(&s, &f, n as u64)
        });
        assert_eq!((got, service.fetches.load(SeqCst) <= 1), (vec![Ok(1), Ok(1)], true));
    });
}

#[test]
fn a_failed_fetch_is_reported_to_all_that_wait_and_not_repeated() {
    model(3, || {
        let (shared, service) = new(RefreshState::new());
        let (s, f) = (shared.clone(), service.clone());
        let got = in_threads(2, move |n| {
            loop {
                match s.decide(NOW, n as u64) {
                    RefreshDecision::Refresh(_) => {
                        f.fetch();
                        s.end(|refresh_state| refresh_state.failed("down", NOW, 0.0));
                    }
                    RefreshDecision::Wait => wait(&s),
                    RefreshDecision::Failed(error) => return error,
                    RefreshDecision::Use(value) => panic!("{value}"),
                }
            }
        });
        assert_eq!((got, service.fetches.load(SeqCst)), (vec!["down", "down"], 1));
    });
}

#[test]
fn two_threads_that_were_refused_force_one_refresh() {
    model(3, || {
        let mut refresh_state = RefreshState::new();
        let _ = refresh_state.decide(NOW);
        refresh_state.refreshed(0, None, |a: &usize, b| a == b, NOW, 0.5);
        let (shared, service) = new(refresh_state);
        let (s, f) = (shared.clone(), service.clone());
        let got = in_threads(2, move |n| {
            loop {
                match s.force_refresh(|held| *held == 0, NOW, n as u64) {
                    ForcedRefresh::Superseded => return s.cached(NOW),
                    ForcedRefresh::Refresh => {
                        let number = f.fetch();
                        s.end(|refresh_state| refresh_state.refreshed(number, None, |a, b| a == b, NOW, 0.5));
                    }
                    ForcedRefresh::Wait => wait(&s),
                    ForcedRefresh::CoolingDown => panic!("the refresh found something new"),
                }
            }
        });
        assert_eq!((got, service.fetches.load(SeqCst)), (vec![Some(1), Some(1)], 1));
    });
}

#[test]
fn a_child_is_never_held_up_by_what_a_thread_of_its_parent_does() {
    model(3, || {
        let (shared, service) = new(RefreshState::new());
        let parent = {
            let (s, f) = (shared.clone(), service.clone());
            thread::spawn(move || credentials(&s, &f, 0))
        };
        // What the child has, at whatever moment the fork was.
        let child = Plain::new(shared.inherited());
        let got = credentials(&child, &Service::default(), 1);
        assert_eq!(got, Ok(1));
        parent.join().unwrap().unwrap();
    });
}
