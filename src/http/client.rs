//! POST and GET to one endpoint, over connections that are kept.

use std::fmt;
use std::time::Duration;

use ureq_proto::http::header::{
    CONTENT_LENGTH, DATE, HOST, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, LOCATION, RETRY_AFTER,
};
use ureq_proto::http::{Method, Request, Uri, response};

use super::connection::Connection;
use super::connector::Connector;
use super::exchange::{self, Failure};
use super::pool::Pool;
use super::retry_after::{self, DateText};
use super::stream::carried;
use super::tls::Tls;
use super::trust::TrustStore;
use crate::config::endpoint::Endpoint;
use crate::config::proxy::{Kind, Proxy};
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::CallContext;
use crate::runtime::sys::{self, ProcessId};

const MAX_HEADERS: usize = 100;

/// What a client is made of. Everything is validated already.
pub struct HttpConfig<'a> {
    pub endpoint: &'a Endpoint,
    /// What the endpoint is called where it comes from.
    pub endpoint_name: &'static str,
    pub proxy: Option<&'a Proxy>,
    pub connect_timeout: Duration,
    /// The certificates to trust. Unused for plain HTTP.
    pub trust: Option<&'a TrustStore>,
    /// Header fields of every request, in addition to Host and Content-Length, in the order sent.
    pub headers: &'a [(&'static str, &'a str)],
    /// The largest body of a reply that is read, in bytes.
    pub max_body: usize,
    /// How much room a reply's body has before it grows. What holds secrets gets it all at once: a buffer that grows
    /// leaves copies behind.
    pub first_room: usize,
}

/// Thread-safe: threads share its pool.
pub struct HttpClient {
    connector: Connector,
    pool: Pool,
    url: Uri,
    /// Of a POST: Host, and Content-Length, to be replaced in each copy, where there would be no room for it. These the
    /// protocol crate reads itself; all else goes out as lines written once.
    headers: HeaderMap,
    lines: String,
    peer: String,
    max_body: usize,
    first_room: usize,
}

/// A reply as it came.
#[derive(Debug, Default)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    /// Of a redirect, which is never followed.
    pub location: Option<String>,
    pub retry_after: Option<Duration>,
    pub date: DateText,
}

/// Whether a request may go out on a kept connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    Allowed,
    Forbidden,
}

/// Why no reply came.
#[derive(Debug)]
pub enum HttpError {
    /// A kept connection ended before any byte of the reply, as the server closed it before the request arrived; or the
    /// reply says that the request belongs on another one.
    ConnectionReused(Error),
    /// The process has forked within the call, and this is the child: the request goes out again, on its own connection.
    Forked(Error),
    Failed(Error),
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::ConnectionReused(error) | HttpError::Forked(error) | HttpError::Failed(error) => error,
        }
    }
}

impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl HttpClient {
    /// # Errors
    /// `Internal` where validated settings make no request.
    pub fn new(config: &HttpConfig) -> Result<Self> {
        let endpoint = config.endpoint.clone();
        let tls = match config.trust {
            Some(trust) if endpoint.https => Some(Tls::new(trust, &endpoint.host, config.endpoint_name)?),
            None if endpoint.https => return Err(Error::internal("https has a trust store")),
            _ => None,
        };
        let proxy =
            config.proxy.map(|proxy| proxy_tls(proxy, config.trust).map(|tls| (proxy.clone(), tls))).transpose()?;
        let url = endpoint.url().parse::<Uri>().map_err(|e| unsendable(&e))?;
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(HOST, HeaderValue::from_str(&endpoint.authority()).map_err(|e| unsendable(&e))?);
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        let peer = endpoint.host_port();
        let connector = Connector { endpoint, proxy, connect_timeout: config.connect_timeout, tls };
        let lines = config.headers.iter().map(|(name, value)| header_line(name, value)).collect();
        let (max_body, first_room) = (config.max_body, config.first_room.min(config.max_body + 1));
        Ok(Self { connector, pool: Pool::default(), url, headers, lines, peer, max_body, first_room })
    }

    /// One exchange on a kept or a new connection, within the call's deadline. `lines`: header lines of this request
    /// alone, as `header_line` writes them.
    ///
    /// # Errors
    /// Every way in which a reply fails to arrive.
    pub fn post(
        &self,
        context: &CallContext,
        lines: &str,
        body: &[u8],
        reuse: Reuse,
    ) -> std::result::Result<Response, HttpError> {
        let mut request = self.request(self.url.clone());
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(CONTENT_LENGTH, number(body.len()).map_err(|e| unsendable(&e))?);
        self.exchange(context, request, &[&self.lines, lines], body, reuse)
    }

    /// As `post`, for a path below the endpoint.
    ///
    /// # Errors
    /// As `post`.
    pub fn get(&self, context: &CallContext, path: &str, reuse: Reuse) -> std::result::Result<Response, HttpError> {
        let url = format!("{}{}", self.url, path.trim_start_matches('/'));
        let mut request = self.request(url.parse::<Uri>().map_err(|e| unsendable(&e))?);
        request.headers_mut().remove(CONTENT_LENGTH);
        self.exchange(context, request, &[&self.lines], &[], reuse)
    }

    fn request(&self, url: Uri) -> Request<()> {
        let mut request = Request::new(());
        *request.uri_mut() = url;
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn exchange(
        &self,
        context: &CallContext,
        request: Request<()>,
        lines: &[&str],
        body: &[u8],
        reuse: Reuse,
    ) -> std::result::Result<Response, HttpError> {
        let process = sys::process_id();
        let kept = if reuse == Reuse::Allowed { self.pool.take() } else { None };
        let idle_since = kept.as_ref().map(|(_, since)| *since);
        let mut connection = match kept {
            Some((connection, _)) => connection,
            None => self.connector.connect(context).map_err(|error| of_this_process(error, process))?,
        };
        let error = match self.talk(context, &mut connection, request, lines, body) {
            Ok((response, _)) if wants_another_connection(response.status) && connection.is_reused() => {
                let why = format!("{}: HTTP {}", self.peer, response.status);
                return Err(HttpError::ConnectionReused(Error::new(ErrorKind::Transport, why)));
            }
            Ok((response, may_stay)) => {
                let may_stay = may_stay && !wants_another_connection(response.status);
                if may_stay && connection.is_of_this_process() {
                    self.pool.keep(connection);
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        if !connection.is_of_this_process() || !connection.is_unanswered_reuse() {
            return Err(of_this_process(error, process));
        }
        let is_dead = matches!(error.kind(), ErrorKind::Transport | ErrorKind::RequestTimeout);
        if let Some(since) = idle_since.filter(|_| is_dead) {
            self.pool.distrust(since);
        }
        let is_of_connection = error.kind() == ErrorKind::Transport;
        Err(if is_of_connection { HttpError::ConnectionReused(error) } else { HttpError::Failed(error) })
    }

    /// The reply, and whether the connection may carry another request.
    fn talk(
        &self,
        context: &CallContext,
        connection: &mut Connection,
        request: Request<()>,
        lines: &[&str],
        body: &[u8],
    ) -> Result<(Response, bool)> {
        let (head, rest) =
            exchange::send(context, connection, request, lines, body).map_err(|failure| self.explain(failure))?;
        let mut response = response(&head)?;
        connection.end_head();
        context.enter_phase("reading the reply");
        response.body = zeroed(self.first_room);
        let may_stay = exchange::receive(context, connection, rest, &mut response.body, self.max_body)
            .map_err(|failure| self.explain(failure))?;
        if response.body.len() > self.max_body {
            let why = format!("{}: HTTP {} with a body over {} bytes", self.peer, response.status, self.max_body);
            return Err(Error::new(ErrorKind::BadResponse, why).with_http_status(response.status));
        }
        Ok((response, may_stay))
    }

    fn explain(&self, failure: Failure) -> Error {
        let peer = &self.peer;
        match failure {
            Failure::Closed => self.closed_early(),
            Failure::Io(e) => carried(e, |e| {
                if e.kind() == std::io::ErrorKind::UnexpectedEof {
                    self.closed_early()
                } else {
                    Error::new(ErrorKind::Transport, format!("{peer}: {}", io_reason(e)))
                }
            }),
            Failure::Protocol(e) => Error::new(ErrorKind::BadResponse, format!("{peer}: reply is not HTTP/1.1: {e}")),
            Failure::Chunks(why) => Error::new(ErrorKind::BadResponse, format!("{peer}: reply has {why}")),
            Failure::Internal(assumed) => Error::internal(assumed),
        }
    }

    fn closed_early(&self) -> Error {
        Error::new(ErrorKind::Transport, format!("{}: connection closed before the reply was whole", self.peer))
    }
}

/// Request Timeout, Misdirected Request, Too Early: replies that are of the connection, not of the request.
fn wants_another_connection(status: u16) -> bool {
    matches!(status, 408 | 421 | 425)
}

/// One header field as it goes out.
#[must_use]
pub fn header_line(name: &str, value: &str) -> String {
    [&name.to_ascii_lowercase(), ": ", value, "\r\n"].concat()
}

/// What failed in a child because the parent had begun it says nothing.
fn of_this_process(error: Error, began: ProcessId) -> HttpError {
    if sys::process_id() == began { HttpError::Failed(error) } else { HttpError::Forked(error) }
}

fn proxy_tls(proxy: &Proxy, trust: Option<&TrustStore>) -> Result<Option<Tls>> {
    match (proxy.kind, trust) {
        (Kind::Https, Some(trust)) => Tls::new(trust, &proxy.host, "proxy").map(Some),
        (Kind::Https, None) => Err(Error::internal("an https proxy has a trust store")),
        (Kind::Http | Kind::Socks5, _) => Ok(None),
    }
}

fn unsendable(why: &dyn fmt::Display) -> Error {
    Error::internal(&format!("validated settings make a request: {why}"))
}

/// `HeaderValue::from` would allocate twice.
fn number(value: usize) -> std::result::Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::from_str(itoa::Buffer::new().format(value))
}

/// Not by calloc, which in glibc goes past the thread's cache of freed memory: 400 instructions more.
#[allow(clippy::slow_vector_initialization, reason = "measured")]
fn zeroed(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    bytes.resize(length, 0);
    bytes
}

/// All but the body.
fn response(head: &response::Parts) -> Result<Response> {
    let status = head.status.as_u16();
    if head.headers.len() > MAX_HEADERS {
        let why = format!("HTTP {status} with over {MAX_HEADERS} headers");
        return Err(Error::new(ErrorKind::BadResponse, why).with_http_status(status));
    }
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let date = head.headers.get(DATE).map(|value| DateText::new(value.as_bytes())).unwrap_or_default();
    Ok(Response {
        status,
        body: Vec::new(),
        location: head.headers.get(LOCATION).and_then(|value| location(value.as_bytes())),
        retry_after: header(RETRY_AFTER).and_then(|text| retry_after::pause(text, &date)),
        date,
    })
}

/// Whatever its bytes are; an empty one is as good as none.
fn location(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(value.trim_ascii());
    (!text.is_empty()).then(|| text.into_owned())
}
