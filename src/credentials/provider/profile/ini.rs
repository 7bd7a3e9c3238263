//! The INI file that the vendor's SDKs read: a section per profile with `secret_id`, `secret_key` and optionally `token`.
//! Pure.
//!
//! Values are borrowed from the text and never copied, because an INI library's buffers are not wiped. They are taken
//! literally (quotes, `;`, `#`, `=` and `\` included), as Python's configparser does without interpolation.

use crate::credentials::{ExpiringCredentials, Lookup, NotFound, SecretCredentials};

#[derive(Default)]
struct Profile<'a> {
    secret_id: Option<&'a str>,
    secret_key: Option<&'a str>,
    token: Option<&'a str>,
}

/// # Errors
/// What is wrong with the text, in one clause that quotes none of it.
pub fn read(text: &str, section: &str) -> Result<Lookup<ExpiringCredentials>, String> {
    let Some(profile) = parse(text, section)? else {
        return Ok(Lookup::NotFound(NotFound::new(format!("no section [{section}]"))));
    };
    match (profile.secret_id, profile.secret_key) {
        (None, None) => Ok(Lookup::NotFound(NotFound::new(format!("no secret_id and secret_key in [{section}]")))),
        (Some(_), None) => Err(format!("has a secret_id without a secret_key in [{section}]")),
        (None, Some(_)) => Err(format!("has a secret_key without a secret_id in [{section}]")),
        (Some(id), Some(key)) => {
            let credentials =
                SecretCredentials::new(id, key, profile.token).map_err(|e| format!("[{section}]: {}", e.message()))?;
            Ok(Lookup::Found(ExpiringCredentials { credentials, expires_at: None }))
        }
    }
}

fn parse<'a>(text: &'a str, section: &str) -> Result<Option<Profile<'a>>, String> {
    let (mut found, mut is_inside, mut seen) = (None, false, Vec::new());
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        let malformed = |what: &str| format!("is no INI file (line {number}: {what})");
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let name = header.strip_suffix(']').ok_or_else(|| malformed("a section without ]"))?;
            is_inside = name.trim() == section;
            if is_inside && found.replace(Profile::default()).is_some() {
                return Err(format!("has the section [{section}] twice"));
            }
            continue;
        }
        let (key, value) = line.split_once(['=', ':']).ok_or_else(|| malformed("has a line without ="))?;
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key.is_empty() {
            return Err(malformed("a line without a name"));
        }
        let Some(profile) = found.as_mut().filter(|_| is_inside) else { continue };
        let slot = match key.as_str() {
            "secret_id" => &mut profile.secret_id,
            "secret_key" => &mut profile.secret_key,
            "token" => &mut profile.token,
            _ => continue,
        };
        if seen.contains(&key) {
            return Err(format!("has {key} twice in [{section}]"));
        }
        seen.push(key);
        *slot = Some(value).filter(|value| !value.is_empty());
    }
    Ok(found)
}
