//! One step of a wait: sleep until it is due, stand in the queue, ask once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::PollRules;
use super::policy::{Action, Policy};
use super::{Shared, far};
use crate::api::response::AsyncRequestInfo;
use crate::client::Inner;
use crate::error::{Error, Result};
use crate::log::Level;
use crate::operation::Operation;
use crate::rate_limit::window::Priority;
use crate::rate_limit::{Admission, Reservation};
use crate::retry::World;
use crate::runtime::context::{CallContext, Interrupt, ProgressFn};
use crate::runtime::jitter;

/// What one thread at a time moves.
pub(super) struct Stepper {
    body: String,
    policy: Policy,
    /// Kept between steps; it lapses harmlessly in a waiter that nobody steps.
    reservation: Option<Reservation>,
    /// When the queue said that the turn may come.
    admission_at: Option<Instant>,
    outcome: Option<Result<Arc<AsyncRequestInfo>>>,
}

/// How far a step came.
enum StepOutcome {
    NotYet,
    Answered(AsyncRequestInfo),
    Unsent(Error),
    /// With the question, whose remedies may help.
    Failed(Error, Box<Operation>),
}

/// What one step needs of the rest.
pub(super) struct Step<'a> {
    pub inner: &'a Arc<Inner>,
    pub shared: &'a Shared,
    pub rules: PollRules,
    /// Bounds sleeping alone.
    pub sleep_until: Instant,
    pub tick: Option<ProgressFn>,
}

impl Step<'_> {
    fn now(&self) -> Duration {
        self.shared.started.elapsed()
    }

    fn instant(&self, time: Duration) -> Instant {
        self.shared.started.checked_add(time).unwrap_or_else(far)
    }

    fn log(&self, level: Level, line: impl FnOnce() -> String) {
        self.inner.settings.log.at(level, line);
    }
}

impl Stepper {
    pub fn new(body: String, policy: Policy) -> Self {
        Self { body, policy, reservation: None, admission_at: None, outcome: None }
    }

    pub fn outcome(&self) -> Option<&Result<Arc<AsyncRequestInfo>>> {
        self.outcome.as_ref()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// When a step can do something, in time since the start.
    pub fn due(&self, shared: &Shared) -> Duration {
        let retry_at =
            self.admission_at.map_or(Duration::ZERO, |retry_at| retry_at.saturating_duration_since(shared.started));
        let due = self.policy.due().max(retry_at);
        self.policy.deadline().map_or(due, |deadline| due.min(deadline))
    }

    /// At most one attempt. `None`: not ended.
    ///
    /// # Errors
    /// How the wait ended, if not by an answer.
    pub fn step(&mut self, step: &Step) -> Result<Option<Arc<AsyncRequestInfo>>> {
        self.policy.step(step.now());
        let came = self.go(step).unwrap_or_else(StepOutcome::Unsent);
        match self.validate(came, step) {
            Some(outcome) => {
                self.reservation = None;
                self.outcome = Some(outcome.clone());
                outcome.map(Some)
            }
            None => Ok(None),
        }
    }

    /// What it came to, if the wait has ended.
    fn validate(&mut self, came: StepOutcome, step: &Step) -> Option<Result<Arc<AsyncRequestInfo>>> {
        let (now, rules, jitter) = (step.now(), &step.rules, jitter::jitter());
        let failures = self.policy.failures();
        let after = match came {
            StepOutcome::NotYet => return self.policy.is_over(now).then(|| Err(self.policy.time_over(now))),
            StepOutcome::Answered(answer) => self.policy.answered(answer, rules, now, jitter),
            StepOutcome::Unsent(failure) => self.policy.unsent(failure, rules, now, jitter),
            StepOutcome::Failed(failure, question) => self.remedy(failure, *question, step, jitter),
        };
        self.log_continued(failures, &after, step);
        if let Action::Ended(outcome) = after { Some(outcome) } else { None }
    }

    fn remedy(&mut self, failure: Error, mut question: Operation, step: &Step, jitter: f64) -> Action {
        let rules = &step.rules;
        let helped = match self.policy.failed(failure.clone(), rules, step.now(), jitter) {
            Action::CorrectClock => question.correct_clock(&failure),
            Action::RefreshCredentials => question.refresh_credentials(),
            other => return other,
        };
        self.policy.remedied(helped, failure, rules, step.now(), jitter)
    }

    fn log_continued(&self, failures_before: u32, after: &Action, step: &Step) {
        let failures = self.policy.failures();
        if failures > failures_before && self.policy.answers() > 0 && matches!(after, Action::Pending) {
            let level = if failures == 3 { Level::Warn } else { Level::Info };
            let ms = self.policy.due().saturating_sub(step.now()).as_millis();
            step.log(level, || format!("the wait for {} goes on after failure {failures}, in {ms} ms", self.body));
        } else if failures_before > 0 && failures == 0 {
            step.log(Level::Info, || {
                format!("the wait for {} has answers again after {failures_before} failures", self.body)
            });
        }
    }

    fn go(&mut self, step: &Step) -> Result<StepOutcome> {
        let deadline = self.policy.deadline().map_or_else(far, |deadline| step.instant(deadline));
        let (live, call) = step.inner.begin(deadline, Some(step.shared.cancel.clone()), step.tick.clone())?;
        call.enter_phase("waiting between two requests");
        if !self.sleep(&call, step.instant(self.policy.due()), step)? {
            return Ok(StepOutcome::NotYet);
        }
        let priority = Priority::Waiter(step.inner.limiter.time(step.instant(self.policy.due())));
        let mut question = Operation::new(step.inner.clone(), live, call, self.body.clone(), priority);
        if !self.wait_for_permit(&mut question, priority, deadline, step)? {
            return Ok(StepOutcome::NotYet);
        }
        question.call().begin_part(step.instant(self.policy.attempt_deadline(step.now())));
        Ok(match question.attempt() {
            Ok(answer) => StepOutcome::Answered(answer),
            Err(failure) => StepOutcome::Failed(failure, Box::new(question)),
        })
    }

    /// Until the turn has come; false: it has not within the step. Credentials are looked at again after every sleep,
    /// so that what is sent is signed with what is valid then.
    fn wait_for_permit(
        &mut self,
        question: &mut Operation,
        priority: Priority,
        deadline: Instant,
        step: &Step,
    ) -> Result<bool> {
        loop {
            question.call().begin_part(step.instant(self.policy.attempt_deadline(step.now())));
            question.identify()?;
            question.call().begin_part(deadline);
            let reservation = self.reservation.get_or_insert_with(|| step.inner.limiter.reserve(priority));
            let retry_at = match reservation.poll() {
                Admission::Admitted(permit) => {
                    question.admit(permit);
                    (self.reservation, self.admission_at) = (None, None);
                    return Ok(true);
                }
                Admission::RetryAt(time) => step.inner.limiter.instant(time).unwrap_or_else(far),
            };
            self.admission_at = Some(retry_at);
            question.call().enter_phase("waiting for a place in the pace");
            if !self.sleep(question.call(), retry_at, step)? {
                return Ok(false);
            }
        }
    }

    /// Until a time, within the step and the deadline; true: it has come.
    fn sleep(&self, call: &CallContext, until: Instant, step: &Step) -> Result<bool> {
        match call.sleep_until(until.min(step.sleep_until)) {
            Ok(()) => Ok(until <= Instant::now() && !self.policy.is_over(step.now())),
            Err(Interrupt::Deadline) => Ok(false),
            Err(cut_off) => Err(call.stopped(cut_off, "")),
        }
    }
}
