//! When a wait asks, which failures it survives and when it ends. Pure: time, counted from the wait's start, and chance are
//! arguments, so that hours pass in milliseconds of a test.

use std::sync::Arc;
use std::time::Duration;

use super::config::{Bounds, Limit, PollRules};
use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;
use crate::rate_limit::deadline_passed;
use crate::retry::classify::{self, Remedied, Remedy};
use crate::retry::{Retry, RetryAction, requested_pause};

/// A wait looks a last time this long before its deadline, or up to twice as long, whatever its interval is.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// Not right after another look, all the same.
const LAST_LOOK_AFTER: Duration = Duration::from_millis(250);

/// What follows an answer or a failure.
#[derive(Debug)]
pub enum Action {
    /// To be asked again when it is due.
    Pending,
    /// Apply the remedy, then report to `remedied`.
    Apply(Remedy),
    Ended(Result<Arc<AsyncRequestInfo>>),
}

/// The state of one wait.
#[derive(Debug)]
pub struct Policy {
    limit: Limit,
    bounds: Bounds,
    /// When the first step was.
    began: Option<Duration>,
    due: Duration,
    latest: Option<Arc<AsyncRequestInfo>>,
    answers: u32,
    /// Attempts, one request each as a rule.
    requests: u32,
    /// What attempts sent beyond that, or did not send.
    requests_beyond: i64,
    /// Since the last answer.
    failures: u32,
    last_failure: Option<Error>,
    retry: Retry,
}

impl Policy {
    /// The first request is due at once.
    #[must_use]
    pub fn new(limit: Limit, bounds: Bounds) -> Self {
        Self {
            limit,
            bounds,
            began: None,
            due: Duration::ZERO,
            latest: None,
            answers: 0,
            requests: 0,
            requests_beyond: 0,
            failures: 0,
            last_failure: None,
            retry: Retry::default(),
        }
    }

    /// A step begins.
    pub fn step(&mut self, now: Duration) {
        self.began.get_or_insert(now);
    }

    #[must_use]
    pub fn due(&self) -> Duration {
        self.due
    }

    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match self.limit {
            Limit::None => None,
            Limit::Within(time) => Some(time),
            Limit::OneAnswer => self.began.map(|began| began.saturating_add(self.bounds.total_timeout)),
        }
    }

    #[must_use]
    pub fn wants_one_reply(&self) -> bool {
        self.limit == Limit::OneAnswer
    }

    #[must_use]
    pub fn is_over(&self, now: Duration) -> bool {
        self.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// Until when an attempt begun now may last.
    #[must_use]
    pub fn attempt_deadline(&self, now: Duration) -> Duration {
        let own = now.saturating_add(self.bounds.total_timeout);
        self.deadline().map_or(own, |deadline| deadline.min(own))
    }

    #[must_use]
    pub fn latest(&self) -> Option<&Arc<AsyncRequestInfo>> {
        self.latest.as_ref()
    }

    #[must_use]
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// What a wait does that does not ask just now, in words of messages.
    #[must_use]
    pub fn waits_for(&self) -> &'static str {
        if self.requests > 0 { "waiting between two requests" } else { "waiting for its first request" }
    }

    /// Failures since the last answer.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    pub fn answered(&mut self, answer: AsyncRequestInfo, rules: &PollRules, now: Duration, jitter: f64) -> Action {
        let ends = rules.end_on(answer.status);
        let answer = Arc::new(answer);
        self.latest = Some(answer.clone());
        self.answers = self.answers.saturating_add(1);
        self.requests = self.requests.saturating_add(1);
        self.failures = 0;
        self.last_failure = None;
        self.retry = Retry::default();
        if ends {
            return Action::Ended(Ok(answer));
        }
        if self.limit == Limit::OneAnswer || self.is_over(now) {
            return Action::Ended(Err(self.timed_out(now)));
        }
        self.pause(rules.interval.after_reply(self.answers, jitter), now, jitter);
        Action::Pending
    }

    /// How many requests the present attempt has sent: none where no connection came about, two where a kept one had been
    /// closed.
    pub fn sent(&mut self, requests: u32) {
        self.requests_beyond = self.requests_beyond.saturating_add(i64::from(requests) - 1);
    }

    /// A request was sent, and failed.
    pub fn failed(&mut self, failure: Error, rules: &PollRules, now: Duration, jitter: f64) -> Action {
        self.requests = self.requests.saturating_add(1);
        // Before the first answer the wait fails as fast as a query, also where the server asks for a long pause.
        let left = self.attempt_deadline(now).saturating_sub(now);
        let next = self.retry.after(&failure, self.bounds.max_attempts, left, jitter);
        if failure.kind() == ErrorKind::Cancelled {
            return self.end(failure);
        }
        match next {
            RetryAction::Apply(remedy) if !self.is_over(now) => return Action::Apply(remedy),
            RetryAction::Pause(pause) if self.answers == 0 => {
                self.note(failure);
                self.due = now + pause;
                return Action::Pending;
            }
            _ => {}
        }
        self.continue_or_end(failure, rules, now, jitter)
    }

    /// What had to come before a request failed: credentials, a descriptor.
    pub fn unsent(&mut self, failure: Error, rules: &PollRules, now: Duration, jitter: f64) -> Action {
        self.continue_or_end(failure, rules, now, jitter)
    }

    /// What came of the remedy that was asked for.
    pub fn remedied(
        &mut self,
        remedied: Remedied,
        failure: Error,
        rules: &PollRules,
        now: Duration,
        jitter: f64,
    ) -> Action {
        match remedied {
            Remedied::Helped => {
                self.note(failure);
                self.due = now;
                Action::Pending
            }
            Remedied::Useless => self.continue_or_end(failure, rules, now, jitter),
            Remedied::MayHelpLater => {
                let action = self.continue_or_end_if(true, failure, rules, now, jitter);
                // Not tried yet.
                self.retry = Retry::default();
                action
            }
        }
    }

    /// The deadline passed in a pause or in the queue.
    #[must_use]
    pub fn timed_out(&self, now: Duration) -> Error {
        if self.limit == Limit::OneAnswer && self.answers == 0 {
            let failure = self.last_failure.clone();
            return failure.unwrap_or_else(|| deadline_passed(self.bounds.max_requests_per_second));
        }
        let ms = self.deadline().unwrap_or(now).as_millis();
        let mut message = match &self.latest {
            None => format!("no answer within {ms} ms"),
            // Asked once, as was wanted: how long the reply took is nothing that the caller has chosen.
            Some(latest) if self.limit == Limit::OneAnswer => format!("not ended: {}", latest.shown_status()),
            Some(latest) => {
                let status = latest.shown_status();
                let plural = if self.answers == 1 { "" } else { "s" };
                format!("not ended within {ms} ms: {status} after {} answer{plural}", self.answers)
            }
        };
        if let Some(failure) = &self.last_failure {
            message = format!("{message}; last failure: {}", failure.message());
        }
        self.finished(Error::new(ErrorKind::WaitTimeout, message).caused_by(self.last_failure.as_ref()))
    }

    /// A failure as the wait's outcome.
    #[must_use]
    pub fn finished(&self, failure: Error) -> Error {
        let sent = (i64::from(self.requests) + self.requests_beyond).max(0);
        failure.with_attempts(u32::try_from(sent).unwrap_or(u32::MAX)).with_last_info(self.latest.as_deref().cloned())
    }

    fn continue_or_end(&mut self, failure: Error, rules: &PollRules, now: Duration, jitter: f64) -> Action {
        let may_pass = classify::is_continued_by_wait(&failure);
        self.continue_or_end_if(may_pass, failure, rules, now, jitter)
    }

    fn continue_or_end_if(
        &mut self,
        may_pass: bool,
        failure: Error,
        rules: &PollRules,
        now: Duration,
        jitter: f64,
    ) -> Action {
        let survived = may_pass && (self.answers > 0 || self.waits_out_the_limit(&failure));
        let out_of_time = self.is_over(now) && self.limit != Limit::OneAnswer && may_pass;
        if !survived && !out_of_time {
            let attempts = self.retry.attempts();
            return self.end(failure.after_attempts(attempts));
        }
        let asked_for = requested_pause(&failure, jitter);
        self.note(failure);
        if self.answers == 0 {
            // The next failure of another kind has all its attempts.
            self.retry = Retry::default();
        }
        if out_of_time {
            return Action::Ended(Err(self.timed_out(now)));
        }
        self.pause(rules.interval.after_failure(self.failures, jitter).max(asked_for), now, jitter);
        Action::Pending
    }

    /// A refusal by the API's rate limit shows nothing wrong with the request: other clients of the account were faster.
    fn waits_out_the_limit(&self, failure: &Error) -> bool {
        failure.kind() == ErrorKind::RateLimited && self.limit != Limit::OneAnswer
    }

    fn note(&mut self, failure: Error) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(failure);
    }

    /// The deadline is met with a fresh answer: a pause that would leave none in the last two seconds but one is cut.
    fn pause(&mut self, pause: Duration, now: Duration, jitter: f64) {
        self.due = now.saturating_add(pause);
        let Some(deadline) = self.deadline() else { return };
        let has_had_it = now + LAST_LOOK * 2 >= deadline;
        if !has_had_it && self.due + LAST_LOOK > deadline {
            let last_look = deadline.saturating_sub(LAST_LOOK.mul_f64(1.0 + jitter));
            self.due = last_look.max(now + LAST_LOOK_AFTER);
        }
    }

    fn end(&self, failure: Error) -> Action {
        Action::Ended(Err(self.finished(failure)))
    }
}

#[cfg(test)]
mod tests;
