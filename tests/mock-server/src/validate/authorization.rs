//! The signature: TC3-HMAC-SHA256, or none where a web identity replaces it.

use super::{Context, Refusal, refuse, required_header};
use crate::clock;
use crate::credentials::Credential;
use crate::request::Request;
use crate::signature::{self, Claim};

const TOLERANCE_SECONDS: u64 = 300;

/// The credential that signed the request.
pub(crate) fn check_authorization<'a>(request: &Request, context: &Context<'a>) -> Result<&'a Credential, Refusal> {
    let claim = request.header("authorization").and_then(Claim::parse);
    let Some(claim) = claim else {
        return refuse("AuthFailure.InvalidAuthorization", "`Authorization` in the request header is invalid.");
    };
    for needed in ["content-type", "host"] {
        if !claim.signed_headers.iter().any(|name| name == needed) {
            return refuse("AuthFailure.InvalidAuthorization", format!("the header `{needed}` is not signed."));
        }
    }
    let timestamp = timestamp(request)?;
    if timestamp.abs_diff(context.server_seconds) > TOLERANCE_SECONDS {
        return refuse(
            "AuthFailure.SignatureExpire",
            "Signature expired. Timestamp and server time cannot differ by more than five minutes. Please ensure \
             your current local time matches the standard time.",
        );
    }
    let Some(credential) = context.credentials.get(&claim.secret_id) else {
        return refuse(
            "AuthFailure.SecretIdNotFound",
            "The SecretId is not found, please ensure that your SecretId is correct.",
        );
    };
    check_signature(request, &claim, timestamp, context.service, &credential.secret_key)?;
    if credential.has_expired() || request.header("x-tc-token") != credential.token.as_deref() {
        return refuse("AuthFailure.TokenFailure", "Token error.");
    }
    Ok(credential)
}

/// `Authorization: SKIP` and no token: what a web identity is sent with.
pub(crate) fn check_authorization_is_skipped(request: &Request) -> Result<(), Refusal> {
    timestamp(request)?;
    if request.header("authorization") != Some("SKIP") {
        return refuse(
            "AuthFailure.InvalidAuthorization",
            "`Authorization` in the request header is not SKIP, which this action takes.",
        );
    }
    if request.header("x-tc-token").is_some() {
        return refuse("AuthFailure.TokenFailure", "`X-TC-Token` does not belong to a request that is not signed.");
    }
    Ok(())
}

fn timestamp(request: &Request) -> Result<i64, Refusal> {
    required_header(request, "x-tc-timestamp")?
        .parse()
        .or_else(|_| refuse("InvalidParameter", "`X-TC-Timestamp` is not a number."))
}

fn check_signature(
    request: &Request,
    claim: &Claim,
    timestamp: i64,
    service: &str,
    secret_key: &str,
) -> Result<(), Refusal> {
    let wrong = || {
        refuse(
            "AuthFailure.SignatureFailure",
            "The provided credentials could not be validated. Please check your signature is correct.",
        )
    };
    if claim.date != clock::utc_date(timestamp) || claim.service != service {
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
    if signature::sign(secret_key, service, timestamp, &canonical) == claim.signature { Ok(()) } else { wrong() }
}
