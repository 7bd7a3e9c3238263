//! Where requests go: `host`, `host:port` or a URL, validated before anything is sent. Pure.

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
                "is not a metadata service; it must be http://{METADATA_HOST}, or http:// to localhost or a loopback address"
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
            Some((scheme, _)) => return Err(format!("has the scheme {scheme:?}; it must be https")),
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if let Some(bad) = authority.chars().find(|c| matches!(c, '/' | '?' | '#' | '@' | '\\')) {
            return Err(format!("holds {bad:?}; a path, query, fragment or user is not allowed in it"));
        }
        let (host, port) = authority::parse(authority).map_err(|fault| fault.to_string())?;
        let endpoint = Self { https, port: port.unwrap_or(if https { 443 } else { 80 }), host };
        if !endpoint.https && !endpoint.is_loopback() {
            return Err("uses plain HTTP, which is allowed for localhost and loopback addresses only".to_owned());
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
mod tests;
