//! How a failure to get through a proxy is reported.

use std::io;

use super::stream::carried;
use crate::config::proxy::Proxy;
use crate::error::{Error, ErrorKind};

pub fn refused(proxy: &Proxy, why: &str) -> Error {
    Error::new(ErrorKind::Proxy, format!("proxy {}: {why}", proxy.host_port()))
}

/// The stream's own error; without one the proxy has closed the connection.
pub fn broken(error: io::Error, proxy: &Proxy) -> Error {
    carried(error, |_| Error::new(ErrorKind::Transport, format!("proxy {}: connection closed", proxy.host_port())))
}
