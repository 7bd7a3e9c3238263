//! One step of a wait: sleep until it is due, wait for a permit, send one request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::{Bounds, Limit, PollRules};
use super::policy::{Action, Policy};
use crate::api::request;
use crate::error::{Error, Result};
use crate::info::AsyncRequestInfo;
use crate::log::Level;
use crate::operation::{Operation, Readiness};
use crate::rate_limit::Reservation;
use crate::rate_limit::window::Priority;
use crate::runtime::cancel::Cancellation;
use crate::runtime::clock::far_future;
use crate::runtime::context::{CallContext, Interrupt, ProgressFn};
use crate::runtime::jitter;
use crate::session::Session;

/// What one thread at a time moves.
pub(super) struct Stepper {
    body: String,
    policy: Policy,
    /// The waiter's, for the length of a step.
    pub reservation: Option<Reservation>,
    /// When the rate limiter may admit it.
    admission_at: Option<Instant>,
    outcome: Option<Result<Arc<AsyncRequestInfo>>>,
    /// How many failures in a row the log knows of.
    logged_failures: u32,
}

/// How far a step came.
enum StepOutcome {
    NotYet,
    Replied(AsyncRequestInfo),
    /// What had to come before a request failed.
    Unsent(Error),
    /// A request failed, and the policy has decided what follows.
    Decided(Action),
}

/// What one step needs of the rest.
pub(super) struct Step<'a> {
    pub session: &'a Session,
    /// When the wait began.
    pub started: Instant,
    pub cancellation: &'a Arc<Cancellation>,
    pub rules: PollRules,
    /// Bounds sleeping alone.
    pub sleep_until: Instant,
    pub progress: Option<ProgressFn>,
}

impl Step<'_> {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn instant(&self, time: Duration) -> Instant {
        self.started.checked_add(time).unwrap_or_else(far_future)
    }
}

impl Stepper {
    /// `timeout`: zero for one answer, none to wait for ever.
    ///
    /// # Errors
    /// `InvalidArgument` for the id.
    pub fn new(session: &Session, async_request_id: &str, timeout: Option<Duration>) -> Result<Self> {
        let body = request::body(async_request_id)?;
        let settings = &session.settings;
        let limit = match timeout {
            None => Limit::None,
            Some(Duration::ZERO) => Limit::OneAnswer,
            Some(time) => Limit::Within(time),
        };
        let bounds = Bounds {
            max_attempts: settings.max_attempts,
            max_requests_per_second: settings.max_requests_per_second,
            total_timeout: settings.total_timeout,
        };
        let policy = Policy::new(limit, bounds);
        Ok(Self { body, policy, reservation: None, admission_at: None, outcome: None, logged_failures: 0 })
    }

    /// The time of one answer counts from here, not from the first step.
    pub fn begin(&mut self) {
        self.policy.step(Duration::ZERO);
    }

    pub fn outcome(&self) -> Option<&Result<Arc<AsyncRequestInfo>>> {
        self.outcome.as_ref()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// When a step can do something, in time since the start.
    pub fn due(&self, started: Instant) -> Duration {
        let retry_at = self.admission_at.map_or(Duration::ZERO, |retry_at| retry_at.saturating_duration_since(started));
        let due = self.policy.due().max(retry_at);
        self.policy.deadline().map_or(due, |deadline| due.min(deadline))
    }

    /// When the rate limiter may admit the request that is due. None: it has not been asked since the last request.
    pub fn admission_at(&self) -> Option<Instant> {
        self.admission_at
    }

    /// Gives the place in the rate limiter's queue up.
    pub fn leave_limiter(&mut self) {
        self.reservation = None;
        self.admission_at = None;
    }

    /// At most one attempt. `None`: not ended.
    ///
    /// # Errors
    /// How the wait ended, if not by an answer.
    pub fn step(&mut self, step: &Step) -> Result<Option<Arc<AsyncRequestInfo>>> {
        self.policy.step(step.now());
        let outcome = self.advance(step).unwrap_or_else(StepOutcome::Unsent);
        match self.settle(outcome, step) {
            Some(outcome) => {
                self.outcome = Some(outcome.clone());
                outcome.map(Some)
            }
            None => Ok(None),
        }
    }

    /// The wait's outcome, if it has ended.
    fn settle(&mut self, outcome: StepOutcome, step: &Step) -> Option<Result<Arc<AsyncRequestInfo>>> {
        let (now, rules, jitter) = (step.now(), &step.rules, jitter::jitter());
        let failures = self.logged_failures;
        let action = match outcome {
            StepOutcome::NotYet => return self.policy.is_over(now).then(|| Err(self.policy.timed_out(now))),
            StepOutcome::Replied(info) => self.policy.answered(info, rules, now, jitter),
            StepOutcome::Unsent(failure) => self.policy.unsent(failure, rules, now, jitter),
            StepOutcome::Decided(action) => action,
        };
        self.log_continued(failures, &action, step);
        self.logged_failures = self.policy.failures();
        if let Action::Ended(outcome) = action { Some(outcome) } else { None }
    }

    fn log_continued(&self, failures_before: u32, action: &Action, step: &Step) {
        let failures = self.policy.failures();
        if failures > failures_before && self.policy.answers() > 0 && matches!(action, Action::Pending) {
            let level = if failures == 3 { Level::Warn } else { Level::Info };
            let ms = self.policy.due().saturating_sub(step.now()).as_millis();
            step.session.log(level, || format!("wait for {}: failure {failures}; retrying in {ms} ms", self.body));
        } else if failures_before > 0 && failures == 0 {
            let plural = if failures_before == 1 { "" } else { "s" };
            step.session.log(Level::Info, || {
                format!("wait for {}: answered again after {failures_before} failure{plural}", self.body)
            });
        }
    }

    /// One step within its own context: waits until the task is due and a permit is there, sends one request.
    fn advance(&mut self, step: &Step) -> Result<StepOutcome> {
        let Self { body, policy, reservation, admission_at, .. } = self;
        let deadline = policy.deadline().map_or_else(far_future, |deadline| step.instant(deadline));
        let context =
            step.session.begin(Instant::now(), deadline, Some(step.cancellation.clone()), step.progress.clone())?;
        context.enter_phase(policy.waits_for());
        if !sleep(&context, policy, step.instant(policy.due()), step)? {
            return Ok(StepOutcome::NotYet);
        }
        let due = step.session.limiter.time(step.instant(policy.due()));
        // Who waits for one reply asks as a query does.
        let priority = if policy.wants_one_reply() { Priority::Query(due) } else { Priority::Waiter(due) };
        let mut operation = Operation::new(step.session, &context, body, priority, reservation);
        let permit = loop {
            let credentials_until = step.instant(policy.attempt_deadline(step.now()));
            match operation.prepare(credentials_until)? {
                Readiness::Ready(permit) => break permit,
                Readiness::NotBefore(time) => {
                    *admission_at = Some(time);
                    if !sleep(&context, policy, time, step)? {
                        return Ok(StepOutcome::NotYet);
                    }
                }
            }
        };
        *admission_at = None;
        let until = step.instant(policy.attempt_deadline(step.now()));
        context.bounded(until, || {
            let outcome = operation.attempt(permit);
            policy.sent(operation.requests_sent());
            match outcome {
                Ok(info) => Ok(StepOutcome::Replied(info)),
                Err(failure) => Ok(StepOutcome::Decided(Self::act_on(policy, failure, &mut operation, step))),
            }
        })
    }

    /// What follows a request that failed; a remedy is applied within the attempt's time.
    fn act_on(policy: &mut Policy, failure: Error, operation: &mut Operation, step: &Step) -> Action {
        let (rules, jitter) = (&step.rules, jitter::jitter());
        match policy.failed(failure.clone(), rules, step.now(), jitter) {
            Action::Apply(remedy) => {
                let remedied = operation.apply(remedy, &failure);
                policy.remedied(remedied, failure, rules, step.now(), jitter)
            }
            other => other,
        }
    }
}

/// Until a time, within the step and the deadline; true: it has come.
fn sleep(context: &CallContext, policy: &Policy, until: Instant, step: &Step) -> Result<bool> {
    match context.sleep_until(until.min(step.sleep_until)) {
        Ok(()) => Ok(until <= Instant::now() && !policy.is_over(step.now())),
        Err(Interrupt::Deadline) => Ok(false),
        Err(other) => Err(context.interrupted(&other, "")),
    }
}
