//! One connection: a socket whose every wait is the call's, TLS on it, and the buffers between it and the HTTP library.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::Duration;

use rustls::ClientConnection;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use zeroize::Zeroizing;

use crate::call::{self, Call, reason};
use crate::error::{Code, Error};
use crate::sys;

/// Holds 10 kB of response headers or a token of 5 kB; smaller breaks on them.
const BUFFER: usize = 16 * 1024;

/// A non-blocking socket that looks blocking: where it would block, the call waits, bounded and cancellable.
pub struct Socket {
    stream: TcpStream,
    /// For messages.
    peer: String,
    /// After a write an answer is not there yet: waiting first saves a read in vain.
    expects_wait: bool,
}

impl Socket {
    pub fn new(stream: TcpStream, peer: String) -> Self {
        Self { stream, peer, expects_wait: false }
    }

    fn wait(&self, call: &Call, events: i16) -> io::Result<()> {
        call.wait_for(self.stream.as_raw_fd(), events).map_err(|stop| {
            call.fail(call.stopped(stop, &self.peer));
            io::Error::from(ErrorKind::TimedOut)
        })
    }

    /// Runs one system call until it no longer says that it would block.
    fn until_ready<T>(&self, events: i16, mut io: impl FnMut(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        let call = call::current()?;
        loop {
            match io(&self.stream) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.wait(&call, events)?,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    call.fail(Error::new(Code::Transport, format!("{}: {}", self.peer, reason(&e))));
                    return Err(e);
                }
                Ok(done) => return Ok(done),
            }
        }
    }

    fn is_open(&self) -> bool {
        sys::poll([(self.stream.as_raw_fd(), libc::POLLRDHUP), (-1, 0)], Duration::ZERO)
            .is_ok_and(|[shown, _]| shown & sys::HANGUP == 0)
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let call = call::current()?;
        if std::mem::take(&mut self.expects_wait) {
            self.wait(&call, sys::IN)?;
        }
        let n = self.until_ready(sys::IN, |mut stream| stream.read(buffer))?;
        if n > 0 {
            call.set_stale(false);
        }
        Ok(n)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.expects_wait = true;
        self.until_ready(sys::OUT, |mut stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection as the HTTP library sees it. Output is held until input is waited for: one send, one TLS record.
pub struct Wire {
    socket: Socket,
    tls: Option<Box<ClientConnection>>,
    /// Both buffers are sized once and wiped in the end: tokens and signatures go out, a role's secret key comes in.
    input: Zeroizing<Vec<u8>>,
    consumed: usize,
    filled: usize,
    progress: bool,
    output: Zeroizing<Vec<u8>>,
    held: usize,
    has_carried_a_request: bool,
    /// An answer has just been read from it: no need to look whether it is open.
    just_answered: bool,
}

impl Wire {
    pub fn new(socket: Socket, tls: Option<ClientConnection>) -> Self {
        Self {
            socket,
            tls: tls.map(Box::new),
            input: Zeroizing::default(),
            consumed: 0,
            filled: 0,
            progress: false,
            output: Zeroizing::default(),
            held: 0,
            has_carried_a_request: false,
            just_answered: false,
        }
    }

    fn flush_held(&mut self) -> io::Result<()> {
        let held = self.output.get(..std::mem::take(&mut self.held)).unwrap_or_default();
        if held.is_empty() {
            return Ok(());
        }
        let call = call::current()?;
        call.enter_phase("sending the request");
        call.set_stale(std::mem::replace(&mut self.has_carried_a_request, true));
        match &mut self.tls {
            None => self.socket.write_all(held)?,
            Some(tls) => {
                tls.writer().write_all(held)?;
                while tls.wants_write() {
                    tls.write_tls(&mut self.socket)?;
                }
            }
        }
        call.enter_phase("waiting for the reply");
        Ok(())
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let room = self.input.get_mut(self.filled..).unwrap_or_default();
        match &mut self.tls {
            None => self.socket.read(room),
            Some(tls) => read_plaintext(tls, &mut self.socket, room),
        }
    }

    fn make_room(&mut self) {
        if self.input.is_empty() {
            self.input.resize(BUFFER, 0);
        }
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
    }
}

/// 0: the peer ended the stream, with TLS's own farewell or without; a cut body is noticed by its length.
fn read_plaintext(tls: &mut ClientConnection, socket: &mut Socket, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match tls.reader().read(room) {
            Ok(n) => return Ok(n),
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(0),
            Err(e) => return Err(e),
        }
        tls.read_tls(socket)?;
        if let Err(e) = tls.process_new_packets() {
            call::current()?.fail(Error::new(Code::Transport, format!("{}: TLS: {e}", socket.peer)));
            return Err(io::Error::other(e));
        }
    }
}

impl Buffers for Wire {
    fn output(&mut self) -> &mut [u8] {
        if self.output.is_empty() {
            self.output.resize(BUFFER, 0);
        }
        self.output.get_mut(self.held..).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room();
        self.input.get_mut(self.filled..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room();
        if self.output.is_empty() {
            self.output.resize(BUFFER, 0);
        }
        (self.input.get_mut(self.filled..).unwrap_or_default(), self.output.get_mut(self.held..).unwrap_or_default())
    }

    fn can_use_input(&self) -> bool {
        self.consumed < self.filled && self.progress
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.held += amount;
        if self.held >= self.output.len() {
            self.flush_held()?;
        }
        Ok(())
    }

    /// The call bounds the waiting; the library's own timeouts are not set.
    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.flush_held()?;
        self.make_room();
        if self.filled == self.input.len() {
            call::current()?.fail(Error::new(Code::BadResponse, format!("reply header over {BUFFER} bytes")));
            return Err(io::Error::from(ErrorKind::InvalidData).into());
        }
        let n = self.read_some()?;
        self.filled += n;
        self.just_answered = n > 0;
        Ok(n > 0)
    }

    /// Asked when a connection goes back into the pool and when it is taken out again.
    fn is_open(&mut self) -> bool {
        if call::current().is_ok_and(|call| call.is_fresh_only()) && !std::mem::take(&mut self.just_answered) {
            return false;
        }
        std::mem::take(&mut self.just_answered) || self.socket.is_open()
    }

    fn is_tls(&self) -> bool {
        self.tls.is_some()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.socket.peer)
    }
}
