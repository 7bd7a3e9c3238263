//! What a user may set, validated when it is used: setters copy and cannot fail.

pub mod authority;
pub mod endpoint;
pub mod no_proxy;
pub mod proxy;
pub mod sourced;
pub mod trust_files;
pub mod validate;

use std::time::Duration;

use crate::config::endpoint::{DEFAULT_ENDPOINT, Endpoint};
use crate::config::no_proxy::NoProxy;
use crate::config::proxy::Proxy;
pub use crate::config::sourced::Sourced;
pub use crate::config::trust_files::{Roots, TrustFile};
use crate::config::validate::{header_text, text, unquoted_text_of, wrong};
use crate::error::Result;
use crate::log::{Level, Log};

pub const DEFAULT_CONNECT_TIMEOUT_MS: u32 = 5_000;
pub const DEFAULT_TOTAL_TIMEOUT_MS: u32 = 30_000;
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
pub const DEFAULT_REQUESTS_PER_SECOND: u32 = 40;
/// Variables of this library's own, that `from_env` reads.
pub const ENDPOINT: &str = "TCDB_ASYNC_ENDPOINT";
pub const STS_ENDPOINT: &str = "TCDB_ASYNC_STS_ENDPOINT";
pub const CA_FILE: &str = "TCDB_ASYNC_CA_FILE";
pub const DEFAULT_LANGUAGE: &str = "en-US";
const LONGEST_REQUEST_CLIENT: usize = 128;

/// A text as it was given: bytes, since it is not validated yet.
pub type RawText = Option<Vec<u8>>;

/// Nothing here comes from the environment, except through `from_env`.
#[derive(Clone, Debug)]
pub struct Options {
    pub endpoint: Option<Sourced>,
    /// Of STS, for credentials that are issued there.
    pub sts_endpoint: Option<Sourced>,
    /// `None`: never set, so the default; `Some(None)`: asked not to be sent.
    pub language: Option<RawText>,
    pub region: Option<Sourced>,
    pub connect_timeout_ms: u32,
    pub total_timeout_ms: u32,
    pub max_attempts: u32,
    pub max_requests_per_second: u32,
    pub proxy: Option<Sourced>,
    pub no_proxy: Option<Sourced>,
    pub ca_file: Option<Sourced>,
    pub ca_dirs: Vec<Sourced>,
    pub clock_correction: bool,
    pub request_client: RawText,
    pub log: Log,
    /// What was given in place of a level of the log.
    pub unknown_log_level: Option<i32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            sts_endpoint: None,
            language: None,
            region: None,
            connect_timeout_ms: 0,
            total_timeout_ms: 0,
            max_attempts: 0,
            max_requests_per_second: DEFAULT_REQUESTS_PER_SECOND,
            proxy: None,
            no_proxy: None,
            ca_file: None,
            ca_dirs: Vec::new(),
            clock_correction: true,
            request_client: None,
            log: Log::default(),
            unknown_log_level: None,
        }
    }
}

/// The variables of `from_env`, for its documentation and its tests.
#[cfg(any(test, feature = "internals"))]
pub const VARIABLES: [&str; 9] = [
    "TENCENTCLOUD_REGION",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    ENDPOINT,
    STS_ENDPOINT,
    CA_FILE,
];

impl Options {
    /// The defaults, and what these variables say: `TENCENTCLOUD_REGION`, `HTTPS_PROXY`, else `ALL_PROXY`, `NO_PROXY`
    /// (each of the three also in lower case, which goes first), `TCDB_ASYNC_CA_FILE`, else `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR`, `TCDB_ASYNC_ENDPOINT`, `TCDB_ASYNC_STS_ENDPOINT`. An empty one is unset.
    pub fn from_env(variable: impl Fn(&str) -> RawText) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let sourced = |name: &'static str| set(name).map(|bytes| Sourced { bytes, name });
        let either = |names: [&'static str; 2]| names.into_iter().find_map(sourced);
        let is_blank = |value: &Sourced| value.bytes.trim_ascii().is_empty();
        let proxy_of =
            |names: [&'static str; 2]| names.into_iter().find_map(|name| sourced(name).filter(|it| !is_blank(it)));
        let proxy = proxy_of(["https_proxy", "HTTPS_PROXY"]).or_else(|| proxy_of(["all_proxy", "ALL_PROXY"]));
        let own_ca_file = sourced(CA_FILE);
        let ca_dirs = sourced("SSL_CERT_DIR").filter(|_| own_ca_file.is_none());
        Self {
            endpoint: sourced(ENDPOINT),
            sts_endpoint: sourced(STS_ENDPOINT),
            region: sourced("TENCENTCLOUD_REGION"),
            proxy: proxy.as_ref().map(proxy::of_environment),
            no_proxy: either(["no_proxy", "NO_PROXY"]),
            ca_file: own_ca_file.or_else(|| sourced("SSL_CERT_FILE")),
            ca_dirs: ca_dirs.map(|list| trust_files::entries(&list)).unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// Validated options.
#[derive(Debug, Clone)]
pub struct Settings {
    pub endpoint: Endpoint,
    /// The option or variable that it comes from.
    pub endpoint_name: &'static str,
    pub language: Option<String>,
    pub connect_timeout: Duration,
    pub total_timeout: Duration,
    pub max_attempts: u32,
    /// 0: no pacing.
    pub max_requests_per_second: u32,
    pub proxy: Option<Proxy>,
    pub roots: Roots,
    pub clock_correction: bool,
    pub request_client: String,
    pub log: Log,
}

impl Settings {
    /// # Errors
    /// `InvalidArgument` that names the option and says what is wrong with it.
    pub fn validate(options: &Options) -> Result<Self> {
        if let Some(level) = options.unknown_log_level {
            return Err(wrong("max_level", &format!("of the log is {level}; it must be 1 (error) to 4 (debug)")));
        }
        let (endpoint_name, endpoint) = endpoint(options.endpoint.as_ref())?;
        let proxy = proxy(options, &endpoint)?;
        Ok(Self {
            language: validate_language(options.language.as_ref())?,
            connect_timeout: milliseconds(options.connect_timeout_ms, DEFAULT_CONNECT_TIMEOUT_MS),
            total_timeout: milliseconds(options.total_timeout_ms, DEFAULT_TOTAL_TIMEOUT_MS),
            max_attempts: validate_attempts(options.max_attempts)?,
            max_requests_per_second: options.max_requests_per_second,
            roots: Roots::validate(options.ca_file.as_ref(), &options.ca_dirs)?,
            clock_correction: options.clock_correction,
            request_client: validate_request_client(options.request_client.as_deref())?,
            log: options.log.clone(),
            endpoint,
            endpoint_name,
            proxy,
        })
    }
}

/// The name of what it comes from, and the endpoint.
fn endpoint(given: Option<&Sourced>) -> Result<(&'static str, Endpoint)> {
    let (name, text) = match given {
        None => ("endpoint", DEFAULT_ENDPOINT),
        Some(Sourced { bytes, name }) => (*name, unquoted_text_of(name, bytes)?),
    };
    Endpoint::parse(text).map(|endpoint| (name, endpoint)).map_err(|why| wrong(name, &why))
}

fn milliseconds(given: u32, default: u32) -> Duration {
    Duration::from_millis(u64::from(if given == 0 { default } else { given }))
}

fn validate_language(given: Option<&RawText>) -> Result<Option<String>> {
    let Some(given) = given else { return Ok(Some(DEFAULT_LANGUAGE.to_owned())) };
    match text("language", given.as_deref())? {
        None => Ok(None),
        Some(known @ ("en-US" | "zh-CN")) => Ok(Some(known.to_owned())),
        Some(_) => Err(wrong("language", "is neither en-US nor zh-CN")),
    }
}

fn validate_attempts(given: u32) -> Result<u32> {
    match given {
        0 => Ok(DEFAULT_MAX_ATTEMPTS),
        1..=10 => Ok(given),
        _ => Err(wrong("max_attempts", &format!("is {given}; it must be 1 to 10, or 0 for the default"))),
    }
}

/// The proxy's URL matters only where it is used: where the list of exceptions does not name the endpoint.
fn proxy(options: &Options, endpoint: &Endpoint) -> Result<Option<Proxy>> {
    let Some(Sourced { bytes, name }) = &options.proxy else { return Ok(None) };
    if let Some(Sourced { bytes, name }) = &options.no_proxy {
        let no_proxy = NoProxy::parse(bytes);
        if no_proxy.excepts(&endpoint.host, endpoint.port) {
            return Ok(None);
        }
        for why in no_proxy.passed_over() {
            options.log.at(Level::Warn, || format!("{name}: {why}"));
        }
    }
    let url = unquoted_text_of(name, bytes)?;
    Proxy::parse(url).map(Some).map_err(|why| wrong(name, &why))
}

fn validate_request_client(given: Option<&[u8]>) -> Result<String> {
    let Some(value) = text("request_client", given)? else {
        return Ok(concat!("tcdb-async-", env!("CARGO_PKG_VERSION")).to_owned());
    };
    header_text("request_client", value, LONGEST_REQUEST_CLIENT)?;
    match value.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | ';' | '.'))) {
        Some(bad) => Err(wrong("request_client", &format!("holds {bad:?}; it must be letters, digits and -_,;."))),
        None => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests;
