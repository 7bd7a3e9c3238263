//! The few calls the standard library lacks.

use std::fs::DirBuilder;
use std::io::{self, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use socket2::SockRef;

pub(crate) fn number(stream: &TcpStream) -> u64 {
    stream.as_raw_fd() as u64
}

/// Makes a folder that other users cannot enter.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

pub(crate) fn may_accept_on(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ECONNABORTED | libc::EINTR))
}

/// Ends a blocked `accept` and refuses further connects.
pub(crate) fn stop_listening(listener: &TcpListener) {
    // An error means that it does not listen any more.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
}

/// Ends when this side is shut down, as a read does.
pub(crate) fn peek(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    stream.peek(buffer)
}

pub(crate) fn read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    stream.read(buffer)
}

/// Sleeps, but wakes when this side is shut down, and with `watch_peer` when the peer closes. True: ended early.
pub(crate) fn pause(stream: &TcpStream, time: Duration, watch_peer: bool) -> bool {
    let events = if watch_peer { libc::POLLRDHUP } else { 0 };
    let mut watched = libc::pollfd { fd: stream.as_raw_fd(), events, revents: 0 };
    let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one pollfd, which outlives the call.
    unsafe { libc::poll(&raw mut watched, 1, milliseconds) > 0 }
}

/// Asks for SIGTERM when the parent process ends.
pub fn end_with_parent() -> io::Result<()> {
    // SAFETY: takes numbers only.
    checked(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM as libc::c_ulong) }).map(drop)
}

/// Blocks SIGTERM, SIGINT and SIGHUP in this thread and those it starts, so that `wait_for_signal` gets them.
pub fn hold_back_signals() {
    let set = ending_signals();
    // SAFETY: an initialised set; the old mask is not wanted.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
}

/// Returns when one of the signals held back arrives.
pub fn wait_for_signal() {
    let set = ending_signals();
    let mut signal = 0;
    // SAFETY: an initialised set and a place for the number.
    unsafe { libc::sigwait(&raw const set, &raw mut signal) };
}

fn ending_signals() -> libc::sigset_t {
    // SAFETY: sigemptyset initialises the set; the signal numbers are valid.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    }
}

fn checked(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
