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
                    // Its text is not quoted: what stands there by mistake may be a URL with a password.
                    let number = parsed.entries.len() + parsed.passed_over.len() + 1;
                    parsed
                        .passed_over
                        .push(format!("entry {number} is not a host, an address or a network; passed over"));
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
        let host = match host.parse() {
            Ok(address) => Host::Address(address),
            Err(_) => Host::Name(host.trim_end_matches('.').to_owned()),
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
    if let Ok(address) = unbracketed(text).parse() {
        return Some(Entry::Host { host: Host::Address(address), port: None });
    }
    let (host, port) = split_port(text).ok()?;
    if let Ok(address) = host.parse() {
        return Some(Entry::Host { host: Host::Address(address), port });
    }
    let name = host.strip_prefix('*').unwrap_or(host).trim_matches('.').to_ascii_lowercase();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    is_name.then_some(Entry::Host { host: Host::Name(name), port })
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
mod tests {
    use super::NoProxy;

    fn excepts(list: &str, host: &str) -> bool {
        NoProxy::parse(list.as_bytes()).excepts(host, 443)
    }

    #[test]
    fn names_match_themselves_and_what_is_below_them() {
        for (list, host, expected) in [
            ("", "a.example", false),
            ("*", "a.example", true),
            ("example", "a.example", true),
            (".example", "a.example", true),
            ("*.example", "a.example", true),
            ("a.example", "a.example", true),
            ("A.Example", "a.example", true),
            ("a.example.", "a.example", true),
            ("a.example", "a.example.", true),
            (".example.", "a.example.", true),
            ("ample", "a.example", false),
            ("b.a.example", "a.example", false),
            ("a.example:443", "a.example", true),
            ("a.example:80", "a.example", false),
            ("10.0.0.0/8", "a.example", false),
        ] {
            assert_eq!(excepts(list, host), expected, "{list} {host}");
        }
    }

    #[test]
    fn addresses_match_as_addresses_and_never_by_suffix() {
        for (list, host, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1:443", "127.0.0.1", true),
            ("127.0.0.1:80", "127.0.0.1", false),
            ("0.1", "127.0.0.1", false),
            (".0.1", "127.0.0.1", false),
            ("*.0.1", "127.0.0.1", false),
            ("[::1]", "::1", true),
            ("::1", "::1", true),
            ("[::1]:443", "::1", true),
            ("[::1]:80", "::1", false),
            ("0:0:0:0:0:0:0:1", "::1", true),
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.9.8.7", false),
            ("10.9.8.7/32", "10.9.8.7", true),
            ("10.9.8.7/0", "192.0.2.1", true),
            ("10.9.8.128/25", "10.9.8.127", false),
            ("fd00::/8", "fd12::1", true),
            ("[fd00::]/8", "fd12::1", true),
            ("fd00::/8", "10.0.0.1", false),
        ] {
            assert_eq!(excepts(list, host), expected, "{list} {host}");
        }
    }

    #[test]
    fn every_kind_of_blank_separates() {
        for list in
            ["x,a.example", "x a.example", "x\ta.example", "x\na.example", "x\r\na.example\r\n", "x\u{a0}a.example,"]
        {
            assert!(excepts(list, "a.example"), "{list:?}");
        }
    }

    #[test]
    fn what_cannot_be_an_entry_is_passed_over_and_not_quoted() {
        let list = "http://u:secret@p:80/ a.example:0 10.0.0.0/33 10.0.0.0/x . a.example";
        let parsed = NoProxy::parse(list.as_bytes());
        assert!(parsed.excepts("a.example", 443));
        let warnings: Vec<_> = parsed.passed_over().collect();
        assert_eq!(warnings.len(), 5, "{warnings:?}");
        assert!(warnings.iter().all(|warning| !warning.contains("secret")), "{warnings:?}");
        assert!(NoProxy::parse(b"\xff\xfe").passed_over().count() == 1);
    }
}
