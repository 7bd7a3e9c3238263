//! What a client may be told, judged when it is used: setters copy and cannot fail.

pub mod endpoint;
pub mod proxy;
pub mod validate;

use std::path::PathBuf;
use std::time::Duration;

use crate::config::endpoint::{DEFAULT_ENDPOINT, Endpoint};
use crate::config::proxy::{Proxy, is_excepted};
use crate::config::validate::{header_text, path_of, text, wrong};
use crate::error::Result;
use crate::log::Log;

pub const DEFAULT_CONNECT_TIMEOUT_MS: u32 = 5_000;
pub const DEFAULT_TOTAL_TIMEOUT_MS: u32 = 30_000;
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
pub const DEFAULT_REQUESTS_PER_SECOND: u32 = 40;
/// Where `from_env` looks for the host of STS.
pub const STS_ENDPOINT: &str = "TCDB_ASYNC_STS_ENDPOINT";
pub const DEFAULT_LANGUAGE: &str = "en-US";
const LONGEST_REQUEST_CLIENT: usize = 128;

/// A text as it was given: bytes, since nobody has looked at it yet.
pub type RawText = Option<Vec<u8>>;

/// Nothing here comes from the environment, except through `from_env`.
#[derive(Clone, Debug)]
pub struct Options {
    pub endpoint: RawText,
    /// Of STS, for credentials that are issued there.
    pub sts_endpoint: RawText,
    /// `None`: never set, so the default; `Some(None)`: asked not to be sent.
    pub language: Option<RawText>,
    pub region: RawText,
    pub connect_timeout_ms: u32,
    pub total_timeout_ms: u32,
    pub max_attempts: u32,
    pub max_requests_per_second: u32,
    pub proxy: RawText,
    pub no_proxy: RawText,
    pub ca_file: RawText,
    pub ca_dir: RawText,
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
            ca_dir: None,
            clock_correction: true,
            request_client: None,
            log: Log::default(),
            unknown_log_level: None,
        }
    }
}

/// The variables of `from_env`, for its documentation and its tests.
#[cfg(any(test, feature = "internals"))]
pub const VARIABLES: [&str; 7] =
    ["TENCENTCLOUD_REGION", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", STS_ENDPOINT];

impl Options {
    /// The defaults, and what these variables say: `TENCENTCLOUD_REGION`, `HTTPS_PROXY`, else `ALL_PROXY`, `NO_PROXY`
    /// (each of the three also in lower case, which goes first), `SSL_CERT_FILE`, `SSL_CERT_DIR`,
    /// `TCDB_ASYNC_STS_ENDPOINT`. An empty one is unset.
    pub fn from_env(variable: impl Fn(&str) -> RawText) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let either = |name: &str| set(&name.to_ascii_lowercase()).or_else(|| set(name));
        Self {
            region: set("TENCENTCLOUD_REGION"),
            proxy: either("HTTPS_PROXY").or_else(|| either("ALL_PROXY")).map(with_scheme),
            no_proxy: either("NO_PROXY"),
            ca_file: set("SSL_CERT_FILE"),
            ca_dir: set("SSL_CERT_DIR"),
            sts_endpoint: set(STS_ENDPOINT),
            ..Self::default()
        }
    }
}

/// In the environment a proxy without a scheme is one of HTTP, as other programs take it.
fn with_scheme(mut proxy: Vec<u8>) -> Vec<u8> {
    if !proxy.windows(3).any(|three| three == b"://") {
        proxy.splice(..0, *b"http://");
    }
    proxy
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    System,
    /// A PEM file, a folder of hashed certificates, or both.
    Custom {
        file: Option<PathBuf>,
        dir: Option<PathBuf>,
    },
}

/// Options that have been judged.
#[derive(Debug, Clone)]
pub struct Settings {
    pub endpoint: Endpoint,
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
        let endpoint = text("endpoint", options.endpoint.as_deref())?.unwrap_or(DEFAULT_ENDPOINT);
        let endpoint = Endpoint::parse(endpoint).map_err(|why| wrong("endpoint", &why))?;
        let proxy = text("proxy", options.proxy.as_deref())?
            .map(|url| Proxy::parse(url).map_err(|why| wrong("proxy", &why)))
            .transpose()?;
        let no_proxy = text("no_proxy", options.no_proxy.as_deref())?.unwrap_or_default();
        let proxy = proxy.filter(|_| !is_excepted(no_proxy, &endpoint.host, endpoint.port));
        Ok(Self {
            language: validate_language(options.language.as_ref())?,
            connect_timeout: milliseconds(options.connect_timeout_ms, DEFAULT_CONNECT_TIMEOUT_MS),
            total_timeout: milliseconds(options.total_timeout_ms, DEFAULT_TOTAL_TIMEOUT_MS),
            max_attempts: validate_attempts(options.max_attempts)?,
            max_requests_per_second: options.max_requests_per_second,
            roots: roots(options)?,
            clock_correction: options.clock_correction,
            request_client: validate_request_client(options.request_client.as_deref())?,
            log: options.log.clone(),
            endpoint,
            proxy,
        })
    }
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
        _ => Err(wrong("max_attempts", &format!("is {given}; 1 to 10 are meant, 0 for the default"))),
    }
}

fn roots(options: &Options) -> Result<Roots> {
    let file = path("ca_file", options.ca_file.as_deref())?;
    let dir = path("ca_dir", options.ca_dir.as_deref())?;
    Ok(if file.is_none() && dir.is_none() { Roots::System } else { Roots::Custom { file, dir } })
}

/// File names are bytes, as for open(2).
fn path(name: &str, given: Option<&[u8]>) -> Result<Option<PathBuf>> {
    match given {
        None => Ok(None),
        Some([]) => Err(wrong(name, "is empty")),
        Some(bytes) => path_of(name, bytes).map(Some),
    }
}

fn validate_request_client(given: Option<&[u8]>) -> Result<String> {
    let Some(value) = text("request_client", given)? else {
        return Ok(concat!("tcdb-async-", env!("CARGO_PKG_VERSION")).to_owned());
    };
    header_text("request_client", value, LONGEST_REQUEST_CLIENT)?;
    match value.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | ';' | '.'))) {
        Some(bad) => Err(wrong("request_client", &format!("holds {bad:?}; letters, digits and -_,;. are meant"))),
        None => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Roots, Settings};
    use crate::config::proxy::Kind;

    fn judged(variables: &[(&str, &str)]) -> Settings {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_bytes().to_vec())
        };
        Settings::validate(&Options { endpoint: Some(b"cdb.example.com".to_vec()), ..Options::from_env(variable) })
            .unwrap()
    }

    fn proxy(variables: &[(&str, &str)]) -> Option<String> {
        judged(variables).proxy.map(|proxy| proxy.host_port())
    }

    #[test]
    fn the_environments_proxy_is_the_first_that_is_set_and_not_excepted() {
        assert_eq!(proxy(&[]), None);
        assert_eq!(proxy(&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://b:1")]), None);
        assert_eq!(proxy(&[("ALL_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:1")]).as_deref(), Some("b:1"));
        assert_eq!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")]).as_deref(), Some("b:1"));
        assert_eq!(proxy(&[("https_proxy", ""), ("all_proxy", "http://a:1")]).as_deref(), Some("a:1"));
        assert_eq!(proxy(&[("HTTPS_PROXY", "user:secret@a:1")]).as_deref(), Some("a:1"));
        assert_eq!(judged(&[("ALL_PROXY", "socks5://a")]).proxy.unwrap().kind, Kind::Socks5);
        for no_proxy in ["*", "example.com", "x, .example.com", "cdb.example.com:443"] {
            assert_eq!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", no_proxy)]), None, "{no_proxy}");
        }
        assert!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("no_proxy", "ample.com")]).is_some());
    }

    #[test]
    fn the_environments_authorities_replace_the_systems() {
        assert_eq!(judged(&[]).roots, Roots::System);
        let given = judged(&[("SSL_CERT_FILE", "/a.pem"), ("SSL_CERT_DIR", "/certs")]).roots;
        assert_eq!(given, Roots::Custom { file: Some("/a.pem".into()), dir: Some("/certs".into()) });
    }
}
