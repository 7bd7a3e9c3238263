//! Reads a reply: bytes in, an answer or an error out. Pure.
//!
//! The mark of a business failure is `Response.Error`, at whatever HTTP status and content type.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{self, Word};
use crate::api::excerpt::Redactor;
use crate::error::{Error, ErrorKind, Result};
use crate::info::{AsyncRequestInfo, Status};
use crate::json::{self, Object};

/// The largest reply that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// A reply as it came.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub http_status: u16,
    pub body: Vec<u8>,
    /// Of a redirect, which is never followed.
    pub location: Option<String>,
    pub retry_after: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(borrow)]
    response: Object<Response<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    status: Option<Word>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
    #[serde(borrow)]
    request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<Object<ServerError<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServerError<'a> {
    code: Word,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// What a reply comes to: an answer, or the API's own refusal.
enum Parsed {
    Answer(AsyncRequestInfo),
    Refusal { code: String, message: String, request_id: Option<String> },
}

/// `redactor` knows the request's secrets: a gateway may echo its headers. It is made only where there is a failure.
///
/// # Errors
/// The API's own error, or `BadResponse`, `Unavailable`, `RateLimited` for what is not the API's JSON.
pub fn read(reply: &Reply, redactor: impl Fn() -> Redactor) -> Result<AsyncRequestInfo> {
    outcome(reply, &redactor)
        .map_err(|error| error.with_http_status(reply.http_status).with_retry_after(reply.retry_after))
}

fn outcome(reply: &Reply, redactor: &impl Fn() -> Redactor) -> Result<AsyncRequestInfo> {
    match parse(&reply.body) {
        Ok(Parsed::Refusal { code, message, request_id }) => Err(redactor().refused(code, message, request_id)),
        Ok(Parsed::Answer(info)) if (200..300).contains(&reply.http_status) => Ok(info),
        Ok(Parsed::Answer(_)) => Err(not_the_api(reply, "Response.Error is missing", &redactor())),
        Err(why) => Err(not_the_api(reply, &why, &redactor())),
    }
}

/// What decides is strict: JSON, its structure, Status and Error.Code. What describes is read leniently: an ending is
/// never lost for its description.
fn parse(body: &[u8]) -> std::result::Result<Parsed, String> {
    let (text, invalid_at) = match std::str::from_utf8(body) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(e) => (String::from_utf8_lossy(body), Some(e.valid_up_to())),
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("an empty body".to_owned());
    }
    let mended;
    let document = match serde_json::from_str(text) {
        Err(e) if e.is_syntax() => {
            mended = json::with_legal_texts(text);
            serde_json::from_str(&mended).map_err(|_| e)
        }
        outcome => outcome,
    };
    let Object(Document { response: Object(response) }) = document.map_err(|e| match invalid_at {
        Some(at) => format!("invalid UTF-8 at byte {at}"),
        None => json::fault(&e),
    })?;
    if response.error.is_none() && response.status.is_none() && response.request_id.is_none() {
        return Err("neither Status, Error nor RequestId in Response".to_owned());
    }
    let request_id = response.request_id.and_then(text::request_id);
    if let Some(Object(ServerError { code: Word(code), message })) = response.error {
        text::strict("Error.Code", &code, invalid_at)?;
        let message = message.map(|message| text::description("Error.Message", message)).transpose()?;
        return Ok(Parsed::Refusal { code, message: message.unwrap_or_default(), request_id });
    }
    let status_text = response.status.map(|Word(status)| status);
    if let Some(status) = &status_text {
        text::strict("Status", status, invalid_at)?;
    }
    let status = status_text.as_deref().map_or(Status::Unknown, Status::from_text);
    let info = response.info.map(|info| text::description("Info", info)).transpose()?;
    Ok(Parsed::Answer(AsyncRequestInfo { status, status_text, info, request_id }))
}

fn not_the_api(reply: &Reply, why: &str, redactor: &Redactor) -> Error {
    let status = reply.http_status;
    let code = match status {
        429 => ErrorKind::RateLimited,
        // Not implemented, a version or a form that the server lacks, a network that wants a login: the same tomorrow.
        501 | 505 | 506 | 510 | 511 => ErrorKind::BadResponse,
        // The first three: a connection that the server no longer serves, one for another host, a request sent too early.
        408 | 421 | 425 | 500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::BadResponse,
    };
    if (300..400).contains(&status) {
        let target = match &reply.location {
            Some(location) => format!("redirects to {}", redactor.excerpt(location.as_bytes())),
            None => "redirects without a Location".to_owned(),
        };
        return Error::new(code, format!("HTTP {status} {target}; redirects are refused"));
    }
    if reply.body.is_empty() {
        return Error::new(code, format!("HTTP {status} with an empty body"));
    }
    let body = redactor.excerpt(&reply.body);
    Error::new(code, format!("HTTP {status} with a body that is not the API's JSON ({why}): {body}"))
}

#[cfg(test)]
mod tests;
