//! The JSON files that the vendor's command line writes: `<profile>.credential`, and `<profile>.configure` for region and
//! language. Pure. The endpoint that `.configure` names is never taken: it is always the domestic one.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::entry::{AskedRole, Entry, Keys, is_quoted};
use crate::credentials::provider::role::RoleOptions;
use crate::credentials::{ExpiringCredentials, Lookup, NotFound, ProfileSettings, SecretCredentials};
use crate::json::{self, Object};
use crate::unix_time::UnixSeconds;

const CVM_ROLE: &str = "cvm-role";
/// What the command line writes when Enter is pressed at its prompts.
const NONE: &str = "None";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    secret_id: Option<Zeroizing<String>>,
    secret_key: Option<Zeroizing<String>>,
    token: Option<Zeroizing<String>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "role-arn", alias = "role_arn")]
    role_arn: Option<String>,
    #[serde(rename = "role-session-name", alias = "role_session_name")]
    role_session_name: Option<String>,
    /// Unix seconds, perhaps with a fraction.
    expires_at: Option<f64>,
    sso: Option<IgnoredAny>,
}

/// A way to log in whose credentials end, and which only the command line renews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    Sso,
    Oauth,
}

impl Login {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Oauth => "oauth",
        }
    }

    /// The command that logs in again.
    pub fn command(self, profile: &str) -> String {
        let command = match self {
            Self::Sso => "tccli sso login",
            Self::Oauth => "tccli auth login",
        };
        if profile == "default" { command.to_owned() } else { format!("{command} --profile {profile}") }
    }
}

/// Whether the text ends in its middle: the command line's logins write in place.
pub fn is_cut(text: &str) -> bool {
    text.trim().is_empty() || serde_json::from_str::<IgnoredAny>(text.trim()).is_err_and(|e| e.is_eof())
}

/// # Errors
/// What is wrong with the text, in one clause that quotes no secret of it.
pub fn read(text: &str) -> Result<(Lookup<Entry>, Option<Login>), String> {
    let Object(credential) = serde_json::from_str::<Object<Credential>>(text).map_err(|e| json::fault(&e))?;
    let login = match credential.kind.as_deref() {
        Some(CVM_ROLE) => {
            return Ok((Lookup::Found(Entry { keys: Keys::CvmRole, role: None, warnings: Vec::new() }), None));
        }
        Some("sso") => Some(Login::Sso),
        Some("oauth") => Some(Login::Oauth),
        // `sso configure` without a login leaves no type.
        _ if credential.sso.is_some() && credential.secret_id.is_none() => Some(Login::Sso),
        _ => None,
    };
    credential.entry().map(|lookup| (lookup, login))
}

impl Credential {
    fn entry(&self) -> Result<Lookup<Entry>, String> {
        let filled = |value: &Option<Zeroizing<String>>| value.clone().filter(|value| !value.is_empty());
        let (id, key) = (filled(&self.secret_id), filled(&self.secret_key));
        let role = self.role();
        for (name, value) in [("secretId", &id), ("secretKey", &key)] {
            if value.as_ref().is_some_and(|value| ***value == *NONE) {
                let why = "which the command line writes when Enter is pressed at its prompt";
                return Err(format!("has the {name} \"{NONE}\", {why}; run tccli configure"));
            }
        }
        match (id, key) {
            (None, None) if role.is_some() => Err("has a role-arn without a secretId and secretKey".to_owned()),
            (None, None) => Ok(Lookup::NotFound(NotFound::new("no secretId and secretKey"))),
            (Some(_), None) => Err("has a secretId without a secretKey".to_owned()),
            (None, Some(_)) => Err("has a secretKey without a secretId".to_owned()),
            (Some(id), Some(key)) => {
                let token = filled(&self.token);
                let token = token.as_deref().map(String::as_str);
                let names = ["secretId", "secretKey", "token"];
                let credentials =
                    SecretCredentials::named(names, &id, &key, token).map_err(|e| e.message().to_owned())?;
                let expires_at = self.expires_at.map(end).transpose()?;
                let quoted = [("secretId", &id), ("secretKey", &key)].into_iter().filter(|(_, value)| is_quoted(value));
                let warning = |(name, _)| format!("{name} is in quotes, which become part of it");
                let keys = Keys::Held(ExpiringCredentials { credentials, expires_at });
                Ok(Lookup::Found(Entry { keys, role, warnings: quoted.map(warning).collect() }))
            }
        }
    }

    fn role(&self) -> Option<AskedRole> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let session_name = filled(&self.role_session_name).map(String::into_bytes);
        let options = RoleOptions { session_name, ..RoleOptions::default() };
        filled(&self.role_arn).map(|arn| AskedRole { key: "role-arn", arn, options })
    }
}

fn end(seconds: f64) -> Result<UnixSeconds, String> {
    #[allow(clippy::cast_possible_truncation)]
    let whole = seconds as i64;
    UnixSeconds::plausible(whole).ok_or_else(|| format!("has the expiresAt {whole}, which is not in Unix seconds"))
}

#[derive(Deserialize)]
struct Configure<'a> {
    #[serde(rename = "_sys_param")]
    sys_param: Option<Object<SysParam>>,
    /// Where older versions wrote it as a text; newer ones keep the settings of a service of that name there.
    #[serde(borrow)]
    region: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SysParam {
    region: Option<String>,
    language: Option<String>,
}

/// Region and language; what is unusable is passed over with a warning, since nothing secret hangs on it.
///
/// # Errors
/// What is wrong with the text, in one clause.
pub fn configure(text: &str) -> Result<ProfileSettings, String> {
    let Object(configure) = serde_json::from_str::<Object<Configure>>(text).map_err(|e| json::fault(&e))?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (inner, language) = configure.sys_param.map_or((None, None), |Object(it)| (filled(it.region), it.language));
    let (region, key) = match inner {
        Some(region) => (Some(region), "_sys_param.region"),
        None => (filled(configure.region.and_then(|it| serde_json::from_str(it.get()).ok())), "region"),
    };
    let language = language.filter(|language| matches!(language.as_str(), "en-US" | "zh-CN"));
    Ok(ProfileSettings { region, region_place: key.to_owned(), language, ..ProfileSettings::default() })
}
