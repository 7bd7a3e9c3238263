//! One connection from its first byte to its last.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use crate::faults::Stage;
use crate::message::{Message, Reply, Then};
use crate::misbehave::Deed;
use crate::request::{Received, Request, read_request};
use crate::tls::TlsConfigs;
use crate::wire::Wire;
use crate::{clock, handshake, sys};

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// Counted from 1 over all connections of the service.
    pub connection: u64,
    /// Counted from 1 within the connection.
    pub number: u32,
    pub over_tls: bool,
    /// What this whole connection was chosen to meet.
    pub deed: Option<&'a Deed>,
}

/// What answers the requests of a listener.
pub(crate) trait Service: Send + Sync + 'static {
    /// A connection was accepted: its number, and what it shall meet.
    fn connected(&self) -> (u64, Option<Deed>);
    /// The reply, and how long to wait before it.
    fn answer(&self, request: Request, origin: Origin<'_>) -> (Duration, Reply);
    fn tls(&self) -> TlsConfigs;
    /// How long an idle connection is kept.
    fn idle_timeout(&self) -> Duration;
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Plain,
    Tls,
    /// By the first byte of each connection.
    Either,
}

/// Serves a connection until it ends.
pub(crate) fn serve(service: &dyn Service, scheme: Scheme, socket: Arc<TcpStream>) -> io::Result<()> {
    let (connection, deed) = service.connected();
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(service.idle_timeout()))?;
    let over_tls = match scheme {
        Scheme::Plain => false,
        Scheme::Tls => true,
        Scheme::Either => starts_with_tls(&socket)?,
    };
    let fault = match &deed {
        Some(Deed::Fault(fault)) if fault.stage() == Stage::Handshake => Some(*fault),
        _ => None,
    };
    let Some(mut wire) = handshake::open(socket, over_tls, service.tls(), fault)? else {
        return Ok(());
    };
    if serve_requests(service, &mut wire, connection, deed.as_ref())? {
        wire.perform(&Reply::new([], Then::Close))?;
    }
    Ok(())
}

/// True: the connection is still to be closed in order.
fn serve_requests(service: &dyn Service, wire: &mut Wire, connection: u64, deed: Option<&Deed>) -> io::Result<bool> {
    let over_tls = matches!(wire, Wire::Tls(_));
    let mut buffer = Vec::new();
    for number in 1.. {
        let request = match read_request(wire, &mut buffer)? {
            Received::Request(request) => request,
            Received::End => break,
            Received::Unreadable => {
                refuse_unreadable(wire)?;
                break;
            }
        };
        let close_asked = asks_to_close(&request);
        let origin = Origin { connection, number, over_tls, deed };
        let (delay, reply) = service.answer(request, origin);
        if !delay.is_zero() {
            sys::pause(wire.socket(), delay, false);
        }
        if !wire.perform(&reply)? {
            return Ok(false);
        }
        if close_asked {
            break;
        }
    }
    Ok(true)
}

fn asks_to_close(request: &Request) -> bool {
    request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

fn refuse_unreadable(wire: &mut Wire) -> io::Result<()> {
    let date = clock::http_date(clock::unix_seconds());
    let refusal = Message::new(400, "text/html", &date, "<html>400 Bad Request</html>");
    wire.write_all(&refusal.with("Connection", "close").to_bytes())
}

fn starts_with_tls(socket: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    sys::peek(socket, &mut first)?;
    Ok(first == [0x16])
}
