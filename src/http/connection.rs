//! One connection: a socket, TLS on it, and the buffers between it and the HTTP library.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::ClientConnection;
use zeroize::Zeroizing;

use super::stream::{Shown, Stream};
use crate::error::{Error, ErrorKind};
use crate::runtime::context;

/// Holds 10 kB of response headers or a token of 5 kB; smaller breaks on them.
const BUFFER: usize = 16 * 1024;
/// What comes before a reply's body: informational replies without end would keep a slow machine busy for long.
const LARGEST_HEAD: usize = 128 * 1024;
/// Whatever a reply is made of: its head, chunk sizes, trailers. Its body has a bound of its own.
const LARGEST_REPLY: usize = 2 * 1024 * 1024;
/// A look at an idle connection takes in this many reads of tickets and the like at most.
const MOST_READS_WHEN_IDLE: usize = 4;

/// A connection as the HTTP library sees it. Output is held until input is waited for: one send, one TLS record.
pub struct Connection {
    socket: Stream,
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
    has_carried_a_request: bool,
    /// Of all requests; the call has those of its own.
    lines: Arc<str>,
    /// An answer has just been read from it: no need to look whether it is open.
    just_answered: bool,
}

impl Connection {
    pub fn new(socket: Stream, tls: Option<ClientConnection>, lines: Arc<str>) -> Self {
        Self {
            socket,
            tls: tls.map(Box::new),
            input: Zeroizing::default(),
            consumed: 0,
            filled: 0,
            progress: false,
            output: Zeroizing::default(),
            held: 0,
            received: 0,
            has_carried_a_request: false,
            lines,
            just_answered: false,
        }
    }

    fn flush_held(&mut self) -> io::Result<()> {
        let held = self.output.get_mut(..std::mem::take(&mut self.held)).unwrap_or_default();
        if held.is_empty() {
            return Ok(());
        }
        let call = context::current()?;
        call.enter_phase("sending the request");
        call.set_stale(std::mem::replace(&mut self.has_carried_a_request, true));
        self.received = 0;
        call.set_head(false);
        let sent = send(&mut self.socket, self.tls.as_deref_mut(), held);
        // Token and signature do not lie about while the connection is idle. The buffer lives on, so that this is a store
        // like any other, and not the byte by byte of a wipe before freeing.
        held.fill(0);
        sent?;
        call.enter_phase("waiting for the reply");
        Ok(())
    }

    /// Puts the header lines that the library was not told of before the last line of the head, its length.
    fn complete_head(&mut self) -> io::Result<()> {
        let call = context::current()?;
        let own = call.lines();
        let added = self.lines.len() + own.len();
        let head = self.output.get(..self.held).unwrap_or_default();
        let lines = head.get(..self.held.saturating_sub(b"\r\n\r\n".len())).unwrap_or_default();
        let at = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if self.held + added > self.output.len() {
            return Err(too_large(&call, format!("request header over {BUFFER} bytes")));
        }
        self.output.copy_within(at..self.held, at + added);
        let room = self.output.get_mut(at..at + added).unwrap_or_default();
        let (common, rest) = room.split_at_mut(self.lines.len());
        common.copy_from_slice(self.lines.as_bytes());
        rest.copy_from_slice(own.as_bytes());
        self.held += added;
        Ok(())
    }

    /// Until a byte of the answer has come, a kept connection may turn out to have been closed before it was used.
    fn read_some(&mut self) -> io::Result<usize> {
        let room = self.input.get_mut(self.filled..).unwrap_or_default();
        let n = match &mut self.tls {
            None => self.socket.read(room),
            Some(tls) => read_plaintext(tls, &mut self.socket, room),
        }?;
        let call = context::current()?;
        if n > 0 {
            call.set_stale(false);
        }
        self.received += n;
        let (part, most) = if call.has_head() { ("reply", LARGEST_REPLY) } else { ("head of the reply", LARGEST_HEAD) };
        if self.received > most {
            return Err(too_large(&call, format!("{part} over {most} bytes")));
        }
        Ok(n)
    }

    /// Whether an idle connection is open and silent. Whatever comes unasked would be taken for the next answer.
    fn is_quiet(&mut self) -> bool {
        match self.socket.shown() {
            Shown::Nothing => true,
            Shown::Input => self.tls.as_deref_mut().is_some_and(|tls| take_in_unasked(tls, &self.socket)),
            Shown::Hangup => false,
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

fn send(socket: &mut Stream, tls: Option<&mut ClientConnection>, bytes: &[u8]) -> io::Result<()> {
    let Some(tls) = tls else { return socket.write_all(bytes) };
    tls.writer().write_all(bytes)?;
    while tls.wants_write() {
        tls.write_tls(socket)?;
    }
    Ok(())
}

/// 0: the peer ended the stream by TLS's own farewell. Without it anybody on the way may have cut the stream.
fn read_plaintext(tls: &mut ClientConnection, socket: &mut Stream, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match tls.reader().read(room) {
            Ok(n) => return Ok(n),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                let why = format!("{}: connection closed before the reply was whole", socket.peer());
                context::current()?.fail(Error::new(ErrorKind::Transport, why));
                return Ok(0);
            }
            Err(e) => return Err(e),
        }
        tls.read_tls(socket)?;
        if let Err(e) = tls.process_new_packets() {
            context::current()?.fail(Error::new(ErrorKind::Transport, format!("{}: TLS: {e}", socket.peer())));
            return Err(io::Error::other(e));
        }
    }
}

/// What TLS says by itself is taken in: session tickets, a change of keys. True: it was that alone.
fn take_in_unasked(tls: &mut ClientConnection, socket: &Stream) -> bool {
    for _ in 0..MOST_READS_WHEN_IDLE {
        match tls.read_tls(&mut socket.unwaited()) {
            Ok(1..) if says_nothing(tls) => {}
            Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => return false,
        }
    }
    false
}

fn says_nothing(tls: &mut ClientConnection) -> bool {
    tls.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
}

fn too_large(call: &context::CallContext, what: String) -> io::Error {
    call.fail(Error::new(ErrorKind::BadResponse, what));
    io::Error::from(io::ErrorKind::InvalidData)
}

impl Connection {
    /// Room for what is to be sent, a request's head first.
    pub fn output(&mut self) -> &mut [u8] {
        if self.output.is_empty() {
            self.output.resize(BUFFER, 0);
        }
        self.output.get_mut(self.held..).unwrap_or_default()
    }

    /// The head is in `output`.
    pub fn hold_head(&mut self, amount: usize) -> io::Result<()> {
        self.held = amount;
        self.complete_head()
    }

    pub fn hold_body(&mut self, amount: usize) {
        self.held += amount;
    }

    pub fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    pub fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    /// Whether there is input that has not been looked at yet; waits for it where there is none.
    pub fn has_more(&mut self) -> io::Result<bool> {
        if self.progress && self.consumed < self.filled { Ok(true) } else { self.await_input() }
    }

    fn await_input(&mut self) -> io::Result<bool> {
        self.flush_held()?;
        self.make_room();
        if self.filled == self.input.len() {
            return Err(too_large(&*context::current()?, format!("reply header over {BUFFER} bytes")));
        }
        let n = self.read_some()?;
        self.filled += n;
        self.just_answered = n > 0;
        Ok(n > 0)
    }

    /// Asked when a connection is kept, right after an answer, and when it is used again.
    pub fn is_open(&mut self) -> bool {
        // What stands behind an answer would be taken for the next one.
        if !self.input().is_empty() {
            return false;
        }
        if std::mem::take(&mut self.just_answered) {
            return self.tls.as_deref_mut().is_none_or(says_nothing);
        }
        self.is_quiet()
    }
}
