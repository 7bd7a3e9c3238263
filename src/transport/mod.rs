//! The one place that knows the HTTP library: signed request in, reply as it came out.

mod dial;
#[cfg(feature = "fake-wire")]
pub mod fake_wire;
mod resolver;
mod socket;
mod tls;
mod tunnel;
mod wire;

use std::fmt;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, LOCATION, RETRY_AFTER,
};
use ureq::http::{Method, Response, Uri};
use ureq::unversioned::resolver::{ArrayVec, ResolvedSocketAddrs, Resolver as NameResolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Agent, AsSendBody, Body};

use crate::call::{self, Call, reason};
use crate::endpoint::Endpoint;
use crate::error::{Code, Error, Result};
use crate::options::Settings;
use crate::request::{Envelope, Request};
use crate::response::{LARGEST_BODY, Reply};

use dial::Dialer;
pub use resolver::Resolver;
use tls::Tls;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-tc-timestamp");
const TOKEN: HeaderName = HeaderName::from_static("x-tc-token");
/// A role's credentials are 1 kB, of which a token is most.
const LARGEST_METADATA: u64 = 16 * 1024;
const MOST_HEADERS: usize = 100;
const IDLE_CONNECTIONS: usize = 64;
/// Well under the 60 s after which the server closes.
const IDLE_AGE: Duration = Duration::from_secs(45);

pub struct Transport {
    agent: Agent,
    url: Uri,
    headers: HeaderMap,
    peer: String,
    body: BodyRoom,
}

/// How large a reply's body may be, and how much of it has room before it has to grow.
#[derive(Clone, Copy)]
struct BodyRoom {
    first: usize,
    most: u64,
}

impl Transport {
    /// To the API.
    ///
    /// # Errors
    /// As `Tls::new`; `Internal` where judged settings make no request.
    pub fn new(settings: &Settings, envelope: &Envelope) -> Result<Self> {
        let endpoint = settings.endpoint.clone();
        let tls = endpoint.https.then(|| Tls::new(&settings.authorities, &endpoint)).transpose()?;
        let dialer = Dialer {
            endpoint,
            proxy: settings.proxy.clone(),
            connect_timeout: settings.connect_timeout,
            tls,
            resolver: Arc::default(),
        };
        let mut headers = header_map(envelope.headers())?;
        // Places for what changes from request to request: a copy of the map with room for them grows no more.
        for name in [TIMESTAMP, AUTHORIZATION, CONTENT_LENGTH] {
            headers.insert(name, HeaderValue::from_static(""));
        }
        Self::over(dialer, headers, BodyRoom { first: 512, most: LARGEST_BODY })
    }

    /// To the metadata service: plain HTTP, never through a proxy.
    ///
    /// # Errors
    /// `Internal` where judged settings make no request.
    pub fn to_metadata(endpoint: &Endpoint, connect_timeout: Duration, resolver: Arc<Resolver>) -> Result<Self> {
        let headers = header_map([("Host", endpoint.authority())])?;
        let dialer = Dialer { endpoint: endpoint.clone(), proxy: None, connect_timeout, tls: None, resolver };
        // The whole room at once: a buffer that grows leaves copies of the secret behind.
        let first = usize::try_from(LARGEST_METADATA).unwrap_or_default() + 64;
        Self::over(dialer, headers, BodyRoom { first, most: LARGEST_METADATA })
    }

    fn over(dialer: Dialer, headers: HeaderMap, body: BodyRoom) -> Result<Self> {
        let url = dialer.endpoint.url().parse::<Uri>().map_err(|e| unsendable(&e.to_string()))?;
        let peer = dialer.endpoint.host_port();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS)
            .max_idle_age(IDLE_AGE)
            .build();
        let agent = Agent::with_parts(config, dialer, Elsewhere);
        Ok(Self { agent, url, headers, peer, body })
    }

    /// One exchange on a kept or a new connection, within the call's deadline.
    ///
    /// # Errors
    /// Every way in which a reply fails to arrive.
    pub fn send(&self, call: &Rc<Call>, request: &Request, body: &str) -> Result<Reply> {
        let message = self.message(request, body).map_err(|e| unsendable(&e.to_string()))?;
        self.exchange(call, message)
    }

    /// As `send`, for a path that is asked for with GET.
    ///
    /// # Errors
    /// As `send`.
    pub fn get(&self, call: &Rc<Call>, path: &str) -> Result<Reply> {
        let url = format!("{}{}", self.url, path.trim_start_matches('/'));
        let mut message = ureq::http::Request::new(());
        *message.uri_mut() = url.parse::<Uri>().map_err(|e| unsendable(&e.to_string()))?;
        *message.headers_mut() = self.headers.clone();
        self.exchange(call, message)
    }

    fn exchange(&self, call: &Rc<Call>, message: ureq::http::Request<impl AsSendBody>) -> Result<Reply> {
        call.set_stale(false);
        call::within(call, || {
            self.agent.run(message).and_then(|response| read(call, response, self.body).map_err(ureq::Error::from))
        })
        .map_err(|error| call.take_failure().unwrap_or_else(|| self.explain(&error)))
        .and_then(|reply| call.take_failure().map_or(Ok(reply), Err))
    }

    fn message<'a>(
        &self,
        request: &Request,
        body: &'a str,
    ) -> std::result::Result<ureq::http::Request<&'a [u8]>, InvalidHeaderValue> {
        let mut message = ureq::http::Request::new(body.as_bytes());
        *message.method_mut() = Method::POST;
        *message.uri_mut() = self.url.clone();
        let headers = message.headers_mut();
        *headers = self.headers.clone();
        headers.insert(TIMESTAMP, number(request.timestamp)?);
        headers.insert(AUTHORIZATION, sensitive(&request.authorization)?);
        // The library would put it first; stated here it stands where it is looked for.
        headers.insert(CONTENT_LENGTH, number(body.len())?);
        if let Some(token) = &request.token {
            headers.insert(TOKEN, sensitive(token)?);
        }
        Ok(message)
    }

    fn explain(&self, error: &ureq::Error) -> Error {
        let peer = &self.peer;
        match error {
            ureq::Error::BodyStalled => self.closed_early(),
            ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => self.closed_early(),
            ureq::Error::Io(e) => Error::new(Code::Transport, format!("{peer}: {}", reason(e))),
            ureq::Error::Protocol(e) => Error::new(Code::BadResponse, format!("{peer}: reply is not HTTP/1.1: {e}")),
            other => Error::new(Code::BadResponse, format!("{peer}: {other}")),
        }
    }

    fn closed_early(&self) -> Error {
        Error::new(Code::Transport, format!("{}: connection closed before the reply was whole", self.peer))
    }
}

fn unsendable(why: &str) -> Error {
    Error::new(Code::Internal, format!("request cannot be built: {why}"))
}

fn sensitive(text: &str) -> std::result::Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// `HeaderValue::from` would allocate twice.
fn number(value: impl fmt::Display) -> std::result::Result<HeaderValue, InvalidHeaderValue> {
    let mut digits = [0; 20];
    let mut room = digits.as_mut_slice();
    // 20 digits are enough for any number of 64 bits.
    let _ = write!(room, "{value}");
    let used = 20 - room.len();
    HeaderValue::from_bytes(digits.get(..used).unwrap_or_default())
}

fn header_map(headers: impl IntoIterator<Item = (&'static str, String)>) -> Result<HeaderMap> {
    let mut map = HeaderMap::with_capacity(16);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| unsendable(&e.to_string()))?;
        map.insert(name, HeaderValue::from_str(&value).map_err(|e| unsendable(&e.to_string()))?);
    }
    Ok(map)
}

fn read(call: &Call, response: Response<Body>, room: BodyRoom) -> std::io::Result<Reply> {
    let (head, body) = response.into_parts();
    if head.headers.len() > MOST_HEADERS {
        let status = head.status.as_u16();
        let why = format!("HTTP {status} with over {MOST_HEADERS} headers");
        call.fail(Error::new(Code::BadResponse, why).with_http_status(status));
        return Ok(Reply::default());
    }
    call.set_head(true);
    call.enter_phase("reading the reply");
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let mut reply = Reply {
        http_status: head.status.as_u16(),
        body: Vec::with_capacity(room.first),
        location: header(LOCATION).map(str::to_owned),
        retry_after: None,
        server_time: header(DATE).and_then(crate::http_date::parse),
    };
    reply.retry_after = header(RETRY_AFTER).and_then(|text| crate::http_date::pause(text, reply.server_time));
    let mut body = body.into_reader().take(room.most + 1);
    body.read_to_end(&mut reply.body)?;
    if reply.body.len() as u64 > room.most {
        let status = reply.http_status;
        call.fail(
            Error::new(Code::BadResponse, format!("HTTP {status} with a body over {} bytes", room.most))
                .with_http_status(status),
        );
    }
    Ok(reply)
}

/// The library asks for addresses before every request, kept connection or not. The dialer looks them up, when it dials.
#[derive(Debug)]
struct Elsewhere;

impl NameResolver for Elsewhere {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(ArrayVec::from_fn(|_| ([0, 0, 0, 0], 0).into()))
    }
}
