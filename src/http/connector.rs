//! From a name to a connection that can carry a request: lookup, TCP, proxy, TLS, within the connect timeout.

use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

use super::connection::Connection;
use super::race::{self, Failure};
use super::stream::Stream;
use super::tls::{HandshakeError, Resume, Tls};
use super::{dns, http_connect, socks5};
use crate::config::endpoint::Endpoint;
use crate::config::proxy::{Kind, Proxy};
use crate::error::{Error, ErrorKind, Result, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sys;

/// Some lost packets in a row are not a reason to give a connection up.
const MIN_UNACKNOWLEDGED: Duration = Duration::from_secs(3);

pub struct Connector {
    pub endpoint: Endpoint,
    pub proxy: Option<(Proxy, Option<Tls>)>,
    pub connect_timeout: Duration,
    /// None: plain HTTP to a loopback address or the metadata service.
    pub tls: Option<Tls>,
}

impl Connector {
    /// Where a server refuses to resume a session, another connection follows that offers none.
    ///
    /// # Errors
    /// Why no connection came about.
    pub fn connect(&self, context: &CallContext) -> Result<Connection> {
        context
            .connecting(self.connect_timeout, || match self.connect_with(context, Resume::Offered) {
                Err(HandshakeError::ResumptionRefused(_)) => self.connect_with(context, Resume::Never),
                outcome => outcome,
            })
            .map_err(Error::from)
    }

    fn connect_with(&self, context: &CallContext, resume: Resume) -> std::result::Result<Connection, HandshakeError> {
        let peer = self.endpoint.host_port();
        let mut stream = match &self.proxy {
            None => self.reach(context, &self.endpoint.host, self.endpoint.port, peer.clone())?,
            Some((proxy, tls)) => self.tunnel(context, proxy, tls.as_ref(), resume)?,
        };
        let tls = match &self.tls {
            Some(tls) => Some(tls.handshake(context, &mut stream, &peer, resume)?),
            None => None,
        };
        Ok(Connection::new(stream, tls))
    }

    fn tunnel(
        &self,
        context: &CallContext,
        proxy: &Proxy,
        tls: Option<&Tls>,
        resume: Resume,
    ) -> std::result::Result<Stream, HandshakeError> {
        let peer = format!("proxy {}", proxy.host_port());
        let mut stream = self.reach(context, &proxy.host, proxy.port, peer.clone())?;
        if let Some(tls) = tls {
            let session = tls.handshake(context, &mut stream, &peer, resume)?;
            stream = stream.within_tls(session);
        }
        context.enter_phase("connecting through the proxy");
        let mut bound = stream.within(context);
        match proxy.kind {
            Kind::Http | Kind::Https => http_connect::open(&mut bound, proxy, &self.endpoint)?,
            Kind::Socks5 => socks5::open(&mut bound, proxy, &self.endpoint)?,
        }
        Ok(stream)
    }

    /// Whichever of the host's addresses answers first.
    fn reach(&self, context: &CallContext, host: &str, port: u16, name: String) -> Result<Stream> {
        #[cfg(feature = "testing")]
        if let Some(connected) = Self::scripted(&name) {
            return connected;
        }
        let addresses = dns::look_up(context, host, port)?;
        context.enter_phase("connecting");
        let failure = match race::connect(context, &addresses) {
            Ok((socket, address)) => {
                self.bound_unacknowledged(&socket);
                if addresses.first().is_some_and(|first| *first != address) {
                    dns::prefer(host, address.ip());
                }
                return Ok(Stream::new(socket, name));
            }
            Err(failure) => failure,
        };
        if matches!(failure, Failure::Io(_) | Failure::Interrupt(Interrupt::ConnectTimeout | Interrupt::Deadline)) {
            dns::forget(host);
        }
        Err(match failure {
            Failure::Interrupt(why) => context.interrupted(&why, &name),
            Failure::Io(e) => {
                let kind = if sys::is_exhaustion(&e) { ErrorKind::System } else { ErrorKind::Connect };
                Error::new(kind, format!("connect to {name}: {}", io_reason(&e)))
            }
            Failure::NoAddress => Error::internal("a lookup finds an address or fails"),
        })
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
