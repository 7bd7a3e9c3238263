//! One question to the API and its attempts: pace, sign, send, read. What `retry` needs of the world.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::request::{self, Request};
use crate::api::response::{self, Answer, Reply};
use crate::client::{Inner, Live};
use crate::credentials::Identity;
use crate::error::{Code, Error, Result};
use crate::log::Level;
use crate::rate_limit::window::Asker;
use crate::rate_limit::{Flight, PlaceTurn};
use crate::retry::World;
use crate::runtime::context::{Call, Stop};
use crate::runtime::jitter;

pub(crate) struct Question {
    inner: Arc<Inner>,
    live: Arc<Live>,
    call: Rc<Call>,
    body: String,
    asker: Asker,
    identity: Option<Arc<Identity>>,
    flight: Option<Flight>,
    signed_at: i64,
}

impl Question {
    pub fn new(inner: Arc<Inner>, live: Arc<Live>, call: Rc<Call>, body: String, asker: Asker) -> Self {
        Self { inner, live, call, body, asker, identity: None, flight: None, signed_at: 0 }
    }

    fn identity(&self) -> Result<Arc<Identity>> {
        self.inner.credentials().source().identity(&self.call, &self.inner.clock)
    }

    /// Credentials for the next attempt; fetched where they have to be.
    ///
    /// # Errors
    /// `Credentials`, or why the fetching was stopped.
    pub fn identify(&mut self) -> Result<()> {
        self.identity = Some(self.identity()?);
        Ok(())
    }

    /// The next attempt goes out in this turn.
    pub fn board(&mut self, flight: Flight) {
        self.flight = Some(flight);
    }

    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Waits for this question's turn.
    fn take_turn(&self) -> Result<Flight> {
        let mut place = self.inner.queue.enter(self.asker);
        self.call.enter_phase("waiting for a place in the pace");
        loop {
            match place.turn() {
                PlaceTurn::Go(flight) => return Ok(flight),
                PlaceTurn::NotBefore(time) => self.sleep_in_queue(time)?,
            }
        }
    }

    fn sleep_in_queue(&self, time: Duration) -> Result<()> {
        let time = self.inner.queue.instant(time).unwrap_or_else(|| self.call.deadline());
        self.call.sleep_until(time).map_err(|stop| match stop {
            Stop::Deadline => Error::new(
                Code::RateLimited,
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
    fn exchange(&mut self, identity: &Identity) -> Result<Reply> {
        match self.send(identity) {
            Err(failure) if failure.code() == Code::Transport && self.call.is_stale() => {
                self.log(Level::Debug, || format!("{}; it was a kept one, asking on a new one", failure.message()));
                self.call.distrust_kept_connections();
                self.flight = None;
                self.flight = Some(self.take_turn()?);
                self.send(identity)
            }
            outcome => outcome,
        }
    }

    fn send(&mut self, identity: &Identity) -> Result<Reply> {
        self.signed_at = self.inner.clock.unix_seconds();
        let request = Request::sign(&self.inner.envelope, identity, &self.body, self.signed_at)?;
        self.call.set_lines(request.lines);
        self.live.watch(|| self.live.transport.send(&self.call, &self.body))
    }

    fn ask(&mut self) -> Result<Answer> {
        let identity = match self.identity.clone() {
            Some(identity) => identity,
            None => self.identity()?,
        };
        let reply = self.exchange(&identity)?;
        let lines = self.call.lines();
        let secrets = || identity.secrets().into_iter().chain(request::signature(&lines)).collect();
        response::read(&reply, secrets)
    }

    pub fn peer(&self) -> String {
        self.inner.settings.endpoint.host_port()
    }

    fn log(&self, level: Level, line: impl FnOnce() -> String) {
        self.inner.settings.log.at(level, line);
    }

    fn log_outcome(&self, outcome: &Result<Answer>, started: Instant) {
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

impl World for Question {
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
        let flight = self.take_turn()?;
        self.board(flight);
        Ok(())
    }

    fn attempt(&mut self) -> Result<Answer> {
        let started = Instant::now();
        let outcome = self.ask();
        self.flight = None;
        if outcome.as_ref().is_err_and(|failure| failure.code() == Code::RateLimited) {
            self.inner.queue.rate_limited();
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

    fn renew_credentials(&mut self) -> bool {
        let Some(stale) = self.identity.take() else { return false };
        let credentials = self.inner.credentials();
        // Somebody may have set others meanwhile: then they are the renewal.
        match credentials.source().identity(&self.call, &self.inner.clock) {
            Ok(current) if !Arc::ptr_eq(&current, &stale) => true,
            _ => credentials.source().renew(&stale, &self.call, &self.inner.clock),
        }
    }
}
