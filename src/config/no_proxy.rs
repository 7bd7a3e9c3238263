//! Which hosts go without a proxy: NO_PROXY as the field writes it. Pure.

use std::net::IpAddr;

use super::authority::split_port;

/// A list of entries; what cannot be one is passed over.
#[derive(Debug, Default)]
pub struct NoProxy {
    entries: Vec<Entry>,
    passed_over: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Entry {
    /// `*`
    All,
    Host {
        host: Host,
        port: Option<u16>,
    },
    /// `10.0.0.0/8`
    Network {
        address: IpAddr,
        prefix: u32,
    },
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// Lower-case, without dots at its ends.
    Name(String),
}

impl NoProxy {
    /// Commas and blanks of every kind separate.
    #[must_use]
    pub fn parse(list: &[u8]) -> Self {
        let list = String::from_utf8_lossy(list);
        let mut parsed = Self::default();
        for text in list.split(|c: char| c == ',' || c == ';' || c.is_whitespace() || c.is_control()) {
            match parse_entry(text) {
                _ if text.is_empty() => {}
                Some(entry) => parsed.entries.push(entry),
                None => {
                    // Its text is not quoted: what is there by mistake may be a URL with a password.
                    let number = parsed.entries.len() + parsed.passed_over.len() + 1;
                    parsed.passed_over.push(format!("entry {number} is not a host, an address or a network; ignored"));
                }
            }
        }
        parsed
    }

    /// What is wrong with the entries that were passed over, each in one clause.
    pub fn passed_over(&self) -> impl Iterator<Item = &str> {
        self.passed_over.iter().map(String::as_str)
    }

    /// `host`: lower-case; an IPv6 address without brackets.
    #[must_use]
    pub fn excepts(&self, host: &str, port: u16) -> bool {
        let host = match address_of(host) {
            Some(address) => Host::Address(address),
            None => Host::Name(host.trim_end_matches('.').to_owned()),
        };
        self.entries.iter().any(|entry| entry.matches(&host, port))
    }
}

impl Entry {
    fn matches(&self, host: &Host, port: u16) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Network { address, prefix }, Host::Address(host)) => is_in_network(*host, *address, *prefix),
            (Self::Network { .. }, Host::Name(_)) => false,
            (Self::Host { host: wanted, port: wanted_port }, host) => {
                wanted.matches(host) && wanted_port.is_none_or(|wanted| wanted == port)
            }
        }
    }
}

impl Host {
    /// A name matches itself and what is below it; an address only itself.
    fn matches(&self, host: &Self) -> bool {
        match (self, host) {
            (Self::Address(wanted), Self::Address(host)) => wanted == host,
            (Self::Name(wanted), Self::Name(host)) => {
                host.strip_suffix(wanted.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('.'))
            }
            _ => false,
        }
    }
}

fn parse_entry(text: &str) -> Option<Entry> {
    if text == "*" {
        return Some(Entry::All);
    }
    if let Some((address, prefix)) = text.split_once('/') {
        let address: IpAddr = unbracketed(address).parse().ok()?;
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= if address.is_ipv4() { 32 } else { 128 })?;
        return Some(Entry::Network { address, prefix });
    }
    if let Some(address) = address_of(unbracketed(text)) {
        return Some(Entry::Host { host: Host::Address(address), port: None });
    }
    let (host, port) = split_port(text).ok()?;
    if let Some(address) = address_of(host) {
        return Some(Entry::Host { host: Host::Address(address), port });
    }
    let name = host.strip_prefix('*').unwrap_or(host).trim_matches('.').to_ascii_lowercase();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    is_name.then_some(Entry::Host { host: Host::Name(name), port })
}

/// A dot behind it is ignored, and `::ffff:10.0.0.1` is 10.0.0.1.
fn address_of(text: &str) -> Option<IpAddr> {
    text.trim_end_matches('.').parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text)
}

fn is_in_network(host: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            let differing = host.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= prefix
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => {
            let differing = host.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= prefix
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
