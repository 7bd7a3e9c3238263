//! A host and a port as URLs write them. Pure.

use std::fmt;
use std::net::Ipv6Addr;

const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// What is wrong with an authority. `Display` quotes it; `unquoted` does not, for texts that may hold a password.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    UnclosedBracket,
    NotIpv6(String),
    BehindBracket(String),
    ManyColons,
    Port(String),
    NoHost,
    HostTooLong(usize),
    LabelTooLong,
    Character(char),
}

impl Fault {
    /// One clause that holds nothing of the text.
    #[must_use]
    pub fn unquoted(&self) -> &'static str {
        match self {
            Self::UnclosedBracket => "has no closing ] of its IPv6 address",
            Self::NotIpv6(_) => "has something in brackets that is not an IPv6 address",
            Self::BehindBracket(_) => "has something other than a port after its IPv6 address",
            Self::ManyColons => "holds more than one colon; an IPv6 address goes into [ ]",
            Self::Port(_) => "has a port that is not a number from 1 to 65535",
            Self::NoHost => "has no host",
            Self::HostTooLong(_) => "has a host over 253 bytes",
            Self::LabelTooLong => "has a host label over 63 bytes",
            Self::Character(_) => "has a character in its host that a host cannot have",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIpv6(text) => write!(f, "has {text:?} in brackets, which is not an IPv6 address"),
            Self::BehindBracket(text) => write!(f, "has {text:?} after its IPv6 address"),
            Self::Port(text) => write!(f, "has the port {text:?}; it must be 1 to 65535"),
            Self::HostTooLong(length) => write!(f, "has a host of {length} bytes; at most {MAX_HOST}"),
            Self::Character(bad) => write!(f, "has {bad:?} in its host"),
            Self::UnclosedBracket | Self::ManyColons | Self::NoHost | Self::LabelTooLong => {
                f.write_str(self.unquoted())
            }
        }
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`: the host in lower case and without brackets.
///
/// # Errors
/// What is wrong with it.
pub fn parse(authority: &str) -> Result<(String, Option<u16>), Fault> {
    let (host, port) = split_port(authority)?;
    let host = host.to_ascii_lowercase();
    validate_host(&host)?;
    Ok((host, port))
}

/// # Errors
/// What is wrong with it. The host is not looked at.
pub fn split_port(authority: &str) -> Result<(&str, Option<u16>), Fault> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(Fault::UnclosedBracket)?;
        if host.parse::<Ipv6Addr>().is_err() {
            return Err(Fault::NotIpv6(host.to_owned()));
        }
        match after.strip_prefix(':') {
            None if after.is_empty() => return Ok((host, None)),
            None => return Err(Fault::BehindBracket(after.to_owned())),
            Some(port) => (host, port),
        }
    } else {
        match authority.rsplit_once(':') {
            None => return Ok((authority, None)),
            Some((host, _)) if host.contains(':') => return Err(Fault::ManyColons),
            Some(split) => split,
        }
    };
    match port.parse::<u16>() {
        Ok(number) if number > 0 && port.bytes().all(|b| b.is_ascii_digit()) => Ok((host, Some(number))),
        _ => Err(Fault::Port(port.to_owned())),
    }
}

fn validate_host(host: &str) -> Result<(), Fault> {
    if host.is_empty() {
        return Err(Fault::NoHost);
    }
    if host.len() > MAX_HOST {
        return Err(Fault::HostTooLong(host.len()));
    }
    if host.parse::<Ipv6Addr>().is_ok() {
        return Ok(());
    }
    match host.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        Some(bad) => Err(Fault::Character(bad)),
        None if host.split('.').any(|label| label.len() > MAX_LABEL) => Err(Fault::LabelTooLong),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
