//! The threads that are inside a queue, as others see them: other threads, and signal handlers, which may take no lock.

use std::sync::OnceLock;

use crate::runtime::cancel::Cancellation;
use crate::runtime::sync::{Arc, AtomicBool, Ordering};

/// One thread inside a call, or the place of one. A place is used again and never freed before its queue, so a signal
/// handler may walk them at any time.
#[derive(Default)]
pub(super) struct Thread {
    /// Of what the thread is doing now.
    pub cancellation: Arc<Cancellation>,
    /// Why it is woken is under the queue's lock.
    notified: AtomicBool,
    is_taken: AtomicBool,
    next: OnceLock<Arc<Thread>>,
}

impl Thread {
    /// Ends its sleep, or the next one.
    pub fn notify(&self) {
        // Who has not seen the notice before is awake already, or about to look.
        if !self.notified.swap(true, Ordering::SeqCst) {
            self.cancellation.wake();
        }
    }

    pub fn take_notice(&self) -> bool {
        self.notified.swap(false, Ordering::SeqCst)
    }
}

/// Who holds a task, and what belongs to it, for when its holder is not in this process.
pub(super) struct Holder<U> {
    pub thread: Arc<Thread>,
    pub user_data: U,
}

/// As many places as there ever were threads inside at once.
#[derive(Default)]
pub(super) struct Threads {
    first: OnceLock<Arc<Thread>>,
}

impl Threads {
    pub fn enter(&self) -> Inside {
        let mut place = &self.first;
        loop {
            let thread = place.get_or_init(Arc::default);
            if !thread.is_taken.swap(true, Ordering::SeqCst) {
                thread.take_notice();
                thread.cancellation.reset();
                return Inside(thread.clone());
            }
            place = &thread.next;
        }
    }

    /// Ends what each thread is doing. For signal handlers: atomics, and a write for each thread that waits.
    pub fn interrupt_all(&self) {
        self.each(|thread| thread.cancellation.request());
    }

    /// Ends each thread's sleep, but no request. For signal handlers, as `interrupt_all`.
    pub fn notify_all(&self) {
        self.each(Thread::notify);
    }

    fn each(&self, act: impl Fn(&Thread)) {
        let mut place = self.first.get();
        while let Some(thread) = place {
            if thread.is_taken.load(Ordering::SeqCst) {
                act(thread);
            }
            place = thread.next.get();
        }
    }
}

/// A thread's stay inside.
pub(super) struct Inside(pub Arc<Thread>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.is_taken.store(false, Ordering::SeqCst);
    }
}
