use super::{escape, quoted_printable};

fn signs(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[test]
fn each_escape_has_its_sign_and_its_length() {
    for (text, sign, length) in [
        (r"\u{2f}", '/', 6),
        (r"\U{2F}x", '/', 6),
        (r"\u{0000002}", '\u{2}', 11),
        (r"\u002f", '/', 6),
        (r"\U002Fx", '/', 6),
        ("%u002f", '/', 6),
        ("%U002F", '/', 6),
        (r"\ud83d", char::REPLACEMENT_CHARACTER, 6),
        (r"\x2f", '/', 4),
        (r"\X2Fx", '/', 4),
        (r"\057", '/', 4),
        (r"\1012", 'A', 4),
        (r"\376", '\u{fe}', 4),
        (r"\n", ' ', 2),
        (r"\r", ' ', 2),
        (r"\t", ' ', 2),
        (r"\b", ' ', 2),
        (r"\f", ' ', 2),
        (r"\/", '/', 2),
        (r"\\", '\\', 2),
        ("\\\"", '"', 2),
        (r"\'", '\'', 2),
        ("%2f", '/', 3),
        ("%2Fx", '/', 3),
        ("&amp;", '&', 5),
        ("&commat;x", '@', 8),
        ("&hyphen;", '-', 8),
        ("&#47;", '/', 5),
        ("&#x2f;", '/', 6),
        ("&#X2F;x", '/', 6),
        ("&#0000047;", '/', 10),
        ("&#00000047;", '/', 11),
        ("&#x000002f;", '/', 11),
        ("&#x123456;", char::REPLACEMENT_CHARACTER, 10),
    ] {
        assert_eq!(escape(&signs(text)), Some((sign, length)), "{text}");
    }
    assert_eq!(quoted_printable(&signs("=2Fx")), Some(('/', 3)));
}

#[test]
fn what_only_begins_as_an_escape_is_none() {
    for text in [
        "",
        "a",
        "\\",
        "%",
        "&",
        r"\q",
        r"\u",
        r"\u00",
        r"\u{}",
        r"\u{2f",
        r"\u{zz}",
        r"\u{00000002f}",
        r"\x2",
        r"\xzz",
        r"\08",
        r"\400",
        "%2",
        "%zz",
        "%u00",
        "&;",
        "&#;",
        "&#x;",
        "&unknown;",
        "&amp",
        "&#000000047;",
        "&#X2Fx;",
    ] {
        assert_eq!(escape(&signs(text)), None, "{text}");
    }
    for text in ["=", "=2", "=zz", "2F"] {
        assert_eq!(quoted_printable(&signs(text)), None, "{text}");
    }
}
