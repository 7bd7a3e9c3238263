//! A signed request, as header fields and a body. Pure: credentials and time are arguments.

use zeroize::Zeroizing;

use crate::api::secret::SecretCredentials;
use crate::api::tc3::{self, CanonicalHead};
use crate::error::{Error, Result};
use crate::unix_time::UnixSeconds;

/// What is asked of which service. The service is a constant of the API: the host name of a gateway or an address says
/// nothing about it.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    pub service: &'static str,
    pub version: &'static str,
    pub name: &'static str,
}

pub const ACTION: Action = Action { service: "cdb", version: "2017-03-20", name: "DescribeAsyncRequestInfo" };
pub const CONTENT_TYPE: &str = "application/json";
/// The longest `async_request_id` taken, in bytes; the API's own are 35 long, no grammar is promised.
pub const MAX_ASYNC_REQUEST_ID: usize = 256;

/// What all requests of a client have in common.
#[derive(Clone)]
pub struct RequestTemplate {
    service: &'static str,
    /// In the order sent, Host first.
    headers: Vec<(&'static str, String)>,
    canonical_head: CanonicalHead,
}

impl RequestTemplate {
    /// `host` as it is sent, with its port if the port is sent.
    #[must_use]
    pub fn new(host: String, region: String, language: Option<String>, request_client: String) -> Self {
        Self::of(ACTION, host, region, language, request_client)
    }

    /// As `new`, for another action.
    #[must_use]
    pub fn of(action: Action, host: String, region: String, language: Option<String>, request_client: String) -> Self {
        // Exactly these two are signed, as every official SDK does.
        let canonical_head = CanonicalHead::new(&[("content-type", CONTENT_TYPE), ("host", &host)]);
        let mut headers = vec![
            ("Host", host),
            ("Content-Type", CONTENT_TYPE.to_owned()),
            ("X-TC-Action", action.name.to_owned()),
            ("X-TC-Version", action.version.to_owned()),
            ("X-TC-Region", region),
        ];
        headers.extend(language.map(|language| ("X-TC-Language", language)));
        headers.push(("X-TC-RequestClient", request_client));
        Self { service: action.service, headers, canonical_head }
    }

    /// The header fields that do not change from request to request, in the order sent, Host first.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// For who wants to see it.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub fn canonical_request(&self, body: &str) -> Result<String> {
        self.canonical_head.with_payload(body.as_bytes()).text()
    }
}

/// The part of a request that is signed again for every attempt.
pub struct Request {
    /// Header lines as they are sent, after the template's: the only copy of token and signature.
    pub lines: Zeroizing<String>,
    pub string_to_sign: String,
}

impl Request {
    /// # Errors
    /// `Internal` if the time cannot be signed.
    pub fn sign(
        template: &RequestTemplate,
        credentials: &SecretCredentials,
        body: &str,
        timestamp: UnixSeconds,
    ) -> Result<Self> {
        let day_key = credentials.day_key(tc3::date_of(timestamp)?, template.service)?;
        let head = &template.canonical_head;
        let scope = day_key.credential_scope();
        let string_to_sign = tc3::string_to_sign(timestamp, scope, &head.with_payload(body.as_bytes()))?;
        let (mut digits, mut seconds) = (Zeroizing::new([0; 64]), itoa::Buffer::new());
        let signature = day_key.sign(&string_to_sign, &mut digits)?;
        let timestamp = ["x-tc-timestamp: ", seconds.format(timestamp.0), "\r\n"];
        let token = credentials.token().map_or([""; 3], |token| ["x-tc-token: ", token, "\r\n"]);
        let authorization = tc3::authorization(credentials.secret_id(), scope, head.header_names(), signature);
        let parts =
            || timestamp.iter().chain(&token).chain(&["authorization: "]).chain(&authorization).chain(&["\r\n"]);
        let mut lines = Zeroizing::new(String::with_capacity(parts().map(|part| part.len()).sum()));
        parts().for_each(|part| lines.push_str(part));
        Ok(Self { lines, string_to_sign })
    }

    /// The header fields that belong to this request alone, in the order sent, after the template's.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.lines.lines().filter_map(|line| line.split_once(": "));
        lines.map(|(name, value)| match name {
            "x-tc-timestamp" => ("X-TC-Timestamp", value),
            "x-tc-token" => ("X-TC-Token", value),
            _ => ("Authorization", value),
        })
    }
}

/// In a request's lines.
#[must_use]
pub fn signature(lines: &str) -> Option<&str> {
    lines.trim_end().rsplit('=').next()
}

/// The body of a request, in compact JSON.
///
/// # Errors
/// `InvalidArgument` for an id that is empty, over-long or carries control characters.
pub fn body(async_request_id: &str) -> Result<String> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    let problem = match async_request_id.len() {
        0 => "is empty".to_owned(),
        n if n > MAX_ASYNC_REQUEST_ID => format!("is {n} bytes long; at most {MAX_ASYNC_REQUEST_ID}"),
        // Nothing to escape, as in every id of the API's own.
        _ if async_request_id.bytes().all(is_plain) => {
            return Ok([r#"{"AsyncRequestId":""#, async_request_id, r#""}"#].concat());
        }
        _ if async_request_id.chars().any(char::is_control) => "holds a control character".to_owned(),
        _ => return escaped_body(async_request_id),
    };
    Err(Error::invalid(format!("async_request_id {problem}")))
}

fn escaped_body(async_request_id: &str) -> Result<String> {
    let written = serde_json::to_string(async_request_id);
    let written = written.map_err(|e| Error::internal(&format!("a string is written as JSON: {e}")))?;
    Ok([r#"{"AsyncRequestId":"#, &written, "}"].concat())
}

#[cfg(test)]
mod tests;
