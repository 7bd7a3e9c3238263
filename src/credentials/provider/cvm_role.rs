//! Credentials of the role that a CVM instance has, from the metadata service of the machine.
//!
//! Two questions: the role's name, unless it is given, and the role's credentials. The service is asked over plain HTTP
//! at its own address or at a loopback one, never through a proxy; redirects are not followed, bodies are bounded.

use std::time::{Duration, Instant};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::api::sts::Temporary;
use crate::config::endpoint::Endpoint;
use crate::config::validate::text;
use crate::config::{self, Options};
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpClient, HttpConfig, HttpError, Response, Reuse};
use crate::json::{self, Object};
use crate::retry::backoff::Backoff;
use crate::retry::classify;
use crate::runtime::context::CallContext;
use crate::runtime::jitter;
use crate::runtime::sync::InheritedOnce;

const PATH: &str = "/latest/meta-data/cam/security-credentials/";
const LONGEST_ROLE: usize = 128;
const ATTEMPTS: u32 = 3;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_millis(400), growth: 2.0 };
/// A role's credentials are 5 kB at most, of which a token is most. The whole room at once: a buffer that grows leaves
/// copies of the secret behind.
const MAX_BODY: usize = 16 * 1024;

/// How long the source may take; options may say otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub connect: Duration,
    pub total: Duration,
}

/// For a caller who knows that there is such a service.
pub(crate) const TIMES: Times = Times { connect: Duration::from_secs(1), total: Duration::from_secs(3) };
/// For a chain that tries whether there is one.
pub(crate) const TIMES_IN_CHAIN: Times = Times { connect: Duration::from_millis(500), total: Duration::from_secs(1) };

pub struct CvmRole {
    role: Option<String>,
    /// The name that the service gave, for `source`.
    discovered: InheritedOnce<String>,
    endpoint: Endpoint,
    times: Times,
}

/// The role's credentials, fetched by the first query that needs them.
///
/// # Errors
/// `InvalidArgument` that names the parameter or option.
pub fn credentials(role: Option<&str>, io: &Options) -> Result<Credentials> {
    Ok(Credentials::new(CachedProvider::unfetched(Box::new(CvmRole::new("role", role, io, TIMES)?), io.log.clone())))
}

impl CvmRole {
    /// `role_name`: what the role is called where it comes from.
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter or option.
    pub(crate) fn new(role_name: &str, role: Option<&str>, io: &Options, default: Times) -> Result<Self> {
        if let Some(why) = role.and_then(role_name_problem) {
            return Err(Error::invalid(format!("{role_name} {why}")));
        }
        // A variable's is the API's.
        let endpoint = io.endpoint.as_ref().filter(|endpoint| endpoint.name != config::ENDPOINT);
        let endpoint = text("endpoint", endpoint.map(|endpoint| endpoint.bytes.as_slice()))?;
        let endpoint = Endpoint::metadata(endpoint).map_err(|why| Error::invalid(format!("endpoint {why}")))?;
        let given = |ms: u32, default| if ms == 0 { default } else { Duration::from_millis(ms.into()) };
        let times = Times {
            connect: given(io.connect_timeout_ms, default.connect),
            total: given(io.total_timeout_ms, default.total),
        };
        Ok(Self { role: role.map(str::to_owned), discovered: InheritedOnce::new(), endpoint, times })
    }

    /// # Errors
    /// `Cancelled`, `System`; `Credentials` for a service that answers with something unusable.
    pub(crate) fn lookup(&self, context: &CallContext) -> Result<Lookup<ExpiringCredentials>> {
        let http = HttpClient::new(&HttpConfig {
            endpoint: &self.endpoint,
            endpoint_name: "endpoint",
            // The metadata service is the machine's own: never through a proxy.
            proxy: None,
            connect_timeout: self.times.connect,
            trust: None,
            headers: &[],
            max_body: MAX_BODY,
            first_room: MAX_BODY,
        })?;
        let outcome = context.bounded(Instant::now() + self.times.total, || self.ask(&http, context));
        match outcome {
            Err(error) if is_silence(error.kind()) => {
                Ok(Lookup::NotFound(NotFound { why: error.message().to_owned(), is_transient: true }))
            }
            outcome => outcome,
        }
    }

    fn ask(&self, http: &HttpClient, context: &CallContext) -> Result<Lookup<ExpiringCredentials>> {
        let role = match &self.role {
            Some(role) => role.clone(),
            None => match self.discover(http, context)? {
                Lookup::Found(role) => {
                    self.discovered.set(role.clone());
                    role
                }
                Lookup::NotFound(nothing) => return Ok(Lookup::NotFound(nothing)),
            },
        };
        let reply = Wiped(self.get(http, context, &format!("{PATH}{role}"))?);
        match reply.0.status {
            404 => Ok(Lookup::NotFound(NotFound::new(format!("the instance has no role {role}")))),
            200 => read(&reply.0.body).map(Lookup::Found).map_err(|why| self.unusable(&format!("role {role}: {why}"))),
            status => Err(self.unusable(&unexpected(status))),
        }
    }

    fn discover(&self, http: &HttpClient, context: &CallContext) -> Result<Lookup<String>> {
        let reply = self.get(http, context, PATH)?;
        match reply.status {
            404 => Ok(Lookup::NotFound(NotFound::new("the instance has no role"))),
            200 => {
                let name = std::str::from_utf8(&reply.body)
                    .map_err(|_| self.unusable("the name of its role is not UTF-8"))?
                    .trim();
                match role_name_problem(name) {
                    Some(why) => Err(self.unusable(&format!("the name of its role {why}"))),
                    None => Ok(Lookup::Found(name.to_owned())),
                }
            }
            status => Err(self.unusable(&unexpected(status))),
        }
    }

    /// Asks again what may pass, as long as there is time.
    fn get(&self, http: &HttpClient, context: &CallContext, path: &str) -> Result<Response> {
        let (mut attempt, mut reuse) = (1, Reuse::Allowed);
        loop {
            let outcome = http.get(context, path, reuse);
            let is_transient = match &outcome {
                Ok(response) => response.status == 429 || response.status >= 500,
                Err(HttpError::ConnectionReused(_) | HttpError::Forked(_)) => {
                    reuse = Reuse::Forbidden;
                    continue;
                }
                Err(HttpError::Failed(error)) => classify::is_retried_in_query(error),
            };
            let pause = BACKOFF.delay(attempt, jitter::jitter());
            if !is_transient || attempt == ATTEMPTS || context.left() <= pause {
                return outcome.map_err(Error::from);
            }
            attempt += 1;
            context.enter_phase("pausing before a retry of the metadata service");
            let interrupted = |why| context.interrupted(&why, &self.endpoint.host_port());
            context.sleep_until(Instant::now() + pause).map_err(interrupted)?;
        }
    }

    fn unusable(&self, why: &str) -> Error {
        let error =
            Error::new(ErrorKind::Credentials, format!("metadata service {}: {why}", self.endpoint.host_port()));
        error.retryable(true)
    }
}

impl Provider for CvmRole {
    fn name(&self) -> String {
        "CVM role".to_owned()
    }

    fn source(&self) -> String {
        match self.role.as_ref().or_else(|| self.discovered.get()) {
            Some(role) => format!("CVM role {role}"),
            None => self.name(),
        }
    }

    fn fetch(&self, refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        match self.lookup(refresh.context)? {
            Lookup::Found(fetched) => Ok(fetched),
            Lookup::NotFound(NotFound { why, is_transient }) => {
                Err(NotFound { why: format!("CVM role: {why}"), is_transient }.into_error())
            }
        }
    }
}

/// Whether nothing answered as a metadata service: for a chain that is a place that has nothing.
fn is_silence(code: ErrorKind) -> bool {
    !matches!(code, ErrorKind::Cancelled | ErrorKind::System | ErrorKind::Internal | ErrorKind::Credentials)
}

fn unexpected(status: u16) -> String {
    let redirect = if (300..400).contains(&status) { "; redirects are refused" } else { "" };
    format!("returned HTTP {status}{redirect}")
}

/// Why a text cannot be a role's name. It becomes part of a path.
fn role_name_problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    if name.len() > LONGEST_ROLE {
        return Some(format!("is {} bytes long; at most {LONGEST_ROLE}", name.len()));
    }
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | ',' | '.' | '@' | '_' | '-');
    if !name.chars().all(is_of_a_name) || name.chars().all(|c| c == '.') {
        return Some("holds something other than letters, digits and +=,.@_-".to_owned());
    }
    None
}

/// A reply that holds a secret.
struct Wiped(Response);

impl Drop for Wiped {
    fn drop(&mut self) {
        drop(Zeroizing::new(std::mem::take(&mut self.0.body)));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleCredential {
    tmp_secret_id: Option<Zeroizing<String>>,
    tmp_secret_key: Option<Zeroizing<String>>,
    token: Option<Zeroizing<String>>,
    /// Unix seconds.
    expired_time: Option<i64>,
    code: Option<String>,
}

/// # Errors
/// What is wrong with the reply, in one clause that quotes no secret of it.
pub(crate) fn read(body: &[u8]) -> std::result::Result<ExpiringCredentials, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the reply is not UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let Object(found) =
        serde_json::from_str::<Object<RoleCredential>>(text).map_err(|e| format!("the reply {}", json::fault(&e)))?;
    if let Some(code) = found.code.filter(|code| code != "Success") {
        let is_word = !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        return Err(format!("the reply has the Code {}", if is_word { &code } else { "of a failure" }));
    }
    let temporary =
        Temporary { tmp_secret_id: found.tmp_secret_id, tmp_secret_key: found.tmp_secret_key, token: found.token };
    let issued = temporary.issued(found.expired_time)?;
    Ok(ExpiringCredentials { credentials: issued.credentials, expires_at: Some(issued.expires_at) })
}
