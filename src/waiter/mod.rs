//! Again and again, until the task has ended, the timeout has passed or it is cancelled.
//!
//! `policy` decides and knows no clock; `stepping` asks. A waiter is moved by whoever steps it: it has no thread.

pub mod config;
pub mod interval;
pub mod policy;
pub mod queue;
mod shared;
mod step;

use std::rc::Rc;
use std::sync::{Arc, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::info::AsyncRequestInfo;
use crate::rate_limit::window::Priority;
use crate::runtime::clock::far_future;
use crate::runtime::context::ProgressFn;
use crate::runtime::sync::{InheritedMutex, Mutex, MutexGuard};
use crate::session::Session;
use config::PollRules;
use shared::{Shared, View};
use step::{Step, Stepper};

/// Called with the latest answer, how many there were and how long it has lasted; true stops the wait.
pub type Progress = Rc<dyn Fn(Option<&AsyncRequestInfo>, u32, Duration) -> bool>;

/// Waits for one task. Keeps its session alive by itself.
pub struct Waiter {
    session: Arc<Session>,
    shared: Arc<Shared>,
    stepping: Mutex<Stepper>,
}

impl Waiter {
    /// `timeout`: zero for one answer, none to wait for ever. It counts from here.
    ///
    /// # Errors
    /// `InvalidArgument` for the id.
    pub fn new(session: &Arc<Session>, async_request_id: &str, timeout: Option<Duration>) -> Result<Self> {
        let stepper = Stepper::new(session, async_request_id, timeout)?;
        let shared = Shared { started: Instant::now(), cancellation: Arc::default(), view: InheritedMutex::default() };
        Ok(Self { session: session.clone(), shared: Arc::new(shared), stepping: Mutex::new(stepper) })
    }

    /// Milliseconds; 0 is the default.
    pub fn set_interval(&self, first_ms: u32, longest_ms: u32) {
        let given = &mut self.shared.view.lock().given;
        (given.first_ms, given.longest_ms) = (first_ms, longest_ms);
    }

    /// One more status, by number, that ends the wait.
    pub fn stop_on(&self, status: i32) {
        self.shared.view.lock().given.stop_on(status);
    }

    /// Sleeps for at most `max_sleep`, and asks at most once. `None`: not ended. Action the end it repeats its outcome.
    ///
    /// # Errors
    /// How the wait ended, if not by an answer; `Busy` where another thread is stepping; `InvalidArgument` for what a
    /// setter was given, which ends nothing.
    pub fn step(&self, max_sleep: Duration) -> Result<Option<Arc<AsyncRequestInfo>>> {
        let mut stepping = self.take()?;
        let sleep_until = Instant::now().checked_add(max_sleep).unwrap_or_else(far_future);
        self.one_step(&mut stepping, sleep_until, None)
    }

    /// Steps until the end.
    ///
    /// # Errors
    /// As `step`.
    pub fn run(&self, progress: Option<Progress>) -> Result<Arc<AsyncRequestInfo>> {
        let mut stepping = self.take()?;
        let progress = progress.map(|progress| self.progress_fn(progress));
        loop {
            let answers = stepping.policy().answers();
            if let Some(answer) = self.one_step(&mut stepping, far_future(), progress.clone())? {
                return Ok(answer);
            }
            if stepping.policy().answers() > answers && progress.as_ref().is_some_and(|progress| progress()) {
                self.shared.cancellation.request();
            }
        }
    }

    /// Ends it soon, from any thread or from a signal handler. For good.
    pub fn cancel(&self) {
        self.shared.cancellation.request();
    }

    pub fn latest(&self) -> Option<Arc<AsyncRequestInfo>> {
        self.shared.view.lock().latest.clone()
    }

    pub fn answers(&self) -> u32 {
        self.shared.view.lock().answers
    }

    /// Since it was made; does not grow after the end.
    pub fn elapsed(&self) -> Duration {
        let ended = self.shared.view.lock().ended;
        ended.unwrap_or_else(|| self.shared.started.elapsed())
    }

    /// How long a step would only sleep, the queue included; `None` after the end.
    pub fn due_in(&self) -> Option<Duration> {
        let mut view = self.shared.view.lock();
        if view.ended.is_some() {
            return None;
        }
        if self.shared.cancellation.is_requested() || self.session.is_shut_down() {
            return Some(Duration::ZERO);
        }
        let now = self.shared.started.elapsed();
        if view.due <= now && !view.is_stepping {
            self.queue_up(&mut view, now);
        }
        Some(view.due.saturating_sub(now))
    }

    /// Takes a place in the queue of the rate limiter for a request that is due, to know when it may be sent.
    fn queue_up(&self, view: &mut View, now: Duration) {
        let limiter = &self.session.limiter;
        let until = view.deadline.map_or_else(far_future, |deadline| self.shared.instant(deadline));
        let since = limiter.time(self.shared.instant(view.request_due));
        let reservation = view.reservation.get_or_insert_with(|| limiter.reserve(Priority::Waiter(since), until));
        let due = reservation
            .retry_at()
            .map_or(now, |time| limiter.instant(time).saturating_duration_since(self.shared.started));
        view.due = view.deadline.map_or(due, |deadline| due.min(deadline));
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
        progress: Option<ProgressFn>,
    ) -> Result<Option<Arc<AsyncRequestInfo>>> {
        if let Some(outcome) = stepping.outcome() {
            return outcome.clone().map(Some);
        }
        let rules: PollRules = {
            let mut view = self.shared.view.lock();
            let rules = view.given.validate_once()?;
            view.is_stepping = true;
            stepping.reservation = view.reservation.take();
            rules
        };
        let Shared { started, cancellation, .. } = &*self.shared;
        let step = Step { session: &self.session, started: *started, cancellation, rules, sleep_until, progress };
        let outcome = stepping.step(&step);
        self.publish(stepping);
        outcome
    }

    fn publish(&self, stepping: &mut Stepper) {
        let due = stepping.due(self.shared.started);
        let mut view = self.shared.view.lock();
        view.due = due;
        (view.request_due, view.deadline) = (stepping.policy().due(), stepping.policy().deadline());
        view.reservation = stepping.reservation.take().filter(|_| stepping.outcome().is_none());
        view.is_stepping = false;
        view.answers = stepping.policy().answers();
        view.latest = stepping.policy().latest().cloned();
        if stepping.outcome().is_some() {
            view.ended = Some(self.shared.started.elapsed());
        }
    }

    fn progress_fn(&self, progress: Progress) -> ProgressFn {
        let shared = self.shared.clone();
        Rc::new(move || {
            let (latest, answers) = {
                let view = shared.view.lock();
                (view.latest.clone(), view.answers)
            };
            progress(latest.as_deref(), answers, shared.started.elapsed())
        })
    }
}
