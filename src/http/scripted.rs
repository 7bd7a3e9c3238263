//! For the fuzzers only: connections whose other end is a script, or a server on the same thread. With this feature no socket to anywhere is opened.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

/// More would wait for a reader that does not come; the socket's own buffer holds this much.
const MOST: usize = 150_000;
const MOST_PEERS: usize = 64;

/// What the other end of a connection does.
enum Script {
    Says(Vec<u8>),
    Serves(Server),
}

/// Does what it can without waiting. False: it has done all that it will, and the connection ends.
type Server = Box<dyn FnMut(&mut UnixStream) -> bool>;

thread_local! {
    static SCRIPTS: RefCell<VecDeque<Script>> = const { RefCell::new(VecDeque::new()) };
    static SERVERS: RefCell<Vec<(UnixStream, Server)>> = const { RefCell::new(Vec::new()) };
    static PEERS: RefCell<VecDeque<UnixStream>> = const { RefCell::new(VecDeque::new()) };
}

/// The next connection of this thread receives these bytes and then the end of the stream.
pub fn script(bytes: &[u8]) {
    SCRIPTS.with_borrow_mut(|scripts| scripts.push_back(Script::Says(bytes.get(..MOST).unwrap_or(bytes).to_vec())));
}

/// The next connection of this thread is to this server, which goes on whenever the client waits for it.
pub fn serve(server: impl FnMut(&mut UnixStream) -> bool + 'static) {
    SCRIPTS.with_borrow_mut(|scripts| scripts.push_back(Script::Serves(Box::new(server))));
}

/// The client is about to wait: the servers' turn.
pub(super) fn before_a_wait() {
    SERVERS.with_borrow_mut(|servers| servers.retain_mut(|(stream, server)| server(stream)));
}

/// Forgets scripts that were not used.
pub fn reset() {
    SCRIPTS.with_borrow_mut(VecDeque::clear);
    SERVERS.with_borrow_mut(Vec::clear);
    PEERS.with_borrow_mut(VecDeque::clear);
}

/// Without a script the connection is refused.
pub(super) fn connect() -> io::Result<TcpStream> {
    let script = SCRIPTS.with_borrow_mut(VecDeque::pop_front);
    let script = script.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    let (ours, mut theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    let script = match script {
        Script::Says(bytes) => bytes,
        Script::Serves(server) => {
            SERVERS.with_borrow_mut(|servers| servers.push((theirs, server)));
            return Ok(TcpStream::from(OwnedFd::from(ours)));
        }
    };
    // What does not fit is cut off: a broken connection is a script too.
    let _ = theirs.write_all(&script);
    theirs.shutdown(Shutdown::Write)?;
    // Kept open, so that the request can be written.
    PEERS.with_borrow_mut(|peers| {
        peers.push_back(theirs);
        if peers.len() > MOST_PEERS {
            peers.pop_front();
        }
    });
    Ok(TcpStream::from(OwnedFd::from(ours)))
}
