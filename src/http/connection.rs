//! One connection: a stream, TLS on it, and the buffers between it and the HTTP protocol.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::stream::{Idle, Stream};
use super::tls_io::{self, TlsSession};
use crate::error::{Error, ErrorKind};
use crate::runtime::context::CallContext;

/// Holds 10 kB of response headers or a token of 8 kB; smaller breaks on them.
const BUFFER: usize = 16 * 1024;
/// What comes before a reply's body: informational replies without end would keep a slow machine busy for long.
const MAX_HEAD: usize = 128 * 1024;
/// Whatever a reply is made of: its head, chunk sizes, trailers. Its body has a bound of its own.
const MAX_REPLY: usize = 2 * 1024 * 1024;

/// A connection as the protocol sees it. Output is held until input is waited for: one send, one TLS record.
pub struct Connection {
    stream: Stream,
    tls: Option<TlsSession>,
    /// Both buffers are sized once and wiped in the end: tokens and signatures go out, a role's secret key comes in.
    input: Zeroizing<Vec<u8>>,
    consumed: usize,
    filled: usize,
    progress: bool,
    output: Zeroizing<Vec<u8>>,
    held: usize,
    /// Bytes of the present reply.
    received: usize,
    requests: u32,
    has_head: bool,
    /// A reply has just been read from it: no need to look whether it is open.
    just_replied: bool,
}

impl Connection {
    pub fn new(stream: Stream, tls: Option<TlsSession>) -> Self {
        Self {
            stream,
            tls,
            input: Zeroizing::default(),
            consumed: 0,
            filled: 0,
            progress: false,
            output: Zeroizing::default(),
            held: 0,
            received: 0,
            requests: 0,
            has_head: false,
            just_replied: false,
        }
    }

    /// It has carried a request before, and no byte of the reply to the present one has come: the server may have
    /// closed it before the request arrived.
    pub fn is_unanswered_reuse(&self) -> bool {
        self.is_reused() && self.received == 0
    }

    /// It has carried a request before.
    pub fn is_reused(&self) -> bool {
        self.requests > 1
    }

    /// False: a parent's, in its forked child.
    pub fn is_of_this_process(&self) -> bool {
        self.stream.is_of_this_process()
    }

    /// Room for what is to be sent, a request's head first.
    pub fn output(&mut self) -> &mut [u8] {
        if self.output.is_empty() {
            self.output.resize(BUFFER, 0);
        }
        match self.output.get_mut(self.held..) {
            Some(room) => room,
            None => &mut [],
        }
    }

    /// The head of a request is in `output`: puts the header lines that the protocol does not know of before the last
    /// line of the head, its length.
    ///
    /// # Errors
    /// Where they do not fit.
    pub fn hold_head(&mut self, length: usize, lines: &[&str]) -> io::Result<()> {
        let added: usize = lines.iter().map(|part| part.len()).sum();
        let last_line = self
            .output
            .get(..length.saturating_sub(b"\r\n\r\n".len()))
            .and_then(|head| head.iter().rposition(|byte| *byte == b'\n').map(|end| end + 1));
        let Some(at) = last_line else { return Err(internal("a request's head has no line before its last")) };
        if length + added > self.output.len() {
            return Err(too_large(&format!("request header over {BUFFER} bytes")));
        }
        self.output.copy_within(at..length, at + added);
        let mut to = at;
        for part in lines {
            let Some(room) = self.output.get_mut(to..to + part.len()) else {
                return Err(internal("a request's head has no room for lines that were counted"));
            };
            room.copy_from_slice(part.as_bytes());
            to += part.len();
        }
        self.held = length + added;
        Ok(())
    }

    pub fn hold_body(&mut self, length: usize) {
        self.held += length;
    }

    pub fn input(&self) -> &[u8] {
        match self.input.get(self.consumed..self.filled) {
            Some(input) => input,
            None => &[],
        }
    }

    pub fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    /// The head of the reply has been read: its body has a bound of its own.
    pub fn end_head(&mut self) {
        self.has_head = true;
    }

    /// Whether there is input that the protocol has not looked at yet; waits for it where there is none.
    ///
    /// # Errors
    /// The stream's, and a reply beyond its bounds.
    pub fn has_more(&mut self, context: &CallContext) -> io::Result<bool> {
        if self.progress && self.consumed < self.filled { Ok(true) } else { self.await_input(context) }
    }

    /// Asked when a connection is kept, right after a reply, and when it is used again.
    pub fn is_open(&mut self) -> bool {
        // What comes behind a reply would be taken for the next one.
        if !self.input().is_empty() {
            return false;
        }
        if std::mem::take(&mut self.just_replied) {
            return self.tls.as_mut().is_none_or(|tls| tls_io::has_no_data(&mut tls.connection));
        }
        match self.stream.peek() {
            Idle::Silent => true,
            Idle::Input => match &mut self.tls {
                Some(tls) => tls_io::take_in_unasked(&mut tls.connection, &mut self.stream.unwaited()),
                None => false,
            },
            Idle::Closed => false,
        }
    }

    fn await_input(&mut self, context: &CallContext) -> io::Result<bool> {
        self.flush_held(context)?;
        self.make_room();
        if self.filled == self.input.len() {
            return Err(too_large(&format!("reply header over {BUFFER} bytes")));
        }
        let n = self.read_some(context)?;
        self.filled += n;
        self.just_replied = n > 0;
        Ok(n > 0)
    }

    fn flush_held(&mut self, context: &CallContext) -> io::Result<()> {
        let Some(held) = self.output.get_mut(..std::mem::take(&mut self.held)).filter(|held| !held.is_empty()) else {
            return Ok(());
        };
        context.enter_phase("sending the request");
        self.requests = self.requests.saturating_add(1);
        (self.received, self.has_head) = (0, false);
        context.count_request();
        let mut stream = self.stream.within(context);
        let sent = match &mut self.tls {
            None => stream.write_all(held),
            Some(tls) => tls_io::write_all(&mut tls.connection, &mut stream, held),
        };
        // Token and signature are not left in memory while the connection is idle. The buffer lives on, so this is a
        // store like any other, not the byte by byte of a wipe before freeing.
        held.fill(0);
        sent?;
        context.enter_phase("waiting for the reply");
        Ok(())
    }

    fn read_some(&mut self, context: &CallContext) -> io::Result<usize> {
        let Some(room) = self.input.get_mut(self.filled..) else { return Err(internal("input beyond its buffer")) };
        let mut stream = self.stream.within(context);
        let n = match &mut self.tls {
            None => stream.read(room),
            Some(tls) => tls_io::read(&mut tls.connection, &mut stream, room, tls.wants_certificate),
        }?;
        self.received += n;
        let (part, max) = if self.has_head { ("reply", MAX_REPLY) } else { ("head of the reply", MAX_HEAD) };
        if self.received > max {
            return Err(too_large(&format!("{part} over {max} bytes")));
        }
        Ok(n)
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

fn too_large(what: &str) -> io::Error {
    io::Error::other(Error::new(ErrorKind::BadResponse, what))
}

fn internal(what: &str) -> io::Error {
    io::Error::other(Error::internal(what))
}
