//! One API request and its remedies. `client` and `waiter` drive it; neither knows how a request is made.

use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use crate::api::excerpt::Redactor;
use crate::api::request::{self, Request};
use crate::api::response::{self, Reply};
use crate::api::secret::SecretCredentials;
use crate::credentials::Refreshed;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpError, Response, Reuse};
use crate::info::AsyncRequestInfo;
use crate::log::Level;
use crate::rate_limit::window::Priority;
use crate::rate_limit::{Admission, Permit, Replied, Reservation};
use crate::retry::classify::{Remedied, Remedy};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::jitter;
use crate::session::Session;
use crate::unix_time::UnixSeconds;

pub struct Operation<'a> {
    session: &'a Session,
    context: &'a CallContext,
    body: &'a str,
    priority: Priority,
    /// The caller's, so that it can last longer than this operation: a waiter keeps its place between steps.
    reservation: &'a mut Option<Reservation>,
    credentials: Option<Arc<SecretCredentials>>,
    /// After one kept connection has turned out closed the others are not trusted either.
    reuse: Reuse,
    signed_at: UnixSeconds,
    requests_sent: u32,
    /// The present attempt.
    started: Instant,
}

/// Whether a request can be sent now.
pub enum Readiness {
    Ready(Permit),
    NotBefore(Instant),
}

impl<'a> Operation<'a> {
    pub fn new(
        session: &'a Session,
        context: &'a CallContext,
        body: &'a str,
        priority: Priority,
        reservation: &'a mut Option<Reservation>,
    ) -> Self {
        Self {
            session,
            context,
            body,
            priority,
            reservation,
            credentials: None,
            reuse: Reuse::Allowed,
            signed_at: UnixSeconds(0),
            requests_sent: 0,
            started: context.started(),
        }
    }

    /// Acquires valid credentials, fetched by `credentials_until` where they have to be, and a permit; or says when to try
    /// again. Credentials come first each time, so that what is sent is signed with what is valid then.
    ///
    /// # Errors
    /// `Credentials`, or why fetching them was interrupted.
    pub fn prepare(&mut self, credentials_until: Instant) -> Result<Readiness> {
        let fetched = self.context.bounded(credentials_until, || self.resolve())?;
        self.credentials = Some(fetched);
        self.context.enter_phase("waiting for a permit of the rate limiter");
        let limiter = &self.session.limiter;
        let reservation =
            self.reservation.get_or_insert_with(|| limiter.reserve(self.priority, self.context.deadline()));
        match reservation.poll() {
            Admission::Admitted(permit) => {
                *self.reservation = None;
                Ok(Readiness::Ready(permit))
            }
            Admission::RetryAt(time) => Ok(Readiness::NotBefore(limiter.instant(time))),
        }
    }

    /// Sleeps until there is a permit.
    ///
    /// # Errors
    /// As `prepare`; `RateLimited` where the deadline passes first.
    pub fn prepare_blocking(&mut self) -> Result<Permit> {
        loop {
            match self.prepare(self.context.deadline())? {
                Readiness::Ready(permit) => return Ok(permit),
                Readiness::NotBefore(time) => self.context.sleep_until(time).map_err(|why| match why {
                    Interrupt::Deadline => self.session.limiter.deadline_passed(),
                    other => self.context.interrupted(&other, &self.peer()),
                })?,
            }
        }
    }

    /// Signs, sends, parses. Consumes the permit.
    ///
    /// # Errors
    /// Why there is no reply, or no good one.
    pub fn attempt(&mut self, permit: Permit) -> Result<AsyncRequestInfo> {
        self.started = Instant::now();
        let outcome = self.exchange(permit);
        if let Err(failure) = &outcome {
            self.log_failure(failure);
        }
        outcome
    }

    /// Applies what `retry` prescribed.
    pub fn apply(&mut self, remedy: Remedy, failure: &Error) -> Remedied {
        match remedy {
            Remedy::CorrectClock if self.correct_clock(failure) => Remedied::Helped,
            Remedy::CorrectClock => Remedied::Useless,
            Remedy::RefreshCredentials => self.refresh_credentials(),
        }
    }

    /// To the API, by this operation.
    pub fn requests_sent(&self) -> u32 {
        self.requests_sent
    }

    pub fn context(&self) -> &CallContext {
        self.context
    }

    pub fn peer(&self) -> String {
        self.session.settings.endpoint.host_port()
    }

    fn resolve(&self) -> Result<Arc<SecretCredentials>> {
        self.session.credentials().resolver().credentials(self.context, &self.session.clock)
    }

    /// A kept connection that turns out closed before any byte of the reply is not a failure of this attempt, nor is a fork:
    /// the request is signed again and goes out once more, on a new connection.
    fn exchange(&mut self, permit: Permit) -> Result<AsyncRequestInfo> {
        let mut outcome = self.send(permit);
        loop {
            let (failure, why) = match outcome {
                Ok((response, lines, replied)) => {
                    let outcome = self.parse(response, &lines);
                    match &outcome {
                        Err(failure) if failure.kind() == ErrorKind::RateLimited => replied.refused(jitter::jitter()),
                        _ => replied.accepted(),
                    }
                    return outcome;
                }
                Err(HttpError::ConnectionReused(failure)) if self.reuse == Reuse::Allowed => {
                    self.reuse = Reuse::Forbidden;
                    (failure, "the connection was reused")
                }
                Err(HttpError::Forked(failure)) => (failure, "this is the child"),
                Err(HttpError::ConnectionReused(failure) | HttpError::Failed(failure)) => return Err(failure),
            };
            self.session.log(Level::Debug, || format!("{}; {why}; sending again on a new one", failure.message()));
            let permit = self.prepare_blocking()?;
            outcome = self.send(permit);
        }
    }

    fn send(&mut self, permit: Permit) -> std::result::Result<(Response, Zeroizing<String>, Replied), HttpError> {
        let credentials = self.credentials.as_ref().ok_or_else(|| Error::internal("an operation is prepared"))?;
        self.signed_at = self.session.clock.unix_seconds();
        let request = Request::sign(&self.session.template, credentials, self.body, self.signed_at)?;
        let http = self.session.http()?;
        let sent_before = self.context.requests_sent();
        let response = http.post(self.context, &request.lines, self.body.as_bytes(), self.reuse);
        self.requests_sent += self.context.requests_sent() - sent_before;
        let replied = permit.complete();
        Ok((response?, request.lines, replied))
    }

    fn parse(&self, response: Response, lines: &str) -> Result<AsyncRequestInfo> {
        let reply = Reply {
            http_status: response.status,
            body: response.body,
            location: response.location,
            retry_after: response.retry_after,
        };
        let credentials = self.credentials.as_deref();
        let secrets =
            || credentials.map(SecretCredentials::secrets).into_iter().flatten().chain(request::signature(lines));
        let redactor = || Redactor::new(secrets());
        let outcome =
            response::read(&reply, redactor).map_err(|failure| failure.with_server_time(response.date.unix_seconds()));
        if let Ok(info) = &outcome {
            self.session.log(Level::Debug, || self.reply_line(info, &redactor()));
        }
        outcome
    }

    fn reply_line(&self, info: &AsyncRequestInfo, redactor: &Redactor) -> String {
        let shown = |text: Option<&str>, none| text.map_or_else(|| String::from(none), |text| redactor.shown(text));
        let (status, request_id) =
            (shown(info.status_text.as_deref(), "null"), shown(info.request_id.as_deref(), "none"));
        let ms = self.started.elapsed().as_millis();
        let line = format!("request {}: {status} after {ms} ms, RequestId {request_id}", self.body);
        line.replace(char::is_control, " ")
    }

    fn correct_clock(&self, failure: &Error) -> bool {
        let session = self.session;
        let Some(server_time) = failure.server_time().filter(|_| session.settings.clock_correction) else {
            return false;
        };
        let corrected = session.clock.correct(self.signed_at, server_time, Instant::now());
        if corrected {
            let offset = session.clock.offset_ms();
            session.log(Level::Warn, || {
                format!("the server's clock is {offset} ms ahead of this machine's; signing by the server's")
            });
        }
        corrected
    }

    fn refresh_credentials(&mut self) -> Remedied {
        let Some(rejected) = self.credentials.take() else { return Remedied::Useless };
        // Others may have been set meanwhile: then they are the refresh.
        let refreshed = match self.resolve() {
            Ok(current) if !Arc::ptr_eq(&current, &rejected) => Refreshed::Yes,
            _ => self.session.credentials().resolver().refresh(&rejected, self.context, &self.session.clock),
        };
        match refreshed {
            Refreshed::Yes => Remedied::Helped,
            Refreshed::No => Remedied::Useless,
            Refreshed::NotNow => Remedied::MayHelpLater,
        }
    }

    fn log_failure(&self, failure: &Error) {
        let (body, started) = (self.body, self.started);
        self.session
            .log(Level::Info, || format!("request {body}: {failure:?} after {} ms", started.elapsed().as_millis()));
    }
}
