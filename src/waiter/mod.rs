//! Again and again, until the task has ended, the time is over or somebody stops it.
//!
//! `policy` decides and knows no clock; `stepping` asks. A waiter is moved by whoever steps it: it has no thread.

pub mod config;
pub mod interval;
pub mod policy;
mod step;

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::api::request;
use crate::api::response::AsyncRequestInfo;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::cancel::Cancellation;
use crate::runtime::context::{ProgressFn, lock};
use config::{Bounds, Limit, PollRules, WaiterConfig};
use policy::Policy;
use step::{Step, Stepper};

/// Told the latest answer, how many there were and how long it has lasted; true stops the wait.
pub type Progress = Rc<dyn Fn(Option<&AsyncRequestInfo>, u32, Duration) -> bool>;

/// Waits for one task. Keeps its client's inside alive by itself.
pub struct Waiter {
    client: Client,
    shared: Arc<Shared>,
    stepping: Mutex<Stepper>,
}

/// What others may see and touch while somebody steps; its lock is held for moments only.
struct Shared {
    started: Instant,
    cancel: Arc<Cancellation>,
    view: Mutex<View>,
}

#[derive(Default)]
struct View {
    given: WaiterConfig,
    latest: Option<Arc<AsyncRequestInfo>>,
    answers: u32,
    due: Duration,
    ended: Option<Duration>,
}

impl Waiter {
    /// `timeout`: zero for one answer, none to wait for ever. It counts from here.
    ///
    /// # Errors
    /// `InvalidArgument` for the id.
    pub fn new(client: &Client, async_request_id: &str, timeout: Option<Duration>) -> Result<Self> {
        let body = request::body(async_request_id)?;
        let settings = &client.inner().settings;
        let limit = match timeout {
            None => Limit::None,
            Some(Duration::ZERO) => Limit::OneAnswer,
            Some(time) => Limit::Within(time),
        };
        let bounds = Bounds { max_attempts: settings.max_attempts, total_timeout: settings.total_timeout };
        let shared = Shared { started: Instant::now(), cancel: Arc::default(), view: Mutex::default() };
        Ok(Self {
            client: client.clone(),
            shared: Arc::new(shared),
            stepping: Mutex::new(Stepper::new(body, Policy::new(limit, bounds))),
        })
    }

    /// Milliseconds; 0 is the default.
    pub fn set_interval(&self, first_ms: u32, longest_ms: u32) {
        let given = &mut lock(&self.shared.view).given;
        (given.first_ms, given.longest_ms) = (first_ms, longest_ms);
    }

    /// One more status, by number, that ends the wait.
    pub fn stop_on(&self, status: i32) {
        lock(&self.shared.view).given.stop_on(status);
    }

    /// Sleeps for at most `max_sleep`, and asks at most once. `None`: not ended. Action the end it repeats its outcome.
    ///
    /// # Errors
    /// How the wait ended, if not by an answer; `Busy` where somebody else is stepping; `InvalidArgument` for what a
    /// setter was given, which ends nothing.
    pub fn step(&self, max_sleep: Duration) -> Result<Option<Arc<AsyncRequestInfo>>> {
        let mut stepping = self.take()?;
        let sleep_until = Instant::now().checked_add(max_sleep).unwrap_or_else(far);
        self.one_step(&mut stepping, sleep_until, None)
    }

    /// Steps until the end.
    ///
    /// # Errors
    /// As `step`.
    pub fn run(&self, progress: Option<Progress>) -> Result<Arc<AsyncRequestInfo>> {
        let mut stepping = self.take()?;
        let tick = progress.map(|progress| self.tick(progress));
        loop {
            let answers = stepping.policy().answers();
            if let Some(answer) = self.one_step(&mut stepping, far(), tick.clone())? {
                return Ok(answer);
            }
            if stepping.policy().answers() > answers && tick.as_ref().is_some_and(|tick| tick()) {
                self.shared.cancel.request();
            }
        }
    }

    /// Ends it soon, from any thread or from a signal handler. For good.
    pub fn cancel(&self) {
        self.shared.cancel.request();
    }

    pub fn latest(&self) -> Option<Arc<AsyncRequestInfo>> {
        lock(&self.shared.view).latest.clone()
    }

    pub fn answers(&self) -> u32 {
        lock(&self.shared.view).answers
    }

    /// Since it was made; stands still after the end.
    pub fn elapsed(&self) -> Duration {
        let ended = lock(&self.shared.view).ended;
        ended.unwrap_or_else(|| self.shared.started.elapsed())
    }

    /// How long a step would only sleep, the queue included; `None` after the end.
    pub fn due_in(&self) -> Option<Duration> {
        let view = lock(&self.shared.view);
        if view.ended.is_some() {
            return None;
        }
        if self.shared.cancel.is_requested() {
            return Some(Duration::ZERO);
        }
        Some(view.due.saturating_sub(self.shared.started.elapsed()))
    }

    fn take(&self) -> Result<MutexGuard<'_, Stepper>> {
        match self.stepping.try_lock() {
            Ok(stepping) => Ok(stepping),
            Err(TryLockError::Poisoned(poisoned)) => Ok(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(ErrorKind::Busy, "the waiter is being stepped by another call"))
            }
        }
    }

    fn one_step(
        &self,
        stepping: &mut Stepper,
        sleep_until: Instant,
        tick: Option<ProgressFn>,
    ) -> Result<Option<Arc<AsyncRequestInfo>>> {
        if let Some(outcome) = stepping.outcome() {
            return outcome.clone().map(Some);
        }
        let rules: PollRules = lock(&self.shared.view).given.validate()?;
        let step = Step { inner: self.client.inner(), shared: &self.shared, rules, sleep_until, tick };
        let outcome = stepping.step(&step);
        self.publish(stepping);
        outcome
    }

    fn publish(&self, stepping: &Stepper) {
        let due = stepping.due(&self.shared);
        let mut view = lock(&self.shared.view);
        view.due = due;
        view.answers = stepping.policy().answers();
        view.latest = stepping.policy().latest().cloned();
        if stepping.outcome().is_some() {
            view.ended = Some(self.shared.started.elapsed());
        }
    }

    fn tick(&self, progress: Progress) -> ProgressFn {
        let shared = self.shared.clone();
        Rc::new(move || {
            let (latest, answers) = {
                let view = lock(&shared.view);
                (view.latest.clone(), view.answers)
            };
            progress(latest.as_deref(), answers, shared.started.elapsed())
        })
    }
}

/// As good as never.
fn far() -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(3_000_000_000)).unwrap_or(now)
}
