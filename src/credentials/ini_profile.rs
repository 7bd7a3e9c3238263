//! The INI file that the vendor's SDKs read: a section a profile, `secret_id`, `secret_key`, perhaps `token`. Pure.
//!
//! The INI reader is shown the structure alone, with a number in place of each value: its buffers grow and are not
//! wiped, so no secret may come into them.

use std::fmt::Write as _;

use ini::{Ini, ParseOption, Properties};

use super::{Fetched, Identity, Look, Nothing};

/// The identity of one section. Values are taken as they stand, quotes, `;`, `#`, `=` and `\` included, as Python's
/// configparser takes them.
///
/// # Errors
/// What is wrong with the text, in one clause that quotes none of it.
pub fn read(text: &str, section: &str) -> Result<Look<Fetched>, String> {
    let (structure, values) = numbered(text);
    let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(&structure, option)
        .map_err(|e| format!("is no INI file (line {}: {})", e.line, kind(&e.msg)))?;
    of_section(&ini, &values, section)
}

/// The text with a number in place of each value, and the values.
fn numbered(text: &str) -> (String, Vec<&str>) {
    let (mut structure, mut values) = (String::with_capacity(text.len() + 64), Vec::new());
    for line in text.lines() {
        let is_value = !line.trim_start().starts_with([';', '#', '[']);
        match line.split_once(['=', ':']).filter(|_| is_value) {
            None => structure.push_str(line),
            Some((name, value)) => {
                let _ = write!(structure, "{name}={}", values.len());
                values.push(value.trim());
            }
        }
        structure.push('\n');
    }
    (structure, values)
}

fn of_section(ini: &Ini, values: &[&str], section: &str) -> Result<Look<Fetched>, String> {
    let mut found = ini.section_all(Some(section));
    let Some(properties) = found.next() else {
        return Ok(Look::Nothing(Nothing::new(format!("no section [{section}]"))));
    };
    if found.next().is_some() {
        return Err(format!("has the section [{section}] twice"));
    }
    if properties.iter().any(|(key, _)| key.contains(['\n', '\r'])) {
        return Err(format!("has a line without = in its section [{section}]"));
    }
    let value = |name| value(properties, values, name).map_err(|why| format!("{why} in [{section}]"));
    let (id, key, token) = (value("secret_id")?, value("secret_key")?, value("token")?);
    match (id, key) {
        (None, None) => Ok(Look::Nothing(Nothing::new(format!("no secret_id and secret_key in [{section}]")))),
        (Some(_), None) => Err(format!("has a secret_id without a secret_key in [{section}]")),
        (None, Some(_)) => Err(format!("has a secret_key without a secret_id in [{section}]")),
        (Some(id), Some(key)) => {
            let identity = Identity::new(id, key, token).map_err(|e| format!("[{section}]: {}", e.message()))?;
            Ok(Look::Found(Fetched { identity, ends: None }))
        }
    }
}

/// Names in any case, as configparser reads them; an empty value is none.
fn value<'a>(properties: &Properties, values: &[&'a str], name: &str) -> Result<Option<&'a str>, String> {
    let mut numbers = properties.iter().filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    let number = numbers.next().and_then(|(_, number)| number.parse::<usize>().ok());
    if numbers.next().is_some() {
        return Err(format!("has {name} twice"));
    }
    Ok(number.and_then(|number| values.get(number).copied()).filter(|value| !value.is_empty()))
}

/// The reader's message, but for what it quotes of the text.
fn kind(message: &str) -> &str {
    if message.contains("EOF") { "it ends too soon" } else { message }
}
