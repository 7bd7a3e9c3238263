use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use super::super::state::{ForcedRefresh, Now, RefreshDecision, RefreshState};
use super::{SharedRefresh, Waker};
use crate::runtime::sync::lock;

#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn times(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Waker for &Woken {
    fn wake(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

type Shared<'a> = SharedRefresh<u32, &'static str, &'a Woken>;

const AT_FIRST: Now = Now { unix_ms: 0, since: Duration::ZERO };
const LATER: Now = Now { unix_ms: 3_600_000, since: Duration::from_secs(3600) };
const THIS: u64 = 1;
const OTHER: u64 = 2;

fn empty<'a>() -> Shared<'a> {
    Shared::new(RefreshState::new())
}

/// Holds this value, which ends before `LATER`.
fn holding<'a>(value: u32) -> Shared<'a> {
    let shared = empty();
    assert_eq!(shared.decide(AT_FIRST, THIS), RefreshDecision::Refresh(None));
    end_with(&shared, value);
    shared
}

fn end_with(shared: &Shared<'_>, value: u32) {
    shared.end(|refresh_state| {
        refresh_state.refreshed(value, Some(10_000), |one, other| one == other, AT_FIRST, 0.5);
    });
}

#[test]
fn who_has_to_refresh_is_known_until_the_refresh_ends_and_who_has_not_is_not() {
    let shared = empty();
    assert!(!shared.is_refreshed_by(THIS));
    assert_eq!(shared.decide(AT_FIRST, THIS), RefreshDecision::Refresh(None));
    assert_eq!(shared.decide(AT_FIRST, OTHER), RefreshDecision::Wait);
    assert_eq!((shared.is_refreshed_by(THIS), shared.is_refreshed_by(OTHER)), (true, false));
    end_with(&shared, 1);
    assert!(!shared.is_refreshed_by(THIS));
    assert_eq!(shared.decide(AT_FIRST, THIS), RefreshDecision::Use(1));
    assert!(!shared.is_refreshed_by(THIS));
}

#[test]
fn who_has_to_refresh_after_a_refusal_is_known_and_who_has_not_is_not() {
    let shared = holding(1);
    assert_eq!(shared.force_refresh(|held| *held == 2, AT_FIRST, THIS), ForcedRefresh::Superseded);
    assert!(!shared.is_refreshed_by(THIS));
    assert_eq!(shared.force_refresh(|held| *held == 1, AT_FIRST, THIS), ForcedRefresh::Refresh);
    assert_eq!(shared.force_refresh(|held| *held == 1, AT_FIRST, OTHER), ForcedRefresh::Wait);
    assert_eq!((shared.is_refreshed_by(THIS), shared.is_refreshed_by(OTHER)), (true, false));
}

#[test]
fn what_is_held_can_be_seen_with_its_end() {
    let shared = empty();
    assert_eq!((shared.cached(AT_FIRST), shared.expires_at_ms()), (None, None));
    let shared = holding(7);
    assert_eq!((shared.cached(AT_FIRST), shared.expires_at_ms()), (Some(7), Some(10_000)));
    assert_eq!((shared.cached(LATER), shared.expires_at_ms()), (None, Some(10_000)));
}

#[test]
fn all_who_wait_for_a_refresh_are_woken_once_by_its_end() {
    let (woken, late) = (Woken::default(), Woken::default());
    let shared = empty();
    assert!(!shared.is_in_flight());
    assert!(!shared.wait_with(&late), "nothing is in flight");
    assert_eq!(shared.decide(AT_FIRST, THIS), RefreshDecision::Refresh(None));
    assert!(shared.is_in_flight());
    assert!(shared.wait_with(&woken));
    assert!(shared.wait_with(&woken));
    assert_eq!(woken.times(), 0);
    shared.end(RefreshState::abandoned);
    assert_eq!((woken.times(), late.times(), shared.is_in_flight()), (2, 0, false));
    end_with(&shared, 1);
    assert_eq!(woken.times(), 2, "woken by the end of another refresh");
}

#[test]
fn a_child_holds_what_its_parent_holds_unless_a_thread_of_its_parents_has_it_in_hand() {
    let parent = holding(1);
    assert_eq!(parent.inherited().decide(AT_FIRST, THIS), RefreshDecision::Use(1));
    let in_hand = lock(&parent.0);
    let child = parent.inherited();
    drop(in_hand);
    assert_eq!(child.decide(AT_FIRST, THIS), RefreshDecision::Refresh(None));
}
