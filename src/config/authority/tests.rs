use super::{Fault, parse};

/// Every fault, quoted and not: what may hold a password is shown without a piece of it.
#[test]
fn each_fault_is_named_and_its_unquoted_form_holds_nothing_of_the_text() {
    let (long_host, long_label) = ("secret.".repeat(37), format!("{}.example", "secret".repeat(11)));
    for (text, quoted, unquoted) in [
        ("[secret", "has no closing ] of its IPv6 address", "has no closing ]"),
        ("[secret]", "has \"secret\" in brackets", "in brackets that is not"),
        ("[::1]secret", "has \"secret\" after its IPv6 address", "other than a port after its IPv6 address"),
        ("se:cr:et", "holds more than one colon", "holds more than one colon"),
        ("host:secret", "has the port \"secret\"", "has a port that is not a number"),
        ("", "has no host", "has no host"),
        (long_host.as_str(), "has a host of 259 bytes; at most 253", "has a host over 253 bytes"),
        (long_label.as_str(), "has a host label over 63 bytes", "has a host label over 63 bytes"),
        ("sec ret", "has ' ' in its host", "has a character in its host"),
    ] {
        let fault: Fault = parse(text).unwrap_err();
        assert!(fault.to_string().contains(quoted), "{text}: {fault}");
        assert!(fault.unquoted().contains(unquoted), "{text}: {}", fault.unquoted());
        assert!(!fault.unquoted().contains("secret"), "{text}");
    }
}
