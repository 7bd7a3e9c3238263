//! For the models of loom: a wake without a descriptor, and atomics whose loads see the last store, as `SeqCst` has it.
//! loom takes `SeqCst` for `AcqRel`, so that a plain load may see what was before.

use loom::sync::atomic::{self, Ordering};
use loom::sync::{Condvar, Mutex};

use crate::runtime::sys::WakeFd;

/// As the system's: a wake stays until it is drained. Before it is set there is nothing to wake.
#[derive(Debug)]
pub struct WakeHandle {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Default for WakeHandle {
    fn default() -> Self {
        Self::none()
    }
}

impl WakeHandle {
    pub fn none() -> Self {
        Self { woken: Mutex::new(false), changed: Condvar::new() }
    }

    pub fn set(&self, _: Option<&WakeFd>) {
        self.drain();
    }

    pub fn wake(&self) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub fn drain(&self) {
        *self.woken.lock().unwrap() = false;
    }

    pub fn is_woken(&self) -> bool {
        *self.woken.lock().unwrap()
    }

    /// Sleeps until there is a wake, and drains it. For ever if none comes: loom reports that.
    pub fn wait(&self) {
        let mut woken = self.woken.lock().unwrap();
        while !std::mem::take(&mut *woken) {
            woken = self.changed.wait(woken).unwrap();
        }
    }
}

#[derive(Debug, Default)]
pub struct AtomicBool(atomic::AtomicUsize);

impl AtomicBool {
    pub fn new(value: bool) -> Self {
        Self(atomic::AtomicUsize::new(value.into()))
    }

    pub fn load(&self, _: Ordering) -> bool {
        self.0.fetch_add(0, Ordering::SeqCst) != 0
    }

    pub fn store(&self, value: bool, _: Ordering) {
        self.swap(value, Ordering::SeqCst);
    }

    pub fn swap(&self, value: bool, _: Ordering) -> bool {
        self.0.swap(value.into(), Ordering::SeqCst) != 0
    }
}

#[derive(Debug, Default)]
pub struct AtomicU64(atomic::AtomicUsize);

impl AtomicU64 {
    pub fn new(value: u64) -> Self {
        Self(atomic::AtomicUsize::new(value as usize))
    }

    pub fn load(&self, _: Ordering) -> u64 {
        self.fetch_add(0, Ordering::SeqCst)
    }

    pub fn fetch_add(&self, value: u64, _: Ordering) -> u64 {
        self.0.fetch_add(value as usize, Ordering::SeqCst) as u64
    }
}
