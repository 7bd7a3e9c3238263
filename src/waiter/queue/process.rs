//! What of a queue belongs to one process: the threads inside, and the descriptor.

use std::sync::OnceLock;

use super::threads::Threads;
use crate::error::{Error, ErrorKind, Result, io_reason};
#[cfg(all(loom, test))]
pub(super) use crate::runtime::models::WakeHandle;
use crate::runtime::sync::Arc;
use crate::runtime::sys::WakeFd;
#[cfg(not(all(loom, test)))]
use crate::runtime::sys::WakeHandle;
use crate::session::Session;

#[derive(Default)]
pub(super) struct Process {
    pub threads: Threads,
    /// One of the client's wakes, so that a shutdown makes it readable too.
    descriptor: OnceLock<Arc<WakeFd>>,
    handle: WakeHandle,
}

#[cfg(all(loom, test))]
impl Process {
    /// In a model: the descriptor.
    pub fn handle(&self) -> &WakeHandle {
        &self.handle
    }
}

impl Process {
    /// Makes the descriptor the first time. Under the queue's lock.
    ///
    /// # Errors
    /// `System`.
    pub fn descriptor(&self, session: &Session) -> Result<i32> {
        if let Some(made) = self.descriptor.get() {
            return number(made);
        }
        let made = session.take_wake()?;
        made.drain();
        let number = number(&made)?;
        self.handle.set(Some(&made));
        // The lock keeps others from having made one meanwhile.
        let _ = self.descriptor.set(made);
        Ok(number)
    }

    /// Makes it readable. For signal handlers too.
    pub fn signal(&self) {
        self.handle.wake();
    }

    pub fn clear(&self) {
        #[cfg(all(loom, test))]
        self.handle.drain();
        if let Some(descriptor) = self.descriptor.get() {
            descriptor.drain();
        }
    }

    /// The queue is freed.
    pub fn close(&self, session: &Session) {
        self.handle.set(None);
        if let Some(descriptor) = self.descriptor.get() {
            session.give_back_wake(descriptor.clone());
        }
    }
}

fn number(descriptor: &WakeFd) -> Result<i32> {
    descriptor
        .descriptor()
        .map_err(|e| Error::new(ErrorKind::System, format!("descriptor of a queue: {}", io_reason(&e))))
}
