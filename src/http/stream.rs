//! A socket whose every wait is the call's: bounded by its deadline, ended by its cancelling.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;

use socket2::SockRef;

use crate::error::{Error, ErrorKind};
use crate::runtime::context::{self, CallContext, Interrupt, reason};
use crate::runtime::sys::{self, Want};

/// A non-blocking socket that looks blocking: where it would block, the call waits, bounded and cancellable.
pub struct Stream {
    stream: TcpStream,
    /// For messages.
    peer: String,
    /// After a write an answer is not there yet: waiting first saves a read in vain.
    expects_wait: bool,
}

impl Stream {
    pub fn new(stream: TcpStream, peer: String) -> Self {
        Self { stream, peer, expects_wait: false }
    }

    fn wait(&self, call: &CallContext, want: Want) -> io::Result<()> {
        call.wait_for(sys::handle(&self.stream), want).map_err(|stop| self.stopped(call, stop))
    }

    fn stopped(&self, call: &CallContext, stop: Interrupt) -> io::Error {
        call.fail(call.stopped(stop, &self.peer));
        io::Error::from(io::ErrorKind::TimedOut)
    }

    /// Runs one system call until it no longer says that it would block.
    fn until_ready<T>(&self, want: Want, mut io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        let call = context::current()?;
        // A peer that always has another byte ready would never be waited for.
        call.check().map_err(|stop| self.stopped(&call, stop))?;
        loop {
            match io(&self.stream) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait(&call, want)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    call.fail(Error::new(ErrorKind::Transport, format!("{}: {}", self.peer, reason(&e))));
                    return Err(e);
                }
                Ok(done) => return Ok(done),
            }
        }
    }

    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// What the socket shows at this moment.
    pub fn shown(&self) -> Shown {
        match self.stream.peek(&mut [0]) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Shown::Nothing,
            Ok(1..) => Shown::Input,
            _ => Shown::Hangup,
        }
    }

    /// For a read that does not wait.
    pub fn unwaited(&self) -> &TcpStream {
        &self.stream
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let call = context::current()?;
        if std::mem::take(&mut self.expects_wait) {
            self.wait(&call, Want::Input)?;
        }
        self.until_ready(Want::Input, |mut stream| stream.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.expects_wait = true;
        self.until_ready(Want::Output, |mut stream| stream.write(bytes))
    }

    /// The end of a handshake and the request leave together. std's own would raise SIGPIPE.
    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.expects_wait = true;
        self.until_ready(Want::Output, |stream| SockRef::from(stream).send_vectored_with_flags(pieces, sys::NO_SIGNAL))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What an idle socket shows.
pub enum Shown {
    Nothing,
    Input,
    Hangup,
}
