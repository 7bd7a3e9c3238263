//! The signed request without sending it.

use std::fmt;

use crate::api::request::Request;
use crate::api::tc3;
use crate::client;
use crate::error::{Error, Result};
use crate::unix_time::UnixSeconds;

/// A signed request that has not been sent. Made by [`Client::sign`](crate::Client::sign). Token and signature are wiped when it
/// is dropped.
pub struct SignedRequest {
    url: String,
    common: Vec<(&'static str, String)>,
    own: Request,
    body: String,
    canonical_request: String,
}

impl SignedRequest {
    pub(super) fn sign(client: &client::Client, async_request_id: &str, time: Option<UnixSeconds>) -> Result<Self> {
        if let Some(time) = time.filter(|time| tc3::date_of(*time).is_err()) {
            return Err(Error::invalid(format!("time is {}; it must be in the years 0 to 9999", time.0)));
        }
        let (own, body) = client.sign(async_request_id, time)?;
        let canonical_request = client.template().canonical_request(&body)?;
        Ok(Self { url: client.url(), common: client.template().headers().to_vec(), own, body, canonical_request })
    }

    /// Where to POST to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All headers in the order in which they are sent, Host first. Secret are the values of `Authorization` (the signature)
    /// and `X-TC-Token`.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.common.iter().map(|(name, value)| (*name, value.as_str())).chain(self.own.headers())
    }

    /// The body, to be sent byte for byte.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The canonical request of the signature, several lines. No secret in it.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        &self.canonical_request
    }

    /// The string to sign, four lines. No secret in it.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.own.string_to_sign
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedRequest({})", self.url)
    }
}
