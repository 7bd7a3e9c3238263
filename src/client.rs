//! One account's way to the API, shared by all threads.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::request::{self, Request, RequestTemplate};
use crate::config::validate::{header_text, unquoted_text_of};
use crate::config::{Options, Settings};
use crate::credentials::{Credentials, ProfileSettings};
use crate::error::{Error, Result};
use crate::info::AsyncRequestInfo;
use crate::log::Level;
use crate::operation::Operation;
use crate::rate_limit::Permit;
use crate::rate_limit::window::Priority;
use crate::retry::classify::{Remedied, Remedy};
use crate::retry::{self, World};
use crate::runtime::jitter;
use crate::session::Session;
use crate::unix_time::UnixSeconds;
use crate::waiter::Waiter;
use crate::waiter::queue::WaitQueue;

const MAX_REGION: usize = 64;

/// Cheap to clone; whatever is made from it keeps what it needs alive by itself.
#[derive(Clone)]
pub struct Client {
    session: Arc<Session>,
}

impl Client {
    /// Opens no connection. `region`: the parameter, else the options' from the environment, else the profile's.
    ///
    /// # Errors
    /// `InvalidArgument` that names the option; `Tls` where the system has no store of certificates.
    pub fn new(credentials: Credentials, region: Option<&[u8]>, options: &Options) -> Result<Self> {
        let mut settings = Settings::validate(options)?;
        let profile = credentials.resolver().settings();
        let region = validate_region(region, options, &profile)?;
        if options.language.is_none() {
            settings.language = profile.language.or(settings.language);
        }
        for warning in profile.warnings {
            settings.log.at(Level::Warn, || warning);
        }
        let (language, request_client) = (settings.language.clone(), settings.request_client.clone());
        let template = RequestTemplate::new(settings.endpoint.authority(), region, language, request_client);
        Ok(Self { session: Arc::new(Session::new(settings, template, credentials)?) })
    }

    /// Asks what became of one task, again where that helps, within the total timeout.
    ///
    /// # Errors
    /// The last failure, with the number of requests sent.
    pub fn query(&self, async_request_id: &str) -> Result<AsyncRequestInfo> {
        let body = request::body(async_request_id)?;
        let session = &*self.session;
        let now = Instant::now();
        let context = session.begin(now, now + session.settings.total_timeout, None, None)?;
        let priority = Priority::Query(session.limiter.time(now));
        let mut reservation = None;
        let operation = Operation::new(session, &context, &body, priority, &mut reservation);
        retry::run(&mut Query { operation, permit: None, session }, session.settings.max_attempts)
    }

    /// A wait for one task. `timeout`: zero for one reply, none to wait for ever. It counts from here.
    ///
    /// # Errors
    /// `InvalidArgument` for the id.
    pub fn waiter(&self, async_request_id: &str, timeout: Option<Duration>) -> Result<Waiter> {
        Waiter::new(&self.session, async_request_id, timeout)
    }

    /// A queue of waits; `U` comes back with a task's events.
    #[must_use]
    pub fn wait_queue<U: Clone>(&self) -> WaitQueue<U> {
        WaitQueue::new(&self.session)
    }

    /// The signed request, not sent. Without a time: now, by the corrected clock.
    ///
    /// # Errors
    /// `InvalidArgument` for the id; `Credentials` where they would have to be fetched first.
    pub fn sign(&self, async_request_id: &str, time: Option<UnixSeconds>) -> Result<(Request, String)> {
        let body = request::body(async_request_id)?;
        let credentials = self.session.credentials().resolver().cached(&self.session.clock)?;
        let timestamp = time.unwrap_or_else(|| self.session.clock.unix_seconds());
        let request = Request::sign(&self.session.template, &credentials, &body, timestamp)?;
        Ok((request, body))
    }

    /// Where a request goes.
    #[must_use]
    pub fn url(&self) -> String {
        self.session.settings.endpoint.url()
    }

    /// What all requests have in common.
    #[must_use]
    pub fn template(&self) -> &RequestTemplate {
        &self.session.template
    }

    /// From now on every request, also of calls in flight, is signed with these.
    pub fn set_credentials(&self, credentials: Credentials) {
        for warning in credentials.resolver().settings().warnings {
            self.session.log(Level::Warn, || warning);
        }
        self.session.set_credentials(credentials);
    }

    /// How far the server's clock is ahead of this machine's, in milliseconds; 0 before a correction.
    #[must_use]
    pub fn clock_offset_ms(&self) -> i64 {
        self.session.clock.offset_ms()
    }

    /// Calls in flight and all later ones end with `Cancelled`.
    pub fn shut_down(&self) {
        self.session.shut_down();
    }
}

/// A query as `retry` drives it.
struct Query<'a> {
    operation: Operation<'a>,
    permit: Option<Permit>,
    session: &'a Session,
}

impl World for Query<'_> {
    fn left(&self) -> Duration {
        self.operation.context().left()
    }

    fn jitter(&mut self) -> f64 {
        jitter::jitter()
    }

    fn pause(&mut self, pause: Duration) -> Result<()> {
        self.session.log(Level::Info, || format!("retrying in {} ms", pause.as_millis()));
        let context = self.operation.context();
        context.enter_phase("pausing before a retry");
        context.sleep_until(Instant::now() + pause).map_err(|why| context.interrupted(&why, &self.operation.peer()))
    }

    fn prepare(&mut self) -> Result<()> {
        self.permit = Some(self.operation.prepare_blocking()?);
        Ok(())
    }

    fn attempt(&mut self) -> Result<AsyncRequestInfo> {
        let permit = self.permit.take().ok_or_else(|| Error::internal("a query is prepared before it is sent"))?;
        self.operation.attempt(permit)
    }

    fn apply(&mut self, remedy: Remedy, failure: &Error) -> bool {
        self.operation.apply(remedy, failure) == Remedied::Helped
    }

    fn requests_sent(&self) -> u32 {
        self.operation.requests_sent()
    }
}

fn validate_region(given: Option<&[u8]>, options: &Options, profile: &ProfileSettings) -> Result<String> {
    let (name, chosen) = match (given, &options.region, &profile.region) {
        (Some(region), _, _) => ("region", region),
        (None, Some(region), _) => (region.name, region.bytes.as_slice()),
        (None, None, Some(region)) => (profile.region_place.as_str(), region.as_bytes()),
        (None, None, None) => {
            let unusable = profile.unusable.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
            return Err(Error::invalid(format!(
                "region is missing: neither the parameter nor TENCENTCLOUD_REGION (by options from the environment) nor a profile names one{unusable}"
            )));
        }
    };
    let region = unquoted_text_of(name, chosen)?;
    header_text(name, region, MAX_REGION)?;
    Ok(region.to_owned())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.session.settings.endpoint.url())
    }
}

#[cfg(test)]
mod tests;
