//! A tunnel through an HTTP proxy: CONNECT.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::proxy_error::{broken, refused};
use super::stream::BoundStream;
use crate::config::endpoint::Endpoint;
use crate::config::proxy::Proxy;
use crate::error::Result;

/// Proxies that want a login by Kerberos send tokens of some ten kilobytes.
const MAX_HEAD: usize = 64 * 1024;
const MAX_INFORMATIONAL: usize = 4;

/// # Errors
/// `Proxy` where it refuses or wants a login; `Transport` and the call's end as for any connection.
pub fn open(stream: &mut BoundStream, proxy: &Proxy, target: &Endpoint) -> Result<()> {
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
    stream.write_all(request.as_bytes()).map_err(|e| broken(e, proxy))?;
    let mut status = read_status(stream, proxy)?;
    for _ in 0..MAX_INFORMATIONAL {
        if !(100..200).contains(&status) {
            break;
        }
        status = read_status(stream, proxy)?;
    }
    match status {
        200..=299 => Ok(()),
        407 => Err(refused(proxy, "requires a login, or rejects the one given (HTTP 407)")),
        401 => Err(refused(proxy, "refuses the login (HTTP 401)")),
        _ => {
            Err(refused(proxy, &format!("refuses to connect to {target} (HTTP {status})")).retryable(may_pass(status)))
        }
    }
}

/// The proxy's or the endpoint's trouble of the moment; what a proxy never does (501, 505, 506, 510), and a network that
/// wants a login (511), stay.
fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 421 | 425 | 429 | 500 | 502..=504 | 507..=509 | 512..=599)
}

/// Byte by byte up to the blank line: what follows it belongs to TLS. Only the status counts; lines may end in a bare line
/// feed, and header fields may look like anything.
fn read_status(stream: &mut BoundStream, proxy: &Proxy) -> Result<u16> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\n\n") && !head.ends_with(b"\n\r\n") {
        if head.len() >= MAX_HEAD {
            return Err(refused(proxy, &format!("answers with a header over {MAX_HEAD} bytes")));
        }
        let mut byte = [0];
        stream.read_exact(&mut byte).map_err(|e| broken(e, proxy))?;
        head.extend_from_slice(&byte);
        let start = b"HTTP/1.";
        if !start.iter().zip(&head).all(|(wanted, got)| wanted == got) {
            return Err(refused(proxy, "answers with something other than HTTP"));
        }
    }
    status_of(&head).ok_or_else(|| refused(proxy, "answers without a status"))
}

/// Of `HTTP/1.x NNN …`.
fn status_of(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\n').next()?;
    let word = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).nth(1)?;
    let text = std::str::from_utf8(word).ok().filter(|text| text.len() == 3)?;
    text.parse().ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests;
