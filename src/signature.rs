//! TC3-HMAC-SHA256, the vendor's signature. Pure: texts and a time in, texts out.
//!
//! Signed are exactly the headers `content-type` and `host`, as every official SDK does.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};

pub const ALGORITHM: &str = "TC3-HMAC-SHA256";
pub const SIGNED_HEADERS: &str = "content-type;host";
/// A constant of the API: a gateway's or an address's host name says nothing about it.
pub const SERVICE: &str = "cdb";

/// What is signed of a request.
pub struct Signed<'a> {
    pub content_type: &'a str,
    /// The `Host` header as sent, with its port if it is sent.
    pub host: &'a str,
    pub body: &'a [u8],
}

#[must_use]
pub fn canonical_request(request: &Signed<'_>) -> String {
    let Signed { content_type, host, body } = request;
    let mut payload = [0; 64];
    let payload = hex_sha256(body, &mut payload);
    ["POST\n/\n\ncontent-type:", content_type, "\nhost:", host, "\n\n", SIGNED_HEADERS, "\n", payload].concat()
}

/// The UTC date of a timestamp, never of the local clock.
///
/// # Errors
/// `Internal` where the timestamp lies outside the years 0 to 9999.
pub fn date_of(timestamp: i64) -> Result<Date> {
    OffsetDateTime::from_unix_timestamp(timestamp)
        .ok()
        .map(OffsetDateTime::date)
        .filter(|date| (0..=9999).contains(&date.year()))
        .ok_or_else(|| Error::new(Code::Internal, format!("timestamp {timestamp} has no date that can be signed")))
}

#[must_use]
pub fn credential_scope(date: Date) -> String {
    let mut scope = String::with_capacity(26);
    let _ = write!(scope, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
    scope + "/" + SERVICE + "/tc3_request"
}

#[must_use]
pub fn string_to_sign(timestamp: i64, credential_scope: &str, canonical_request: &str) -> String {
    let mut hash = [0; 64];
    let hash = hex_sha256(canonical_request.as_bytes(), &mut hash);
    let mut text = String::with_capacity(128);
    let _ = write!(text, "{ALGORITHM}\n{timestamp}\n{credential_scope}\n{hash}");
    text
}

#[must_use]
pub fn authorization(secret_id: &str, credential_scope: &str, signature: &str) -> String {
    [
        ALGORITHM,
        " Credential=",
        secret_id,
        "/",
        credential_scope,
        ", SignedHeaders=",
        SIGNED_HEADERS,
        ", Signature=",
        signature,
    ]
    .concat()
}

/// The key of one day, kept in its keyed form: deriving it costs as much as all the rest of a signature.
#[derive(Clone)]
pub struct DayKey {
    date: Date,
    keyed: Hmac<Sha256>,
}

impl DayKey {
    /// # Errors
    /// `Internal` if the HMAC refused a key; it takes keys of any length.
    pub fn derive(secret_key: &str, date: Date) -> Result<Self> {
        let scope = credential_scope(date);
        let day = scope.split('/').next().unwrap_or_default();
        let seed = Zeroizing::new(["TC3", secret_key].concat());
        let secret_date = mac(seed.as_bytes(), day.as_bytes())?;
        let secret_service = mac(&*secret_date, SERVICE.as_bytes())?;
        let secret_signing = mac(&*secret_service, b"tc3_request")?;
        Ok(Self { date, keyed: keyed(&*secret_signing)? })
    }

    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> String {
        let mut mac = self.keyed.clone();
        mac.update(string_to_sign.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| Error::new(Code::Internal, "HMAC refused the key"))
}

fn mac(key: &[u8], message: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    let mut mac = keyed(key)?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

fn hex_sha256<'a>(bytes: &[u8], into: &'a mut [u8; 64]) -> &'a str {
    // 32 bytes always fit 64 digits, and hex digits are UTF-8.
    let _ = hex::encode_to_slice(Sha256::digest(bytes), into);
    std::str::from_utf8(into).unwrap_or_default()
}
