//! Credentials from the environment, which is read once, when the credentials are made.
//!
//! Two families, never mixed: the pair (`TENCENTCLOUD_SECRET_ID`, …) and what a cloud function's runtime sets
//! (`TENCENTCLOUD_SECRETID`, …). Two variables for one thing that differ are an error: which one was wanted cannot be known.

use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::Variables;
use super::assume_role;
use super::role::{Role, RoleOptions};
use super::static_keys;
use crate::config::Options;
use crate::config::validate::is_in_quotes;
use crate::credentials::cache::{CachedProvider, Provider, Refresh};
use crate::credentials::{Credentials, ExpiringCredentials, Lookup, NotFound, ProfileSettings, SecretCredentials};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Log;
use crate::runtime::file::{self, Contents};

pub const SECRET_ID: &str = "TENCENTCLOUD_SECRET_ID";
pub const SECRET_KEY: &str = "TENCENTCLOUD_SECRET_KEY";
const SECRET_ID_FILE: &str = "TENCENTCLOUD_SECRET_ID_FILE";
const SECRET_KEY_FILE: &str = "TENCENTCLOUD_SECRET_KEY_FILE";
/// The command line's name, the Node SDK's, Terraform's.
pub const TOKENS: [&str; 3] = ["TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"];
const TOKEN_FILES: [&str; 2] = ["TENCENTCLOUD_TOKEN_FILE", "TENCENTCLOUD_SESSION_TOKEN_FILE"];
/// Of a cloud function, always temporary.
pub const FUNCTION: [&str; 3] = ["TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN"];
/// The command line's name, and Terraform's.
const ROLE_ARNS: [&str; 2] = ["TENCENTCLOUD_ROLE_ARN", "TENCENTCLOUD_ASSUME_ROLE_ARN"];
const SESSION_NAMES: [&str; 2] = ["TENCENTCLOUD_ROLE_SESSION_NAME", "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME"];
const SESSION_DURATION: &str = "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION";
const EXTERNAL_ID: &str = "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID";
const SOURCE_IDENTITY: &str = "TENCENTCLOUD_ASSUME_ROLE_SOURCE_IDENTITY";
/// Other ways to a role. Signing without the role would be signing as another.
const UNSUPPORTED: [&str; 5] = [
    "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION",
    "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN",
    "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN_FILE",
    "TENCENTCLOUD_ASSUME_ROLE_SERIAL_NUMBER",
    "TENCENTCLOUD_ASSUME_ROLE_TOKEN_CODE",
];

/// Whether a role that is found can be assumed.
#[derive(Clone, Copy)]
pub enum Roles<'a> {
    Assumed(&'a Options),
    /// What to say about it: which function can.
    Refused(&'a str),
}

impl Roles<'_> {
    pub(crate) fn log(&self) -> Log {
        match self {
            Self::Assumed(io) => io.log.clone(),
            Self::Refused(_) => Log::default(),
        }
    }

    /// The base itself where there is no role.
    ///
    /// # Errors
    /// `Credentials` that names where the role is asked for; `InvalidArgument` for the options.
    pub(crate) fn apply(&self, base: Credentials, asked: Option<AskedRole>) -> Result<Credentials> {
        match (asked, self) {
            (None, _) => Ok(base),
            (Some(AskedRole { role, .. }), Self::Assumed(io)) => assume_role::over(&base, role, io),
            (Some(AskedRole { place, .. }), Self::Refused(how)) => {
                Err(credentials_error(format!("{place} asks to assume a role, {how}")))
            }
        }
    }
}

/// A role, and where it is asked for.
pub(crate) struct AskedRole {
    pub role: Role,
    pub place: String,
}

/// The pair, else the function's triple; with the role, if one is named.
///
/// # Errors
/// `Credentials` that names the variable and what is wrong with it.
pub fn credentials(variable: Variables<'_>, roles: Roles<'_>) -> Result<Credentials> {
    let asked = role(variable)?;
    match lookup(variable, &roles.log())? {
        Lookup::Found(base) => roles.apply(base, asked),
        Lookup::NotFound(nothing) => Err(nothing.into_error()),
    }
}

/// Without a role.
///
/// # Errors
/// As `credentials`, where a part is set, but not all of it.
pub(crate) fn lookup(variable: Variables<'_>, log: &Log) -> Result<Lookup<Credentials>> {
    if let Lookup::Found(pair) = pair(variable, log)? {
        return Ok(Lookup::Found(pair));
    }
    if let Lookup::Found(triple) = function(variable)? {
        return Ok(Lookup::Found(triple));
    }
    Ok(Lookup::NotFound(NotFound::new(format!("{SECRET_ID} and {SECRET_KEY} are not set"))))
}

fn pair(variable: Variables<'_>, log: &Log) -> Result<Lookup<Credentials>> {
    let places = |values: &[&'static str], files: &[&'static str]| -> Result<Vec<Place>> {
        let of_values = values.iter().map(|name| value(variable, name).map(|text| text.map(|t| Place::Value(name, t))));
        let of_files = files.iter().map(|name| Ok(path(variable, name).map(|path| Place::File(name, path))));
        of_values.chain(of_files).filter_map(Result::transpose).collect()
    };
    let id = places(&[SECRET_ID], &[SECRET_ID_FILE])?;
    let key = places(&[SECRET_KEY], &[SECRET_KEY_FILE])?;
    let keys = match (id.first(), key.first()) {
        (None, None) => return Ok(Lookup::NotFound(NotFound::new(""))),
        (Some(set), None) => return Err(half_set(set.variable(), SECRET_KEY)),
        (None, Some(set)) => return Err(half_set(set.variable(), SECRET_ID)),
        (Some(_), Some(_)) => Keys { id, key, token: places(&TOKENS, &TOKEN_FILES)? },
    };
    let fetched = keys.read()?;
    if keys.has_files() {
        let cached = CachedProvider::holding(Box::new(keys), log.clone(), fetched, ProfileSettings::default());
        return Ok(Lookup::Found(Credentials::new(cached)));
    }
    let made = static_keys::named("environment", fetched.credentials, ProfileSettings::default());
    Ok(Lookup::Found(made))
}

/// A cloud function's runtime sets all three.
fn function(variable: Variables<'_>) -> Result<Lookup<Credentials>> {
    let [id, key, token] = FUNCTION;
    match (value(variable, id)?, value(variable, key)?, value(variable, token)?) {
        (None, None, _) => Ok(Lookup::NotFound(NotFound::new(""))),
        (Some(a), Some(b), Some(c)) => {
            let credentials = named(FUNCTION, &a, &b, Some(&c))?;
            Ok(Lookup::Found(static_keys::named("cloud function", credentials, ProfileSettings::default())))
        }
        (Some(_), None, _) => Err(half_set(id, key)),
        (None, Some(_), _) => Err(half_set(key, id)),
        (Some(_), Some(_), None) => Err(half_set(id, token)),
    }
}

/// The role that the environment names.
///
/// # Errors
/// `Credentials` that names the variable.
pub(crate) fn role(variable: Variables<'_>) -> Result<Option<AskedRole>> {
    if let Some(name) = UNSUPPORTED.iter().find(|name| variable(name).is_some_and(|value| !value.is_empty())) {
        return Err(credentials_error(format!("{name} is set, but this way to a role is not supported")));
    }
    let Some((place, arn)) = either(variable, &ROLE_ARNS)? else { return Ok(None) };
    let given = |text: Zeroizing<String>| Some(text.as_bytes().to_vec());
    let session = either(variable, &SESSION_NAMES)?;
    let session_variable = session.as_ref().map_or("", |(name, _)| name);
    let options = RoleOptions {
        session_name: session.and_then(|(_, text)| given(text)),
        duration_s: duration(variable)?,
        external_id: value(variable, EXTERNAL_ID)?.and_then(given),
        source_identity: value(variable, SOURCE_IDENTITY)?.and_then(given),
        policy: None,
    };
    let role = Role::validate(place, &arn, &options).map_err(|e| {
        let named =
            [("session_name", session_variable), ("external_id", EXTERNAL_ID), ("source_identity", SOURCE_IDENTITY)];
        let named = [named.as_slice(), &[("duration_s", SESSION_DURATION)]].concat();
        let (parameter, why) = e.message().split_once(' ').unwrap_or((e.message(), ""));
        let name = named.iter().find(|(known, _)| *known == parameter).map_or(parameter, |(_, variable)| variable);
        credentials_error(format!("{name} {why}"))
    })?;
    Ok(Some(AskedRole { role, place: place.to_owned() }))
}

fn duration(variable: Variables<'_>) -> Result<u32> {
    let Some(text) = value(variable, SESSION_DURATION)? else { return Ok(0) };
    text.parse().map_err(|_| credentials_error(format!("{SESSION_DURATION} is not a number of seconds")))
}

/// The one that is set, of several spellings.
fn either(variable: Variables<'_>, names: &[&'static str]) -> Result<Option<(&'static str, Zeroizing<String>)>> {
    let mut found: Option<(&'static str, Zeroizing<String>)> = None;
    for name in names {
        let Some(text) = value(variable, name)? else { continue };
        match &found {
            Some((first, known)) if **known != *text => return Err(differ(first, name)),
            Some(_) => {}
            None => found = Some((name, text)),
        }
    }
    Ok(found)
}

/// Where a part of the pair is.
enum Place {
    Value(&'static str, Zeroizing<String>),
    /// Read again after a refusal: Docker and Kubernetes mount secrets so.
    File(&'static str, PathBuf),
}

impl Place {
    fn variable(&self) -> &'static str {
        match self {
            Self::Value(name, _) | Self::File(name, _) => name,
        }
    }

    /// What the part is called in messages.
    fn name(&self) -> String {
        match self {
            Self::Value(name, _) => (*name).to_owned(),
            Self::File(name, path) => format!("{} ({name})", path.display()),
        }
    }

    fn read(&self) -> Result<Zeroizing<String>> {
        let wrong = |why: &str| credentials_error(format!("{}: {why}", self.name()));
        match self {
            Self::Value(_, text) => Ok(text.clone()),
            Self::File(_, path) => match file::read(path).map_err(|why| wrong(&why))? {
                Contents::NotFound(why) => Err(wrong(&why).retryable(true)),
                Contents::Text(text) => {
                    let trimmed = text.trim_end_matches(['\r', '\n']);
                    if trimmed.is_empty() { Err(wrong("is empty")) } else { Ok(Zeroizing::new(trimmed.to_owned())) }
                }
            },
        }
    }
}

struct Keys {
    id: Vec<Place>,
    key: Vec<Place>,
    token: Vec<Place>,
}

impl Keys {
    fn has_files(&self) -> bool {
        let all = self.id.iter().chain(&self.key).chain(&self.token);
        all.into_iter().any(|place| matches!(place, Place::File(..)))
    }

    fn read(&self) -> Result<ExpiringCredentials> {
        let (Some((id_name, id)), Some((key_name, key))) = (agreed(&self.id)?, agreed(&self.key)?) else {
            return Err(Error::internal("id and key have a place each"));
        };
        let token = agreed(&self.token)?;
        let token_name = token.as_ref().map_or("", |(name, _)| name.as_str());
        let names = [id_name.as_str(), key_name.as_str(), token_name];
        let credentials = named(names, &id, &key, token.as_ref().map(|(_, token)| token.as_str()))?;
        Ok(ExpiringCredentials { credentials, expires_at: None })
    }
}

impl Provider for Keys {
    fn name(&self) -> String {
        "environment".to_owned()
    }

    fn fetch(&self, _refresh: &Refresh<'_>) -> Result<ExpiringCredentials> {
        self.read()
    }
}

/// The text that all places have.
fn agreed(places: &[Place]) -> Result<Option<(String, Zeroizing<String>)>> {
    let mut found: Option<(&Place, Zeroizing<String>)> = None;
    for place in places {
        let text = place.read()?;
        match &found {
            Some((first, known)) if *known != text => return Err(differ(first.variable(), place.variable())),
            Some(_) => {}
            None => found = Some((place, text)),
        }
    }
    Ok(found.map(|(place, text)| (place.name(), text)))
}

fn named(names: [&str; 3], id: &str, key: &str, token: Option<&str>) -> Result<SecretCredentials> {
    for (name, value) in [(names[0], Some(id)), (names[1], Some(key)), (names[2], token)] {
        let Some(value) = value else { continue };
        // `docker --env-file` keeps quotes, and no key has any.
        if is_in_quotes(value) {
            return Err(credentials_error(format!("{name} is in quotes; write the value without them")));
        }
    }
    let wrong = |e: Error| credentials_error(e.message().to_owned());
    SecretCredentials::named(names, id, key, token).map_err(wrong)
}

fn credentials_error(message: String) -> Error {
    Error::new(ErrorKind::Credentials, message)
}

fn half_set(set: &str, missing: &str) -> Error {
    credentials_error(format!("{missing} is not set, though {set} is"))
}

fn differ(one: &str, other: &str) -> Error {
    credentials_error(format!("{one} and {other} are both set and differ"))
}

/// An empty variable is an unset one; the end of a line is not part of it.
fn value(variable: Variables<'_>, name: &str) -> Result<Option<Zeroizing<String>>> {
    match variable(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Err(_)) => Err(credentials_error(format!("{name} is not UTF-8"))),
        Some(Ok(text)) => {
            let text = Zeroizing::new(text);
            let trimmed = text.trim_end_matches(['\r', '\n']);
            Ok((!trimmed.is_empty()).then(|| Zeroizing::new(trimmed.to_owned())))
        }
    }
}

fn path(variable: Variables<'_>, name: &str) -> Option<PathBuf> {
    variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
