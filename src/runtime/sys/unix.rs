//! Linux, macOS and the BSDs.

use std::io::{Error, ErrorKind, Read, Result, Write};
pub use std::os::fd::AsRawFd as AsSocket;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use super::{Shown, Want};

pub type Handle = std::os::fd::RawFd;

#[cfg(not(target_vendor = "apple"))]
pub const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// There the socket itself is told, by `SO_NOSIGPIPE`.
#[cfg(target_vendor = "apple")]
pub const NO_SIGNAL: i32 = 0;

pub fn handle(socket: &impl AsSocket) -> Handle {
    socket.as_raw_fd()
}

/// Waits until the socket is ready or the wake was woken. A signal ends it early, with nothing shown.
///
/// # Errors
/// The system's, and `EBADF` where somebody has closed a descriptor that is not theirs.
pub fn wait(socket: Option<(Handle, Want)>, wake: Option<&WakeFd>, timeout: Duration) -> Result<Shown> {
    let (fd, events) = match socket {
        None => (-1, 0),
        Some((fd, Want::Input)) => (fd, libc::POLLIN),
        Some((fd, Want::Output)) => (fd, libc::POLLOUT),
    };
    let woken = libc::pollfd { fd: wake.map_or(-1, WakeFd::fd), events: libc::POLLIN, revents: 0 };
    let mut set = [libc::pollfd { fd, events, revents: 0 }, woken];
    if let Err(e) = poll(&mut set, timeout.min(Duration::from_secs(3600))) {
        return if e.kind() == ErrorKind::Interrupted { Ok(Shown::default()) } else { Err(e) };
    }
    let [socket, wake] = set.map(|p| p.revents);
    if wake & libc::POLLNVAL != 0 {
        return Err(Error::from_raw_os_error(libc::EBADF));
    }
    Ok(Shown { ready: socket != 0, woken: wake != 0 })
}

#[cfg(not(target_vendor = "apple"))]
fn poll(set: &mut [libc::pollfd; 2], timeout: Duration) -> Result<()> {
    // c_long has 32 bits on some systems.
    let nanos = i32::try_from(timeout.subsec_nanos()).unwrap_or_default();
    let spec = libc::timespec { tv_sec: timeout.as_secs().try_into().unwrap_or(3600), tv_nsec: nanos.into() };
    // SAFETY: `set` is an array of two pollfd that lives through the call; no signal mask is given.
    let n = unsafe { libc::ppoll(set.as_mut_ptr(), 2, &raw const spec, std::ptr::null()) };
    if n < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

#[cfg(target_vendor = "apple")]
fn poll(set: &mut [libc::pollfd; 2], timeout: Duration) -> Result<()> {
    let ms = i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
    // SAFETY: `set` is an array of two pollfd that lives through the call.
    let n = unsafe { libc::poll(set.as_mut_ptr(), 2, ms) };
    if n < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

/// Whether the system said no for want of descriptors or memory.
pub fn is_exhaustion(error: &Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS))
}

pub fn is_connecting(error: &Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS) || error.kind() == ErrorKind::Interrupted
}

/// A descriptor that a wait can wait on; `wake` may be called from any thread and from a signal handler.
#[derive(Debug)]
pub struct WakeFd {
    read: std::fs::File,
    #[cfg(not(target_os = "linux"))]
    write: std::os::unix::net::UnixStream,
}

impl WakeFd {
    #[cfg(target_os = "linux")]
    pub fn new() -> Result<Self> {
        use std::os::fd::{FromRawFd, OwnedFd};
        // SAFETY: plain call without pointers; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: `fd` is a fresh descriptor that nobody else owns.
        Ok(Self { read: std::fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) }) })
    }

    #[cfg(not(target_os = "linux"))]
    pub fn new() -> Result<Self> {
        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self { read: std::fs::File::from(std::os::fd::OwnedFd::from(read)), write })
    }

    fn fd(&self) -> Handle {
        self.read.as_raw_fd()
    }

    /// One write(2): async-signal-safe. A full counter already wakes, so its EAGAIN is no loss.
    pub fn wake(&self) {
        #[cfg(target_os = "linux")]
        let _ = (&self.read).write(&1u64.to_ne_bytes());
        #[cfg(not(target_os = "linux"))]
        let _ = (&self.write).write(&1u64.to_ne_bytes());
    }

    pub fn drain(&self) {
        let _ = (&self.read).read(&mut [0; 64]);
    }

    /// For `WakeHandle`.
    fn number(&self) -> Handle {
        #[cfg(target_os = "linux")]
        return self.read.as_raw_fd();
        #[cfg(not(target_os = "linux"))]
        return self.write.as_raw_fd();
    }
}

/// A wake by number, for a signal handler that holds no reference.
#[derive(Debug)]
pub struct WakeHandle(AtomicI32);

impl WakeHandle {
    pub const fn nobody() -> Self {
        Self(AtomicI32::new(-1))
    }

    pub fn set(&self, wake: Option<&WakeFd>) {
        self.0.store(wake.map_or(-1, WakeFd::number), Ordering::SeqCst);
    }

    /// Keeps errno.
    pub fn wake(&self) {
        let fd = self.0.load(Ordering::SeqCst);
        if fd >= 0 {
            let one = 1u64;
            // SAFETY: writes eight bytes that live through the call; a wrong number fails with EBADF. errno is this thread's.
            unsafe {
                let errno = *errno();
                libc::write(fd, (&raw const one).cast(), 8);
                *self::errno() = errno;
            }
        }
    }
}

#[cfg(target_os = "linux")]
use libc::__errno_location as errno;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as errno;

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

/// Words for a failure that std has no kind for; None: the system's own.
pub fn words(_number: i32) -> Option<&'static str> {
    None
}

/// `dlclose` does not unload this library: the linker has marked it.
pub fn keep_loaded() {}
