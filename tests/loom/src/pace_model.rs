//! The pace shared by threads: never more than the limit at one time, nothing lost, in order.

use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::thread;

use crate::rate_limit::window::Priority;
use crate::rate_limit::{Permit, Reservation, Admission, RateLimiter};
use crate::runtime::sync::{Arc, Instant};

const NOW: Priority = Priority::Query(Duration::ZERO);

fn go(place: &mut Reservation) -> Option<Permit> {
    match place.poll() {
        Admission::Admitted(permit) => Some(permit),
        Admission::RetryAt(_) => None,
    }
}

/// How many places entered now get a permit at once.
fn free_slots(queue: &Arc<RateLimiter>) -> usize {
    (0..10).map_while(|_| go(&mut queue.reserve(NOW))).count()
}

#[test]
fn no_interleaving_lets_more_through_than_the_limit_or_loses_a_slot() {
    // Three threads have too many interleavings; three preemptions in each reach what two threads cannot.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let queue = Arc::new(RateLimiter::new(Instant, 2));
        let gone = Arc::new(AtomicUsize::new(0));
        let threads = [(); 3].map(|()| {
            let (queue, gone) = (queue.clone(), gone.clone());
            thread::spawn(move || {
                let mut place = queue.reserve(NOW);
                if go(&mut place).is_some() {
                    assert!(gone.fetch_add(1, SeqCst) < 2, "three in one second");
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(gone.load(SeqCst) + free_slots(&queue), 2, "a permit was lost, or a place was left behind");
    });
}

#[test]
fn the_first_to_enter_goes_first_and_one_that_leaves_holds_nobody_up() {
    loom::model(|| {
        let queue = Arc::new(RateLimiter::new(Instant, 1));
        let (first, mut second) = (queue.reserve(NOW), queue.reserve(NOW));
        let left = Arc::new(AtomicUsize::new(0));
        let leaving = {
            let left = left.clone();
            thread::spawn(move || {
                left.store(1, SeqCst);
                drop(first);
            })
        };
        let overtaken = go(&mut second).is_some();
        assert!(!overtaken || left.load(SeqCst) == 1, "the second went while the first was waiting");
        leaving.join().unwrap();
        assert!(overtaken || go(&mut second).is_some(), "a place that was left still counts");
    });
}

#[test]
fn a_refusal_under_way_lowers_the_rate_once_whoever_reports_it() {
    loom::model(|| {
        let queue = Arc::new(RateLimiter::new(Instant, 4));
        let replied = [(); 2].map(|()| go(&mut queue.reserve(NOW)).map(Permit::complete));
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
        // Requests of a lowered rate are spaced; the clock of this model stands still.
        assert_eq!(free_slots(&queue), 0);
    });
}
