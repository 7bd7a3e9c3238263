//! Sockets with options that the standard library lacks, the same on all systems.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::backlog;

pub(crate) type Reserved = Socket;

/// A loopback port that is bound but does not listen: connects are refused, and the port stays ours.
pub(crate) fn reserve_port(port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    // On Windows the option would let others take the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket)
}

/// Makes a reserved port accept connections.
pub(crate) fn listen(reserved: Socket) -> io::Result<TcpListener> {
    reserved.listen(backlog::LENGTH)?;
    Ok(reserved.into())
}

/// From now on closing the stream sends a reset instead of an orderly end.
pub(crate) fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}
