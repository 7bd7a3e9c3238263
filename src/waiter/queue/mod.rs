//! Many waits at once: tasks go in from any thread, threads that `run` ask for them, events come out. A queue has no thread.
//!
//! Each task is a `Stepper`, as in a waiter, so its rules are a waiter's. A thread takes the task that is overdue the
//! longest and only then reserves a permit: the rate limiter's queue is no longer than there are threads.

// How a task asks, and how a thread sleeps: in the models without a network and without time.
#[cfg_attr(all(loom, test), path = "models/ask.rs")]
mod ask;
mod event;
#[cfg(all(loom, test))]
mod models;
mod process;
mod runner;
pub mod schedule;
mod shared;
#[cfg_attr(all(loom, test), path = "models/sleep.rs")]
mod sleep;
mod sleepers;
mod taker;
mod task;
mod threads;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::session::Session;
use crate::waiter::config::TaskConfig;
use crate::waiter::step::Stepper;
pub use event::{Event, EventKind};
pub use schedule::TaskId;
use shared::Shared;
use task::Task;

/// Waits for many tasks. Keeps its session alive by itself. `U` comes back with a task's events.
pub struct WaitQueue<U>(Shared<U>);

impl<U: Clone> WaitQueue<U> {
    pub fn new(session: &Arc<Session>) -> Self {
        Self(Shared::new(session.clone()))
    }

    /// `timeout` as of `Waiter::new`; it counts from here. The first request is due at once.
    ///
    /// # Errors
    /// `InvalidArgument` that names what is wrong; `Cancelled` after a shutdown of the client.
    pub fn add(&self, id: &str, timeout: Option<Duration>, config: &TaskConfig, user_data: U) -> Result<TaskId> {
        let rules = config.waiter.validate()?;
        let stepper = Stepper::new(&self.0.session, id, timeout)?;
        self.0.check_open()?;
        Ok(self.0.add(|id, now| Task::new(id, now, stepper, rules, config.changes, user_data)))
    }

    /// Sends what is due and sleeps in between, until there is an event or `max` has passed. Many threads share the work.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown of the client; `System` where no descriptor is left.
    pub fn run(&self, max: Duration) -> Result<()> {
        runner::run(&self.0, max)
    }

    /// The oldest event; sleeps for at most `max_sleep` until there is one. Sends nothing.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown of the client, once every event has been taken; `System` as in `run`.
    pub fn next(&self, max_sleep: Duration) -> Result<Option<Event<U>>> {
        taker::next(&self.0, max_sleep)
    }

    /// Ends one task soon. False: it has ended, or there was none.
    pub fn cancel(&self, task: TaskId) -> bool {
        self.0.cancel(task)
    }

    /// Ends all tasks that are there now. For signal handlers too.
    pub fn cancel_all(&self) {
        self.0.cancel_all();
    }

    /// Each `run` and `next` in progress returns soon, or else the next one at once. For signal handlers too.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// Tasks whose final event has not been taken.
    pub fn pending(&self) -> usize {
        self.0.settled().pending()
    }

    /// When `run` has something to do; none if it has not.
    pub fn due_in(&self) -> Option<Duration> {
        let state = self.0.settled();
        let next = state.next()?;
        Some(Duration::from(next).saturating_sub(self.0.now().into()))
    }

    /// A descriptor of this process that is readable while events wait.
    ///
    /// # Errors
    /// `System` where none is left or the system has none.
    pub fn descriptor(&self) -> Result<i32> {
        self.0.descriptor()
    }

    /// What belongs to tasks whose final event was not taken; the queue forgets them.
    pub fn take_user_data(&mut self) -> Vec<U> {
        self.0.take_user_data()
    }
}
