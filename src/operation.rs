//! One question to the API and its attempts: pace, sign, send, read. What `retry` needs of the world.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::request::{self, Request};
use crate::api::response::{self, AsyncRequestInfo, Reply};
use crate::client::{Inner, Live};
use crate::credentials::SecretCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Level;
use crate::rate_limit::window::Priority;
use crate::rate_limit::{Admission, Permit};
use crate::retry::World;
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::jitter;

pub(crate) struct Operation {
    inner: Arc<Inner>,
    live: Arc<Live>,
    call: Rc<CallContext>,
    body: String,
    priority: Priority,
    credentials: Option<Arc<SecretCredentials>>,
    permit: Option<Permit>,
    signed_at: i64,
}

impl Operation {
    pub fn new(inner: Arc<Inner>, live: Arc<Live>, call: Rc<CallContext>, body: String, priority: Priority) -> Self {
        Self { inner, live, call, body, priority, credentials: None, permit: None, signed_at: 0 }
    }

    fn credentials(&self) -> Result<Arc<SecretCredentials>> {
        self.inner.credentials().resolver().credentials(&self.call, &self.inner.clock)
    }

    /// Credentials for the next attempt; fetched where they have to be.
    ///
    /// # Errors
    /// `Credentials`, or why the fetching was stopped.
    pub fn identify(&mut self) -> Result<()> {
        self.credentials = Some(self.credentials()?);
        Ok(())
    }

    /// The next attempt goes out in this turn.
    pub fn admit(&mut self, permit: Permit) {
        self.permit = Some(permit);
    }

    pub fn call(&self) -> &CallContext {
        &self.call
    }

    /// Waits for this question's turn.
    fn acquire_permit(&self) -> Result<Permit> {
        let mut reservation = self.inner.limiter.reserve(self.priority);
        self.call.enter_phase("waiting for a place in the pace");
        loop {
            match reservation.poll() {
                Admission::Admitted(permit) => return Ok(permit),
                Admission::RetryAt(time) => self.sleep_until_admission(time)?,
            }
        }
    }

    fn sleep_until_admission(&self, time: Duration) -> Result<()> {
        let time = self.inner.limiter.instant(time).unwrap_or_else(|| self.call.deadline());
        self.call.sleep_until(time).map_err(|stop| match stop {
            Interrupt::Deadline => Error::new(
                ErrorKind::RateLimited,
                format!(
                    "the deadline passed in the queue of this client, which sends {} requests a second",
                    self.inner.settings.max_requests_per_second
                ),
            ),
            other => self.call.stopped(other, &self.peer()),
        })
    }

    /// A kept connection that turns out closed before any byte of the answer is no failure of this attempt:
    /// the question is signed anew and goes out once more, on a connection made for it.
    fn exchange(&mut self, credentials: &SecretCredentials) -> Result<Reply> {
        match self.send(credentials) {
            Err(failure) if failure.kind() == ErrorKind::Transport && self.call.is_stale() => {
                self.log(Level::Debug, || format!("{}; it was a kept one, asking on a new one", failure.message()));
                self.call.distrust_kept_connections();
                self.permit = None;
                self.permit = Some(self.acquire_permit()?);
                self.send(credentials)
            }
            outcome => outcome,
        }
    }

    fn send(&mut self, credentials: &SecretCredentials) -> Result<Reply> {
        self.signed_at = self.inner.clock.unix_seconds();
        let request = Request::sign(&self.inner.template, credentials, &self.body, self.signed_at)?;
        self.call.set_lines(request.lines);
        self.live.watch(|| self.live.transport.send(&self.call, &self.body))
    }

    fn ask(&mut self) -> Result<AsyncRequestInfo> {
        let credentials = match self.credentials.clone() {
            Some(credentials) => credentials,
            None => self.credentials()?,
        };
        let reply = self.exchange(&credentials)?;
        let lines = self.call.lines();
        let secrets = || credentials.secrets().into_iter().chain(request::signature(&lines)).collect();
        response::read(&reply, secrets)
    }

    pub fn peer(&self) -> String {
        self.inner.settings.endpoint.host_port()
    }

    fn log(&self, level: Level, line: impl FnOnce() -> String) {
        self.inner.settings.log.at(level, line);
    }

    fn log_outcome(&self, outcome: &Result<AsyncRequestInfo>, started: Instant) {
        let (body, ms) = (&self.body, || started.elapsed().as_millis());
        match outcome {
            Ok(answer) => self.log(Level::Debug, || {
                let status = answer.status_text.as_deref().unwrap_or("null");
                let request_id = answer.request_id.as_deref().unwrap_or("none");
                let line = format!("asked {body}: {status} after {} ms, RequestId {request_id}", ms());
                line.replace(char::is_control, " ")
            }),
            Err(failure) => self.log(Level::Info, || format!("asked {body}: {failure:?} after {} ms", ms())),
        }
    }
}

impl World for Operation {
    fn left(&self) -> Duration {
        self.call.left()
    }

    fn jitter(&mut self) -> f64 {
        jitter::jitter()
    }

    fn pause(&mut self, pause: Duration) -> Result<()> {
        self.log(Level::Info, || format!("asking again in {} ms", pause.as_millis()));
        self.call.enter_phase("pausing before another attempt");
        self.call.sleep_until(Instant::now() + pause).map_err(|stop| self.call.stopped(stop, &self.peer()))
    }

    fn prepare(&mut self) -> Result<()> {
        self.identify()?;
        let permit = self.acquire_permit()?;
        self.admit(permit);
        Ok(())
    }

    fn attempt(&mut self) -> Result<AsyncRequestInfo> {
        let started = Instant::now();
        let outcome = self.ask();
        self.permit = None;
        if outcome.as_ref().is_err_and(|failure| failure.kind() == ErrorKind::RateLimited) {
            self.inner.limiter.throttled();
        }
        self.log_outcome(&outcome, started);
        outcome
    }

    fn correct_clock(&mut self, failure: &Error) -> bool {
        let Some(server_time) = failure.server_time().filter(|_| self.inner.settings.clock_correction) else {
            return false;
        };
        let corrected = self.inner.clock.correct(self.signed_at, server_time, Instant::now());
        if corrected {
            let offset = self.inner.clock.offset_ms();
            self.log(Level::Warn, || {
                format!("the server's clock is {offset} ms ahead of this machine's; signing by the server's")
            });
        }
        corrected
    }

    fn refresh_credentials(&mut self) -> bool {
        let Some(stale) = self.credentials.take() else { return false };
        let credentials = self.inner.credentials();
        // Somebody may have set others meanwhile: then they are the renewal.
        match credentials.resolver().credentials(&self.call, &self.inner.clock) {
            Ok(current) if !Arc::ptr_eq(&current, &stale) => true,
            _ => credentials.resolver().refresh(&stale, &self.call, &self.inner.clock),
        }
    }
}
