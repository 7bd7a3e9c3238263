//! A step of a task in a model: it ends at once, or asks once and goes on, or is in flight until it is cancelled.

use std::sync::Arc;
use std::time::Instant;

use super::task::{Stepped, Task};
use crate::error::{Error, ErrorKind};
use crate::info::Status;
use crate::runtime::cancel::Cancellation;
use crate::session::Session;

/// A task that stops on this status has no reply.
pub(super) const HANGS: Status = Status::Paused;

impl<U: Clone> Task<U> {
    pub fn step(&mut self, _: &Session, cancellation: &Arc<Cancellation>, _: Instant) -> Stepped {
        if self.rules.end_on(HANGS) {
            cancellation.handle().drain();
            while !cancellation.is_requested() {
                cancellation.handle().wait();
            }
        }
        if cancellation.is_requested() {
            return Stepped::Ended(Err(Error::new(ErrorKind::Cancelled, "cancelled")));
        }
        // One that wants changes asks twice.
        if std::mem::take(&mut self.changes) {
            return Stepped::Pending { changed: None };
        }
        Stepped::Ended(Err(Error::new(ErrorKind::WaitTimeout, "ended")))
    }
}
