//! The one place that knows the HTTP library: signed request in, reply as it came out.

mod connection;
mod connector;
mod crypto;
mod dns;
mod exchange;
mod http_connect;
mod pool;
mod retry_after;
mod roots;
#[cfg(feature = "testing")]
pub mod scripted;
mod stream;
mod tls;

use std::fmt;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ureq_proto::http::header::{
    CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, LOCATION, RETRY_AFTER,
};
use ureq_proto::http::{Method, Request, Uri, response};
use zeroize::Zeroizing;

use crate::api::request::RequestTemplate;
use crate::api::response::{MAX_BODY, Reply};
use crate::config::Settings;
use crate::config::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::context::{self, CallContext, reason};

use connector::Connector;
pub use dns::Resolver;
use exchange::Failure;
use pool::Pool;
use tls::Tls;

/// A role's credentials are 1 kB, of which a token is most.
const LARGEST_METADATA: u64 = 16 * 1024;
const MOST_HEADERS: usize = 100;

pub struct HttpClient {
    dialer: Connector,
    pool: Pool,
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

impl HttpClient {
    /// To the API.
    ///
    /// # Errors
    /// As `Tls::new`; `Internal` where judged settings make no request.
    pub fn new(settings: &Settings, template: &RequestTemplate) -> Result<Self> {
        let endpoint = settings.endpoint.clone();
        let tls = endpoint.https.then(|| Tls::new(&settings.roots, &endpoint)).transpose()?;
        let (host, others): (Vec<_>, Vec<_>) = template.headers().into_iter().partition(|(name, _)| *name == "Host");
        let dialer = Connector {
            endpoint,
            proxy: settings.proxy.clone(),
            connect_timeout: settings.connect_timeout,
            tls,
            resolver: Arc::default(),
            // The HTTP library is told what it needs for framing; all else goes out as lines written beforehand.
            lines: others
                .iter()
                .map(|(name, value)| [&name.to_ascii_lowercase(), ": ", value, "\r\n"].concat())
                .collect::<String>()
                .into(),
        };
        let mut headers = header_map(host)?;
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static(""));
        Self::over(dialer, headers, BodyRoom { first: 512, most: MAX_BODY })
    }

    /// To the metadata service: plain HTTP, never through a proxy.
    ///
    /// # Errors
    /// `Internal` where judged settings make no request.
    pub fn to_metadata(endpoint: &Endpoint, connect_timeout: Duration, resolver: Arc<Resolver>) -> Result<Self> {
        let headers = header_map([("Host", endpoint.authority())])?;
        let dialer = Connector {
            endpoint: endpoint.clone(),
            proxy: None,
            connect_timeout,
            tls: None,
            resolver,
            lines: Arc::from(""),
        };
        // The whole room at once: a buffer that grows leaves copies of the secret behind.
        let first = usize::try_from(LARGEST_METADATA).unwrap_or_default() + 64;
        Self::over(dialer, headers, BodyRoom { first, most: LARGEST_METADATA })
    }

    fn over(dialer: Connector, headers: HeaderMap, body: BodyRoom) -> Result<Self> {
        let url = dialer.endpoint.url().parse::<Uri>().map_err(|e| unsendable(&e.to_string()))?;
        let peer = dialer.endpoint.host_port();
        Ok(Self { dialer, pool: Pool::default(), url, headers, peer, body })
    }

    /// One exchange on a kept or a new connection, within the call's deadline. The call has the signed lines.
    ///
    /// # Errors
    /// Every way in which a reply fails to arrive.
    pub fn send(&self, call: &Rc<CallContext>, body: &str) -> Result<Reply> {
        let message = self.message(body).map_err(|e| unsendable(&e.to_string()))?;
        self.exchange(call, message, body)
    }

    /// As `send`, for a path that is asked for with GET.
    ///
    /// # Errors
    /// As `send`.
    pub fn get(&self, call: &Rc<CallContext>, path: &str) -> Result<Reply> {
        let url = format!("{}{}", self.url, path.trim_start_matches('/'));
        let mut message = Request::new(());
        *message.uri_mut() = url.parse::<Uri>().map_err(|e| unsendable(&e.to_string()))?;
        *message.headers_mut() = self.headers.clone();
        // What an attempt before signed is nobody else's business.
        call.set_lines(Zeroizing::default());
        self.exchange(call, message, "")
    }

    fn exchange(&self, call: &Rc<CallContext>, request: Request<()>, body: &str) -> Result<Reply> {
        call.set_stale(false);
        context::within(call, || self.talk(call, request, body))
            .and_then(|reply| call.take_failure().map_or(Ok(reply), Err))
    }

    fn talk(&self, call: &CallContext, request: Request<()>, body: &str) -> Result<Reply> {
        let kept = if call.is_fresh_only() { None } else { self.pool.take() };
        let mut connection = kept.map_or_else(|| self.dialer.connect(call), Ok)?;
        let failed = |failure: Failure| call.take_failure().unwrap_or_else(|| self.explain(&failure));
        let (head, coming) = exchange::send(&mut connection, request, body.as_bytes()).map_err(failed)?;
        let mut reply = reply(call, &head)?;
        reply.body = vec![0; self.body.first];
        let may_stay = exchange::receive(&mut connection, coming, &mut reply.body, self.body.most).map_err(failed)?;
        if reply.body.len() as u64 > self.body.most {
            let why = format!("HTTP {} with a body over {} bytes", reply.http_status, self.body.most);
            return Err(Error::new(ErrorKind::BadResponse, why).with_http_status(reply.http_status));
        }
        if may_stay {
            self.pool.keep(connection);
        }
        Ok(reply)
    }

    fn message(&self, body: &str) -> std::result::Result<Request<()>, InvalidHeaderValue> {
        let mut message = Request::new(());
        *message.method_mut() = Method::POST;
        *message.uri_mut() = self.url.clone();
        let headers = message.headers_mut();
        *headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, number(body.len())?);
        Ok(message)
    }

    fn explain(&self, failure: &Failure) -> Error {
        let peer = &self.peer;
        match failure {
            Failure::Closed => self.closed_early(),
            Failure::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => self.closed_early(),
            Failure::Io(e) => Error::new(ErrorKind::Transport, format!("{peer}: {}", reason(e))),
            Failure::Protocol(e) => Error::new(ErrorKind::BadResponse, format!("{peer}: reply is not HTTP/1.1: {e}")),
        }
    }

    fn closed_early(&self) -> Error {
        Error::new(ErrorKind::Transport, format!("{}: connection closed before the reply was whole", self.peer))
    }
}

fn unsendable(why: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("request cannot be built: {why}"))
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

/// All but the body.
fn reply(call: &CallContext, head: &response::Parts) -> Result<Reply> {
    let http_status = head.status.as_u16();
    if head.headers.len() > MOST_HEADERS {
        let why = format!("HTTP {http_status} with over {MOST_HEADERS} headers");
        return Err(Error::new(ErrorKind::BadResponse, why).with_http_status(http_status));
    }
    call.set_head(true);
    call.enter_phase("reading the reply");
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let server_time = header(DATE).and_then(retry_after::parse);
    Ok(Reply {
        http_status,
        body: Vec::new(),
        location: header(LOCATION).map(str::to_owned),
        retry_after: header(RETRY_AFTER).and_then(|text| retry_after::pause(text, server_time)),
        server_time,
    })
}
