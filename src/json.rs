//! A JSON object, and nothing else: a derived struct also reads from an array, by position.

use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Members(PhantomData)).map(Object)
    }
}

/// What is wrong with a text that may hold secrets: where, and of what kind, but never what it says.
#[must_use]
pub fn fault(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("at line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Syntax => format!("is not JSON ({place})"),
        Category::Eof => format!("is JSON that ends too soon ({place})"),
        Category::Data => format!("has a member twice or of the wrong type, or is not an object ({place})"),
        Category::Io => "cannot be read".to_owned(),
    }
}

/// With control characters and backslashes inside of texts escaped where JSON wants that and a careless writer has not.
#[must_use]
pub fn with_legal_texts(json: &str) -> String {
    let mut legal = String::with_capacity(json.len() + 16);
    let mut is_in_text = false;
    let mut rest = json.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => is_in_text = !is_in_text,
            '\\' if is_in_text => {
                legal.push('\\');
                match escape(rest.as_str()) {
                    Some(escaped) => {
                        legal.push(escaped);
                        rest.next();
                    }
                    // A backslash of the text's own.
                    None => legal.push('\\'),
                }
                continue;
            }
            control if is_in_text && u32::from(control) < 0x20 => {
                let _ = write!(legal, "\\u{:04x}", u32::from(control));
                continue;
            }
            _ => {}
        }
        legal.push(c);
    }
    legal
}

/// The letter behind a backslash, where the two are an escape.
fn escape(behind: &str) -> Option<char> {
    let letter = behind.chars().next()?;
    let is_hex = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match letter {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => Some(letter),
        'u' if behind.get(1..5).is_some_and(is_hex) => Some(letter),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
