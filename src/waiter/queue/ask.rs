//! One step of a task: one request at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::task::{Stepped, Task};
use crate::info::AsyncRequestInfo;
use crate::runtime::cancel::Cancellation;
use crate::session::Session;
use crate::waiter::step::Step;

impl<U: Clone> Task<U> {
    /// Sends one request at most and never sleeps but for its reply.
    pub fn step(&mut self, session: &Session, cancellation: &Arc<Cancellation>, origin: Instant) -> Stepped {
        let before = self.stepper.policy().latest().cloned();
        let started = origin + Duration::from(self.added);
        let step =
            Step { session, started, cancellation, rules: self.rules, sleep_until: Instant::now(), progress: None };
        match self.stepper.step(&step) {
            Ok(Some(answer)) => Stepped::Ended(Ok(answer)),
            Err(failure) => Stepped::Ended(Err(failure)),
            Ok(None) => match self.stepper.admission_at() {
                Some(time) => Stepped::NotBefore(time),
                None => Stepped::Pending { changed: self.change(before.as_deref()) },
            },
        }
    }

    /// The answer, if changes are wanted and it is one.
    fn change(&self, before: Option<&AsyncRequestInfo>) -> Option<Arc<AsyncRequestInfo>> {
        let latest = self.stepper.policy().latest().filter(|_| self.changes)?;
        let status = |info: &AsyncRequestInfo| (info.status, info.status_text.clone());
        (before.map(status) != Some(status(latest))).then(|| latest.clone())
    }
}
