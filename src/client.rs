//! One account's way to the API: settings, credentials, clock, pace and connections, shared by all threads.

use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use crate::api::request::{self, Request, RequestTemplate};
use crate::api::response::AsyncRequestInfo;
use crate::api::tc3;
use crate::config::{Options, Settings, header_text, text};
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::http::HttpClient;
use crate::log::Level;
use crate::operation::Operation;
use crate::rate_limit::RateLimiter;
use crate::rate_limit::window::Priority;
use crate::retry;
use crate::runtime::cancel::{Cancellation, ClientWakes};
use crate::runtime::clock::Clock;
use crate::runtime::context::{CallContext, ProgressFn, lock};

const LONGEST_REGION: usize = 64;

/// Cheap to clone; whatever was made from it keeps what it needs alive by itself.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub settings: Settings,
    pub template: RequestTemplate,
    pub clock: Clock,
    pub limiter: Arc<RateLimiter>,
    credentials: Mutex<Credentials>,
    live: RwLock<Arc<Live>>,
}

/// What belongs to one process: a forked child makes its own and never touches the parent's.
pub(crate) struct Live {
    process: u32,
    pub transport: HttpClient,
    wakes: Arc<ClientWakes>,
    /// A panic inside the HTTP library may have left its pool unusable.
    broken: AtomicBool,
}

impl Live {
    fn new(settings: &Settings, template: &RequestTemplate, wakes: Arc<ClientWakes>) -> Result<Self> {
        let transport = HttpClient::new(settings, template)?;
        Ok(Self { process: std::process::id(), transport, wakes, broken: AtomicBool::new(false) })
    }

    fn is_usable(&self) -> bool {
        self.process == std::process::id() && !self.broken.load(Ordering::Relaxed)
    }
}

impl Client {
    /// Opens no connection. `region`: the parameter, else the options' from the environment, else the profile's.
    ///
    /// # Errors
    /// `InvalidArgument` that names the option; `Tls` where the system has no store of certificates.
    pub fn new(credentials: Credentials, region: Option<&[u8]>, options: &Options) -> Result<Self> {
        let mut settings = Settings::validate(options)?;
        let profile = credentials.resolver().settings();
        let region = validate_region(region, options, profile.region.as_deref())?;
        if options.language.is_none() {
            settings.language = profile.language.or(settings.language);
        }
        for warning in profile.warnings {
            settings.log.at(Level::Warn, || warning);
        }
        let (language, request_client) = (settings.language.clone(), settings.request_client.clone());
        let template = RequestTemplate::new(settings.endpoint.authority(), region, language, request_client);
        let origin = Instant::now();
        let live = Live::new(&settings, &template, Arc::new(ClientWakes::default()))?;
        let inner = Inner {
            clock: Clock::new(origin),
            limiter: Arc::new(RateLimiter::new(origin, settings.max_requests_per_second)),
            credentials: Mutex::new(credentials),
            live: RwLock::new(Arc::new(live)),
            settings,
            template,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks what became of one task, again where that helps, within the total timeout.
    ///
    /// # Errors
    /// The last failure, with the number of requests sent.
    pub fn query(&self, async_request_id: &str) -> Result<AsyncRequestInfo> {
        let body = request::body(async_request_id)?;
        let deadline = Instant::now() + self.inner.settings.total_timeout;
        let (live, call) = self.inner.begin(deadline, None, None)?;
        let priority = Priority::Query(self.inner.limiter.now());
        let mut question = Operation::new(self.inner.clone(), live, call, body, priority);
        retry::run(&mut question, self.inner.settings.max_attempts)
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// The signed request, not sent; `timestamp` 0: now, by the corrected clock.
    ///
    /// # Errors
    /// `InvalidArgument` for the id and the timestamp; `Credentials` where they would have to be fetched first.
    pub fn sign(&self, async_request_id: &str, timestamp: i64) -> Result<(Request, String)> {
        let body = request::body(async_request_id)?;
        let credentials = self.inner.credentials().resolver().cached()?;
        let timestamp = match timestamp {
            0 => self.inner.clock.unix_seconds(),
            given => tc3::date_of(given).map(|_| given).map_err(|e| Error::invalid(e.message()))?,
        };
        let request = Request::sign(&self.inner.template, &credentials, &body, timestamp)?;
        Ok((request, body))
    }

    /// Where a request goes.
    #[must_use]
    pub fn url(&self) -> String {
        self.inner.settings.endpoint.url()
    }

    /// The headers that all requests have in common.
    #[must_use]
    pub fn template(&self) -> &RequestTemplate {
        &self.inner.template
    }

    /// From now on every request, also of calls under way, is signed with these.
    pub fn set_credentials(&self, credentials: Credentials) {
        for warning in credentials.resolver().settings().warnings {
            self.inner.settings.log.at(Level::Warn, || warning);
        }
        let before = std::mem::replace(&mut *lock(&self.inner.credentials), credentials);
        // Outside of the lock: the last owner's drop may call the host.
        drop(before);
    }

    /// How far the server's clock is ahead of this machine's, in milliseconds; 0 before a correction.
    #[must_use]
    pub fn clock_offset_ms(&self) -> i64 {
        self.inner.clock.offset_ms()
    }

    /// Calls under way and all later ones end with `Cancelled`.
    pub fn shut_down(&self) {
        self.inner.settings.log.at(Level::Info, || "client shut down".to_owned());
        let live = self.inner.live.read().unwrap_or_else(PoisonError::into_inner);
        if live.process == std::process::id() { live.wakes.shut_down() } else { live.wakes.refuse_calls() }
    }
}

impl Inner {
    pub fn credentials(&self) -> Credentials {
        lock(&self.credentials).clone()
    }

    /// The start of every call: this process's connections, and a deadline to keep.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown, `System` where no descriptor is left.
    pub fn begin(
        &self,
        deadline: Instant,
        cancel: Option<Arc<Cancellation>>,
        tick: Option<ProgressFn>,
    ) -> Result<(Arc<Live>, Rc<CallContext>)> {
        let live = self.live()?;
        if live.wakes.is_shut_down() {
            return Err(Error::new(ErrorKind::Cancelled, "the client is shut down"));
        }
        let call = CallContext::new(&live.wakes, deadline, cancel, tick)?;
        Ok((live, Rc::new(call)))
    }

    fn live(&self) -> Result<Arc<Live>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner).clone();
        if live.is_usable() {
            return Ok(live);
        }
        drop(live);
        let mut slot = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if !slot.is_usable() {
            // After fork() the wakes are shared with the parent: a drain here would swallow a wake meant for it.
            let wakes = if slot.process == std::process::id() { slot.wakes.clone() } else { slot.wakes.renewed() };
            *slot = Arc::new(Live::new(&self.settings, &self.template, wakes)?);
        }
        Ok(slot.clone())
    }
}

impl Live {
    /// Marks the connections as unusable if the body panics.
    pub fn watch<T>(&self, body: impl FnOnce() -> T) -> T {
        struct OnPanic<'a>(&'a AtomicBool);
        impl Drop for OnPanic<'_> {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    self.0.store(true, Ordering::Relaxed);
                }
            }
        }
        let _on_panic = OnPanic(&self.broken);
        body()
    }
}

fn validate_region(given: Option<&[u8]>, options: &Options, of_source: Option<&str>) -> Result<String> {
    let chosen = given.or(options.region.as_deref()).or(of_source.map(str::as_bytes));
    let Some(region) = text("region", chosen)? else {
        return Err(Error::invalid(
            "region is missing: neither the parameter nor TENCENTCLOUD_REGION (by options from the environment) nor a profile names one",
        ));
    };
    header_text("region", region, LONGEST_REGION)?;
    Ok(region.to_owned())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.inner.settings.endpoint.url())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use tcdb_mock_server::{DOCUMENTED_ID, MockServer};

    use super::Client;
    use crate::config::Options;
    use crate::credentials::provider::static_keys;
    use crate::error::ErrorKind;

    #[test]
    fn after_a_panic_in_the_http_library_the_client_goes_on_with_new_connections() {
        let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
        let credentials =
            static_keys::credentials(tcdb_mock_server::SECRET_ID, tcdb_mock_server::SECRET_KEY, None).unwrap();
        let options = Options { endpoint: Some(server.http_url().into_bytes()), ..Options::default() };
        let client = Client::new(credentials, Some(b"ap-guangzhou"), &options).unwrap();
        client.query(DOCUMENTED_ID).unwrap();
        let live = client.inner.live().unwrap();
        catch_unwind(AssertUnwindSafe(|| live.watch(|| panic!("in the library")))).unwrap_err();
        client.query(DOCUMENTED_ID).unwrap();
        client.query(DOCUMENTED_ID).unwrap();
        assert_eq!((server.requests(), server.connections()), (3, 2));
        client.shut_down();
        assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}
