//! A JSON object, and nothing else: a derived struct also reads from an array, by position.

use std::fmt;
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
        Category::Data => format!("has a member twice or of the wrong type, or is no object ({place})"),
        Category::Io => "cannot be read".to_owned(),
    }
}
