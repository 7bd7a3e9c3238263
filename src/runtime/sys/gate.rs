//! A gate that fork() closes: no other thread is inside while the process forks.
//!
//! A lock that another thread holds at fork() never comes free in the child, and what it guards is half changed. Who takes
//! such a lock is inside first, so what a child inherits is whole, and free.

#[cfg(unix)]
pub use unix::{Inside, child_begins, fork_begins, fork_ends};

/// There is no fork here.
#[cfg(windows)]
pub struct Inside;

#[cfg(windows)]
impl Inside {
    pub fn enter() -> Self {
        Self
    }
}

#[cfg(unix)]
mod unix {
    use std::cell::Cell;
    use std::marker::PhantomData;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Who is inside stays for microseconds. Should one not come out, fork() is not to hang for it.
    const LONGEST_WAIT: Duration = Duration::from_secs(1);

    const PAUSE: Duration = Duration::from_micros(20);

    /// Threads inside, and those that are about to see that the gate is closed.
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    /// Threads that are forking.
    static FORKING: AtomicUsize = AtomicUsize::new(0);

    thread_local! {
        /// How many locks of this kind the thread has: who is inside never waits at the gate.
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    /// A thread's stay inside.
    pub struct Inside(PhantomData<*const ()>);

    impl Inside {
        /// Waits while another thread forks.
        pub fn enter() -> Self {
            if DEPTH.replace(DEPTH.get() + 1) == 0 {
                while !try_enter() {
                    thread::sleep(PAUSE);
                }
            }
            Self(PhantomData)
        }
    }

    impl Drop for Inside {
        fn drop(&mut self) {
            let depth = DEPTH.get().saturating_sub(1);
            DEPTH.set(depth);
            if depth == 0 {
                THREADS.fetch_sub(1, SeqCst);
            }
        }
    }

    fn try_enter() -> bool {
        // Inside before the look: either this thread sees the fork, or the fork sees this thread.
        THREADS.fetch_add(1, SeqCst);
        let is_open = FORKING.load(SeqCst) == 0;
        if !is_open {
            THREADS.fetch_sub(1, SeqCst);
        }
        is_open
    }

    /// The forking thread itself may be inside, if a signal handler forks: it goes on in the child.
    fn own() -> usize {
        DEPTH.get().min(1)
    }

    /// Before fork(): closes the gate and waits until the others are out.
    pub extern "C" fn fork_begins() {
        FORKING.fetch_add(1, SeqCst);
        if THREADS.load(SeqCst) == 0 {
            return;
        }
        let (began, own) = (Instant::now(), own());
        while THREADS.load(SeqCst) > own && began.elapsed() < LONGEST_WAIT {
            thread::sleep(PAUSE);
        }
    }

    /// After fork(), in the parent. Never below none: the handlers may have been registered while the process forked.
    pub extern "C" fn fork_ends() {
        let _ = FORKING.fetch_update(SeqCst, SeqCst, |forking| forking.checked_sub(1));
    }

    /// After fork(), in the child, where the other threads are not.
    pub fn child_begins() {
        THREADS.store(own(), SeqCst);
        FORKING.store(0, SeqCst);
    }
}

#[cfg(all(test, unix))]
mod tests;
