//! An address of its own to which connects hang.

use std::io;
use std::net::TcpListener;

use crate::backlog::Backlog;
use crate::sys;

/// An address on loopback to which connects hang.
pub struct StalledConnect {
    /// Holds the port; nothing ever accepts from it.
    _listener: TcpListener,
    _fillers: Backlog,
    port: u16,
}

impl StalledConnect {
    pub fn host_port(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// Makes an address to which connects hang for as long as the value lives.
pub fn stalled_connect() -> io::Result<StalledConnect> {
    let listener = sys::listen(sys::reserve_port(0)?)?;
    let fillers = Backlog::default();
    fillers.fill(&listener)?;
    let port = listener.local_addr()?.port();
    Ok(StalledConnect { _listener: listener, _fillers: fillers, port })
}
