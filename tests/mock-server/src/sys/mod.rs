//! The few calls the standard library lacks: the only `unsafe` code of this crate, in `unix.rs`.

#[allow(unsafe_code)]
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;
mod sockets;
pub(crate) use sockets::*;
