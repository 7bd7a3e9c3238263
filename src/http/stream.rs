//! A socket whose every wait is the call's: bounded by its deadline, ended by its cancellation.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;

use socket2::SockRef;
use zeroize::Zeroizing;

use super::tls_io::{self, PeerStream, TlsSession};
use crate::error::{Error, ErrorKind, io_reason};
use crate::runtime::context::{CallContext, Interrupt};
use crate::runtime::sys::{self, Owned, Socket, Want};

/// A non-blocking socket, perhaps with TLS to a proxy on it. For I/O it is bound to a call, which waits where the socket
/// would block.
pub struct Stream {
    socket: Owned<TcpStream>,
    /// For messages.
    peer: String,
    /// After a write a reply is not there yet: waiting first saves a read.
    expects_wait: bool,
    /// To a proxy that is reached by TLS: whatever is read and written goes through it.
    to_proxy: Option<TlsSession>,
}

impl Stream {
    pub fn new(socket: TcpStream, peer: String) -> Self {
        Self { socket: Owned::checked(socket, sys::identity), peer, expects_wait: false, to_proxy: None }
    }

    /// From now on through TLS to the proxy at its other end.
    pub fn within_tls(self, to_proxy: TlsSession) -> Self {
        Self { to_proxy: Some(to_proxy), ..self }
    }

    /// For I/O within a call. Its errors carry an `Error` in our words: see `carried`.
    pub fn within<'a>(&'a mut self, context: &'a CallContext) -> BoundStream<'a> {
        let Self { socket, peer, expects_wait, to_proxy } = self;
        BoundStream { socket: BoundSocket { socket, peer, expects_wait, context }, to_proxy: to_proxy.as_mut() }
    }

    /// False: a parent's, in its forked child. It is not to be used, and its drop does nothing.
    pub fn is_of_this_process(&self) -> bool {
        self.socket.is_of_this_process()
    }

    /// What an idle socket shows at this moment.
    pub fn peek(&self) -> Idle {
        // A number of the host's by now: a look at a blocking socket would hang.
        if !self.socket.is_open() {
            return Idle::Closed;
        }
        match self.socket.peek(&mut [0]) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Idle::Silent,
            Ok(1..) => Idle::Input,
            _ => Idle::Closed,
        }
    }

    /// For a read that does not wait.
    pub fn unwaited(&mut self) -> UnwaitedStream<'_> {
        UnwaitedStream(self)
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
    socket: BoundSocket<'a>,
    to_proxy: Option<&'a mut TlsSession>,
}

impl PeerStream for BoundStream<'_> {
    fn peer(&self) -> &str {
        self.socket.peer
    }
}

impl Read for BoundStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { socket, to_proxy } = self;
        match to_proxy {
            None => socket.read(buffer),
            Some(tls) => tls_io::read(&mut tls.connection, socket, buffer, tls.wants_certificate),
        }
    }
}

impl Write for BoundStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { socket, to_proxy } = self;
        match to_proxy {
            None => socket.write(bytes),
            Some(tls) => tls_io::write_all(&mut tls.connection, socket, bytes).map(|()| bytes.len()),
        }
    }

    /// The end of a handshake and the request leave together.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.to_proxy.is_none() {
            return self.socket.write_vectored(pieces);
        }
        let joined: Zeroizing<Vec<u8>> =
            Zeroizing::new(pieces.iter().flat_map(|piece| piece.iter().copied()).collect());
        self.write(&joined)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct BoundSocket<'a> {
    socket: &'a Owned<TcpStream>,
    peer: &'a str,
    expects_wait: &'a mut bool,
    context: &'a CallContext,
}

impl BoundSocket<'_> {
    fn wait(&self, want: Want) -> io::Result<()> {
        #[cfg(feature = "testing")]
        super::scripted::before_a_wait();
        self.context.wait_for(Socket::new(&**self.socket, want)).map_err(|why| self.interrupted(&why))
    }

    fn interrupted(&self, why: &Interrupt) -> io::Error {
        io::Error::other(self.context.interrupted(why, self.peer))
    }

    /// Runs one system call until it no longer returns that it would block.
    fn until_ready<T>(&self, want: Want, io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        // A peer that always has another byte ready would never be waited for.
        self.context.check().map_err(|why| self.interrupted(&why))?;
        self.after_a_check(want, io)
    }

    /// As `until_ready`, where the call has just been found to go on.
    fn after_a_check<T>(&self, want: Want, mut io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        if !self.socket.is_of_this_process() {
            return Err(self.interrupted(&Interrupt::Forked));
        }
        loop {
            match io(self.socket) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait(want)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let why = format!("{}: {}", self.peer, io_reason(&e));
                    return Err(io::Error::other(Error::new(ErrorKind::Transport, why)));
                }
                Ok(done) => return Ok(done),
            }
        }
    }
}

impl PeerStream for BoundSocket<'_> {
    fn peer(&self) -> &str {
        self.peer
    }
}

impl Read for BoundSocket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = |mut socket: &TcpStream| socket.read(buffer);
        if std::mem::take(self.expects_wait) {
            self.wait(Want::Input)?;
            // Once after a write: what a peer sends bit by bit is read with a check each time.
            return self.after_a_check(Want::Input, read);
        }
        self.until_ready(Want::Input, read)
    }
}

impl Write for BoundSocket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.expects_wait = true;
        // std's own write would raise SIGPIPE.
        self.until_ready(Want::Output, |socket| SockRef::from(socket).send_with_flags(bytes, sys::NO_SIGNAL))
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        // A record of TLS is one piece, which send takes with 0.4 µs less than sendmsg.
        if let [piece] = pieces {
            return self.write(piece);
        }
        *self.expects_wait = true;
        self.until_ready(Want::Output, |socket| SockRef::from(socket).send_vectored_with_flags(pieces, sys::NO_SIGNAL))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads what is there already.
pub struct UnwaitedStream<'a>(&'a mut Stream);

impl Read for UnwaitedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Stream { socket, peer, to_proxy, .. } = &mut *self.0;
        let mut socket = UnwaitedSocket { socket, peer };
        match to_proxy {
            None => socket.read(buffer),
            Some(tls) => tls_io::read(&mut tls.connection, &mut socket, buffer, tls.wants_certificate),
        }
    }
}

struct UnwaitedSocket<'a> {
    socket: &'a TcpStream,
    peer: &'a str,
}

impl PeerStream for UnwaitedSocket<'_> {
    fn peer(&self) -> &str {
        self.peer
    }
}

impl Read for UnwaitedSocket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        socket.read(buffer)
    }
}

/// The `Error` that an I/O error of a bound stream carries, or what `otherwise` makes of one that carries none.
pub fn carried(error: io::Error, otherwise: impl FnOnce(&io::Error) -> Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => otherwise(&error),
    }
}
