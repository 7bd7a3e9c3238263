//! The few system calls that std does not offer: waiting for several sockets at once, waking such a wait, the signal mask.
//!
//! Besides `ffi` the only place with unsafe code; everything above works with owned sockets. One file a system.

mod gate;
mod handle;
mod identity;
mod lookup;
mod owned;
mod process;
mod socket;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as os;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as os;

pub use gate::Inside;
pub use identity::identity;
pub use lookup::lookup_words;
pub use os::{NO_SIGNAL, WakeFd, WakeHandle, is_closed, is_connecting, is_exhaustion, regular_length};
pub use os::{keep_loaded, open_without_waiting, thread_number, wait, with_signals_blocked};
pub use owned::{Owned, forget};
pub use process::{ProcessId, process_id};
pub use socket::{MAX_SOCKETS, Socket, Want};
