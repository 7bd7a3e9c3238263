//! Models for loom (`make check-loom`): threads share a rate limiter, which never admits more than the limit at one time,
//! loses nothing and keeps the order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::thread;

use super::window::Priority;
use super::{Admission, Permit, RateLimiter, Reservation};
use crate::runtime::clock::far_future;

const NOW: Priority = Priority::Query(Duration::ZERO);

fn admitted(reservation: &mut Reservation) -> Option<Permit> {
    match reservation.poll() {
        Admission::Admitted(permit) => Some(permit),
        Admission::RetryAt(_) => None,
    }
}

/// How many reservations made now are admitted at once.
fn free_permits(limiter: &Arc<RateLimiter>) -> usize {
    (0..10).map_while(|_| admitted(&mut limiter.reserve(NOW, far_future()))).count()
}

#[test]
fn no_interleaving_admits_more_than_the_limit_or_loses_a_permit() {
    // Three threads have too many interleavings; three preemptions in each reach what two threads cannot.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let limiter = Arc::new(RateLimiter::new(Instant::now(), 2));
        let gone = Arc::new(AtomicUsize::new(0));
        let threads = [(); 3].map(|()| {
            let (limiter, gone) = (limiter.clone(), gone.clone());
            thread::spawn(move || {
                let mut reservation = limiter.reserve(NOW, far_future());
                if admitted(&mut reservation).is_some() {
                    assert!(gone.fetch_add(1, SeqCst) < 2, "three in one second");
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(
            gone.load(SeqCst) + free_permits(&limiter),
            2,
            "a permit was lost, or a reservation was left behind"
        );
    });
}

#[test]
fn the_first_in_the_queue_goes_first_and_one_that_leaves_delays_no_other() {
    loom::model(|| {
        let limiter = Arc::new(RateLimiter::new(Instant::now(), 1));
        let (first, mut second) = (limiter.reserve(NOW, far_future()), limiter.reserve(NOW, far_future()));
        let left = Arc::new(AtomicUsize::new(0));
        let leaving = {
            let left = left.clone();
            thread::spawn(move || {
                left.store(1, SeqCst);
                drop(first);
            })
        };
        let overtaken = admitted(&mut second).is_some();
        assert!(!overtaken || left.load(SeqCst) == 1, "the second went while the first was waiting");
        leaving.join().unwrap();
        assert!(overtaken || admitted(&mut second).is_some(), "a reservation that was dropped still counts");
    });
}

#[test]
fn a_refused_burst_lowers_the_rate_once_whichever_thread_reports_it() {
    loom::model(|| {
        let limiter = Arc::new(RateLimiter::new(Instant::now(), 4));
        let replied = [(); 2].map(|()| admitted(&mut limiter.reserve(NOW, far_future())).map(Permit::complete));
        let threads = replied.map(|replied| {
            thread::spawn(move || {
                if let Some(replied) = replied {
                    replied.refused(0.5);
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        // Once: four fifths of half of what was not used. Twice would be less.
        assert!((limiter.rate() - 1.6).abs() < 0.01, "{}", limiter.rate());
    });
}
