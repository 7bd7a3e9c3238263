//! The JSON files that the vendor's command line writes: `<profile>.credential`, and `<profile>.configure` beside it for
//! region and language. Pure. The endpoint that `.configure` names is never taken: it is always the domestic one.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credentials::{ExpiringCredentials, Lookup, NotFound, ProfileSettings, SecretCredentials};
use crate::json::{self, Object};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    secret_id: Option<Zeroizing<String>>,
    secret_key: Option<Zeroizing<String>>,
    token: Option<Zeroizing<String>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "role-arn")]
    role_arn: Option<String>,
    /// Unix seconds, perhaps with a fraction.
    expires_at: Option<f64>,
}

/// # Errors
/// What is wrong with the text, in one clause that quotes no secret of it.
pub fn read(text: &str) -> Result<Lookup<ExpiringCredentials>, String> {
    let Object(credential) = serde_json::from_str::<Object<Credential>>(text).map_err(|e| json::fault(&e))?;
    if credential.kind.as_deref() == Some("cvm-role") {
        return Ok(Lookup::NotFound(NotFound::new("asks for the CVM role")));
    }
    if credential.role_arn.as_deref().is_some_and(|arn| !arn.is_empty()) {
        return Err("asks to assume a role (role-arn), which this version cannot".to_owned());
    }
    let filled = |value: &Option<Zeroizing<String>>| value.clone().filter(|value| !value.is_empty());
    let token = filled(&credential.token);
    match (filled(&credential.secret_id), filled(&credential.secret_key)) {
        (None, None) => Ok(Lookup::NotFound(NotFound::new("no secretId and secretKey"))),
        (Some(_), None) => Err("has a secretId without a secretKey".to_owned()),
        (None, Some(_)) => Err("has a secretKey without a secretId".to_owned()),
        (Some(id), Some(key)) => {
            let credentials = SecretCredentials::new(&id, &key, token.as_deref().map(String::as_str));
            let credentials = credentials.map_err(|e| named_as_in_the_file(e.message()))?;
            #[allow(clippy::cast_possible_truncation)]
            let expires_at = credential.expires_at.map(|seconds| seconds as i64);
            Ok(Lookup::Found(ExpiringCredentials { credentials, expires_at }))
        }
    }
}

fn named_as_in_the_file(message: &str) -> String {
    message.replace("secret_id", "secretId").replace("secret_key", "secretKey")
}

#[derive(Deserialize)]
struct Configure {
    #[serde(rename = "_sys_param")]
    sys_param: Option<Object<SysParam>>,
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
    let Some(Object(SysParam { region, language })) = configure.sys_param else {
        return Ok(ProfileSettings::default());
    };
    let language = language.filter(|language| matches!(language.as_str(), "en-US" | "zh-CN"));
    Ok(ProfileSettings { region: region.filter(|region| !region.is_empty()), language, warnings: Vec::new() })
}
