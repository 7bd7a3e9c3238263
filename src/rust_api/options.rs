//! What a client can be configured with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{self, Sourced};
use crate::log::{Level, Log, Sink};

/// The API's host for accounts of the international site: the default.
pub const ENDPOINT_INTL: &str = config::endpoint::DEFAULT_ENDPOINT;
/// The API's host for accounts of the mainland site.
pub const ENDPOINT_MAINLAND: &str = "cdb.tencentcloudapi.com";

/// Options of a client. Setters keep what they are given; [`Client::new`](crate::Client::new) validates it and names the
/// option that cannot be used.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options(pub(super) config::Options);

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LogLevel {
    /// What failed for good.
    Error,
    /// What needs attention: a clock that is off, a file that others can read.
    Warn,
    /// Failures that are retried, refreshes of credentials, shutdown.
    Info,
    /// Every attempt and its outcome.
    Debug,
}

impl LogLevel {
    fn level(self) -> Level {
        match self {
            Self::Error => Level::Error,
            Self::Warn => Level::Warn,
            Self::Info => Level::Info,
            Self::Debug => Level::Debug,
        }
    }

    fn of(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
        }
    }
}

impl Options {
    /// The defaults. Nothing is read from the environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// The defaults and what the environment says, read now: `TENCENTCLOUD_REGION`, `HTTPS_PROXY` or `ALL_PROXY`,
    /// `NO_PROXY` (each of the three in lower case first), `TCDB_ASYNC_CA_FILE`, else `SSL_CERT_FILE` and `SSL_CERT_DIR`,
    /// `TCDB_ASYNC_ENDPOINT` (never that of the metadata service), `TCDB_ASYNC_STS_ENDPOINT`. An empty variable counts as
    /// unset; messages name the variable.
    pub fn from_env() -> Self {
        Self(config::Options::from_env(|name| std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes)))
    }

    /// The region of the data, like `ap-guangzhou`. Without one, the profile's is taken.
    pub fn region(mut self, region: &str) -> Self {
        self.0.region = Some(Sourced::new("region", region));
        self
    }

    /// Host, `host:port` or `https://` URL of the API. Default: [`ENDPOINT_INTL`]; accounts of the mainland site use
    /// [`ENDPOINT_MAINLAND`]. Plain `http://` is for localhost and loopback addresses only.
    pub fn endpoint(mut self, endpoint: &str) -> Self {
        self.0.endpoint = Some(Sourced::new("endpoint", endpoint));
        self
    }

    /// Of STS, in options for credentials. The default: `sts.intl.tencentcloudapi.com`; accounts of the mainland site use
    /// `sts.tencentcloudapi.com`.
    pub fn sts_endpoint(mut self, endpoint: &str) -> Self {
        self.0.sts_endpoint = Some(Sourced::new("sts_endpoint", endpoint));
        self
    }

    /// The language of the API's texts: `en-US` (the default) or `zh-CN`.
    pub fn language(mut self, language: &str) -> Self {
        self.0.language = Some(Some(language.into()));
        self
    }

    /// Bounds making a connection: lookup, TCP, proxy, TLS. Default: 5 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.0.connect_timeout_ms = milliseconds(timeout);
        self
    }

    /// Bounds a query with all its attempts, and one attempt of a wait. Default: 30 seconds.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.0.total_timeout_ms = milliseconds(timeout);
        self
    }

    /// Requests that a query sends at most, 1 to 10, those after a corrected clock or refreshed credentials not counted.
    /// Default: 3.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.0.max_attempts = attempts;
        self
    }

    /// The client's rate limit. 0 disables rate limiting. Default: 40, the API's limit for an account.
    pub fn max_requests_per_second(mut self, requests: u32) -> Self {
        self.0.max_requests_per_second = requests;
        self
    }

    /// `http://[user:password@]host[:port]` or `socks5://…`. Without one, none is used. The environment's exceptions do not
    /// hold for it.
    pub fn proxy(mut self, url: &str) -> Self {
        self.0.no_proxy = self.0.no_proxy.filter(|hosts| hosts.name == "no_proxy");
        self.0.proxy = Some(Sourced::new("proxy", url));
        self
    }

    /// Hosts that are reached without the proxy, separated by commas.
    pub fn no_proxy(mut self, hosts: &str) -> Self {
        self.0.no_proxy = Some(Sourced::new("no_proxy", hosts));
        self
    }

    /// A PEM file with the certificates to trust in place of the system's, and of those that the environment names.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.0.ca_dirs.retain(|dir| dir.name == "ca_dir");
        self.0.ca_file = Some(Sourced::new("ca_file", path.as_ref().as_os_str().as_encoded_bytes()));
        self
    }

    /// A folder with certificates to trust in place of the system's, and of those that the environment names.
    pub fn ca_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.0.ca_file = self.0.ca_file.filter(|file| file.name == "ca_file");
        self.0.ca_dirs = vec![Sourced::new("ca_dir", path.as_ref().as_os_str().as_encoded_bytes())];
        self
    }

    /// Whether to sign by the API's clock after it has refused this machine's. Default: true.
    pub fn clock_correction(mut self, on: bool) -> Self {
        self.0.clock_correction = on;
        self
    }

    /// What the API's logs show as the caller: up to 128 letters, digits and `-_,;.`.
    pub fn request_client(mut self, name: &str) -> Self {
        self.0.request_client = Some(name.into());
        self
    }

    /// A function that receives log lines up to `max`, one line at a time, from whatever thread makes a call. No line
    /// contains a secret.
    pub fn log(mut self, max: LogLevel, log: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        self.0.log = Log::new(max.level(), Arc::new(Lines(log)));
        self
    }
}

/// 0 means the default in the core, so what is shorter than a millisecond is one.
fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).map_or(u32::MAX, |ms| ms.max(1))
}

struct Lines<F>(F);

impl<F: Fn(LogLevel, &str) + Send + Sync> Sink for Lines<F> {
    fn line(&self, level: Level, line: &str) {
        (self.0)(LogLevel::of(level), line);
    }
}

#[cfg(test)]
mod tests;
