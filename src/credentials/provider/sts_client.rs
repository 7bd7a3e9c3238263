//! One request to STS with its remedies: a corrected clock, a renewed base, a pause where STS counts too many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::api::excerpt::Redactor;
use crate::api::request::{Action, Request, RequestTemplate, signature};
use crate::api::response::Reply;
use crate::api::secret::SecretCredentials;
use crate::api::sts::{self, CallerIdentity, Issued};
use crate::config::endpoint::DEFAULT_STS_ENDPOINT;
use crate::config::{Options, Settings, Sourced};
use crate::credentials::cache::Refresh;
use crate::credentials::{Credentials, Refreshed};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{HttpClient, HttpConfig, HttpError, Response, Reuse, TrustStore};
use crate::log::{Level, Log};
use crate::retry::backoff::Backoff;
use crate::retry::classify::{self, Remedy};
use crate::runtime::jitter;
use crate::unix_time::UnixSeconds;

const CONNECT_TIMEOUT_MS: u32 = 2_000;
const TOTAL_TIMEOUT_MS: u32 = 5_000;
const ATTEMPTS: u32 = 3;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(2), growth: 2.0 };
/// STS counts by the second. Programs that were started at once spread over another one.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// Asks STS over a connection of its own: a fetch is rare.
pub struct StsClient {
    settings: Settings,
    /// Read once, so that a child finds what its parent found. None: plain HTTP.
    trust: Option<TrustStore>,
}

/// What proves the right to a role.
pub enum Proof<'a> {
    /// A signature with these.
    Signature(&'a Credentials),
    /// A token in the body.
    Token(&'a str),
}

/// A request, written once and signed for each attempt.
pub struct Question<'a> {
    pub action: Action,
    pub region: &'a str,
    pub body: &'a [u8],
    pub proof: Proof<'a>,
}

/// What a reply is read by.
type Parse<T> = fn(&Reply, &Redactor) -> Result<T>;

/// What has been tried within one fetch.
struct Attempts {
    sent: u32,
    reuse: Reuse,
    clock_corrected: bool,
    base_renewed: bool,
    last: Option<Error>,
}

impl StsClient {
    /// Opens no connection. The endpoint is the one for STS, never that of `io`, which is the metadata service's.
    ///
    /// # Errors
    /// `InvalidArgument` that names the option; `Tls` where the system has no store of certificates.
    pub fn new(io: &Options) -> Result<Self> {
        // Its name is kept for messages.
        let default = || Sourced::new("sts_endpoint", DEFAULT_STS_ENDPOINT);
        let endpoint = io.sts_endpoint.clone().unwrap_or_else(default);
        let or = |given, default| if given == 0 { default } else { given };
        let settings = Settings::validate(&Options {
            endpoint: Some(endpoint),
            connect_timeout_ms: or(io.connect_timeout_ms, CONNECT_TIMEOUT_MS),
            total_timeout_ms: or(io.total_timeout_ms, TOTAL_TIMEOUT_MS),
            ..io.clone()
        })?;
        let trust = TrustStore::of(&settings)?;
        Ok(Self { settings, trust })
    }

    pub fn log(&self) -> &Log {
        &self.settings.log
    }

    /// # Errors
    /// Why nothing was issued. `Cancelled`, `System`, `Internal` and the base's own failures as they are, all else as
    /// `Credentials` with the refusal's code.
    pub fn issue(&self, question: &Question<'_>, refresh: &Refresh<'_>) -> Result<Issued> {
        self.answer(question, refresh, sts::read)
    }

    /// # Errors
    /// As of `issue`.
    pub fn identify(&self, question: &Question<'_>, refresh: &Refresh<'_>) -> Result<CallerIdentity> {
        self.answer(question, refresh, sts::read_identity)
    }

    fn answer<T>(&self, question: &Question<'_>, refresh: &Refresh<'_>, parse: Parse<T>) -> Result<T> {
        // The base has its own times; those of the options begin when STS is asked.
        if let Proof::Signature(base) = question.proof {
            base.resolver().credentials(refresh.context, refresh.clock)?;
        }
        let until = Instant::now() + self.settings.total_timeout;
        refresh.context.bounded(until, || self.ask(question, refresh, parse)).map_err(of_credentials)
    }

    fn ask<T>(&self, question: &Question<'_>, refresh: &Refresh<'_>, parse: Parse<T>) -> Result<T> {
        let settings = &self.settings;
        let host = settings.endpoint.authority();
        let (language, client) = (settings.language.clone(), settings.request_client.clone());
        let template = RequestTemplate::of(question.action, host, question.region.to_owned(), language, client);
        let http = self.http(&template)?;
        let mut tried =
            Attempts { sent: 0, reuse: Reuse::Allowed, clock_corrected: false, base_renewed: false, last: None };
        loop {
            let base = match question.proof {
                Proof::Signature(base) => Some(base.resolver().credentials(refresh.context, refresh.clock)?),
                Proof::Token(_) => None,
            };
            let signed_at = refresh.clock.unix_seconds();
            let lines = lines(&template, base.as_deref(), question.body, signed_at)?;
            refresh.context.enter_phase("requesting credentials from STS");
            let outcome = match http.post(refresh.context, &lines, question.body, tried.reuse) {
                Err(HttpError::ConnectionReused(_) | HttpError::Forked(_)) if tried.reuse == Reuse::Allowed => {
                    tried.reuse = Reuse::Forbidden;
                    continue;
                }
                Err(error) => Err(Error::from(error)),
                Ok(response) => read(response, &lines, base.as_deref(), &question.proof, parse),
            };
            let failure = match outcome {
                Ok(parsed) => return Ok(parsed),
                // What STS said last explains more than that there was no time to ask again.
                Err(failure) if failure.kind() == ErrorKind::RequestTimeout => tried.last.take().unwrap_or(failure),
                Err(failure) => failure,
            };
            tried.sent += 1;
            if !self.is_remedied(&failure, question, base.as_ref(), signed_at, refresh, &mut tried)? {
                return Err(failure.with_attempts(tried.sent));
            }
            tried.last = Some(failure);
        }
    }

    /// Whether it is worth asking again, which is then due at once.
    fn is_remedied(
        &self,
        failure: &Error,
        question: &Question<'_>,
        base: Option<&Arc<SecretCredentials>>,
        signed_at: UnixSeconds,
        refresh: &Refresh<'_>,
        tried: &mut Attempts,
    ) -> Result<bool> {
        match (classify::remedy(failure), failure.server_time()) {
            (Some(Remedy::CorrectClock), Some(server_time)) if self.settings.clock_correction => {
                let corrected = !std::mem::replace(&mut tried.clock_corrected, true)
                    && refresh.clock.correct(signed_at, server_time, Instant::now());
                return Ok(corrected);
            }
            (Some(Remedy::RefreshCredentials), _) => {
                let (Proof::Signature(provider), Some(rejected)) = (&question.proof, base) else { return Ok(false) };
                let renewed = !std::mem::replace(&mut tried.base_renewed, true)
                    && provider.resolver().refresh(rejected, refresh.context, refresh.clock) == Refreshed::Yes;
                return Ok(renewed);
            }
            _ => {}
        }
        let pause = pause(failure, tried.sent);
        if !sts::is_transient(failure) || tried.sent >= ATTEMPTS || refresh.context.left() <= pause {
            return Ok(false);
        }
        let host = self.settings.endpoint.host_port();
        self.log()
            .at(Level::Info, || format!("STS {host}: {}; retrying in {} ms", failure.message(), pause.as_millis()));
        refresh.context.enter_phase("pausing before a retry of STS");
        let interrupted = |why| refresh.context.interrupted(&why, &host);
        refresh.context.sleep_until(Instant::now() + pause).map_err(interrupted)?;
        Ok(true)
    }

    fn http(&self, template: &RequestTemplate) -> Result<HttpClient> {
        let headers: Vec<_> = template.headers().iter().skip(1).map(|(name, value)| (*name, value.as_str())).collect();
        HttpClient::new(&HttpConfig {
            endpoint: &self.settings.endpoint,
            endpoint_name: self.settings.endpoint_name,
            proxy: self.settings.proxy.as_ref(),
            connect_timeout: self.settings.connect_timeout,
            trust: self.trust.as_ref(),
            headers: &headers,
            max_body: sts::MAX_REPLY,
            // The whole room at once: a buffer that grows leaves copies of the secret behind.
            first_room: sts::MAX_REPLY,
        })
    }
}

fn lines(
    template: &RequestTemplate,
    base: Option<&SecretCredentials>,
    body: &[u8],
    signed_at: UnixSeconds,
) -> Result<Zeroizing<String>> {
    let Some(base) = base else { return Ok(sts::unsigned_lines(signed_at)) };
    let body = std::str::from_utf8(body).map_err(|_| Error::internal("JSON is UTF-8"))?;
    Request::sign(template, base, body, signed_at).map(|request| request.lines)
}

fn read<T>(
    response: Response,
    lines: &str,
    base: Option<&SecretCredentials>,
    proof: &Proof<'_>,
    parse: Parse<T>,
) -> Result<T> {
    let token = if let Proof::Token(token) = proof { Some(*token) } else { None };
    let signature = base.and_then(|_| signature(lines));
    let secrets = base.map(SecretCredentials::secrets).into_iter().flatten().chain(signature).chain(token);
    let mut reply =
        Reply { http_status: response.status, body: response.body, location: None, retry_after: response.retry_after };
    let parsed = parse(&reply, &Redactor::new(secrets))
        .map_err(|failure| failure.with_server_time(response.date.unix_seconds()));
    drop(Zeroizing::new(std::mem::take(&mut reply.body)));
    parsed
}

fn pause(failure: &Error, sent: u32) -> Duration {
    let chance = jitter::jitter();
    let own =
        if sts::is_throttled(failure) { THROTTLED_PAUSE.mul_f64(1.0 + chance) } else { BACKOFF.delay(sent, chance) };
    failure.retry_after().map_or(own, |asked| asked.max(own))
}

/// A failure to get credentials, whatever it was: only what says nothing about STS stays what it is.
fn of_credentials(failure: Error) -> Error {
    match failure.kind() {
        ErrorKind::Cancelled | ErrorKind::System | ErrorKind::Internal | ErrorKind::Credentials => failure,
        ErrorKind::InvalidArgument
        | ErrorKind::WaitTimeout
        | ErrorKind::Busy
        | ErrorKind::Resolve
        | ErrorKind::Connect
        | ErrorKind::Tls
        | ErrorKind::RequestTimeout
        | ErrorKind::Transport
        | ErrorKind::Proxy
        | ErrorKind::BadResponse
        | ErrorKind::Auth
        | ErrorKind::Denied
        | ErrorKind::RateLimited
        | ErrorKind::UnknownRequestId
        | ErrorKind::Rejected
        | ErrorKind::Unavailable => {
            let said = if failure.server_code().is_some() { "STS: " } else { "" };
            Error::new(ErrorKind::Credentials, format!("{said}{}", failure.message()))
                .caused_by(Some(&failure))
                .retryable(sts::is_transient(&failure))
        }
    }
}
