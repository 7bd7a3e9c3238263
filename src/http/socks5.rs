//! A tunnel through a SOCKS5 proxy (RFC 1928, with RFC 1929 for the password). The proxy looks the name up.

use std::io::{Read, Write};
use std::net::IpAddr;

use zeroize::Zeroizing;

use super::proxy_error::{broken, refused};
use super::stream::BoundStream;
use crate::config::endpoint::Endpoint;
use crate::config::proxy::Proxy;
use crate::error::{Error, Result};

const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;

/// # Errors
/// `Proxy` where it refuses or wants a login; `Transport` and the call's end as for any connection.
pub fn open(stream: &mut BoundStream, proxy: &Proxy, target: &Endpoint) -> Result<()> {
    let methods: &[u8] = if proxy.login.is_some() { &[5, 2, NO_LOGIN, PASSWORD] } else { &[5, 1, NO_LOGIN] };
    let [version, method] = exchange(stream, proxy, methods)?;
    if version != 5 {
        return Err(refused(proxy, "answers with something other than SOCKS5"));
    }
    match (method, &proxy.login) {
        (NO_LOGIN, _) => {}
        (PASSWORD, Some((user, password))) => log_in(stream, proxy, user, password)?,
        (PASSWORD, None) => return Err(refused(proxy, "requires a login")),
        _ if proxy.login.is_some() => {
            return Err(refused(proxy, "accepts neither a login by user and password nor a connection without one"));
        }
        _ => return Err(refused(proxy, "requires a login, or accepts none of the methods offered")),
    }
    let mut request = vec![5, 1, 0];
    match target.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => request.extend([1].into_iter().chain(ip.octets())),
        Ok(IpAddr::V6(ip)) => request.extend([4].into_iter().chain(ip.octets())),
        Err(_) => {
            request.extend([3, length(&target.host)?]);
            request.extend_from_slice(target.host.as_bytes());
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    let [_, reply, _, kind] = exchange(stream, proxy, &request)?;
    if reply != 0 {
        let why = format!("refuses to connect to {} ({})", target.host_port(), socks_reply(reply));
        return Err(refused(proxy, &why).retryable(matches!(reply, 1 | 3..=6)));
    }
    let rest = match kind {
        1 => 4,
        4 => 16,
        _ => usize::from(exchange::<1>(stream, proxy, &[])?[0]),
    };
    let mut bound = vec![0; rest + 2];
    stream.read_exact(&mut bound).map_err(|e| broken(e, proxy))
}

fn length(part: &str) -> Result<u8> {
    u8::try_from(part.len()).map_err(|_| Error::internal("a validated host, user or password has at most 255 bytes"))
}

fn log_in(stream: &mut BoundStream, proxy: &Proxy, user: &str, password: &str) -> Result<()> {
    let mut login = Zeroizing::new(vec![1]);
    for part in [user, password] {
        login.push(length(part)?);
        login.extend_from_slice(part.as_bytes());
    }
    match exchange(stream, proxy, &login)? {
        [_, 0] => Ok(()),
        _ => Err(refused(proxy, "refuses the login")),
    }
}

fn exchange<const N: usize>(stream: &mut BoundStream, proxy: &Proxy, bytes: &[u8]) -> Result<[u8; N]> {
    let mut reply = [0; N];
    stream.write_all(bytes).and_then(|()| stream.read_exact(&mut reply)).map_err(|e| broken(e, proxy))?;
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

#[cfg(test)]
mod tests;
