//! What a wait was given in addition to its task: as it came, and validated.

use std::time::Duration;

use super::interval::Interval;
use crate::error::{Error, Result};
use crate::info::Status;

/// How long a wait may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    None,
    Within(Duration),
    /// One answer, got as a query gets it.
    OneAnswer,
}

/// How much a question may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub max_attempts: u32,
    /// Of the client, for the message of a deadline that passes in its queue.
    pub max_requests_per_second: u32,
    /// Of one attempt; of the whole where one answer is all that is wanted.
    pub total_timeout: Duration,
}

/// Setters copy and cannot fail; the next step validates, and reports what cannot be used once: a caller who steps by
/// due times would otherwise get the same error for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct WaiterConfig {
    pub first_ms: u32,
    pub longest_ms: u32,
    /// The last two that could be used.
    valid_ms: (u32, u32),
    stop_on: u16,
    no_status: Option<i32>,
}

/// How a queue waits for a task. Setters copy and cannot fail; adding a task validates.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskConfig {
    pub waiter: WaiterConfig,
    /// Whether a change of status that ends nothing is an event.
    pub changes: bool,
}

impl WaiterConfig {
    /// A number that is not a status is reported by the next step.
    pub fn stop_on(&mut self, status: i32) {
        match Status::from_number(status) {
            Some(status) => self.stop_on |= bit(status),
            None => self.no_status = Some(status),
        }
    }

    /// # Errors
    /// `InvalidArgument` that names what is wrong.
    pub fn validate(&self) -> Result<PollRules> {
        if let Some(number) = self.no_status {
            return Err(Error::invalid(format!("stop_on: {number} is not a status")));
        }
        Ok(PollRules { interval: Interval::validate(self.first_ms, self.longest_ms)?, stop_on: self.stop_on })
    }

    /// As `validate`, and forgets what cannot be used.
    ///
    /// # Errors
    /// As `validate`, once.
    pub fn validate_once(&mut self) -> Result<PollRules> {
        let rules = self.validate();
        if rules.is_ok() {
            self.valid_ms = (self.first_ms, self.longest_ms);
        } else if self.no_status.take().is_none() {
            (self.first_ms, self.longest_ms) = self.valid_ms;
        }
        rules
    }
}

#[derive(Debug, Clone, Copy)]
pub struct PollRules {
    pub interval: Interval,
    stop_on: u16,
}

impl PollRules {
    #[must_use]
    pub fn end_on(&self, status: Status) -> bool {
        status.is_terminal() || self.stop_on & bit(status) != 0
    }
}

fn bit(status: Status) -> u16 {
    1 << (status as u16)
}
