use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde_json::value::RawValue;

use super::{LenientWord, Word, description, request_id, strict};

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

#[test]
fn a_description_is_read_whatever_its_form_and_whatever_is_wrong_with_its_characters() {
    for (json, text) in [
        (r#""plain""#, "plain"),
        (r#""""#, ""),
        ("\"\u{4e2d} \u{fffd}\"", "\u{4e2d} \u{fffd}"),
        (r#""a \"quoted\" word""#, "a \"quoted\" word"),
        (r#""\ud83d\ude00""#, "\u{1f600}"),
        (r#""half \ud83d of a pair""#, "half \u{fffd} of a pair"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""cut \ud83d""#, "cut \u{fffd}"),
        (r#""a\u0000b""#, "a\0b"),
        ("17", "17"),
        ("-1.5e3", "-1.5e3"),
        ("true", "true"),
        (r#"{"Text": "a"}"#, r#"{"Text": "a"}"#),
        (r#"["a"]"#, r#"["a"]"#),
    ] {
        assert_eq!(description("Info", &raw(json)).as_deref(), Ok(text), "{json}");
    }
}

#[test]
fn a_request_id_never_stops_an_answer() {
    for (json, text) in [("20261126", Some("20261126")), (r#""a\nb""#, Some("a\u{fffd}b")), ("{}", None), ("[1]", None)]
    {
        assert_eq!(request_id(&raw(json)).as_deref(), text, "{json}");
    }
}

#[test]
fn what_decides_is_taken_as_it_is_or_not_at_all() {
    assert_eq!(strict("Status", "SUCCESS", Some(3)), Ok(()));
    assert!(strict("Status", "SUC\u{7}", None).is_err());
    assert!(strict("Status", "SUC\u{fffd}", Some(3)).unwrap_err().contains("at byte 3"));
}

#[test]
fn what_is_not_a_text_is_refused_with_what_is_asked_for() {
    let strict = serde_json::from_str::<Word>("17").map(|word| word.0).unwrap_err().to_string();
    let lenient = serde_json::from_str::<LenientWord>("17").map(|word| word.0).unwrap_err().to_string();
    for refused in [strict, lenient] {
        assert!(refused.contains("expected a string"), "{refused}");
    }
}

/// As another deserializer hands it on: a text that has not been validated.
fn unvalidated(json: &str) -> Box<RawValue> {
    let member = [("$serde_json::private::RawValue", json)];
    Box::deserialize(MapDeserializer::<_, serde_json::Error>::new(member.into_iter())).unwrap()
}

#[test]
fn a_description_that_was_not_validated_is_refused_by_its_name_and_never_quoted() {
    let invalid = unvalidated(r#""very\xSecret""#);
    assert_eq!(description("Info", &invalid), Err("Info is not JSON (at line 1, column 7)".to_owned()));
    assert_eq!(request_id(&invalid), None);
}
