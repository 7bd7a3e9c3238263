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
    Handle, NO_SIGNAL, WakeHandle, handle, is_connecting, is_exhaustion, keep_loaded, with_signals_blocked, words,
};
pub use os::{WakeFd, wait};

/// What to wait for on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Input,
    Output,
}

/// What a wait has shown; both false: time over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    pub ready: bool,
    pub woken: bool,
}
