//! Where requests go: `host`, `host:port` or a URL, judged before anything is sent. Pure.

use std::net::IpAddr;

use super::authority;

/// A host and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub https: bool,
    /// Lower-case; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
}

pub const DEFAULT_ENDPOINT: &str = "cdb.intl.tencentcloudapi.com";
/// The international one, as `DEFAULT_ENDPOINT` is.
pub const DEFAULT_STS_ENDPOINT: &str = "sts.intl.tencentcloudapi.com";
pub const METADATA_HOST: &str = "metadata.tencentyun.com";

impl Endpoint {
    /// The metadata service: its own address, or a loopback one that the caller names. Plain HTTP either way.
    ///
    /// # Errors
    /// One clause that says what is wrong with the text.
    pub fn metadata(text: Option<&str>) -> Result<Self, String> {
        let own = Self { https: false, host: METADATA_HOST.to_owned(), port: 80 };
        let Some(text) = text else { return Ok(own) };
        match Self::parse(text) {
            Ok(named) if !named.https => Ok(named),
            _ if text.trim_end_matches('/').eq_ignore_ascii_case(own.url().trim_end_matches('/')) => Ok(own),
            _ => Err(format!(
                "is no metadata service's; http://{METADATA_HOST} or http:// to localhost or a loopback address is meant"
            )),
        }
    }

    /// # Errors
    /// One clause that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (https, authority) = match text.split_once("://") {
            None => (true, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, _)) => return Err(format!("has the scheme {scheme:?}; https is meant")),
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if let Some(bad) = authority.chars().find(|c| matches!(c, '/' | '?' | '#' | '@' | '\\')) {
            return Err(format!("holds {bad:?}; a path, query, fragment or user has no place in it"));
        }
        let (host, port) = authority::parse(authority).map_err(|fault| fault.to_string())?;
        let endpoint = Self { https, port: port.unwrap_or(if https { 443 } else { 80 }), host };
        if !endpoint.https && !endpoint.is_loopback() {
            return Err("uses plain HTTP; that is for localhost and loopback addresses only".to_owned());
        }
        Ok(endpoint)
    }

    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The `Host` header: with the port where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let default = if self.https { 443 } else { 80 };
        if self.port == default { self.bracketed() } else { self.host_port() }
    }

    /// Always with the port: for messages and connections.
    #[must_use]
    pub fn host_port(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}/", if self.https { "https" } else { "http" }, self.authority())
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn hosts_ports_and_urls_are_read() {
        for (text, url, host_port) in [
            (
                "cdb.intl.tencentcloudapi.com",
                "https://cdb.intl.tencentcloudapi.com/",
                "cdb.intl.tencentcloudapi.com:443",
            ),
            ("CDB.Example.com:8443", "https://cdb.example.com:8443/", "cdb.example.com:8443"),
            ("https://a.example/", "https://a.example/", "a.example:443"),
            ("HTTPS://a.example:443", "https://a.example/", "a.example:443"),
            ("http://localhost:8080", "http://localhost:8080/", "localhost:8080"),
            ("http://127.0.0.9", "http://127.0.0.9/", "127.0.0.9:80"),
            ("http://[::1]:81", "http://[::1]:81/", "[::1]:81"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]/", "[2001:db8::1]:443"),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.url().as_str(), endpoint.host_port().as_str()), (url, host_port), "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_its_reason() {
        for (text, why) in [
            ("", "has no host"),
            ("https://", "has no host"),
            ("ftp://a", "has the scheme \"ftp\"; https is meant"),
            ("a/b", "holds '/'; a path, query, fragment or user has no place in it"),
            ("https://u:p@a", "holds '@'; a path, query, fragment or user has no place in it"),
            ("a?x=1", "holds '?'; a path, query, fragment or user has no place in it"),
            ("a#f", "holds '#'; a path, query, fragment or user has no place in it"),
            ("a:0", "has the port \"0\"; 1 to 65535 are meant"),
            ("a:+80", "has the port \"+80\"; 1 to 65535 are meant"),
            ("a:70000", "has the port \"70000\"; 1 to 65535 are meant"),
            ("a:", "has the port \"\"; 1 to 65535 are meant"),
            ("::1", "holds more than one colon; an IPv6 address goes into [ ]"),
            ("[::1", "has no closing ] of its IPv6 address"),
            ("[x]", "has \"x\" in brackets, which is no IPv6 address"),
            ("a b", "has ' ' in its host"),
            ("ü.example", "has 'ü' in its host"),
            ("http://example.com", "uses plain HTTP; that is for localhost and loopback addresses only"),
            ("http://127.0.0.1.example.com", "uses plain HTTP; that is for localhost and loopback addresses only"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap_err(), why, "{text}");
        }
    }
}
