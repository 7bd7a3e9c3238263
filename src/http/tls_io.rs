//! TLS records over a stream: plaintext in, plaintext out.

use std::io::{self, Read, Write};

use rustls::ClientConnection;

use super::tls_words;
use crate::error::{Error, ErrorKind};

/// A look at an idle connection takes in this many reads of tickets and the like at most.
const MAX_IDLE_READS: usize = 4;

/// TLS after its handshake.
pub struct TlsSession {
    pub connection: Box<ClientConnection>,
    /// The server has asked for a certificate of the client and got none.
    pub wants_certificate: bool,
}

/// What is read from, with a name for messages.
pub trait PeerStream: Read {
    fn peer(&self) -> &str;
}

pub fn write_all(tls: &mut ClientConnection, stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    tls.writer().write_all(bytes)?;
    while tls.wants_write() {
        tls.write_tls(stream)?;
    }
    Ok(())
}

/// 0: the peer ended the stream by TLS's close_notify. Without it anything on the way may have cut the stream.
/// `wants_certificate`: in TLS 1.3 a server refuses a client without a certificate only after the handshake.
pub fn read(
    tls: &mut ClientConnection,
    stream: &mut impl PeerStream,
    room: &mut [u8],
    wants_certificate: bool,
) -> io::Result<usize> {
    loop {
        match tls.reader().read(room) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                let why = format!("{}: connection closed before the reply was whole", stream.peer());
                return Err(io::Error::other(Error::new(ErrorKind::Transport, why)));
            }
            outcome => return outcome,
        }
        tls.read_tls(stream)?;
        if let Err(e) = tls.process_new_packets() {
            return Err(io::Error::other(tls_words::after_the_handshake(&e, stream.peer(), wants_certificate)));
        }
    }
}

/// What TLS sends by itself is taken in: session tickets, a change of keys. True: it was that alone.
/// `stream` does not wait.
pub fn take_in_unasked(tls: &mut ClientConnection, stream: &mut impl Read) -> bool {
    for _ in 0..MAX_IDLE_READS {
        match tls.read_tls(stream) {
            Ok(1..) if has_no_data(tls) => {}
            Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => return false,
        }
    }
    false
}

pub fn has_no_data(tls: &mut ClientConnection) -> bool {
    tls.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
}
