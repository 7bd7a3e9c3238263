//! A proxy's URL, and which hosts go without it. Pure.

use std::fmt;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::config::endpoint::{split_port, validate_host};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HTTP CONNECT.
    Http,
    /// SOCKS5; the proxy looks the name up.
    Socks5,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub kind: Kind,
    pub host: String,
    pub port: u16,
    /// User and password, percent-decoded.
    pub login: Option<(String, Zeroizing<String>)>,
}

impl Proxy {
    /// # Errors
    /// One clause that says what is wrong; it never holds the login.
    pub fn parse(url: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err("has no scheme; http://HOST:PORT or socks5://HOST:PORT is meant".to_owned());
        };
        let (kind, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Kind::Http, 8080),
            "socks5" | "socks5h" => (Kind::Socks5, 1080),
            _ => return Err("has a scheme other than http and socks5".to_owned()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(
                "has a path, query or fragment, or one of / ? # in its login that is not percent-encoded".to_owned()
            );
        }
        let (login, authority) = match rest.rsplit_once('@') {
            Some((login, authority)) => (Some(parse_login(login, kind)?), authority),
            None => (None, rest),
        };
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();
        validate_host(&host)?;
        Ok(Self { kind, host, port: port.unwrap_or(default_port), login })
    }

    #[must_use]
    pub fn host_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn parse_login(login: &str, kind: Kind) -> Result<(String, Zeroizing<String>), String> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "has a login that is not UTF-8".to_owned())?;
        if decoded.chars().any(char::is_control) {
            return Err("has a control character in its login".to_owned());
        }
        Ok(decoded.into_owned())
    };
    let (user, password) = (decode(user)?, Zeroizing::new(decode(password)?));
    if kind == Kind::Socks5 && (user.is_empty() || user.len() > 255 || password.len() > 255) {
        return Err("has a SOCKS5 user or password outside of 1 to 255 bytes".to_owned());
    }
    if kind == Kind::Http && user.contains(':') {
        return Err("has a colon in its user, which HTTP Basic cannot carry".to_owned());
    }
    Ok((user, password))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({:?} {})", self.kind, self.host_port())
    }
}

/// Whether NO_PROXY names the host: `*`, the host itself, or a suffix of it at a dot, with a port or without.
#[must_use]
pub fn is_excepted(no_proxy: &str, host: &str, port: u16) -> bool {
    no_proxy.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        let (name, wanted_port) = split_port(entry).unwrap_or((entry, None));
        let name = name.strip_prefix('*').unwrap_or(name).trim_start_matches('.').to_ascii_lowercase();
        let is_suffix = host.strip_suffix(name.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('.'));
        !name.is_empty() && is_suffix && wanted_port.is_none_or(|wanted| wanted == port)
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Proxy, is_excepted};

    #[test]
    fn proxies_and_their_logins_are_read() {
        let proxy = Proxy::parse("http://us%40er:p%3Aa%2Fss@Proxy.example:3128/").unwrap();
        assert_eq!((proxy.kind, proxy.host_port().as_str()), (Kind::Http, "proxy.example:3128"));
        let (user, password) = proxy.login.unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("us@er", "p:a/ss"));
        assert_eq!(Proxy::parse("socks5h://[::1]").unwrap().host_port(), "[::1]:1080");
        assert_eq!(Proxy::parse("http://p").unwrap().port, 8080);
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_login() {
        for url in [
            "",
            "p:80",
            "https://p:80",
            "socks4://u:secret@p",
            "http://",
            "http://u:secret@",
            "http://u:se/cret@p",
            "http://u:secret@p/x",
            "http://p/x@secret",
            "http://u:secret@p:0",
            "socks5://:secret@p",
            "http://%ff:secret@p",
            "http://a%0ab:secret@p",
            "http://u:secret@p q",
        ] {
            let why = Proxy::parse(url).unwrap_err();
            assert!(!why.contains("secret") && !why.is_empty(), "{url}: {why}");
        }
    }

    #[test]
    fn no_proxy_goes_by_suffix_at_a_dot() {
        for (list, host, expected) in [
            ("", "a.example", false),
            ("*", "a.example", true),
            ("example", "a.example", true),
            (".example", "a.example", true),
            ("*.example", "a.example", true),
            ("a.example", "a.example", true),
            ("A.Example", "a.example", true),
            ("ample", "a.example", false),
            ("b.example, a.example", "a.example", true),
            ("a.example:443", "a.example", true),
            ("a.example:80", "a.example", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("[::1]", "::1", true),
        ] {
            assert_eq!(is_excepted(list, host, 443), expected, "{list} {host}");
        }
    }
}
