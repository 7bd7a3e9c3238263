//! What a client's calls share: settings, credentials, clock, rate limiter, and per process its connections.

use std::sync::Arc;
use std::time::Instant;

use crate::api::request::RequestTemplate;
use crate::api::response::MAX_BODY;
use crate::config::Settings;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpClient, HttpConfig, TrustStore};
use crate::log::Level;
use crate::rate_limit::RateLimiter;
use crate::runtime::cancel::{Cancellation, ClientWakes};
use crate::runtime::clock::Clock;
use crate::runtime::context::{CallContext, ProgressFn};
use crate::runtime::fork::ForkLocal;
use crate::runtime::sync::InheritedMutex;
use crate::runtime::sys::WakeFd;

/// Most replies fit.
const FIRST_ROOM: usize = 512;

pub struct Session {
    pub settings: Settings,
    pub template: RequestTemplate,
    pub clock: Clock,
    pub limiter: Arc<RateLimiter>,
    credentials: InheritedMutex<Credentials>,
    /// Read once, so that a child finds what its parent found. None: plain HTTP.
    trust: Option<TrustStore>,
    wakes: Arc<ClientWakes>,
    /// A forked child makes its own connections and never touches its parent's.
    http: ForkLocal<HttpClient>,
}

impl Session {
    /// Opens no connection.
    ///
    /// # Errors
    /// `InvalidArgument` for a CA file that cannot be read, `Tls` where the system has no store of certificates.
    pub fn new(settings: Settings, template: RequestTemplate, credentials: Credentials) -> Result<Self> {
        let trust = TrustStore::of(&settings)?;
        let origin = Instant::now();
        let http = http_client(&settings, &template, trust.as_ref())?;
        Ok(Self {
            clock: Clock::new(origin),
            limiter: Arc::new(RateLimiter::new(origin, settings.max_requests_per_second)),
            credentials: InheritedMutex::new(credentials),
            wakes: Arc::default(),
            http: ForkLocal::new(http),
            trust,
            settings,
            template,
        })
    }

    pub fn credentials(&self) -> Credentials {
        self.credentials.lock().clone()
    }

    pub fn set_credentials(&self, credentials: Credentials) {
        let before = std::mem::replace(&mut *self.credentials.lock(), credentials);
        // Outside of the lock: the last owner's drop may call the host.
        drop(before);
    }

    /// The start of every call.
    ///
    /// # Errors
    /// `Cancelled` after a shutdown, `System` where no descriptor is left.
    pub fn begin(
        &self,
        now: Instant,
        deadline: Instant,
        cancellation: Option<Arc<Cancellation>>,
        progress: Option<ProgressFn>,
    ) -> Result<CallContext> {
        if self.wakes.is_shut_down() {
            return Err(Error::new(ErrorKind::Cancelled, "the client is shut down"));
        }
        CallContext::new(&self.wakes, now, deadline, cancellation, progress)
    }

    /// A descriptor that a shutdown wakes, to be given back.
    ///
    /// # Errors
    /// `System` where no descriptor is left.
    pub fn take_wake(&self) -> Result<Arc<WakeFd>> {
        self.wakes.take()
    }

    pub fn give_back_wake(&self, wake: Arc<WakeFd>) {
        self.wakes.give_back(wake);
    }

    /// This process's connections.
    ///
    /// # Errors
    /// `Internal` where a child cannot make what its parent made.
    pub fn http(&self) -> Result<&HttpClient> {
        self.http.try_get(|_| http_client(&self.settings, &self.template, self.trust.as_ref()))
    }

    /// Calls in flight and all later ones end with `Cancelled`.
    pub fn shut_down(&self) {
        self.log(Level::Info, || "client shut down".to_owned());
        self.wakes.shut_down();
    }

    pub fn is_shut_down(&self) -> bool {
        self.wakes.is_shut_down()
    }

    pub fn log(&self, level: Level, line: impl FnOnce() -> String) {
        self.settings.log.at(level, line);
    }
}

fn http_client(settings: &Settings, template: &RequestTemplate, trust: Option<&TrustStore>) -> Result<HttpClient> {
    // Host is written by the HTTP client itself.
    let headers: Vec<_> = template.headers().iter().skip(1).map(|(name, value)| (*name, value.as_str())).collect();
    HttpClient::new(&HttpConfig {
        endpoint: &settings.endpoint,
        endpoint_name: settings.endpoint_name,
        proxy: settings.proxy.as_ref(),
        connect_timeout: settings.connect_timeout,
        trust,
        headers: &headers,
        max_body: MAX_BODY,
        first_room: FIRST_ROOM,
    })
}
