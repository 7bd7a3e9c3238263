//! The handshake of a connection, good or spoiled by a fault.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ProtocolVersion, ServerConnection};

use crate::client_hello::offers_resumption;
use crate::faults::Fault;
use crate::message::{Act, Reply, Then};
use crate::sys;
use crate::tls::TlsConfigs;
use crate::wire::Wire;

const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;

/// None: the connection is done with.
pub(crate) fn open(
    socket: Arc<TcpStream>,
    over_tls: bool,
    configs: TlsConfigs,
    fault: Option<Fault>,
) -> io::Result<Option<Wire>> {
    match fault {
        Some(Fault::HandshakeDrip) if over_tls => Wire::accept_tls(socket, configs.usual, true).map(Some),
        Some(Fault::HandshakeWantsCertificate) if over_tls => accept_wanting_certificate(socket, configs),
        Some(Fault::HandshakeRefusesResumption) if over_tls && offers_resumption(&socket)? => {
            spoil(socket, &alert(HANDSHAKE_FAILURE))
        }
        Some(Fault::HandshakeStallsResumption) if over_tls && offers_resumption(&socket)? => spoil(socket, &stall()),
        Some(fault) => match spoiled(fault) {
            Some(reply) => spoil(socket, &reply),
            None => accept(socket, over_tls, configs),
        },
        None => accept(socket, over_tls, configs),
    }
}

fn accept(socket: Arc<TcpStream>, over_tls: bool, configs: TlsConfigs) -> io::Result<Option<Wire>> {
    if over_tls { Wire::accept_tls(socket, configs.usual, false).map(Some) } else { Ok(Some(Wire::plain(socket))) }
}

/// Refuses a client without a certificate by the alerts that OpenSSL sends.
fn accept_wanting_certificate(socket: Arc<TcpStream>, configs: TlsConfigs) -> io::Result<Option<Wire>> {
    let mut connection = ServerConnection::new(configs.wanting_certificate).map_err(io::Error::other)?;
    while connection.is_handshaking() || connection.wants_write() {
        while connection.wants_write() {
            connection.write_tls(&mut &*socket)?;
        }
        if !connection.is_handshaking() {
            break;
        }
        if connection.read_tls(&mut &*socket)? == 0 {
            return Ok(None);
        }
        if connection.process_new_packets().is_err() {
            return refuse_without_certificate(connection, &socket);
        }
    }
    Ok(Some(Wire::tls(socket, connection)))
}

fn refuse_without_certificate(mut connection: ServerConnection, mut socket: &TcpStream) -> io::Result<Option<Wire>> {
    if connection.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
        // In TLS 1.2 the server does not encrypt yet at this point.
        socket.write_all(&alert_record(HANDSHAKE_FAILURE))?;
    } else {
        connection.write_tls(&mut socket)?;
    }
    // A client of TLS 1.3 may have sent its request already; a reset for it could overtake the alert.
    socket.shutdown(Shutdown::Write)?;
    sys::pause(socket, Duration::from_secs(1), true);
    Ok(None)
}

/// What answers the first bytes. None: the fault leaves them alone.
fn spoiled(fault: Fault) -> Option<Reply> {
    let send = |bytes: &[u8]| Reply::new([Act::Send(bytes.to_vec())], Then::Close);
    Some(match fault {
        Fault::HandshakeStall => stall(),
        Fault::HandshakeReset => Reply::new([], Then::Reset),
        Fault::HandshakeClose => Reply::new([], Then::Close),
        Fault::HandshakeAlert => alert(HANDSHAKE_FAILURE),
        Fault::HandshakeAlertInternal => alert(INTERNAL_ERROR),
        Fault::HandshakeGarbage => send(b"\xde\xad\xbe\xef neither this nor that \x00\xff"),
        Fault::HandshakePlainHttp => {
            send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        _ => return None,
    })
}

fn stall() -> Reply {
    Reply::new([Act::Stall], Then::Close)
}

fn alert(description: u8) -> Reply {
    Reply::new([Act::Send(alert_record(description).to_vec())], Then::Close)
}

fn alert_record(description: u8) -> [u8; 7] {
    [0x15, 3, 3, 0, 2, 2, description]
}

fn spoil(socket: Arc<TcpStream>, reply: &Reply) -> io::Result<Option<Wire>> {
    let mut hello = [0; 4096];
    if sys::read(&socket, &mut hello)? > 0 {
        Wire::plain(socket).perform(reply)?;
    }
    Ok(None)
}
