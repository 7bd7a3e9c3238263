//! What a queue reports of a task.

use std::sync::Arc;
use std::time::Duration;

use super::schedule::TaskId;
use crate::error::Result;
use crate::info::AsyncRequestInfo;

/// A task's change, or its end. The last event of a task is its only final one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event<U> {
    /// What `add` returned.
    pub task: TaskId,
    /// As it was given to `add`.
    pub user_data: U,
    /// What happened.
    pub kind: EventKind,
    /// Answers so far; failures are not counted.
    pub answers: u32,
    /// Since the task was added.
    pub elapsed: Duration,
}

/// What happened to a task.
#[derive(Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// An answer with another status than the one before, which does not end the wait.
    Changed(Arc<AsyncRequestInfo>),
    /// How the wait ended.
    Final(Result<Arc<AsyncRequestInfo>>),
}

impl<U> Event<U> {
    /// Whether it is the task's last event.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.kind, EventKind::Final(_))
    }
}
