//! A socket whose every wait is the call's: bounded by its deadline, ended by its cancellation.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;

use socket2::SockRef;

use crate::error::{Error, ErrorKind, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sys::{self, Socket, Want};

/// A non-blocking socket. For I/O it is bound to a call, which waits where the socket would block.
pub struct Stream {
    socket: TcpStream,
    /// For messages.
    peer: String,
    /// After a write a reply is not there yet: waiting first saves a read.
    expects_wait: bool,
}

impl Stream {
    pub fn new(socket: TcpStream, peer: String) -> Self {
        Self { socket, peer, expects_wait: false }
    }

    /// For I/O within a call. Its errors carry an `Error` in our words: see `carried`.
    pub fn within<'a>(&'a mut self, context: &'a CallContext) -> BoundStream<'a> {
        BoundStream { stream: self, context }
    }

    /// What an idle socket shows at this moment.
    pub fn peek(&self) -> Idle {
        match self.socket.peek(&mut [0]) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Idle::Silent,
            Ok(1..) => Idle::Input,
            _ => Idle::Closed,
        }
    }

    /// For a read that does not wait.
    pub fn nonblocking(&self) -> &TcpStream {
        &self.socket
    }
}

/// What an idle socket shows.
pub enum Idle {
    Silent,
    Input,
    Closed,
}

/// A stream that looks blocking: where the socket would block, the call waits.
pub struct BoundStream<'a> {
    stream: &'a mut Stream,
    context: &'a CallContext,
}

impl BoundStream<'_> {
    pub fn peer(&self) -> &str {
        &self.stream.peer
    }

    fn wait(&self, want: Want) -> io::Result<()> {
        self.context.wait_for(Socket::new(&self.stream.socket, want)).map_err(|why| self.interrupted(&why))
    }

    fn interrupted(&self, why: &Interrupt) -> io::Error {
        io::Error::other(self.context.interrupted(why, &self.stream.peer))
    }

    /// Runs one system call until it no longer returns that it would block.
    fn until_ready<T>(&self, want: Want, mut io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        // A peer that always has another byte ready would never be waited for.
        self.context.check().map_err(|why| self.interrupted(&why))?;
        loop {
            match io(&self.stream.socket) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait(want)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let why = format!("{}: {}", self.stream.peer, io_reason(&e));
                    return Err(io::Error::other(Error::new(ErrorKind::Transport, why)));
                }
                Ok(done) => return Ok(done),
            }
        }
    }
}

impl Read for BoundStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.stream.expects_wait) {
            self.wait(Want::Input)?;
        }
        self.until_ready(Want::Input, |mut socket| socket.read(buffer))
    }
}

impl Write for BoundStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.expects_wait = true;
        // std's own write would raise SIGPIPE.
        self.until_ready(Want::Output, |socket| SockRef::from(socket).send_with_flags(bytes, sys::NO_SIGNAL))
    }

    /// The end of a handshake and the request leave together.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.expects_wait = true;
        self.until_ready(Want::Output, |socket| SockRef::from(socket).send_vectored_with_flags(pieces, sys::NO_SIGNAL))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The `Error` that an I/O error of a bound stream carries, or what `otherwise` makes of one that carries none.
pub fn carried(error: io::Error, otherwise: impl FnOnce(&io::Error) -> Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => otherwise(&error),
    }
}
