//! The way through a proxy: HTTP CONNECT, or SOCKS5 with the name looked up by the proxy.
//!
//! Written here because the HTTP library's own way opens its socket itself: neither a deadline nor a cancel reaches it.

use std::io::{Read, Write};
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::stream::Stream;
use crate::config::endpoint::Endpoint;
use crate::config::proxy::{Kind, Proxy};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::context::CallContext;

const LONGEST_HEAD: usize = 8 * 1024;

/// # Errors
/// `Proxy` where it refuses or wants a login; `HttpClient` and the call's end as for any connection.
pub fn open(call: &CallContext, socket: &mut Stream, proxy: &Proxy, target: &Endpoint) -> Result<()> {
    call.enter_phase("asking the proxy");
    match proxy.kind {
        Kind::Http => connect(call, socket, proxy, target),
        Kind::Socks5 => socks5(call, socket, proxy, target),
    }
}

fn refused(proxy: &Proxy, why: &str) -> Error {
    Error::new(ErrorKind::Proxy, format!("proxy {}: {why}", proxy.host_port()))
}

/// The socket has told the call what went wrong; without that the proxy has closed.
fn broken(call: &CallContext, proxy: &Proxy) -> Error {
    let closed = || Error::new(ErrorKind::Transport, format!("proxy {}: connection closed", proxy.host_port()));
    call.take_failure().unwrap_or_else(closed)
}

fn connect(call: &CallContext, socket: &mut Stream, proxy: &Proxy, target: &Endpoint) -> Result<()> {
    let target = target.host_port();
    let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
    if let Some((user, password)) = &proxy.login {
        let login = Zeroizing::new([user, ":", password].concat());
        let encoded = Zeroizing::new(STANDARD.encode(login.as_bytes()));
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&encoded);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).map_err(|_| broken(call, proxy))?;
    let status = read_status(call, socket, proxy)?;
    match status {
        200..=299 => Ok(()),
        407 => Err(refused(proxy, "wants a login it accepts (HTTP 407)")),
        401 => Err(refused(proxy, "refuses the login (HTTP 401)")),
        _ => Err(refused(proxy, &format!("refuses to connect to {target} (HTTP {status})")).retryable(status >= 500)),
    }
}

/// Byte by byte up to the blank line: what follows it belongs to TLS.
fn read_status(call: &CallContext, socket: &mut Stream, proxy: &Proxy) -> Result<u16> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD {
            return Err(refused(proxy, &format!("answers with a header over {LONGEST_HEAD} bytes")));
        }
        let mut byte = [0];
        socket.read_exact(&mut byte).map_err(|_| broken(call, proxy))?;
        head.extend_from_slice(&byte);
        let start = b"HTTP/1.";
        if !start.iter().zip(&head).all(|(wanted, got)| wanted == got) {
            return Err(refused(proxy, "answers with something other than HTTP"));
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(&head) {
        Ok(_) => response.code.ok_or_else(|| refused(proxy, "answers without a status")),
        Err(e) => Err(refused(proxy, &format!("answers with HTTP that cannot be read ({e})"))),
    }
}

const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;

/// RFC 1928, with RFC 1929 for the password.
fn socks5(call: &CallContext, socket: &mut Stream, proxy: &Proxy, target: &Endpoint) -> Result<()> {
    let methods: &[u8] = if proxy.login.is_some() { &[5, 2, NO_LOGIN, PASSWORD] } else { &[5, 1, NO_LOGIN] };
    let [version, method] = exchange(call, socket, proxy, methods)?;
    if version != 5 {
        return Err(refused(proxy, "answers with something other than SOCKS5"));
    }
    match (method, &proxy.login) {
        (NO_LOGIN, _) => {}
        (PASSWORD, Some((user, password))) => log_in(call, socket, proxy, user, password)?,
        _ => return Err(refused(proxy, "wants a login")),
    }
    let mut request = vec![5, 1, 0];
    match target.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => request.extend([1].into_iter().chain(ip.octets())),
        Ok(IpAddr::V6(ip)) => request.extend([4].into_iter().chain(ip.octets())),
        Err(_) => {
            request.extend([3, u8::try_from(target.host.len()).unwrap_or(u8::MAX)]);
            request.extend_from_slice(target.host.as_bytes());
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    let [_, reply, _, kind] = exchange(call, socket, proxy, &request)?;
    if reply != 0 {
        let why = format!("refuses to connect to {} ({})", target.host_port(), socks_reply(reply));
        return Err(refused(proxy, &why).retryable(matches!(reply, 1 | 3..=6)));
    }
    let rest = match kind {
        1 => 4,
        4 => 16,
        _ => usize::from(exchange::<1>(call, socket, proxy, &[])?[0]),
    };
    let mut bound = vec![0; rest + 2];
    socket.read_exact(&mut bound).map_err(|_| broken(call, proxy))
}

fn log_in(call: &CallContext, socket: &mut Stream, proxy: &Proxy, user: &str, password: &str) -> Result<()> {
    let mut login = Zeroizing::new(vec![1]);
    for part in [user, password] {
        login.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        login.extend_from_slice(part.as_bytes());
    }
    match exchange(call, socket, proxy, &login)? {
        [_, 0] => Ok(()),
        _ => Err(refused(proxy, "refuses the login")),
    }
}

fn exchange<const N: usize>(call: &CallContext, socket: &mut Stream, proxy: &Proxy, bytes: &[u8]) -> Result<[u8; N]> {
    let mut reply = [0; N];
    socket.write_all(bytes).and_then(|()| socket.read_exact(&mut reply)).map_err(|_| broken(call, proxy))?;
    Ok(reply)
}

fn socks_reply(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "not allowed",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown reply",
    }
}
