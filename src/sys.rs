//! The few system calls that std does not offer: poll, eventfd, the signal mask.
//!
//! Beside `ffi` the only room with unsafe code; everything above works with owned descriptors.

use std::fs::File;
use std::io::{Error, Read, Result, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

pub const IN: i16 = libc::POLLIN;
pub const OUT: i16 = libc::POLLOUT;
/// The peer closed its side, or the connection broke.
pub const HANGUP: i16 = libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR;

/// Waits until one of at most two descriptors is ready and tells what each showed; all 0: time over.
/// A negative descriptor is passed over. EINTR is reported, so that the caller recomputes its time.
pub fn poll(fds: [(RawFd, i16); 2], timeout: Duration) -> Result<[i16; 2]> {
    let mut set = fds.map(|(fd, events)| libc::pollfd { fd, events, revents: 0 });
    let seconds = timeout.as_secs().min(3600);
    let spec = libc::timespec { tv_sec: seconds.try_into().unwrap_or(3600), tv_nsec: timeout.subsec_nanos().into() };
    // SAFETY: `set` is an array of two pollfd that lives through the call; no signal mask is given.
    let n = unsafe { libc::ppoll(set.as_mut_ptr(), 2, &raw const spec, std::ptr::null()) };
    if n < 0 { Err(Error::last_os_error()) } else { Ok(set.map(|p| p.revents)) }
}

/// Whether the system said no for want of descriptors or memory.
pub fn is_exhaustion(error: &Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS))
}

/// A counter that a poll can wait on; `wake` may be called from any thread and from a signal handler.
#[derive(Debug)]
pub struct Wake(File);

impl Wake {
    pub fn new() -> Result<Self> {
        // SAFETY: plain call without pointers; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: `fd` is a fresh descriptor that nobody else owns.
        Ok(Self(File::from(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// One write(2): async-signal-safe. A full counter already wakes, so its EAGAIN is no loss.
    pub fn wake(&self) {
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    pub fn drain(&self) {
        let _ = (&self.0).read(&mut [0; 8]);
    }
}

/// Wakes by number, for a signal handler that holds no reference; a negative number does nothing. Keeps errno.
pub fn wake_fd(fd: RawFd) {
    if fd >= 0 {
        let one = 1u64;
        // SAFETY: writes eight bytes that live through the call; a wrong number fails with EBADF. errno is this thread's.
        unsafe {
            let errno = *libc::__errno_location();
            libc::write(fd, (&raw const one).cast(), 8);
            *libc::__errno_location() = errno;
        }
    }
}

/// Runs `start` with all signals blocked, so that a thread it spawns never runs the host's handlers.
pub fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initialises `all`; pthread_sigmask reads it and writes `before`.
    let changed = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) == 0
    };
    let result = start();
    if changed {
        // SAFETY: `before` was written by the successful call above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    result
}
