//! The few system calls that std does not offer: waiting for two sockets at once, waking such a wait, the signal mask.
//!
//! Beside `ffi` the only room with unsafe code; everything above works with owned sockets. One file a system.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as os;

pub use os::{
    AsSocket, NO_SIGNAL, ProcessId, WakeFd, WakeHandle, is_connecting, is_exhaustion, process_id, wait,
    with_signals_blocked,
};
use os::{Handle, handle};

/// What to wait for on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Input,
    Output,
}

/// A socket that a wait looks at. It does not own the socket.
#[derive(Debug, Clone, Copy)]
pub struct Socket {
    handle: Handle,
    want: Want,
    /// Set by a wait: input or room for output is there, or the connection failed.
    pub is_ready: bool,
}

impl Socket {
    pub fn new(socket: &impl AsSocket, want: Want) -> Self {
        Self { handle: handle(socket), want, is_ready: false }
    }
}

/// The most sockets that one wait looks at.
pub const MAX_SOCKETS: usize = 16;
