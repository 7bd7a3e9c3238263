//! The signature, held against what the vendor's own SDK computes.

use serde_json::Value;
use tcdb_async::api::tc3::{self, CanonicalHead, DayKey};
use tcdb_async::unix_time::UnixSeconds;

fn vectors() -> Vec<Value> {
    let text = include_str!("../data/tc3_vectors.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The headers that a vector signs, with their values as sent.
fn signed_headers(vector: &Value) -> Vec<(String, String)> {
    let canonical = text(vector, "canonical_request");
    let block = canonical.split("\n\n").nth(1).unwrap();
    block.lines().map(|line| line.split_once(':').unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

#[test]
fn every_vector_of_the_vendors_sdk_is_reproduced() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 42);
    for vector in &vectors {
        let name = text(vector, "name");
        let input = &vector["input"];
        let timestamp = UnixSeconds(input["timestamp"].as_i64().unwrap());
        let date = tc3::date_of(timestamp).unwrap();
        let service = text(vector, "service");
        let headers = signed_headers(vector);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let payload = match input["unsigned_payload"].as_bool() {
            Some(true) => "UNSIGNED-PAYLOAD",
            _ => text(vector, "body"),
        };
        let head = CanonicalHead::new(&headers);

        let canonical_request = head.with_payload(payload.as_bytes());
        assert_eq!(canonical_request.text().unwrap(), text(vector, "canonical_request"), "{name}");
        let scope = tc3::credential_scope(date, service);
        let string_to_sign = tc3::string_to_sign(timestamp, &scope, &canonical_request).unwrap();
        assert_eq!(string_to_sign, text(vector, "string_to_sign"), "{name}");
        let day_key = DayKey::derive(text(input, "secret_key"), date, service).unwrap();
        assert_eq!(day_key.credential_scope(), scope, "{name}");
        let mut digits = zeroize::Zeroizing::new([0; 64]);
        let signature = day_key.sign(&string_to_sign, &mut digits).unwrap();
        assert_eq!(signature, text(vector, "signature"), "{name}");
        let authorization = tc3::authorization(text(input, "secret_id"), &scope, head.header_names(), signature);
        assert_eq!(authorization.concat(), text(vector, "authorization"), "{name}");
    }
}

#[test]
fn the_worked_example_in_the_documentation_is_the_vendors() {
    let document = include_str!("../../docs/signing.md");
    let vectors = vectors();
    let example = vectors.iter().find(|v| text(v, "name") == "doc/cvm_DescribeInstances_3_signed_headers").unwrap();
    for part in ["canonical_request", "string_to_sign", "credential_scope", "authorization", "signature"] {
        assert!(document.contains(text(example, part)), "docs/signing.md lacks the {part}");
    }
    for part in ["secret_date_hex", "secret_service_hex", "secret_signing_hex"] {
        assert!(document.contains(text(example, part)), "docs/signing.md lacks the {part}");
    }
    assert_eq!(text(example, "signature"), text(example, "published_signature"));
}

#[test]
fn a_time_without_a_date_is_an_error_and_no_panic() {
    for timestamp in [i64::MIN, i64::MAX, 253_402_300_800, -62_200_000_000] {
        assert!(tc3::date_of(UnixSeconds(timestamp)).is_err(), "{timestamp}");
    }
    assert!(tc3::date_of(UnixSeconds(253_402_300_799)).is_ok());
}
