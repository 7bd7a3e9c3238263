//! Whether a request is one the API would answer: the vendor's checks, in an order that tells the cause first.

use serde_json::Value;

use crate::clock;
use crate::credentials::Credentials;
use crate::request::Request;
use crate::signature::{self, Claim, SERVICE};

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: &'static str,
    pub message: String,
}

/// What the checks compare with.
pub(crate) struct Rules<'a> {
    pub credentials: &'a Credentials,
    pub server_seconds: i64,
    /// None: any region.
    pub regions: Option<&'a [String]>,
}

const ACTION: &str = "DescribeAsyncRequestInfo";
const VERSION: &str = "2017-03-20";
const TOLERANCE_SECONDS: u64 = 300;

/// The id that is asked for, or why there is no answer. Whether the task exists is not judged here.
pub(crate) fn judge(request: &Request, rules: &Rules<'_>) -> Result<String, Refusal> {
    check_method(request)?;
    check_authorization(request, rules)?;
    check_headers(request, rules)?;
    asked_id(&request.body)
}

fn check_method(request: &Request) -> Result<(), Refusal> {
    if request.method == "POST" {
        return Ok(());
    }
    refuse("UnsupportedProtocol", format!("the method {} is not supported by this stand-in, use POST", request.method))
}

fn check_authorization(request: &Request, rules: &Rules<'_>) -> Result<(), Refusal> {
    let claim = request.header("authorization").and_then(Claim::parse);
    let Some(claim) = claim else {
        return refuse("AuthFailure.InvalidAuthorization", "`Authorization` in the request header is invalid.");
    };
    for needed in ["content-type", "host"] {
        if !claim.signed_headers.iter().any(|name| name == needed) {
            return refuse("AuthFailure.InvalidAuthorization", format!("the header `{needed}` is not signed."));
        }
    }
    let timestamp: i64 = required_header(request, "x-tc-timestamp")?
        .parse()
        .or_else(|_| refuse("InvalidParameter", "`X-TC-Timestamp` is not a number."))?;
    if timestamp.abs_diff(rules.server_seconds) > TOLERANCE_SECONDS {
        return refuse(
            "AuthFailure.SignatureExpire",
            "Signature expired. Timestamp and server time cannot differ by more than five minutes. Please ensure \
             your current local time matches the standard time.",
        );
    }
    let Some(credential) = rules.credentials.get(&claim.secret_id) else {
        return refuse(
            "AuthFailure.SecretIdNotFound",
            "The SecretId is not found, please ensure that your SecretId is correct.",
        );
    };
    check_signature(request, &claim, timestamp, &credential.secret_key)?;
    if credential.has_expired() || request.header("x-tc-token") != credential.token.as_deref() {
        return refuse("AuthFailure.TokenFailure", "Token error.");
    }
    Ok(())
}

fn check_signature(request: &Request, claim: &Claim, timestamp: i64, secret_key: &str) -> Result<(), Refusal> {
    let wrong = || {
        refuse(
            "AuthFailure.SignatureFailure",
            "The provided credentials could not be validated. Please check your signature is correct.",
        )
    };
    if claim.date != clock::utc_date(timestamp) || claim.service != SERVICE {
        return wrong();
    }
    let mut signed = Vec::new();
    for name in &claim.signed_headers {
        match request.header(name) {
            Some(value) => signed.push((name.as_str(), value)),
            None => return wrong(),
        }
    }
    let payload: &[u8] = match request.header("x-tc-content-sha256") {
        Some("UNSIGNED-PAYLOAD") => b"UNSIGNED-PAYLOAD",
        _ => &request.body,
    };
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let canonical = signature::canonical_request(&request.method, query, &signed, payload);
    if signature::sign(secret_key, SERVICE, timestamp, &canonical) == claim.signature { Ok(()) } else { wrong() }
}

fn check_headers(request: &Request, rules: &Rules<'_>) -> Result<(), Refusal> {
    let content_type = request.header("content-type").unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        return refuse("InvalidParameter", format!("the Content-Type `{content_type}` is not application/json."));
    }
    if request.header("x-tc-requestclient").is_some_and(|client| !is_request_client(client)) {
        return refuse("InvalidParameter", "`X-TC-RequestClient` is not valid.");
    }
    if request.header("x-tc-language").is_some_and(|language| !matches!(language, "en-US" | "zh-CN")) {
        return refuse("InvalidParameterValue", "`X-TC-Language` is neither en-US nor zh-CN.");
    }
    let action = required_header(request, "x-tc-action")?;
    if action != ACTION {
        return refuse("InvalidAction", format!("The API `{action}` does not exist."));
    }
    let version = required_header(request, "x-tc-version")?;
    if version != VERSION {
        return refuse("NoSuchVersion", format!("The API version `{version}` does not exist."));
    }
    let region = required_header(request, "x-tc-region")?;
    if rules.regions.is_some_and(|regions| !regions.iter().any(|known| known == region)) {
        return refuse("UnsupportedRegion", format!("API does not support the requested region `{region}`."));
    }
    Ok(())
}

fn asked_id(body: &[u8]) -> Result<String, Refusal> {
    let Ok(Value::Object(parameters)) = serde_json::from_slice(body) else {
        return refuse("InvalidParameter", "The request body is not a JSON object.");
    };
    if let Some(unknown) = parameters.keys().find(|name| *name != "AsyncRequestId") {
        return refuse("UnknownParameter", format!("The parameter `{unknown}` is not recognized."));
    }
    match parameters.get("AsyncRequestId") {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Null) | None => {
            refuse("MissingParameter", "The request is missing the required parameter `AsyncRequestId`.")
        }
        Some(_) => refuse("InvalidParameter", "The value type of the parameter `AsyncRequestId` is not String."),
    }
}

/// What the API answers for an id it does not know.
pub(crate) fn unknown_id() -> Refusal {
    Refusal { code: "InvalidParameter.InvalidAsyncRequestId", message: "The async task does not exist.".to_owned() }
}

pub(crate) fn too_many(in_a_second: usize, limit: u32) -> Refusal {
    Refusal {
        code: "RequestLimitExceeded",
        message: format!(
            "Your current request times equals to `{in_a_second}` in a second, which exceeds the frequency limit \
             `{limit}` for a second. Please reduce the frequency of calls."
        ),
    }
}

fn required_header<'a>(request: &'a Request, name: &str) -> Result<&'a str, Refusal> {
    match request.header(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => refuse("MissingParameter", format!("The request is missing the required parameter `{name}`.")),
    }
}

/// `^[0-9a-zA-Z-_,;.]+$`, at most 128 characters.
fn is_request_client(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_,;.".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}
