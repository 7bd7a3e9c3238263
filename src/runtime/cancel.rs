//! What ends the waiting of a call: a shutdown of its client, a cancel of its waiter.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::sync::{Mutex, lock};
use crate::runtime::sys::{WakeFd, WakeHandle};

/// The wakes of one client. They are handed out again and again and live as long as the client,
/// so that a signal handler never writes to a descriptor that has become somebody else's.
#[derive(Debug, Default)]
pub struct ClientWakes {
    all: Mutex<Vec<Arc<WakeFd>>>,
    idle: Mutex<Vec<Arc<WakeFd>>>,
    shut_down: AtomicBool,
}

impl ClientWakes {
    /// It may still hold a wake meant for the call before: one wait then ends early, drains it, and goes on.
    ///
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn take(&self) -> Result<Arc<WakeFd>> {
        if let Some(wake) = lock(&self.idle).pop() {
            return Ok(wake);
        }
        let wake =
            Arc::new(WakeFd::new().map_err(|e| Error::new(ErrorKind::System, format!("eventfd: {}", io_reason(&e))))?);
        lock(&self.all).push(wake.clone());
        Ok(wake)
    }

    pub fn give_back(&self, wake: Arc<WakeFd>) {
        lock(&self.idle).push(wake);
    }

    /// Wakes of a forked child's own: a drain of the parent's would swallow a wake meant for the parent.
    pub fn inherited(&self) -> Arc<Self> {
        let own = Self::default();
        own.shut_down.store(self.is_shut_down(), Ordering::SeqCst);
        Arc::new(own)
    }

    /// Ends every call under way and all later ones.
    pub fn shut_down(&self) {
        self.refuse_calls();
        lock(&self.all).iter().for_each(|wake| wake.wake());
    }

    /// Ends later calls alone, for a forked child: the descriptors are still the parent's, and so are the calls under way.
    pub fn refuse_calls(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
    }

    pub fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }
}

/// Cancels one waiter from any thread or from a signal handler: a flag and at most one write.
#[derive(Debug)]
pub struct Cancellation {
    requested: AtomicBool,
    /// The wake of the call under way.
    wake: WakeHandle,
}

impl Default for Cancellation {
    fn default() -> Self {
        Self { requested: AtomicBool::new(false), wake: WakeHandle::nobody() }
    }
}

impl Cancellation {
    /// A call begins that waits on this wake.
    pub fn attach(&self, wake: &WakeFd) {
        self.wake.set(Some(wake));
    }

    pub fn detach(&self) {
        self.wake.set(None);
    }

    pub fn request(&self) {
        self.requested.store(true, Ordering::SeqCst);
        self.wake.wake();
    }

    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Ends the present wait of the call early, and nothing else.
    pub fn wake(&self) {
        self.wake.wake();
    }

    /// For a thread that goes on to something else, which was not cancelled.
    pub fn reset(&self) {
        self.requested.store(false, Ordering::SeqCst);
    }
}
