//! The same for Windows.

use std::fs;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;
use std::path::Path;
use std::time::{Duration, Instant};

/// How soon it is seen that a connection was shut down.
const TURN: Duration = Duration::from_millis(50);

pub(crate) fn number(stream: &TcpStream) -> u64 {
    // As wide as a pointer.
    u64::from(stream.as_raw_socket())
}

/// In the user's own folder of temporary files, which other users cannot enter.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(10024 | 10055))
}

pub(crate) fn may_accept_on(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(10053 | 10054))
}

/// The accept under way gets a connection, the next one an error.
pub(crate) fn stop_listening(listener: &TcpListener) {
    let _ = listener.set_nonblocking(true);
    let _ = listener.local_addr().and_then(TcpStream::connect);
}

pub(crate) fn peek(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    in_turns(stream, || stream.peek(buffer))
}

pub(crate) fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    in_turns(stream, || stream.read(buffer))
}

/// What waits for input does not end when this side is shut down, only the next one does: so it waits for a while and again.
fn in_turns(stream: &TcpStream, mut take: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    let longest = stream.read_timeout()?;
    let end = longest.map(|longest| Instant::now() + longest);
    stream.set_read_timeout(Some(TURN))?;
    let taken = loop {
        match take() {
            Err(error) if is_timeout(&error) && end.is_none_or(|end| Instant::now() < end) => {}
            taken => break taken,
        }
    };
    stream.set_read_timeout(longest)?;
    taken
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

pub(crate) fn pause(stream: &TcpStream, time: Duration, watch_peer: bool) -> bool {
    let end = Instant::now() + time;
    let before = stream.read_timeout().unwrap_or_default();
    let mut ended = false;
    while !ended {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let _ = stream.set_read_timeout(Some(left.min(TURN).max(Duration::from_millis(1))));
        match stream.peek(&mut [0]) {
            Ok(0) if watch_peer => ended = true,
            Ok(_) => std::thread::sleep(left.min(Duration::from_millis(5))),
            Err(error) if is_timeout(&error) => {}
            Err(_) => ended = true,
        }
    }
    let _ = stream.set_read_timeout(before);
    ended
}

pub fn end_with_parent() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub fn hold_back_signals() {}

pub fn wait_for_signal() {
    loop {
        std::thread::park();
    }
}
