//! What belongs to the process that made it: in a forked child its drop does nothing, nor does that of a descriptor that the
//! host has closed.
//!
//! A child that has closed its parent's descriptors, as daemons do, may have opened its own under the same numbers. So what
//! a child inherits is forgotten, never closed.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Mutex;

use super::identity::Identity;
use super::process::{ProcessId, process_id};

/// Addresses of what was forgotten: reachable memory is not a leak to a leak checker.
static FORGOTTEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A value that is dropped in its own process alone.
pub struct Owned<T> {
    value: ManuallyDrop<Box<T>>,
    process: ProcessId,
    identity: fn(&T) -> Option<Identity>,
    /// When it was made.
    made_as: Option<Identity>,
}

impl<T> Owned<T> {
    pub fn new(value: T) -> Self {
        Self { value: ManuallyDrop::new(Box::new(value)), process: process_id(), identity: |_| None, made_as: None }
    }

    /// A socket or a file: closing one twice would end the process, or close what has its number now.
    pub fn checked(value: T, identity: fn(&T) -> Option<Identity>) -> Self {
        let mut owned = Self::new(value);
        (owned.identity, owned.made_as) = (identity, identity(&owned.value));
        owned
    }

    /// False in a forked child.
    pub fn is_of_this_process(&self) -> bool {
        self.process == process_id()
    }

    /// False: a descriptor that the host has closed, whatever has its number now, as far as can be seen.
    pub fn is_open(&self) -> bool {
        (self.identity)(&self.value) == self.made_as
    }

    pub fn process(&self) -> ProcessId {
        self.process
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.is_of_this_process() && self.is_open() {
            // SAFETY: dropped once, and not used afterwards: this is its owner's drop.
            unsafe { ManuallyDrop::drop(&mut self.value) };
        } else {
            remember(std::ptr::from_ref::<T>(&self.value).addr());
        }
    }
}

/// Never drops a value.
pub fn forget<T>(value: T) {
    remember(std::ptr::from_ref::<T>(Box::leak(Box::new(value))).addr());
}

fn remember(address: usize) {
    // A thread of the parent may have held the lock at fork(): then only a leak checker minds.
    if let Ok(mut forgotten) = FORGOTTEN.try_lock() {
        forgotten.push(address);
    }
}
