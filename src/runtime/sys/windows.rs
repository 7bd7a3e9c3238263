//! Windows: `select`, because `WSAPoll` does not report a failed connect before Windows 10 2004; a UDP socket on the
//! loopback that sends to itself in place of an eventfd. There are no signals to block.

use std::io::{Error, ErrorKind, Result};
use std::net::UdpSocket;
use std::os::windows::io::{AsRawHandle, AsRawSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use windows_sys::Win32::Networking::WinSock::{FD_SET, INVALID_SOCKET, SOCKET, TIMEVAL, select, send};
use windows_sys::Win32::Networking::WinSock::{WSAEMFILE, WSAENOBUFS, WSAGetLastError};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, FILE_TYPE_DISK, GetFileType};
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

use super::socket::{MAX_SOCKETS, Socket, Want};

pub const NO_SIGNAL: i32 = 0;
const OUT_OF_MEMORY: [i32; 2] = [8, 14];

fn set_of(sockets: impl IntoIterator<Item = SOCKET>) -> FD_SET {
    let mut set = FD_SET { fd_count: 0, fd_array: [0; 64] };
    for (place, socket) in set.fd_array.iter_mut().zip(sockets) {
        *place = socket;
        set.fd_count += 1;
    }
    set
}

fn holds(set: &FD_SET, socket: SOCKET) -> bool {
    set.fd_array.iter().take(set.fd_count as usize).any(|&one| one == socket)
}

/// Waits until one of the sockets is ready or the wake was woken. True: woken.
///
/// # Errors
/// The system's.
pub fn wait(sockets: &mut [Socket], wake: Option<&WakeFd>, timeout: Duration) -> Result<bool> {
    if sockets.len() > MAX_SOCKETS {
        return Err(ErrorKind::InvalidInput.into());
    }
    let woken = wake.map(WakeFd::number);
    if sockets.is_empty() && woken.is_none() {
        std::thread::sleep(timeout);
        return Ok(false);
    }
    let wanting = |want: Want| sockets.iter().filter(move |it| it.want == want).map(|it| it.handle as SOCKET);
    let mut read = set_of(wanting(Want::Input).chain(woken));
    let mut write = set_of(wanting(Want::Output));
    // A connect that has failed shows here alone.
    let mut failed = set_of(sockets.iter().map(|it| it.handle as SOCKET));
    let micros = timeout.min(Duration::from_secs(3600)).as_nanos().div_ceil(1000);
    let time = TIMEVAL { tv_sec: (micros / 1_000_000) as i32, tv_usec: (micros % 1_000_000) as i32 };
    // SAFETY: three sets and a time, all initialised, that live through the call; the first argument is ignored.
    let n = unsafe { select(0, &raw mut read, &raw mut write, &raw mut failed, &raw const time) };
    if n < 0 {
        // SAFETY: takes nothing.
        return Err(Error::from_raw_os_error(unsafe { WSAGetLastError() }));
    }
    for socket in sockets.iter_mut() {
        let number = socket.handle as SOCKET;
        socket.is_ready = holds(&read, number) || holds(&write, number) || holds(&failed, number);
    }
    Ok(woken.is_some_and(|socket| holds(&read, socket)))
}

/// Files do not make an open wait here. A folder is opened, too, as for a backup: it would be refused as if the user might not
/// read it, and a place that has something unusable is not one that has nothing.
pub fn open_without_waiting(options: &mut std::fs::OpenOptions) {
    std::os::windows::fs::OpenOptionsExt::custom_flags(options, FILE_FLAG_BACKUP_SEMANTICS);
}

/// The system refuses to examine anything but a file or folder on a disk.
pub fn regular_length(file: &std::fs::File) -> Result<Option<u64>> {
    // SAFETY: the handle is that of an open file.
    if unsafe { GetFileType(file.as_raw_handle()) } != FILE_TYPE_DISK {
        return Ok(None);
    }
    let about = file.metadata()?;
    Ok(about.is_file().then_some(about.len()))
}

pub fn is_exhaustion(error: &Error) -> bool {
    error.raw_os_error().is_some_and(|code| [WSAEMFILE, WSAENOBUFS].contains(&code) || OUT_OF_MEMORY.contains(&code))
}

/// `select` does not say which of its sockets is closed, so the wake is never known to be the one.
pub fn is_closed(_: &Error) -> bool {
    false
}

pub fn is_connecting(error: &Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}

#[derive(Debug)]
pub struct WakeFd(UdpSocket);

impl WakeFd {
    pub fn new() -> Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        // From now on it receives from itself alone.
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    pub fn is_of_this_process(&self) -> bool {
        true
    }

    pub fn is_open(&self) -> bool {
        true
    }

    /// Who closes a socket twice there is not noticed.
    pub fn has_lost_its_number_to(&self, _: &Self) -> bool {
        false
    }

    fn number(&self) -> SOCKET {
        self.0.as_raw_socket() as SOCKET
    }

    pub fn wake(&self) {
        let _ = self.0.send(&[1]);
    }

    /// A socket is not what a program's event loop waits on here.
    pub fn descriptor(&self) -> Result<i32> {
        Err(ErrorKind::Unsupported.into())
    }

    pub fn drain(&self) -> bool {
        while self.0.recv(&mut [0; 8]).is_ok() {}
        true
    }
}

#[derive(Debug)]
pub struct WakeHandle(AtomicUsize);

impl Default for WakeHandle {
    fn default() -> Self {
        Self::none()
    }
}

impl WakeHandle {
    pub const fn none() -> Self {
        Self(AtomicUsize::new(INVALID_SOCKET))
    }

    pub fn set(&self, wake: Option<&WakeFd>) {
        self.0.store(wake.map_or(INVALID_SOCKET, WakeFd::number), Ordering::SeqCst);
    }

    pub fn wake(&self) {
        let socket = self.0.load(Ordering::SeqCst);
        if socket != INVALID_SOCKET {
            // SAFETY: sends one byte that lives through the call; a wrong number fails.
            unsafe { send(socket, [1u8].as_ptr(), 1, 0) };
        }
    }
}

pub fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// Keeps `FreeLibrary` from unloading this library: a lookup thread may last longer than every call.
pub fn keep_loaded() {
    let mut library = std::ptr::null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    // SAFETY: with FROM_ADDRESS the second argument is an address inside the library and no text; the result is a
    // number that is not used.
    unsafe { GetModuleHandleExW(flags, (keep_loaded as fn()) as *const u16, &raw mut library) };
}

/// Distinguishes the threads of a process.
pub fn thread_number() -> u64 {
    // SAFETY: takes nothing.
    u64::from(unsafe { windows_sys::Win32::System::Threading::GetCurrentThreadId() })
}
