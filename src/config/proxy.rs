//! A proxy's URL. Pure.

use std::fmt;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::authority;
use super::sourced::Sourced;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HTTP CONNECT.
    Http,
    /// HTTP CONNECT within TLS, which is verified as that to the endpoint is.
    Https,
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
            return Err("has no scheme; it must be http://HOST:PORT, https://… or socks5://…".to_owned());
        };
        let (kind, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Kind::Http, 80),
            "https" => (Kind::Https, 443),
            // Desktops write `socks://`.
            "socks5" | "socks5h" | "socks" => (Kind::Socks5, 1080),
            _ => return Err("has a scheme other than http, https and socks5".to_owned()),
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
        // What looks like a port may be a password: nothing is quoted.
        let (host, port) = authority::parse(authority).map_err(|fault| fault.unquoted().to_owned())?;
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
    if kind != Kind::Socks5 && user.contains(':') {
        return Err("has a colon in its user, which HTTP Basic cannot carry".to_owned());
    }
    Ok((user, password))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({:?} {})", self.kind, self.host_port())
    }
}

/// As other programs take a proxy of the environment: without the blanks around it, and by HTTP if it has no scheme.
#[must_use]
pub fn of_environment(proxy: &Sourced) -> Sourced {
    let mut bytes = proxy.bytes.trim_ascii().to_vec();
    if !bytes.windows(3).any(|three| three == b"://") {
        bytes.splice(..0, *b"http://");
    }
    Sourced::new(proxy.name, bytes)
}

#[cfg(test)]
mod tests;
