//! Linux, macOS and the BSDs.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use super::handle::Handle;
use super::identity::identity;
use super::owned::Owned;
use super::socket::{MAX_SOCKETS, Socket, Want};

#[cfg(not(target_vendor = "apple"))]
pub const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// There it is a setting of the socket, `SO_NOSIGPIPE`.
#[cfg(target_vendor = "apple")]
pub const NO_SIGNAL: i32 = 0;

/// From here on a wait is counted in milliseconds.
#[cfg(not(target_vendor = "apple"))]
const COARSE: Duration = Duration::from_millis(50);

/// Waits until one of the sockets is ready or the wake was woken. It may end early, by a signal for one, with nothing ready.
/// True: woken.
///
/// # Errors
/// The system's; `EBADF` where the host has closed the wake's descriptor.
pub fn wait(sockets: &mut [Socket], wake: Option<&WakeFd>, timeout: Duration) -> Result<bool> {
    let idle = libc::pollfd { fd: -1, events: 0, revents: 0 };
    let mut polled = [idle; MAX_SOCKETS + 1];
    let Some(set) = polled.get_mut(..=sockets.len()) else { return Err(ErrorKind::InvalidInput.into()) };
    let [woken, rest @ ..] = set else { return Err(ErrorKind::InvalidInput.into()) };
    *woken = libc::pollfd { fd: wake.map_or(-1, WakeFd::fd), events: libc::POLLIN, revents: 0 };
    for (entry, socket) in rest.iter_mut().zip(sockets.iter()) {
        let events = if socket.want == Want::Input { libc::POLLIN } else { libc::POLLOUT };
        *entry = libc::pollfd { fd: socket.handle, events, revents: 0 };
    }
    if let Err(e) = poll(set, timeout.min(Duration::from_secs(3600))) {
        if e.kind() != ErrorKind::Interrupted {
            return Err(e);
        }
        for entry in set.iter_mut() {
            entry.revents = 0;
        }
    }
    let [woken, rest @ ..] = set else { return Err(ErrorKind::InvalidInput.into()) };
    if woken.revents & libc::POLLNVAL != 0 {
        return Err(Error::from_raw_os_error(libc::EBADF));
    }
    for (socket, entry) in sockets.iter_mut().zip(rest.iter()) {
        socket.is_ready = entry.revents != 0;
    }
    Ok(woken.revents != 0)
}

#[cfg(not(target_vendor = "apple"))]
fn poll(set: &mut [libc::pollfd], timeout: Duration) -> Result<()> {
    // Far away it may end up to a millisecond early, and the time need not be copied in and out: 0.25 µs less.
    if timeout >= COARSE {
        return poll_milliseconds(set, timeout.as_millis());
    }
    // time_t and c_long have 32 bits on some systems.
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
    let (Ok(seconds), Ok(nanos)) = (timeout.as_secs().try_into(), timeout.subsec_nanos().try_into()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    let spec = libc::timespec { tv_sec: seconds, tv_nsec: nanos };
    let count = set.len() as libc::nfds_t;
    // SAFETY: `set` is a slice of so many pollfd that lives through the call; no signal mask is given.
    let n = unsafe { libc::ppoll(set.as_mut_ptr(), count, &raw const spec, std::ptr::null()) };
    if n < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

#[cfg(target_vendor = "apple")]
fn poll(set: &mut [libc::pollfd], timeout: Duration) -> Result<()> {
    poll_milliseconds(set, timeout.as_micros().div_ceil(1000))
}

fn poll_milliseconds(set: &mut [libc::pollfd], timeout: u128) -> Result<()> {
    let ms = i32::try_from(timeout).unwrap_or(i32::MAX);
    let count = set.len() as libc::nfds_t;
    // SAFETY: `set` is a slice of so many pollfd that lives through the call.
    let n = unsafe { libc::poll(set.as_mut_ptr(), count, ms) };
    if n < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

/// For a file that may turn out to be a FIFO or a terminal.
pub fn open_without_waiting(options: &mut std::fs::OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK | libc::O_NOCTTY);
}

/// How long a file is; None if it is not a regular one.
pub fn regular_length(file: &std::fs::File) -> Result<Option<u64>> {
    let about = file.metadata()?;
    Ok(about.is_file().then_some(about.len()))
}

/// Whether the system said no for want of descriptors or memory.
pub fn is_exhaustion(error: &Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS))
}

/// Whether the host has closed the wake's descriptor.
pub fn is_closed(error: &Error) -> bool {
    error.raw_os_error() == Some(libc::EBADF)
}

pub fn is_connecting(error: &Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS) || error.kind() == ErrorKind::Interrupted
}

/// A descriptor that a wait can wait on; `wake` may be called from any thread and from a signal handler.
#[derive(Debug)]
pub struct WakeFd {
    read: Owned<std::fs::File>,
    /// Its number is that of a newer wake.
    is_lost: AtomicBool,
    #[cfg(not(target_os = "linux"))]
    write: Owned<std::os::unix::net::UnixStream>,
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
        // SAFETY: `fd` is a fresh descriptor that nothing else owns.
        let read = Owned::checked(std::fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) }), identity);
        Ok(Self { read, is_lost: AtomicBool::new(false) })
    }

    #[cfg(not(target_os = "linux"))]
    pub fn new() -> Result<Self> {
        let (read, write) = std::os::unix::net::UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self {
            read: Owned::checked(std::fs::File::from(std::os::fd::OwnedFd::from(read)), identity),
            is_lost: AtomicBool::new(false),
            write: Owned::checked(write, identity),
        })
    }

    pub fn is_of_this_process(&self) -> bool {
        self.read.is_of_this_process()
    }

    /// False: the host has closed it.
    pub fn is_open(&self) -> bool {
        !self.is_lost.load(Ordering::SeqCst) && self.read.is_open()
    }

    /// Whether the system has given its number to a newer one, so that the host has closed it: on Linux one wake looks like
    /// another. From then on it is not open.
    pub fn has_lost_its_number_to(&self, newer: &Self) -> bool {
        let is_lost = self.fd() == newer.fd();
        if is_lost {
            self.is_lost.store(true, Ordering::SeqCst);
        }
        is_lost
    }

    fn fd(&self) -> Handle {
        self.read.as_raw_fd()
    }

    /// Nothing is written to what the host has opened under its number. A full counter already wakes, so its EAGAIN does no
    /// harm.
    pub fn wake(&self) {
        #[cfg(target_os = "linux")]
        let end = &self.read;
        #[cfg(not(target_os = "linux"))]
        let end = &self.write;
        if !self.is_lost.load(Ordering::SeqCst) && end.is_open() {
            let _ = (&**end).write(&1u64.to_ne_bytes());
        }
    }

    /// A socket pair holds a wake for each write, so what fills the buffer is not all. False: what has its number cannot be
    /// read as a wake, and would end each wait at once.
    pub fn drain(&self) -> bool {
        let mut wakes = [0; 64];
        loop {
            match (&*self.read).read(&mut wakes) {
                Ok(length) if length == wakes.len() => {}
                Ok(_) => return true,
                Err(e) => return matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
            }
        }
    }

    /// What a program's own event loop waits on.
    #[allow(clippy::unnecessary_wraps, reason = "Windows has none")]
    pub fn descriptor(&self) -> Result<i32> {
        Ok(self.fd())
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

impl Default for WakeHandle {
    fn default() -> Self {
        Self::none()
    }
}

impl WakeHandle {
    pub const fn none() -> Self {
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

/// Distinguishes the threads of a process, also in destructors of thread-local values, where std's own id is gone.
#[allow(clippy::unnecessary_cast, clippy::cast_possible_truncation)]
pub fn thread_number() -> u64 {
    // SAFETY: takes nothing. A number on some systems and a pointer on others.
    unsafe { libc::pthread_self() as usize as u64 }
}

/// `dlclose` does not unload this library: the linker has marked it.
pub fn keep_loaded() {}
