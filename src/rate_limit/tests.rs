use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Admission, Permit, RateLimiter, Reservation};
use crate::rate_limit::window::Priority;

/// Of a client that was made an hour ago, so that no test waits for what a second brings.
fn limiter(requests_per_second: u32) -> Arc<RateLimiter> {
    let origin = Instant::now().checked_sub(Duration::from_secs(3600)).unwrap_or_else(Instant::now);
    Arc::new(RateLimiter::new(origin, requests_per_second))
}

fn reserve(limiter: &Arc<RateLimiter>) -> Reservation {
    limiter.reserve(Priority::Query(limiter.now()), Instant::now() + Duration::from_secs(60))
}

fn permit(reservation: &mut Reservation) -> Option<Permit> {
    match reservation.poll() {
        Admission::Admitted(permit) => Some(permit),
        Admission::RetryAt(_) => None,
    }
}

#[test]
fn times_are_those_since_the_start() {
    let limiter = limiter(5);
    let instant = limiter.instant(Duration::from_secs(7));
    assert_eq!(limiter.time(instant), Duration::from_secs(7));
    let before = limiter.time(Instant::now());
    let now = limiter.now();
    assert!(before <= now && now <= limiter.time(Instant::now()), "{now:?}");
    // Beyond all instants.
    assert!(limiter.instant(Duration::MAX) > Instant::now() + Duration::from_secs(1_000_000_000));
    assert!(limiter.deadline_passed().message().contains("admits 5 requests a second"));
}

/// What a run shows that no stall of the machine has drawn out: a place is not kept for who does not come back.
fn undisturbed<T>(run: impl Fn() -> T) -> T {
    loop {
        let started = Instant::now();
        let shown = run();
        if started.elapsed() < Duration::from_millis(100) {
            return shown;
        }
    }
}

#[test]
fn a_second_has_room_for_the_limit_and_who_comes_after_learns_when_to_ask_again() {
    let (first_at, second_is_admitted, second_at, now) = undisturbed(|| {
        let limiter = limiter(1);
        let mut first = reserve(&limiter);
        let first_at = first.retry_at();
        // In flight until the end.
        let _permit = permit(&mut first);
        let mut second = reserve(&limiter);
        (first_at, permit(&mut second).is_some(), second.retry_at(), limiter.now())
    });
    assert_eq!((first_at, second_is_admitted), (None, false));
    assert!(second_at.is_some_and(|at| at > now), "{second_at:?} after {now:?}");
}

#[test]
fn without_a_limit_each_is_admitted_at_once() {
    let limiter = limiter(0);
    for _ in 0..1000 {
        let mut reservation = reserve(&limiter);
        assert_eq!(reservation.retry_at(), None);
        let replied = permit(&mut reservation).unwrap().complete();
        replied.refused(0.5);
        replied.accepted();
    }
}

#[test]
fn a_place_that_is_given_up_is_free_for_the_next() {
    let admitted = undisturbed(|| {
        let limiter = limiter(1);
        let first = reserve(&limiter);
        let mut second = reserve(&limiter);
        let while_the_first_is_ahead = permit(&mut second).is_some();
        drop(first);
        (while_the_first_is_ahead, permit(&mut second).is_some())
    });
    assert_eq!(admitted, (false, true));
}

#[test]
fn a_reply_that_refuses_lowers_the_rate_and_one_that_accepts_raises_it() {
    let limiter = limiter(40);
    let rate = || limiter.window.as_ref().unwrap().lock().rate();
    let replied = || permit(&mut reserve(&limiter)).unwrap().complete();
    let (accepted, refused) = (replied(), replied());
    assert!((rate() - 40.0).abs() < f64::EPSILON);
    refused.refused(0.5);
    let lowered = rate();
    assert!(lowered < 20.0, "{lowered}");
    accepted.accepted();
    assert!(rate() > lowered, "{} after {lowered}", rate());
}

#[test]
fn a_permit_that_is_dropped_is_free_a_second_later_and_that_of_a_request_that_hangs_is_not() {
    let is_free = |hangs: bool| {
        undisturbed(|| {
            let mut limiter = limiter(1);
            let mut taken = permit(&mut reserve(&limiter)).unwrap();
            if hangs {
                taken.id = None;
            }
            drop(taken);
            Arc::get_mut(&mut limiter).unwrap().origin -= Duration::from_millis(1500);
            permit(&mut reserve(&limiter)).is_some()
        })
    };
    assert_eq!((is_free(false), is_free(true)), (true, false));
}
