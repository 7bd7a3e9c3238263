//! A wait for one task.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::info::{AsyncRequestInfo, Status};
use crate::waiter;

/// Waits for one task to end. Made by [`Client::waiter`](crate::Client::waiter).
pub struct Waiter(Arc<waiter::Waiter>);

impl Waiter {
    pub(super) fn new(waiter: waiter::Waiter) -> Self {
        Self(Arc::new(waiter))
    }

    /// The pauses between requests: the first, growing by half to the longest. Defaults: 1 and 10 seconds; at least 250 ms.
    #[must_use]
    pub fn interval(self, first: Duration, longest: Duration) -> Self {
        let ms = |time: Duration| u32::try_from(time.as_millis()).map_or(u32::MAX, |ms| ms.max(1));
        self.0.set_interval(ms(first), ms(longest));
        self
    }

    /// One more status that ends the wait, in addition to those of a task that has ended.
    #[must_use]
    pub fn stop_on(self, status: Status) -> Self {
        self.0.stop_on(status as i32);
        self
    }

    /// Blocks until the end.
    ///
    /// # Errors
    /// `WaitTimeout` with the last reply; `Cancelled`; a failure that no repetition mends; `InvalidArgument` for an
    /// interval.
    pub fn run(&self) -> Result<AsyncRequestInfo> {
        self.0.run(None).map(|info| info.as_ref().clone())
    }

    /// As [`run`](Self::run); `progress` is called about ten times a second and after each reply, with the latest reply,
    /// the number of replies and the time since the start. It returns true to stop the wait.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_with(
        &self,
        progress: impl Fn(Option<&AsyncRequestInfo>, u32, Duration) -> bool + 'static,
    ) -> Result<AsyncRequestInfo> {
        self.0.run(Some(Rc::new(progress))).map(|info| info.as_ref().clone())
    }

    /// Sleeps for at most `max_sleep` and sends at most one request. `None`: not ended. After the end it repeats the
    /// outcome.
    ///
    /// # Errors
    /// As [`run`](Self::run); `Busy` where another thread steps this waiter.
    pub fn step(&self, max_sleep: Duration) -> Result<Option<AsyncRequestInfo>> {
        Ok(self.0.step(max_sleep)?.map(|info| info.as_ref().clone()))
    }

    /// The latest reply.
    #[must_use]
    pub fn latest(&self) -> Option<AsyncRequestInfo> {
        self.0.latest().map(|info| info.as_ref().clone())
    }

    /// For how long a step would only sleep; `None` after the end.
    #[must_use]
    pub fn due_in(&self) -> Option<Duration> {
        self.0.due_in()
    }

    /// Cancels this wait from another thread.
    #[must_use]
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle(self.0.clone())
    }
}

/// Ends a wait soon, for good.
#[derive(Clone)]
pub struct CancelHandle(Arc<waiter::Waiter>);

impl CancelHandle {
    /// The wait ends with `Cancelled`, wherever it is.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiter({} replies)", self.0.answers())
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancelHandle")
    }
}
