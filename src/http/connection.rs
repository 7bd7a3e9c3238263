//! One connection: a stream, TLS on it, and the buffers between it and the HTTP protocol.

use std::io::{self, Read, Write};

use rustls::ClientConnection;
use zeroize::Zeroizing;

use super::stream::{BoundStream, Idle, Stream};
use crate::error::{Error, ErrorKind};
use crate::runtime::context::CallContext;

/// Holds 10 kB of response headers or a token of 8 kB; smaller breaks on them.
const BUFFER: usize = 16 * 1024;
/// What comes before a reply's body: informational replies without end would keep a slow machine busy for long.
const MAX_HEAD: usize = 128 * 1024;
/// Whatever a reply is made of: its head, chunk sizes, trailers. Its body has a bound of its own.
const MAX_REPLY: usize = 2 * 1024 * 1024;
/// A look at an idle connection takes in this many reads of tickets and the like at most.
const MAX_IDLE_READS: usize = 4;

/// A connection as the protocol sees it. Output is held until input is waited for: one send, one TLS record.
pub struct Connection {
    stream: Stream,
    tls: Option<Box<ClientConnection>>,
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
    pub fn new(stream: Stream, tls: Option<ClientConnection>) -> Self {
        Self {
            stream,
            tls: tls.map(Box::new),
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
            return self.tls.as_deref_mut().is_none_or(has_no_data);
        }
        match self.stream.peek() {
            Idle::Silent => true,
            Idle::Input => self.tls.as_deref_mut().is_some_and(|tls| take_in_unasked(tls, &self.stream)),
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
        let sent = send(&mut self.stream.within(context), self.tls.as_deref_mut(), held);
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
            Some(tls) => read_plaintext(tls, &mut stream, room),
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

fn send(stream: &mut BoundStream, tls: Option<&mut ClientConnection>, bytes: &[u8]) -> io::Result<()> {
    let Some(tls) = tls else { return stream.write_all(bytes) };
    tls.writer().write_all(bytes)?;
    while tls.wants_write() {
        tls.write_tls(stream)?;
    }
    Ok(())
}

/// 0: the peer ended the stream by TLS's close_notify. Without it anybody on the way may have cut the stream.
fn read_plaintext(tls: &mut ClientConnection, stream: &mut BoundStream, room: &mut [u8]) -> io::Result<usize> {
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
            return Err(io::Error::other(Error::new(ErrorKind::Transport, format!("{}: TLS: {e}", stream.peer()))));
        }
    }
}

/// What TLS sends by itself is taken in: session tickets, a change of keys. True: it was that alone.
fn take_in_unasked(tls: &mut ClientConnection, stream: &Stream) -> bool {
    for _ in 0..MAX_IDLE_READS {
        match tls.read_tls(&mut stream.nonblocking()) {
            Ok(1..) if has_no_data(tls) => {}
            Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => return false,
        }
    }
    false
}

fn has_no_data(tls: &mut ClientConnection) -> bool {
    tls.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
}

fn too_large(what: &str) -> io::Error {
    io::Error::other(Error::new(ErrorKind::BadResponse, what))
}

fn internal(what: &str) -> io::Error {
    io::Error::other(Error::internal(what))
}
