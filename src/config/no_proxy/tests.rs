use super::NoProxy;

fn excepts(list: &str, host: &str) -> bool {
    NoProxy::parse(list.as_bytes()).excepts(host, 443)
}

#[test]
fn names_match_themselves_and_what_is_below_them() {
    for (list, host, expected) in [
        ("", "a.example", false),
        ("*", "a.example", true),
        ("example", "a.example", true),
        (".example", "a.example", true),
        ("*.example", "a.example", true),
        ("a.example", "a.example", true),
        ("A.Example", "a.example", true),
        ("a.example.", "a.example", true),
        ("a.example", "a.example.", true),
        (".example.", "a.example.", true),
        ("ample", "a.example", false),
        ("b.a.example", "a.example", false),
        ("a.example:443", "a.example", true),
        ("a.example:80", "a.example", false),
        ("10.0.0.0/8", "a.example", false),
    ] {
        assert_eq!(excepts(list, host), expected, "{list} {host}");
    }
}

#[test]
fn addresses_match_as_addresses_and_never_by_suffix() {
    for (list, host, expected) in [
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1:443", "127.0.0.1", true),
        ("127.0.0.1:80", "127.0.0.1", false),
        ("0.1", "127.0.0.1", false),
        (".0.1", "127.0.0.1", false),
        ("*.0.1", "127.0.0.1", false),
        ("127.0.0.1.", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.1.", true),
        ("::ffff:127.0.0.1", "127.0.0.1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("[::1]", "::1", true),
        ("::1", "::1", true),
        ("[::1]:443", "::1", true),
        ("[::1]:80", "::1", false),
        ("0:0:0:0:0:0:0:1", "::1", true),
        ("10.0.0.0/8", "10.9.8.7", true),
        ("10.0.0.0/8", "11.9.8.7", false),
        ("10.9.8.7/32", "10.9.8.7", true),
        ("10.9.8.7/0", "192.0.2.1", true),
        ("10.9.8.128/25", "10.9.8.127", false),
        ("fd00::/8", "fd12::1", true),
        ("[fd00::]/8", "fd12::1", true),
        ("fd00::/8", "10.0.0.1", false),
    ] {
        assert_eq!(excepts(list, host), expected, "{list} {host}");
    }
}

#[test]
fn every_kind_of_blank_separates() {
    for list in
        ["x,a.example", "x a.example", "x\ta.example", "x\na.example", "x\r\na.example\r\n", "x\u{a0}a.example,"]
    {
        assert!(excepts(list, "a.example"), "{list:?}");
    }
}

#[test]
fn what_cannot_be_an_entry_is_passed_over_and_not_quoted() {
    let list = "http://u:secret@p:80/ a.example:0 10.0.0.0/33 10.0.0.0/x . a.example";
    let parsed = NoProxy::parse(list.as_bytes());
    assert!(parsed.excepts("a.example", 443));
    let warnings: Vec<_> = parsed.passed_over().collect();
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    assert!(warnings.iter().all(|warning| !warning.contains("secret")), "{warnings:?}");
    assert!(NoProxy::parse(b"\xff\xfe").passed_over().count() == 1);
}
