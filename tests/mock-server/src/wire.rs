//! A connection's bytes, plain or through TLS, and the acts done on them.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::message::{Act, Reply, Then};
use crate::sys;

const DRIP: Duration = Duration::from_millis(50);

pub(crate) enum Wire {
    Plain(Socket),
    Tls(Box<StreamOwned<ServerConnection, Socket>>),
}

impl Wire {
    pub fn plain(stream: Arc<TcpStream>) -> Wire {
        Wire::Plain(Socket { stream, dripping: false })
    }

    /// Carries out a TLS handshake; `dripping` sends its bytes one by one.
    pub fn accept_tls(stream: Arc<TcpStream>, config: Arc<ServerConfig>, dripping: bool) -> io::Result<Wire> {
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        let mut socket = Socket { stream, dripping };
        while connection.is_handshaking() || connection.wants_write() {
            connection.complete_io(&mut socket)?;
        }
        Ok(Wire::tls(socket.stream, connection))
    }

    /// A connection whose handshake is done.
    pub fn tls(stream: Arc<TcpStream>, connection: ServerConnection) -> Wire {
        Wire::Tls(Box::new(StreamOwned::new(connection, Socket { stream, dripping: false })))
    }

    pub fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(socket) => &socket.stream,
            Wire::Tls(stream) => &stream.sock.stream,
        }
    }

    /// True: the connection lives on.
    pub fn perform(&mut self, reply: &Reply) -> io::Result<bool> {
        for act in &reply.acts {
            self.act(act)?;
        }
        self.finish(reply.then)?;
        Ok(reply.then == Then::Keep)
    }

    fn act(&mut self, act: &Act) -> io::Result<()> {
        match act {
            Act::Send(bytes) => self.write_all(bytes),
            Act::Drip(bytes) => self.write_singly(bytes, Some(DRIP)),
            Act::Singles(bytes) => self.write_singly(bytes, None),
            Act::Repeat { piece, bytes } => {
                let times = bytes / (piece.len() as u64).max(1);
                (0..times).try_for_each(|_| self.write_all(piece))
            }
            Act::Pause(time) => {
                sys::pause(self.socket(), *time, false);
                Ok(())
            }
            Act::Stall => {
                while !sys::pause(self.socket(), Duration::from_secs(60), true) {}
                Ok(())
            }
        }
    }

    fn write_singly(&mut self, bytes: &[u8], pause: Option<Duration>) -> io::Result<()> {
        for byte in bytes {
            self.write_all(std::slice::from_ref(byte))?;
            if pause.is_some_and(|pause| sys::pause(self.socket(), pause, true)) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        Ok(())
    }

    fn finish(&mut self, then: Then) -> io::Result<()> {
        match then {
            Then::Keep => Ok(()),
            Then::Reset => sys::reset_on_close(self.socket()),
            Then::Cut => self.socket().shutdown(Shutdown::Write),
            Then::Close => {
                if let Wire::Tls(stream) = self {
                    stream.conn.send_close_notify();
                    stream.flush()?;
                }
                self.socket().shutdown(Shutdown::Write)
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.read(buffer),
            Wire::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(socket) => socket.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}

/// A socket that `stop` holds too; while dripping it writes one byte every 50 ms.
pub(crate) struct Socket {
    stream: Arc<TcpStream>,
    dripping: bool,
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        sys::read(&self.stream, buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.dripping {
            return (&*self.stream).write(bytes);
        }
        if sys::pause(&self.stream, DRIP, true) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let first: Vec<u8> = bytes.iter().copied().take(1).collect();
        (&*self.stream).write(&first)
    }

    /// Several TLS records leave in one system call.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.dripping {
            return (&*self.stream).write_vectored(pieces);
        }
        let piece = pieces.iter().find(|piece| !piece.is_empty());
        piece.map_or(Ok(0), |piece| self.write(piece))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
