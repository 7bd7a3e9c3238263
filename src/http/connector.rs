//! From a name to a connection that can carry a request: lookup, TCP, proxy, TLS, within the connect timeout.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket as RawSocket, Type};

use super::connection::Connection;
use super::dns::Resolver;
use super::stream::Stream;
use super::tls::Tls;
use super::{http_connect, socks5};
use crate::config::endpoint::Endpoint;
use crate::config::proxy::{Kind, Proxy};
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sys::{self, Socket, Want};

/// Some lost packets in a row are no reason to give a connection up.
const MIN_UNACKNOWLEDGED: Duration = Duration::from_secs(3);

pub struct Connector {
    pub endpoint: Endpoint,
    pub proxy: Option<Proxy>,
    pub connect_timeout: Duration,
    /// None: plain HTTP to a loopback address or the metadata service.
    pub tls: Option<Tls>,
    pub resolver: Arc<Resolver>,
}

impl Connector {
    /// # Errors
    /// Why no connection came about.
    pub fn connect(&self, context: &CallContext) -> Result<Connection> {
        context.connecting(self.connect_timeout, || {
            let peer = self.endpoint.host_port();
            let mut stream = match &self.proxy {
                None => self.reach(context, &self.endpoint.host, self.endpoint.port, peer.clone())?,
                Some(proxy) => self.tunnel(context, proxy)?,
            };
            let tls = match &self.tls {
                Some(tls) => Some(tls.handshake(context, &mut stream, &peer)?),
                None => None,
            };
            Ok(Connection::new(stream, tls))
        })
    }

    fn tunnel(&self, context: &CallContext, proxy: &Proxy) -> Result<Stream> {
        let mut stream = self.reach(context, &proxy.host, proxy.port, format!("proxy {}", proxy.host_port()))?;
        context.enter_phase("asking the proxy");
        let mut bound = stream.within(context);
        match proxy.kind {
            Kind::Http => http_connect::open(&mut bound, proxy, &self.endpoint)?,
            Kind::Socks5 => socks5::open(&mut bound, proxy, &self.endpoint)?,
        }
        Ok(stream)
    }

    /// Tries the host's addresses in order, each with its share of the time that is left.
    fn reach(&self, context: &CallContext, host: &str, port: u16, name: String) -> Result<Stream> {
        #[cfg(feature = "testing")]
        if let Some(connected) = Self::scripted(&name) {
            return connected;
        }
        let addresses = self.resolver.look_up(context, host, port)?;
        context.enter_phase("connecting");
        let mut last = None;
        for (i, address) in addresses.iter().enumerate() {
            let still = u32::try_from(addresses.len() - i).unwrap_or(u32::MAX);
            let now = Instant::now();
            let share = context.connect_deadline().saturating_duration_since(now) / still;
            match connect(context, address, now + share, still == 1) {
                Ok(socket) => {
                    self.bound_unacknowledged(&socket);
                    if i > 0 {
                        self.resolver.prefer(host, port, address);
                    }
                    return Ok(Stream::new(socket, name));
                }
                Err(Failure::Interrupt(why)) => {
                    if matches!(why, Interrupt::ConnectTimeout | Interrupt::Deadline) {
                        self.resolver.forget(host, port);
                    }
                    return Err(context.interrupted(&why, &name));
                }
                Err(Failure::Io(e)) if sys::is_exhaustion(&e) => {
                    return Err(Error::new(ErrorKind::System, format!("connect to {name}: {}", io_reason(&e))));
                }
                Err(Failure::Io(e)) => last = Some(io_reason(&e)),
                Err(Failure::ShareOver) => last = Some("no answer".to_owned()),
            }
        }
        self.resolver.forget(host, port);
        let why = last.unwrap_or_else(|| "no address".to_owned());
        Err(Error::new(ErrorKind::Connect, format!("connect to {name}: {why}")))
    }

    /// Always some: the fuzzers reach no network.
    #[cfg(feature = "testing")]
    #[allow(clippy::unnecessary_wraps)]
    fn scripted(name: &str) -> Option<Result<Stream>> {
        let connected = super::scripted::connect().map(|socket| Stream::new(socket, name.to_owned()));
        Some(connected.map_err(|e| Error::new(ErrorKind::Connect, format!("connect to {name}: {}", io_reason(&e)))))
    }

    /// A kept connection whose network is gone gives up when the peer has not even acknowledged for as long as a connect
    /// may take; the request then goes out on a new one. A server that thinks for long does acknowledge.
    fn bound_unacknowledged(&self, socket: &TcpStream) {
        let patience = self.connect_timeout.max(MIN_UNACKNOWLEDGED);
        // Where the system does not know the option, the total timeout is what ends such a call.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(socket).set_tcp_user_timeout(Some(patience));
        #[cfg(not(target_os = "linux"))]
        let _ = (SockRef::from(socket), patience);
    }
}

enum Failure {
    Io(io::Error),
    Interrupt(Interrupt),
    /// Its time is over, but another address is left to be tried.
    ShareOver,
}

fn connect(
    context: &CallContext,
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
    let waiting = Socket::new(&socket, Want::Output);
    if is_last {
        context.wait_for(waiting).map_err(Failure::Interrupt)?;
    } else if !context.wait_any_until(&mut [waiting], until).map_err(Failure::Interrupt)? {
        return Err(Failure::ShareOver);
    }
    match socket.take_error() {
        Ok(None) => Ok(socket.into()),
        Ok(Some(e)) | Err(e) => Err(Failure::Io(e)),
    }
}
