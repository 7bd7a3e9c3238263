//! Requests to STS, which issues temporary credentials for a role, and its replies. Pure.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::api::excerpt::Redactor;
use crate::api::request::Action;
use crate::api::response::Reply;
use crate::api::secret::SecretCredentials;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, Object};
use crate::unix_time::UnixSeconds;

const VERSION: &str = "2018-08-13";
const SERVICE: &str = "sts";
pub const ASSUME_ROLE: Action = Action { service: SERVICE, version: VERSION, name: "AssumeRole" };
pub const CALLER_IDENTITY: Action = Action { service: SERVICE, version: VERSION, name: "GetCallerIdentity" };
pub const WEB_IDENTITY: Action = Action { service: SERVICE, version: VERSION, name: "AssumeRoleWithWebIdentity" };
/// Roles are the same in all regions; this is what the vendor's SDKs send.
pub const REGION: &str = "ap-guangzhou";
/// The token of 4,096 bytes, id and key of 1,024 each, all of it escaped, and the rest.
pub const MAX_REPLY: usize = 48 * 1024;

/// What AssumeRole is asked with. Everything is validated already.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRole<'a> {
    pub role_arn: &'a str,
    pub role_session_name: &'a str,
    pub duration_seconds: u32,
    /// Percent-encoded once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<&'a str>,
}

/// What AssumeRoleWithWebIdentity is asked with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::struct_field_names, reason = "as STS names it")]
pub struct WebIdentity<'a> {
    pub provider_id: &'a str,
    pub web_identity_token: &'a str,
    pub role_arn: &'a str,
    pub role_session_name: &'a str,
    pub duration_seconds: u32,
}

/// Compact JSON of `parameters`, whose texts have `size` bytes together. The whole room at once: a buffer that grows
/// leaves copies of the secret behind.
///
/// # Errors
/// `Internal` where it cannot be written.
pub fn body(parameters: &impl Serialize, size: usize) -> Result<Zeroizing<Vec<u8>>> {
    // An escape is at most six bytes for one.
    let mut body = Zeroizing::new(Vec::with_capacity(size * 6 + 1024));
    serde_json::to_writer(&mut *body, parameters).map_err(|e| Error::internal(&format!("a request is JSON: {e}")))?;
    Ok(body)
}

/// The header lines of an unsigned request: the web identity's token is its proof.
#[must_use]
pub fn unsigned_lines(timestamp: UnixSeconds) -> Zeroizing<String> {
    Zeroizing::new(format!("x-tc-timestamp: {}\r\nauthorization: SKIP\r\n", timestamp.0))
}

/// What STS, or the metadata service, issued.
pub struct Issued {
    pub credentials: SecretCredentials,
    pub expires_at: UnixSeconds,
}

/// Whose credentials STS was asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct CallerIdentity {
    /// Like `qcs::cam::uin/100000000001:uin/100000000001`.
    pub arn: String,
    /// The account that owns the user or role.
    pub account_id: String,
    /// The user; of a role its id and the session's name.
    pub user_id: String,
    /// `CAMUser`, `CAMRole` and the like.
    pub kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    response: Object<Response>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    credentials: Option<Object<Temporary>>,
    expired_time: Option<i64>,
    arn: Option<String>,
    account_id: Option<String>,
    user_id: Option<String>,
    r#type: Option<String>,
    request_id: Option<String>,
    error: Option<Object<Refusal>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: String,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Temporary {
    pub tmp_secret_id: Option<Zeroizing<String>>,
    pub tmp_secret_key: Option<Zeroizing<String>>,
    pub token: Option<Zeroizing<String>>,
}

impl Temporary {
    /// # Errors
    /// What is missing or cannot be used, in one clause that quotes no secret.
    pub fn issued(&self, expired_time: Option<i64>) -> std::result::Result<Issued, String> {
        let missing = |name: &str| format!("the reply has no {name}");
        let id = self.tmp_secret_id.as_ref().ok_or_else(|| missing("TmpSecretId"))?;
        let key = self.tmp_secret_key.as_ref().ok_or_else(|| missing("TmpSecretKey"))?;
        let token = self.token.as_ref().ok_or_else(|| missing("Token"))?;
        let expires_at = expired_time.ok_or_else(|| missing("ExpiredTime"))?;
        let expires_at = UnixSeconds::plausible(expires_at)
            .ok_or_else(|| format!("the reply's ExpiredTime is {expires_at}, which is not in Unix seconds"))?;
        let names = ["the reply's TmpSecretId", "the reply's TmpSecretKey", "the reply's Token"];
        let credentials = SecretCredentials::named(names, id, key, Some(token)).map_err(|e| e.message().to_owned())?;
        Ok(Issued { credentials, expires_at })
    }
}

/// Reads a reply. It may hold a secret that is not known yet, so no text of it is ever quoted but a refusal's code and
/// message, redacted.
///
/// # Errors
/// The refusal, or `BadResponse`, `Unavailable`, `RateLimited` for what is not the API's JSON.
pub fn read(reply: &Reply, redactor: &Redactor) -> Result<Issued> {
    outcome(reply, redactor, |response| {
        let Some(Object(temporary)) = response.credentials else {
            return Err("the reply has no Credentials".to_owned());
        };
        temporary.issued(response.expired_time)
    })
}

/// As `read`, for the reply to `GetCallerIdentity`.
///
/// # Errors
/// As of `read`.
pub fn read_identity(reply: &Reply, redactor: &Redactor) -> Result<CallerIdentity> {
    outcome(reply, redactor, |response| {
        let need = |text: Option<String>, name: &str| text.ok_or_else(|| format!("the reply has no {name}"));
        Ok(CallerIdentity {
            arn: need(response.arn, "Arn")?,
            account_id: need(response.account_id, "AccountId")?,
            user_id: need(response.user_id, "UserId")?,
            kind: need(response.r#type, "Type")?,
        })
    })
}

type Take<T> = fn(Response) -> std::result::Result<T, String>;

fn outcome<T>(reply: &Reply, redactor: &Redactor, take: Take<T>) -> Result<T> {
    response(reply, redactor, take)
        .map_err(|error| error.with_http_status(reply.http_status).with_retry_after(reply.retry_after))
}

fn response<T>(reply: &Reply, redactor: &Redactor, take: Take<T>) -> Result<T> {
    let status = reply.http_status;
    let unusable = |why: &str| {
        let kind = match status {
            429 => ErrorKind::RateLimited,
            500..=599 => ErrorKind::Unavailable,
            _ => ErrorKind::BadResponse,
        };
        let redirect = if (300..400).contains(&status) { "; redirects are refused" } else { "" };
        Error::new(kind, format!("HTTP {status}: {why}{redirect}"))
    };
    let text = std::str::from_utf8(&reply.body).map_err(|_| unusable("the reply is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(unusable("the reply is empty"));
    }
    let Object(Document { response: Object(response) }) =
        serde_json::from_str(text).map_err(|e| unusable(&format!("the reply {}", json::fault(&e))))?;
    if let Some(Object(Refusal { code, message })) = response.error {
        let message = message.unwrap_or_default();
        return Err(redactor.refused(code, message, response.request_id));
    }
    if !(200..300).contains(&status) {
        return Err(unusable("Response.Error is missing"));
    }
    take(response).map_err(|why| unusable(&why))
}

/// Whether the same request may succeed later.
#[must_use]
pub fn is_transient(failure: &Error) -> bool {
    match failure.server_code() {
        Some("InternalError.IllegalRole") => false,
        Some("InvalidParameter.OverLimit") => true,
        _ => failure.is_retryable(),
    }
}

/// Whether STS counted too many requests.
#[must_use]
pub fn is_throttled(failure: &Error) -> bool {
    failure.kind() == ErrorKind::RateLimited || failure.server_code() == Some("InvalidParameter.OverLimit")
}

#[cfg(test)]
mod tests;
