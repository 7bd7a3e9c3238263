//! What ends the waiting of a call: a shutdown of its client, a cancel of its waiter.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::fork::ForkLocal;
#[cfg(all(loom, test))]
use crate::runtime::models::WakeHandle;
use crate::runtime::sync::{AtomicBool, Mutex, Ordering, lock};
#[cfg(not(all(loom, test)))]
use crate::runtime::sys::WakeHandle;
use crate::runtime::sys::{self, WakeFd};

/// The wakes of one client, in each process its own. They are handed out again and again and live as long as the client,
/// so that a signal handler never writes to a descriptor that has become another file's.
pub struct ClientWakes(ForkLocal<Wakes>);

#[derive(Debug, Default)]
struct Wakes {
    all: Mutex<Vec<Arc<WakeFd>>>,
    idle: Mutex<Vec<Arc<WakeFd>>>,
    shut_down: AtomicBool,
}

impl Default for ClientWakes {
    fn default() -> Self {
        Self(ForkLocal::new(Wakes::default()))
    }
}

impl ClientWakes {
    /// One that the host has not closed. It may still hold a wake of the call before: one wait then ends early, drains it,
    /// and goes on.
    ///
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn take(&self) -> Result<Arc<WakeFd>> {
        loop {
            let wake = self.take_unchecked()?;
            if wake.is_open() {
                return Ok(wake);
            }
            self.forget(wake);
        }
    }

    /// As `take`, for a call that checks by itself whether the host has closed it, where that matters.
    ///
    /// # Errors
    /// As `take`.
    pub fn take_unchecked(&self) -> Result<Arc<WakeFd>> {
        let wakes = self.own();
        if let Some(wake) = wakes.pop_idle() {
            return Ok(wake);
        }
        let wake =
            Arc::new(WakeFd::new().map_err(|e| Error::new(ErrorKind::System, format!("eventfd: {}", io_reason(&e))))?);
        let mut all = lock(&wakes.all);
        all.retain(|known| {
            let is_lost = known.has_lost_its_number_to(&wake);
            if is_lost {
                sys::forget(known.clone());
            }
            !is_lost
        });
        all.push(wake.clone());
        drop(all);
        Ok(wake)
    }

    /// A parent's is left as it is.
    pub fn give_back(&self, wake: Arc<WakeFd>) {
        if wake.is_of_this_process() {
            lock(&self.own().idle).push(wake);
        }
    }

    /// The host has closed its descriptor, whose number may be another file's now: forgotten, and not closed again.
    pub fn forget(&self, wake: Arc<WakeFd>) {
        lock(&self.own().all).retain(|known| !Arc::ptr_eq(known, &wake));
        sys::forget(wake);
    }

    /// Ends every call in flight and all later ones, those of later children too.
    pub fn shut_down(&self) {
        let wakes = self.own();
        wakes.shut_down.store(true, Ordering::SeqCst);
        lock(&wakes.all).iter().for_each(|wake| wake.wake());
    }

    pub fn is_shut_down(&self) -> bool {
        self.own().shut_down.load(Ordering::SeqCst)
    }

    /// A child's are new: a drain of the parent's would swallow a wake for the parent.
    fn own(&self) -> &Wakes {
        self.0.get(|parents| Wakes {
            shut_down: AtomicBool::new(parents.shut_down.load(Ordering::SeqCst)),
            ..Wakes::default()
        })
    }
}

impl Wakes {
    fn pop_idle(&self) -> Option<Arc<WakeFd>> {
        lock(&self.idle).pop()
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
        Self { requested: AtomicBool::new(false), wake: WakeHandle::none() }
    }
}

impl Cancellation {
    /// In a model: what the thread sleeps on.
    #[cfg(all(loom, test))]
    pub fn handle(&self) -> &WakeHandle {
        &self.wake
    }

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
