//! How a role is assumed: what a caller may say about it, validated before anything is sent. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::IgnoredAny;

use crate::config::RawText;
use crate::config::validate::{text, wrong};
use crate::error::{Error, Result};
use crate::json::{self, Object};

const DEFAULT_DURATION_S: u32 = 7_200;
const MAX_DURATION_S: u32 = 43_200;
const MAX_ARN: usize = 1_024;
const MAX_PROVIDER: usize = 128;
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 2..=128;
/// What RFC 3986 leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// As it was given.
#[derive(Debug, Clone, Default)]
pub struct RoleOptions {
    pub session_name: RawText,
    /// 0: the default.
    pub duration_s: u32,
    pub external_id: RawText,
    pub policy: RawText,
    pub source_identity: RawText,
}

/// Validated.
#[derive(Debug, Clone)]
pub struct Role {
    pub arn: String,
    session_name: Option<String>,
    pub duration_s: u32,
    pub external_id: Option<String>,
    /// Percent-encoded once, as STS wants it even inside JSON.
    pub policy: Option<String>,
    pub source_identity: Option<String>,
}

impl Role {
    /// `arn_name` is what the ARN is called where it comes from.
    ///
    /// # Errors
    /// `InvalidArgument` that names what is wrong.
    pub fn validate(arn_name: &str, arn: &str, options: &RoleOptions) -> Result<Self> {
        validate_arn(arn_name, arn)?;
        if options.duration_s > MAX_DURATION_S {
            let why = format!("is {}; it must be 1 to {MAX_DURATION_S}, 0 for the default", options.duration_s);
            return Err(wrong("duration_s", &why));
        }
        Ok(Self {
            arn: arn.to_owned(),
            session_name: name("session_name", &options.session_name, "_+=,.@-")?,
            duration_s: if options.duration_s == 0 { DEFAULT_DURATION_S } else { options.duration_s },
            external_id: name("external_id", &options.external_id, "_+=,.@:/-")?,
            policy: text_of("policy", &options.policy)?.map(encoded_policy).transpose()?,
            source_identity: name("source_identity", &options.source_identity, "_+=,.@-")?,
        })
    }

    /// For a proof that is not a signature: no such parameters.
    ///
    /// # Errors
    /// `InvalidArgument` that names the first one that is set.
    pub fn refuse_signed_parameters(&self) -> Result<()> {
        let given = [
            ("external_id", self.external_id.is_some()),
            ("policy", self.policy.is_some()),
            ("source_identity", self.source_identity.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(wrong(name, "is set, which STS does not take with a web identity")),
            None => Ok(()),
        }
    }

    /// A forked child has its own where none was given.
    #[must_use]
    pub fn session_name(&self) -> String {
        self.session_name.clone().unwrap_or_else(|| format!("tcdb-async-{}", std::process::id()))
    }

    /// Bytes of all texts, for the size of the request.
    #[must_use]
    pub fn size(&self) -> usize {
        let optional = [&self.policy, &self.external_id, &self.source_identity, &self.session_name];
        self.arn.len() + optional.into_iter().flatten().map(String::len).sum::<usize>()
    }
}

/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn validate_provider_id(name: &str, provider_id: &str) -> Result<()> {
    validate_printable(name, provider_id, MAX_PROVIDER)
}

fn validate_arn(name: &str, arn: &str) -> Result<()> {
    validate_printable(name, arn, MAX_ARN)?;
    if !arn.starts_with("qcs::cam::uin/") || !arn.contains(":role") {
        return Err(wrong(name, "is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name>"));
    }
    Ok(())
}

fn validate_printable(name: &str, value: &str, max: usize) -> Result<()> {
    if value.is_empty() {
        return Err(wrong(name, "is empty"));
    }
    if value.len() > max {
        return Err(wrong(name, &format!("is {} bytes long; at most {max}", value.len())));
    }
    if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong(name, "holds a space or a control character"));
    }
    Ok(())
}

fn text_of<'a>(name: &str, given: &'a RawText) -> Result<Option<&'a str>> {
    // Line breaks are part of a policy as people write it.
    let Some(bytes) = given else { return Ok(None) };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(name, "is not UTF-8"))?;
    if text.is_empty() { Err(wrong(name, "is empty")) } else { Ok(Some(text)) }
}

fn name(parameter: &str, given: &RawText, signs: &str) -> Result<Option<String>> {
    let Some(value) = text(parameter, given.as_deref())? else { return Ok(None) };
    if !NAME_LENGTHS.contains(&value.len()) {
        return Err(wrong(parameter, &format!("is {} bytes long; it must be 2 to 128", value.len())));
    }
    if !value.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c)) {
        return Err(wrong(parameter, &format!("holds something other than letters, digits and {signs}")));
    }
    Ok(Some(value.to_owned()))
}

fn encoded_policy(policy: &str) -> Result<String> {
    if policy.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%7b")) {
        return Err(wrong("policy", "is percent-encoded already; plain JSON is expected"));
    }
    serde_json::from_str::<Object<IgnoredAny>>(policy)
        .map_err(|e| Error::invalid(format!("policy {}", json::fault(&e))))?;
    Ok(utf8_percent_encode(policy, ENCODED).to_string())
}

#[cfg(test)]
mod tests;
