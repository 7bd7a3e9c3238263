//! `next`: takes events, and sleeps while there is none. It sends nothing.

use std::time::Duration;

use super::event::Event;
use super::shared::Shared;
use super::sleep::sleep;
use crate::error::Result;

/// How soon to look again for the last events of a client that is shut down, whose threads are just ending.
const LAST_EVENTS: Duration = Duration::from_millis(5);

/// The oldest event; sleeps for at most `max_sleep` until there is one.
///
/// # Errors
/// `Cancelled` after a shutdown, once every event has been taken; `System` where no descriptor is left.
pub(super) fn next<U: Clone>(shared: &Shared<U>, max_sleep: Duration) -> Result<Option<Event<U>>> {
    let mut state = shared.settled();
    if let Some(event) = shared.pop(&mut state) {
        return Ok(Some(event));
    }
    let (wakes, until) = (state.wakes_seen, shared.after(max_sleep));
    drop(state);
    let inside = shared.process().threads.enter();
    let thread = &inside.0;
    loop {
        // Before the look at what is to be cancelled, so that no request to cancel is lost.
        thread.cancellation.reset();
        let mut state = shared.settled();
        if let Some(event) = shared.pop(&mut state) {
            return Ok(Some(event));
        }
        if state.pending() == 0 {
            shared.check_open()?;
        }
        if state.sees_wake(shared.wakes(), wakes) || shared.now() >= until {
            return Ok(None);
        }
        let deadline = state.schedule.next_deadline();
        state.sleepers.taker_sleeps(thread);
        drop(state);
        let outcome = if shared.check_open().is_err() {
            std::thread::sleep(LAST_EVENTS);
            Ok(())
        } else {
            sleep(shared, thread, wakes, deadline.map_or(until, |deadline| deadline.min(until)))
        };
        shared.state().sleepers.taker_wakes(thread);
        outcome?;
    }
}
