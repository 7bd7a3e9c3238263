use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::runtime::sync::InheritedMutex;
use crate::runtime::sys::process::tests::run_in_fork as forked;
use crate::runtime::sys::process_id;

/// So long a thread keeps a lock while another forks.
const HELD: Duration = Duration::from_millis(100);

#[test]
fn a_lock_that_another_thread_has_at_fork_is_free_in_the_child_and_what_it_guards_is_whole() {
    let _ = process_id();
    let (first, second) = (InheritedMutex::new((1, 1)), InheritedMutex::new(()));
    let (taken, is_taken) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut pair = first.lock();
            pair.0 = 2;
            taken.send(()).unwrap();
            thread::sleep(HELD);
            // Inside already: not kept waiting by the fork that waits for this thread.
            drop(second.lock());
            pair.1 = 2;
        });
        is_taken.recv().unwrap();
        assert!(forked(|| *first.lock() == (2, 2)));
    });
    assert_eq!(*first.lock(), (2, 2));
}

#[test]
fn a_thread_that_forks_while_it_has_a_lock_itself_goes_on_with_it_on_both_sides() {
    let _ = process_id();
    let lock = InheritedMutex::new(1);
    let mut guard = lock.lock();
    assert!(forked(|| forked(|| true)));
    *guard = 2;
    drop(guard);
    assert!(forked(|| *lock.lock() == 2));
}

#[test]
fn threads_that_lock_all_the_time_and_threads_that_fork_all_the_time_end() {
    let _ = process_id();
    let lock = InheritedMutex::new(1_u64);
    let forking = [(); 2];
    thread::scope(|scope| {
        let forks = forking.map(|()| scope.spawn(|| (0..50).all(|_| forked(|| *lock.lock() > 0))));
        let locks = [(); 2].map(|()| scope.spawn(|| (0..200_000).for_each(|_| *lock.lock() += 1)));
        locks.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(forks.into_iter().all(|thread| thread.join().unwrap()));
    });
    assert_eq!(*lock.lock(), 400_001);
}
