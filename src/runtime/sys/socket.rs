//! Sockets that a wait looks at.

use super::handle::{AsSocket, Handle, handle};

/// What to wait for on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Input,
    Output,
}

/// A socket that a wait looks at. It does not own the socket.
#[derive(Debug, Clone, Copy)]
pub struct Socket {
    pub(super) handle: Handle,
    pub(super) want: Want,
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
