//! What a system calls a socket by.

#[cfg(unix)]
pub use std::os::fd::{AsRawFd as AsSocket, RawFd as Handle};
#[cfg(windows)]
pub use std::os::windows::io::{AsRawSocket as AsSocket, RawSocket as Handle};

pub fn handle(socket: &impl AsSocket) -> Handle {
    #[cfg(unix)]
    return socket.as_raw_fd();
    #[cfg(windows)]
    return socket.as_raw_socket();
}
