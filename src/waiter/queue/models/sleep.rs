//! How a thread sleeps in a model, where no time passes: until a notice, a wake or a cancel.

use super::schedule::Moment;
use super::shared::Shared;
use super::threads::Thread;
use crate::error::Result;
use crate::runtime::sync::Arc;

pub(super) fn sleep<U: Clone>(shared: &Shared<U>, thread: &Arc<Thread>, wakes: u64, _: Moment) -> Result<()> {
    let handle = thread.cancellation.handle();
    // A wake that came before is lost, as where a call only now begins to wait on its descriptor.
    handle.drain();
    while !(thread.take_notice() || shared.has_signal(wakes) || thread.cancellation.is_requested()) {
        handle.wait();
    }
    Ok(())
}
