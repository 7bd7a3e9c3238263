//! The INI file that the vendor's SDKs read: a section per profile with `secret_id`, `secret_key` and optionally `token`,
//! `role_arn` and `role_session_name`. Pure.
//!
//! Read as Python's configparser reads it, without interpolation: `=` or `:`; an indented line continues the value above it;
//! text behind a header's `]` is ignored; `[DEFAULT]` has the defaults of all sections. A line that is none of these is an
//! error in any section: to pass over it could mean to pass over a header, and so to sign as another account.
//!
//! Values are borrowed from the text and never copied, because an INI library's buffers are not wiped.

use super::entry::{AskedRole, Entry, Keys, is_quoted};
use crate::credentials::provider::role::RoleOptions;
use crate::credentials::{ExpiringCredentials, Lookup, NotFound, SecretCredentials};

const DEFAULTS: &str = "DEFAULT";
const ROLE_ARN: [&str; 2] = ["role_arn", "role-arn"];
const SESSION_NAME: [&str; 3] = ["role_session_name", "role-session-name", "session_name"];
/// Ways to a role that other tools proposed. Signing without would be signing as another.
const UNSUPPORTED: [&str; 2] = ["source_profile", "credential_source"];
const KNOWN: [&str; 10] = [
    "secret_id",
    "secret_key",
    "token",
    "role_arn",
    "role-arn",
    "role_session_name",
    "role-session-name",
    "session_name",
    "source_profile",
    "credential_source",
];

#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a str,
    /// The line of its first continuation.
    continued: Option<usize>,
}

#[derive(Default)]
struct Section<'a>(Vec<(&'static str, Value<'a>)>);

impl<'a> Section<'a> {
    fn find(&self, key: &str) -> Option<Value<'a>> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }
}

/// The section and its defaults.
struct Profile<'a> {
    name: &'a str,
    own: Section<'a>,
    defaults: Section<'a>,
}

/// # Errors
/// What is wrong with the text, in one clause that quotes none of it.
pub fn read(text: &str, section: &str) -> Result<Lookup<Entry>, String> {
    let Some(profile) = parse(text, section)? else {
        return Ok(Lookup::NotFound(NotFound::new(format!("no section [{section}]"))));
    };
    let role = profile.role()?;
    match (profile.get("secret_id")?, profile.get("secret_key")?) {
        (None, None) if role.is_some() => {
            Err(format!("has a role_arn without a secret_id and secret_key in [{section}]"))
        }
        (None, None) => Ok(Lookup::NotFound(NotFound::new(format!("no secret_id and secret_key in [{section}]")))),
        (Some(_), None) => Err(format!("has a secret_id without a secret_key in [{section}]")),
        (None, Some(_)) => Err(format!("has a secret_key without a secret_id in [{section}]")),
        (Some(id), Some(key)) => {
            let credentials = SecretCredentials::new(id, key, profile.get("token")?)
                .map_err(|e| format!("[{section}]: {}", e.message()))?;
            let quoted = [("secret_id", id), ("secret_key", key)].into_iter().filter(|(_, value)| is_quoted(value));
            let warning = |(name, _)| format!("{name} of [{section}] is in quotes, which become part of it");
            let keys = Keys::Held(ExpiringCredentials { credentials, expires_at: None });
            Ok(Lookup::Found(Entry { keys, role, warnings: quoted.map(warning).collect() }))
        }
    }
}

impl<'a> Profile<'a> {
    fn get(&self, key: &str) -> Result<Option<&'a str>, String> {
        let Some(value) = self.own.find(key).or_else(|| self.defaults.find(key)) else { return Ok(None) };
        match value.continued {
            Some(line) => Err(format!("has a {key} in [{}] that continues in line {line}", self.name)),
            None => Ok(Some(value.text).filter(|text| !text.is_empty())),
        }
    }

    /// The one that is set, of several spellings.
    fn either(&self, keys: &[&'static str]) -> Result<Option<(&'static str, &'a str)>, String> {
        let mut found = None;
        for &key in keys {
            match (self.get(key)?, found) {
                (Some(text), Some((first, known))) if text != known => {
                    return Err(format!("has {first} and {key} in [{}], which differ", self.name));
                }
                (Some(text), None) => found = Some((key, text)),
                _ => {}
            }
        }
        Ok(found)
    }

    fn role(&self) -> Result<Option<AskedRole>, String> {
        if let Some(key) = UNSUPPORTED.iter().find(|key| self.own.find(key).is_some()) {
            return Err(format!("has a {key} in [{}], which is not supported", self.name));
        }
        let Some((key, arn)) = self.either(&ROLE_ARN)? else { return Ok(None) };
        let session_name = self.either(&SESSION_NAME)?.map(|(_, name)| name.as_bytes().to_vec());
        let options = RoleOptions { session_name, ..RoleOptions::default() };
        Ok(Some(AskedRole { key, arn: arn.to_owned(), options }))
    }
}

/// Which section the lines belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Own,
    Defaults,
    Other,
}

struct Parser<'a> {
    section: &'a str,
    own: Option<Section<'a>>,
    defaults: Section<'a>,
    place: Place,
    /// Where the last pair began; None: right after a header, where nothing can be continued.
    indent: Option<usize>,
    /// The value that may be continued, if it is one of `KNOWN`.
    open: Option<&'static str>,
}

fn parse<'a>(text: &'a str, section: &'a str) -> Result<Option<Profile<'a>>, String> {
    let mut parser =
        Parser { section, own: None, defaults: Section::default(), place: Place::Nowhere, indent: None, open: None };
    for (number, line) in (1..).zip(lines(text)) {
        parser.line(number, line)?;
    }
    let Parser { own, defaults, .. } = parser;
    Ok(own.map(|own| Profile { name: section, own, defaults }))
}

/// As Python does: LF, CR LF or CR end a line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

impl<'a> Parser<'a> {
    fn line(&mut self, number: usize, line: &'a str) -> Result<(), String> {
        let value = line.trim();
        if value.is_empty() || value.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if self.indent.is_some_and(|above| indent > above) {
            self.continue_value(number);
            return Ok(());
        }
        let malformed = |what: &str| format!("is not an INI file (line {number}: {what})");
        if let Some(header) = value.strip_prefix('[') {
            let (name, _) = header.rsplit_once(']').ok_or_else(|| malformed("a section without ]"))?;
            // To configparser it is a pair, perhaps; to take it for a header would hide the pairs that follow.
            if name.is_empty() {
                return Err(malformed("a section without a name"));
            }
            return self.header(name.trim());
        }
        if self.place == Place::Nowhere {
            return Err(malformed("no section header before it"));
        }
        let (key, value) = value.split_once(['=', ':']).ok_or_else(|| malformed("it has no ="))?;
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key.is_empty() {
            return Err(malformed("it has no name before ="));
        }
        self.indent = Some(indent);
        self.pair(&key, value)
    }

    fn header(&mut self, name: &str) -> Result<(), String> {
        (self.indent, self.open) = (None, None);
        self.place = match name {
            DEFAULTS => Place::Defaults,
            _ if name == self.section => Place::Own,
            _ => Place::Other,
        };
        if self.place == Place::Own && self.own.replace(Section::default()).is_some() {
            return Err(format!("has the section [{name}] twice"));
        }
        Ok(())
    }

    fn pair(&mut self, key: &str, text: &'a str) -> Result<(), String> {
        self.open = KNOWN.iter().find(|known| **known == key).copied();
        let place = self.place;
        let (Some(key), Some(section)) = (self.open, self.here()) else { return Ok(()) };
        if section.find(key).is_some() {
            let name = if place == Place::Defaults { DEFAULTS } else { self.section };
            return Err(format!("has {key} twice in [{name}]"));
        }
        section.0.push((key, Value { text, continued: None }));
        Ok(())
    }

    fn continue_value(&mut self, number: usize) {
        let (Some(key), Some(section)) = (self.open, self.here()) else { return };
        if let Some((_, value)) = section.0.iter_mut().find(|(known, _)| *known == key) {
            value.continued.get_or_insert(number);
        }
    }

    /// The section that the lines belong to, if it counts.
    fn here(&mut self) -> Option<&mut Section<'a>> {
        match self.place {
            Place::Own => self.own.as_mut(),
            Place::Defaults => Some(&mut self.defaults),
            Place::Nowhere | Place::Other => None,
        }
    }
}
