//! From a name to a connection that can carry a request: lookup, TCP, proxy, TLS, within the connect timeout.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket as RawSocket, Type};

use super::connection::Connection;
use super::dns::Resolver;
use super::http_connect;
use super::stream::Stream;
use super::tls::Tls;
use crate::config::endpoint::Endpoint;
use crate::config::proxy::Proxy;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::context::{CallContext, Interrupt, reason};
use crate::runtime::sys::{self, Want};

/// Some lost packets in a row are no reason to give a connection up.
const LEAST_PATIENCE: Duration = Duration::from_secs(3);

pub struct Connector {
    pub endpoint: Endpoint,
    pub proxy: Option<Proxy>,
    pub connect_timeout: Duration,
    /// None: plain HTTP to a loopback address.
    pub tls: Option<Tls>,
    pub resolver: Arc<Resolver>,
    /// Header lines of all requests that the HTTP library is not told of.
    pub lines: Arc<str>,
}

impl Connector {
    /// # Errors
    /// Why no connection came about.
    pub fn connect(&self, call: &CallContext) -> Result<Connection> {
        call.bound_connecting(Some(Instant::now() + self.connect_timeout));
        let dialled = self.dial(call);
        call.bound_connecting(None);
        dialled
    }
}

impl Connector {
    fn dial(&self, call: &CallContext) -> Result<Connection> {
        let peer = self.endpoint.host_port();
        let mut socket = match &self.proxy {
            None => self.reach(call, &self.endpoint.host, self.endpoint.port, peer.clone())?,
            Some(proxy) => {
                let name = format!("proxy {}", proxy.host_port());
                let mut socket = self.reach(call, &proxy.host, proxy.port, name)?;
                http_connect::open(call, &mut socket, proxy, &self.endpoint)?;
                socket
            }
        };
        let tls = self.tls.as_ref().map(|tls| tls.handshake(call, &mut socket, &peer)).transpose()?;
        Ok(Connection::new(socket, tls, self.lines.clone()))
    }

    /// Tries the host's addresses in order, each with its share of the time that is left.
    fn reach(&self, call: &CallContext, host: &str, port: u16, name: String) -> Result<Stream> {
        #[cfg(feature = "testing")]
        if let Some(dialled) = Self::fake(&name) {
            return dialled;
        }
        let addresses = self.resolver.look_up(call, host, port)?;
        call.enter_phase("connecting");
        let mut last = None;
        for (i, address) in addresses.iter().enumerate() {
            let still = u32::try_from(addresses.len() - i).unwrap_or(1);
            let now = Instant::now();
            let share = call.connect_deadline().saturating_duration_since(now) / still;
            match connect(call, address, now + share, still == 1) {
                Ok(stream) => {
                    self.stop_sending_into_the_void(&stream);
                    if i > 0 {
                        self.resolver.prefer(host, port, address);
                    }
                    return Ok(Stream::new(stream, name));
                }
                Err(Failure::Interrupt(stop)) => {
                    if matches!(stop, Interrupt::ConnectTimeout | Interrupt::Deadline) {
                        self.resolver.forget(host, port);
                    }
                    return Err(call.stopped(stop, &name));
                }
                Err(Failure::Io(e)) if sys::is_exhaustion(&e) => {
                    return Err(Error::new(ErrorKind::System, format!("connect to {name}: {}", reason(&e))));
                }
                Err(Failure::Io(e)) => last = Some(reason(&e)),
                Err(Failure::ShareOver) => last = Some("no answer".to_owned()),
            }
        }
        self.resolver.forget(host, port);
        let why = last.unwrap_or_else(|| "no address".to_owned());
        Err(Error::new(ErrorKind::Connect, format!("connect to {name}: {why}")))
    }
}

#[cfg(feature = "testing")]
impl Connector {
    /// Always some: the fuzzers reach nobody.
    #[allow(clippy::unnecessary_wraps)]
    fn fake(name: &str) -> Option<Result<Stream>> {
        let dialled = super::scripted::dial().map(|stream| Stream::new(stream, name.to_owned()));
        Some(dialled.map_err(|e| Error::new(ErrorKind::Connect, format!("connect to {name}: {}", reason(&e)))))
    }
}

impl Connector {
    /// A kept connection whose network is gone gives up when the peer has not even acknowledged for as long as a connect
    /// may take; the question then goes out on a new one. A server that thinks for long does acknowledge.
    fn stop_sending_into_the_void(&self, stream: &TcpStream) {
        let patience = self.connect_timeout.max(LEAST_PATIENCE);
        // Where the system does not know the option, the total timeout is what ends such a call.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(stream).set_tcp_user_timeout(Some(patience));
        #[cfg(not(target_os = "linux"))]
        let _ = (stream, patience);
    }
}

enum Failure {
    Io(io::Error),
    Interrupt(Interrupt),
    /// Its time is over, but another address is left to be tried.
    ShareOver,
}

fn connect(
    call: &CallContext,
    address: &SocketAddr,
    until: Instant,
    is_last: bool,
) -> std::result::Result<TcpStream, Failure> {
    let socket =
        RawSocket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP)).map_err(Failure::Io)?;
    socket.set_nonblocking(true).map_err(Failure::Io)?;
    socket.set_tcp_nodelay(true).map_err(Failure::Io)?;
    match socket.connect(&SockAddr::from(*address)) {
        Ok(()) => return Ok(socket.into()),
        Err(e) if sys::is_connecting(&e) => {}
        Err(e) => return Err(Failure::Io(e)),
    }
    if is_last {
        call.wait_for(sys::handle(&socket), Want::Output).map_err(Failure::Interrupt)?;
    } else if !call.wait_for_until(sys::handle(&socket), Want::Output, until).map_err(Failure::Interrupt)? {
        return Err(Failure::ShareOver);
    }
    match socket.take_error() {
        Ok(None) => Ok(socket.into()),
        Ok(Some(e)) | Err(e) => Err(Failure::Io(e)),
    }
}
