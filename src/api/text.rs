//! Texts of a reply: those that decide, which are strict, and those that describe, which are read leniently. Pure.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json;

const REPLACEMENT: char = '\u{fffd}';

/// A text with room for the NUL that the C API puts behind it.
pub struct Word(pub String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E>(self, text: &str) -> Result<Word, E> {
                Ok(Word(with_room(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// As `Word`, with U+FFFD for each half of a surrogate pair that is escaped without the other.
struct LenientWord(String);

impl<'de> Deserialize<'de> for LenientWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = LenientWord;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LenientWord, E> {
                let mut word = String::with_capacity(bytes.len() + 1);
                for chunk in bytes.utf8_chunks() {
                    word.push_str(chunk.valid());
                    // A half comes as three bytes, of which none belongs to UTF-8; the first is this one.
                    if chunk.invalid().first() == Some(&0xed) {
                        word.push(REPLACEMENT);
                    }
                }
                Ok(LenientWord(word))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A text that decides what a reply comes to. `invalid_at`: where the body ceased to be UTF-8, if it did.
///
/// # Errors
/// What is wrong with it.
pub fn strict(name: &str, text: &str, invalid_at: Option<usize>) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err(format!("a control character in {name}"));
    }
    match invalid_at.filter(|_| text.contains(REPLACEMENT)) {
        Some(at) => Err(format!("invalid UTF-8 in {name} or before it, at byte {at}")),
        None => Ok(()),
    }
}

/// A text that describes. What is not a text is taken as it is written.
///
/// # Errors
/// Where it cannot be read, which the JSON around it has ruled out.
pub fn description(name: &str, raw: &RawValue) -> Result<String, String> {
    match raw.get().as_bytes().first() {
        // Without an escape the text is what is between its quotes: `RawValue` has been validated.
        Some(b'"') if !raw.get().contains('\\') => Ok(between_quotes(raw.get())),
        Some(b'"') => {
            let read = serde_json::from_str(raw.get());
            read.map(|LenientWord(text)| text).map_err(|e| format!("{name} {}", json::fault(&e)))
        }
        _ => Ok(raw.get().to_owned()),
    }
}

/// A copy with room for the NUL that the C API puts behind it.
fn with_room(text: &str) -> String {
    let mut word = String::with_capacity(text.len() + 1);
    word.push_str(text);
    word
}

fn between_quotes(raw: &str) -> String {
    with_room(raw.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(raw))
}

/// An id for the vendor's support, on one line; an object or an array is as good as missing.
pub fn request_id(raw: &RawValue) -> Option<String> {
    if raw.get().starts_with(['{', '[']) {
        return None;
    }
    let text = description("RequestId", raw).ok()?;
    Some(if text.chars().any(char::is_control) { text.replace(char::is_control, "\u{fffd}") } else { text })
}

#[cfg(test)]
mod tests;
