//! TC3-HMAC-SHA256, written from the vendor's description and on `ring`: shares no code with the library under test.

use std::fmt::Write;

use ring::{digest, hmac};

use crate::clock;

pub const ALGORITHM: &str = "TC3-HMAC-SHA256";
pub const SERVICE: &str = "cdb";
pub const STS_SERVICE: &str = "sts";

/// What an Authorization header claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub secret_id: String,
    pub date: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
}

impl Claim {
    /// Reads `TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, SignedHeaders=<a;b>, Signature=<hex>`.
    pub fn parse(authorization: &str) -> Option<Claim> {
        let fields = authorization.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            match field.trim().split_once('=')? {
                ("Credential", value) => credential = Some(value),
                ("SignedHeaders", value) => signed_headers = Some(value),
                ("Signature", value) => signature = Some(value),
                _ => return None,
            }
        }
        let mut scope = credential?.rsplitn(4, '/');
        if scope.next()? != "tc3_request" {
            return None;
        }
        let (service, date, secret_id) = (scope.next()?, scope.next()?, scope.next()?);
        Some(Claim {
            secret_id: secret_id.to_owned(),
            date: date.to_owned(),
            service: service.to_owned(),
            signed_headers: signed_headers?.split(';').map(str::to_owned).collect(),
            signature: signature?.to_owned(),
        })
    }
}

/// The text that is hashed into the string to sign. `headers` are the signed ones, in the order of SignedHeaders.
pub fn canonical_request(method: &str, query: &str, headers: &[(&str, &str)], payload: &[u8]) -> String {
    let mut text = format!("{method}\n/\n{query}\n");
    for (name, value) in headers {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}:{}", name.trim().to_lowercase(), value.trim().to_lowercase());
    }
    let names: Vec<String> = headers.iter().map(|(name, _)| name.trim().to_lowercase()).collect();
    let _ = write!(text, "\n{}\n{}", names.join(";"), sha256_hex(payload));
    text
}

/// The signature, in hex, of a canonical request.
pub fn sign(secret_key: &str, service: &str, timestamp: i64, canonical_request: &str) -> String {
    let date = clock::utc_date(timestamp);
    let string_to_sign =
        format!("{ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{}", sha256_hex(canonical_request.as_bytes()));
    let secret_date = hmac_sha256(format!("TC3{secret_key}").as_bytes(), date.as_bytes());
    let secret_service = hmac_sha256(secret_date.as_ref(), service.as_bytes());
    let signing_key = hmac_sha256(secret_service.as_ref(), b"tc3_request");
    hex(hmac_sha256(signing_key.as_ref(), string_to_sign.as_bytes()).as_ref())
}

/// A whole request as the official SDKs send it, for raw clients in tests and benches.
#[derive(Clone)]
pub struct RawRequest<'a> {
    pub host: &'a str,
    pub secret_id: &'a str,
    pub secret_key: &'a str,
    pub token: Option<&'a str>,
    pub region: &'a str,
    pub timestamp: i64,
    pub body: &'a str,
    /// Whole header lines, each ended by CR LF.
    pub more_headers: &'a str,
}

/// What a request is for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub service: &'a str,
    pub action: &'a str,
    pub version: &'a str,
}

impl Target<'_> {
    pub const DESCRIBE: Target<'static> =
        Target { service: SERVICE, action: "DescribeAsyncRequestInfo", version: "2017-03-20" };

    /// An action of STS.
    pub const fn sts(action: &str) -> Target<'_> {
        Target { service: STS_SERVICE, action, version: "2018-08-13" }
    }
}

impl RawRequest<'_> {
    /// The body that asks for a task.
    pub fn body_for(async_request_id: &str) -> String {
        serde_json::json!({ "AsyncRequestId": async_request_id }).to_string()
    }

    /// Head and body, signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes_for(Target::DESCRIBE)
    }

    /// As `to_bytes`, for another action.
    pub fn to_bytes_for(&self, target: Target<'_>) -> Vec<u8> {
        let signed = [("content-type", "application/json"), ("host", self.host)];
        let canonical = canonical_request("POST", "", &signed, self.body.as_bytes());
        let signature = sign(self.secret_key, target.service, self.timestamp, &canonical);
        let token = self.token.map(|token| format!("X-TC-Token: {token}\r\n")).unwrap_or_default();
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             X-TC-Action: {action}\r\nX-TC-Version: {version}\r\nX-TC-Region: {region}\r\n\
             X-TC-Timestamp: {timestamp}\r\n{token}{more}\
             Authorization: {ALGORITHM} Credential={id}/{date}/{service}/tc3_request, \
             SignedHeaders=content-type;host, Signature={signature}\r\n\r\n{body}",
            host = self.host,
            length = self.body.len(),
            service = target.service,
            action = target.action,
            version = target.version,
            region = self.region,
            timestamp = self.timestamp,
            more = self.more_headers,
            id = self.secret_id,
            date = clock::utc_date(self.timestamp),
            body = self.body,
        )
        .into_bytes()
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

fn sha256_hex(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
