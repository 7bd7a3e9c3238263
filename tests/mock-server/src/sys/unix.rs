//! The few calls the standard library lacks.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

pub(crate) type Reserved = OwnedFd;

pub(crate) fn number(stream: &TcpStream) -> u64 {
    stream.as_raw_fd() as u64
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

pub(crate) fn may_accept_on(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ECONNABORTED | libc::EINTR))
}

/// A loopback port that is bound but does not listen: connects are refused, and the port stays ours.
pub(crate) fn reserve_port(port: u16) -> io::Result<OwnedFd> {
    // SAFETY: plain system calls; the descriptor is owned from the line it is made on.
    let socket = unsafe {
        let fd = checked(libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0))?;
        OwnedFd::from_raw_fd(fd)
    };
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32)?;
    // SAFETY: an all-zero sockaddr_in is a valid value.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as libc::sa_family_t;
    address.sin_port = port.to_be();
    address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    // SAFETY: `address` outlives the call and its size is given.
    checked(unsafe {
        libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size_of::<libc::sockaddr_in>() as libc::socklen_t)
    })?;
    Ok(socket)
}

/// Makes a reserved port accept connections.
pub(crate) fn listen(reserved: OwnedFd) -> io::Result<TcpListener> {
    // SAFETY: a system call on a descriptor we own.
    checked(unsafe { libc::listen(reserved.as_raw_fd(), 1024) })?;
    Ok(TcpListener::from(reserved))
}

/// Ends a blocked `accept` and refuses further connects.
pub(crate) fn stop_listening(listener: &TcpListener) {
    // SAFETY: a system call on a live descriptor.
    unsafe { libc::shutdown(listener.as_raw_fd(), libc::SHUT_RDWR) };
}

/// From now on closing the stream sends a reset instead of an orderly end.
pub(crate) fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    set_option(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, &linger)
}

/// Every packet that arrives for this socket vanishes: connects to a listener hang.
pub(crate) fn drop_arriving_packets(socket: &impl AsRawFd) -> io::Result<()> {
    let mut keep_nothing = libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: 0 };
    let program = libc::sock_fprog { len: 1, filter: &raw mut keep_nothing };
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// Undoes `drop_arriving_packets`; a hanging connect succeeds at its next try.
pub(crate) fn let_packets_arrive(socket: &impl AsRawFd) -> io::Result<()> {
    set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0i32)
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

fn set_option<T>(socket: RawFd, level: i32, name: i32, value: &T) -> io::Result<()> {
    // SAFETY: the value outlives the call and its size is given.
    checked(unsafe {
        libc::setsockopt(socket, level, name, std::ptr::from_ref(value).cast(), size_of::<T>() as libc::socklen_t)
    })
    .map(drop)
}

fn checked(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
