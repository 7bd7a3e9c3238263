//! One task of a queue: the same stepper as a waiter's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::{Event, EventKind};
use super::schedule::{Moment, TaskId, Times};
use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;
use crate::waiter::config::PollRules;
use crate::waiter::step::Stepper;

pub(super) struct Task<U> {
    id: TaskId,
    /// Since the queue was made.
    pub(super) added: Moment,
    pub(super) stepper: Stepper,
    pub(super) rules: PollRules,
    pub(super) changes: bool,
    user_data: U,
}

/// What became of a step.
pub(super) enum Stepped {
    /// Waits for the rate limiter; a step before this time does nothing.
    NotBefore(Instant),
    /// Asked, and not ended.
    Pending {
        changed: Option<Arc<AsyncRequestInfo>>,
    },
    Ended(Result<Arc<AsyncRequestInfo>>),
}

impl<U: Clone> Task<U> {
    pub fn new(id: TaskId, added: Moment, mut stepper: Stepper, rules: PollRules, changes: bool, user_data: U) -> Self {
        stepper.begin();
        Self { id, added, stepper, rules, changes, user_data }
    }

    /// When it wants to be taken again, once it has no place with the rate limiter.
    pub fn times(&mut self) -> Times {
        self.stepper.leave_limiter();
        let policy = self.stepper.policy();
        let moment = |time: Duration| Moment::from(Duration::from(self.added).saturating_add(time));
        let deadline = policy.deadline().map(moment);
        Times { due: moment(policy.due()), deadline, is_query: policy.wants_one_reply() }
    }

    pub fn changed(&self, answer: Arc<AsyncRequestInfo>, now: Moment) -> Event<U> {
        self.event(self.user_data.clone(), EventKind::Changed(answer), now)
    }

    pub fn ended(self, outcome: Result<Arc<AsyncRequestInfo>>, now: Moment) -> Event<U> {
        let user_data = self.user_data.clone();
        self.event(user_data, EventKind::Final(outcome), now)
    }

    /// Its deadline passed while it waited.
    pub fn timed_out(self, now: Moment) -> Event<U> {
        let failure = self.stepper.policy().timed_out(self.elapsed(now));
        self.ended(Err(failure), now)
    }

    /// While no thread asks about it.
    pub fn cancelled(self, now: Moment) -> Event<U> {
        let why = format!("cancelled while {}", self.stepper.policy().waits_for());
        self.failed(Error::new(ErrorKind::Cancelled, why), now)
    }

    pub fn failed(self, failure: Error, now: Moment) -> Event<U> {
        let failure = self.stepper.policy().finished(failure);
        self.ended(Err(failure), now)
    }

    /// Wants one reply.
    pub fn is_query(&self) -> bool {
        self.stepper.policy().wants_one_reply()
    }

    pub fn user_data(&self) -> U {
        self.user_data.clone()
    }

    pub fn into_user_data(self) -> U {
        self.user_data
    }

    fn event(&self, user_data: U, kind: EventKind, now: Moment) -> Event<U> {
        Event { task: self.id, user_data, kind, answers: self.stepper.policy().answers(), elapsed: self.elapsed(now) }
    }

    fn elapsed(&self, now: Moment) -> Duration {
        Duration::from(now).saturating_sub(self.added.into())
    }
}
