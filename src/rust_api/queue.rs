//! Waits for many tasks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::info::Status;
use crate::waiter::config::TaskConfig;
use crate::waiter::queue::{self, Event, TaskId};

/// Waits for many tasks at once. Made by [`Client::wait_queue`](crate::Client::wait_queue). It has no thread: threads that
/// call [`run`](Self::run) ask for the tasks, and [`next`](Self::next) takes out what became of them. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use tcdb_async::{Client, Credentials, EventKind, Options, TaskOptions};
///
/// # fn main() -> Result<(), tcdb_async::Error> {
/// # use tcdb_mock_server::{DOCUMENTED_ID, MockServer};
/// # let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
/// # let credentials = Credentials::from_keys(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, None)?;
/// # let client = Client::new(&credentials, &Options::new().region("ap-guangzhou").endpoint(&server.http_url()))?;
/// # let ids = [DOCUMENTED_ID, DOCUMENTED_ID];
/// let queue = client.wait_queue();
/// for id in ids {
///     queue.add(id, Some(Duration::from_secs(3600)), &TaskOptions::new(), id.to_owned())?;
/// }
/// while queue.pending() > 0 {
///     queue.run(Duration::from_secs(1))?;
///     while let Some(event) = queue.next(Duration::ZERO)? {
///         match event.kind {
///             EventKind::Changed(info) => println!("{}: {:?}", event.user_data, info.status),
///             EventKind::Final(Ok(info)) => println!("{} has ended: {:?}", event.user_data, info.status),
///             EventKind::Final(Err(error)) => println!("{}: {error}", event.user_data),
///             _ => {}
///         }
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct WaitQueue<U>(Arc<queue::WaitQueue<U>>);

/// How a queue waits for a task.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskOptions(TaskConfig);

impl TaskOptions {
    /// The defaults: pauses of 1 to 10 seconds, and no event but the final one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The pauses between requests, as of [`Waiter::interval`](crate::Waiter::interval).
    #[must_use]
    pub fn interval(mut self, first: Duration, longest: Duration) -> Self {
        let ms = |time: Duration| u32::try_from(time.as_millis()).map_or(u32::MAX, |ms| ms.max(1));
        (self.0.waiter.first_ms, self.0.waiter.longest_ms) = (ms(first), ms(longest));
        self
    }

    /// One more status that ends the wait, as of [`Waiter::stop_on`](crate::Waiter::stop_on).
    #[must_use]
    pub fn stop_on(mut self, status: Status) -> Self {
        self.0.waiter.stop_on(status as i32);
        self
    }

    /// Whether each reply with a new status is an event. One that ends the wait is in the final event alone, also where it
    /// ends by its timeout: with a timeout of zero there is no other event.
    #[must_use]
    pub fn changes(mut self, wanted: bool) -> Self {
        self.0.changes = wanted;
        self
    }
}

impl<U: Clone> WaitQueue<U> {
    pub(super) fn new(queue: queue::WaitQueue<U>) -> Self {
        Self(Arc::new(queue))
    }

    /// Adds a task, from any thread and at any time. The timeout counts from here; `None`: for ever, zero: one reply.
    ///
    /// # Errors
    /// `InvalidArgument` that names what is wrong; `Cancelled` after a shutdown of the client.
    pub fn add(&self, id: &str, timeout: Option<Duration>, options: &TaskOptions, user_data: U) -> Result<TaskId> {
        self.0.add(id, timeout, &options.0, user_data)
    }

    /// Sends the requests that are due and sleeps in between. Returns when there is a new event, after `max`, after a wake,
    /// and at times earlier; a request in flight is finished first. Any number of threads share the work.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown of the client; `System`. Never what becomes of a task.
    pub fn run(&self, max: Duration) -> Result<()> {
        self.0.run(max)
    }

    /// Takes the oldest event; sleeps for at most `max_sleep` until there is one. Sends nothing.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown of the client, once every event has been taken; `System`.
    pub fn next(&self, max_sleep: Duration) -> Result<Option<Event<U>>> {
        self.0.next(max_sleep)
    }

    /// Ends a task soon, with `Cancelled`. False: it has ended, or there was none.
    pub fn cancel(&self, task: TaskId) -> bool {
        self.0.cancel(task)
    }

    /// Ends all tasks that are in the queue now. May be called from a signal handler.
    pub fn cancel_all(&self) {
        self.0.cancel_all();
    }

    /// Each `run` and `next` in progress returns soon; without any the next one returns at once. May be called from a
    /// signal handler.
    pub fn wake(&self) {
        self.0.wake();
    }

    /// Tasks whose final event has not been taken.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.0.pending()
    }

    /// In how long `run` will have something to do; `None`: no task waits for its time. A task gets its place behind the
    /// rate limit by a run: until then one that is due counts as now.
    #[must_use]
    pub fn due_in(&self) -> Option<Duration> {
        self.0.due_in()
    }

    /// A file descriptor of the queue's own that is readable while events wait, for an event loop; it clears when the last
    /// one is taken. A forked child asks for one of its own.
    ///
    /// # Errors
    /// `System` where no descriptor is left, and always on Windows.
    pub fn descriptor(&self) -> Result<i32> {
        self.0.descriptor()
    }
}

impl<U> Clone for WaitQueue<U> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<U> fmt::Debug for WaitQueue<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaitQueue")
    }
}

#[cfg(test)]
mod tests;
