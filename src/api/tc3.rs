//! TC3-HMAC-SHA256, the vendor's signature. Pure: texts and a time in, texts out.
//!
//! What is public, the payload and the canonical request, is hashed by ring, in assembly for any processor: a third quicker
//! than sha2 where the processor has no instruction for SHA-256. What is keyed is hashed by sha2, which wipes what it held.
//!
//! `docs/signing.md` follows one request through it.

use hmac::{Hmac, KeyInit, Mac};
use ring::digest;
use sha2::Sha256;
use time::{Date, OffsetDateTime};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::unix_time::UnixSeconds;

pub const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// What comes before the payload's hash in the canonical request of a `POST /`: the same in all requests of a client,
/// so that it is put together once, and hashed once as far as whole blocks go.
#[derive(Clone)]
pub struct CanonicalHead {
    text: String,
    hashed: digest::Context,
    header_names: String,
}

/// A canonical request, of which the hash is what is needed.
pub struct CanonicalRequest<'a> {
    head: &'a str,
    payload: [u8; 64],
    hash: digest::Digest,
}

impl CanonicalRequest<'_> {
    /// # Errors
    /// `Internal` if hex digits are not text.
    pub fn text(&self) -> Result<String> {
        Ok([self.head, digits_text(&self.payload)?].concat())
    }
}

impl CanonicalHead {
    /// `headers`: lower-case names in alphabetical order, values as sent (the host with its port if the port is sent).
    #[must_use]
    pub fn new(headers: &[(&str, &str)]) -> Self {
        let lines: String = headers.iter().map(|(name, value)| [name, ":", value, "\n"].concat()).collect();
        let header_names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let text = ["POST\n/\n\n", &lines, "\n", &header_names, "\n"].concat();
        let mut hashed = digest::Context::new(&digest::SHA256);
        hashed.update(text.as_bytes());
        Self { text, hashed, header_names }
    }

    /// The names of the signed headers, joined by `;`.
    #[must_use]
    pub fn header_names(&self) -> &str {
        &self.header_names
    }

    #[must_use]
    pub fn with_payload(&self, payload: &[u8]) -> CanonicalRequest<'_> {
        let mut digits = [0; 64];
        hex(digest::digest(&digest::SHA256, payload).as_ref(), &mut digits);
        let mut hashed = self.hashed.clone();
        hashed.update(&digits);
        CanonicalRequest { head: &self.text, payload: digits, hash: hashed.finish() }
    }
}

/// The UTC date of a timestamp, never of the local clock.
///
/// # Errors
/// `Internal` where the timestamp is outside the years 0 to 9999.
pub fn date_of(timestamp: UnixSeconds) -> Result<Date> {
    OffsetDateTime::from_unix_timestamp(timestamp.0)
        .ok()
        .map(OffsetDateTime::date)
        .filter(|date| (0..=9999).contains(&date.year()))
        .ok_or_else(|| Error::internal(&format!("the time to sign for has a date: {} s", timestamp.0)))
}

#[must_use]
pub fn credential_scope(date: Date, service: &str) -> String {
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}/{service}/tc3_request")
}

/// # Errors
/// `Internal` if hex digits are not text.
pub fn string_to_sign(
    timestamp: UnixSeconds,
    credential_scope: &str,
    canonical_request: &CanonicalRequest<'_>,
) -> Result<String> {
    let (mut digits, mut seconds) = ([0; 64], itoa::Buffer::new());
    hex(canonical_request.hash.as_ref(), &mut digits);
    let mut text = String::with_capacity(160);
    let timestamp = seconds.format(timestamp.0);
    for part in [ALGORITHM, "\n", timestamp, "\n", credential_scope, "\n", digits_text(&digits)?] {
        text.push_str(part);
    }
    Ok(text)
}

/// In parts, so that the header line is put together once, at its right size.
#[must_use]
pub fn authorization<'a>(
    secret_id: &'a str,
    credential_scope: &'a str,
    header_names: &'a str,
    signature: &'a str,
) -> [&'a str; 9] {
    #[rustfmt::skip]
    let parts = [
        ALGORITHM, " Credential=", secret_id, "/", credential_scope,
        ", SignedHeaders=", header_names, ", Signature=", signature,
    ];
    parts
}

/// The key of one day, kept in its keyed form: deriving it costs as much as all the rest of a signature.
pub struct DayKey {
    date: Date,
    credential_scope: String,
    keyed: Hmac<Sha256>,
}

impl DayKey {
    /// # Errors
    /// `Internal` if the HMAC refused a key; it takes keys of any length.
    pub fn derive(secret_key: &str, date: Date, service: &str) -> Result<Self> {
        let scope = credential_scope(date, service);
        let (day, _) = scope.split_once('/').ok_or_else(|| Error::internal("a credential scope begins with a day"))?;
        let seed = Zeroizing::new(["TC3", secret_key].concat());
        let secret_date = mac(seed.as_bytes(), day.as_bytes())?;
        let secret_service = mac(&*secret_date, service.as_bytes())?;
        let secret_signing = mac(&*secret_service, b"tc3_request")?;
        Ok(Self { date, keyed: keyed(&*secret_signing)?, credential_scope: scope })
    }

    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    #[must_use]
    pub fn credential_scope(&self) -> &str {
        &self.credential_scope
    }

    /// The signature in `digits`, which the caller has where it stays: what is moved leaves a copy behind.
    ///
    /// # Errors
    /// `Internal` if hex digits are not text.
    pub fn sign<'a>(&self, string_to_sign: &str, digits: &'a mut Zeroizing<[u8; 64]>) -> Result<&'a str> {
        let mut mac = self.keyed.clone();
        mac.update(string_to_sign.as_bytes());
        hex(&mac.finalize().into_bytes(), digits);
        digits_text(digits)
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|_| Error::internal("HMAC takes keys of any length"))
}

fn mac(key: &[u8], message: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    let mut mac = keyed(key)?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

/// Two digits a byte: a table of all bytes would be larger, and the formatting machinery slower.
fn hex(hash: &[u8], digits: &mut [u8; 64]) {
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if half < 10 { b'0' + half } else { b'a' + half - 10 };
        }
    }
}

fn digits_text(digits: &[u8; 64]) -> Result<&str> {
    std::str::from_utf8(digits).map_err(|_| Error::internal("hex digits are text"))
}
