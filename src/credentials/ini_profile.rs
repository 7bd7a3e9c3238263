//! The INI file that the vendor's SDKs read: a section a profile, `secret_id`, `secret_key`, perhaps `token`. Pure.

use ini::{Ini, ParseOption, Properties};
use zeroize::Zeroize;

use super::{Fetched, Identity, Look, Nothing};

/// The identity of one section. Values are taken as they stand, quotes, `;`, `#`, `=` and `\` included, as Python's
/// configparser takes them.
///
/// # Errors
/// What is wrong with the text, in one clause that quotes none of it.
pub fn read(text: &str, section: &str) -> Result<Look<Fetched>, String> {
    let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let mut ini = Ini::load_from_str_opt(text, option)
        .map_err(|e| format!("is no INI file (line {}: {})", e.line, kind(&e.msg)))?;
    let look = of_section(&ini, section);
    wipe(&mut ini);
    look
}

fn of_section(ini: &Ini, section: &str) -> Result<Look<Fetched>, String> {
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
    let id = value(properties, "secret_id", section)?;
    let key = value(properties, "secret_key", section)?;
    let token = value(properties, "token", section)?;
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
fn value<'a>(properties: &'a Properties, name: &str, section: &str) -> Result<Option<&'a str>, String> {
    let mut values = properties.iter().filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, value)| value.trim()).filter(|value| !value.is_empty());
    if values.next().is_some() {
        return Err(format!("has {name} twice in [{section}]"));
    }
    Ok(value)
}

/// The reader's message, but for what it quotes of the text.
fn kind(message: &str) -> &str {
    if message.contains("EOF") { "it ends too soon" } else { message }
}

/// The reader's own copies; what it left behind while it grew them is out of reach.
fn wipe(ini: &mut Ini) {
    for (_, properties) in ini.iter_mut() {
        for (_, value) in properties.iter_mut() {
            value.zeroize();
        }
    }
    ini.clear();
}
