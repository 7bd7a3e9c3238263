//! How a thread inside a queue sleeps: until a time, a notice, a wake, a cancel, or a shutdown of the client.

use std::time::Instant;

use super::schedule::Moment;
use super::shared::Shared;
use super::threads::Thread;
use crate::error::{ErrorKind, Result};
use crate::runtime::context::Interrupt;
use crate::runtime::sync::Arc;

/// Why it ended is for the caller to find out, under the queue's lock.
///
/// # Errors
/// `System` where no descriptor is left.
pub(super) fn sleep<U: Clone>(shared: &Shared<U>, thread: &Arc<Thread>, wakes: u64, until: Moment) -> Result<()> {
    let until = shared.instant(until);
    let context = match shared.session.begin(Instant::now(), until, Some(thread.cancellation.clone()), None) {
        Ok(context) => context,
        Err(shut_down) if shut_down.kind() == ErrorKind::Cancelled => return Ok(()),
        Err(failure) => return Err(failure),
    };
    context.enter_phase("waiting for a task of the queue");
    match context.wait_woken(|| thread.take_notice() || shared.has_signal(wakes), until) {
        Ok(_) | Err(Interrupt::Cancelled) => Ok(()),
        Err(other) => Err(context.interrupted(&other, "")),
    }
}
