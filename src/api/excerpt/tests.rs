use tcdb_mock_server::Spelling;

use super::normalised::{Normalised, View};
use super::{PIECE, Redactor};

const TOKEN: &str = "aB3/xY+z=Q7rT-uv_W.9k~LmN0pE1sD2fG4hJ5";

#[test]
fn a_secret_is_found_in_every_spelling() {
    let redactor = Redactor::new([TOKEN]);
    for spelling in Spelling::all() {
        let text = format!("before {} after", spelling.write(TOKEN));
        // Its first sign is encoded together with what comes before.
        let shown = if spelling == Spelling::Base64Within { "before eDph*** after" } else { "before *** after" };
        assert_eq!(redactor.redact(&text), shown, "{}", spelling.name());
    }
    for (text, why) in [
        (TOKEN.replace('/', "&sol;").replace('=', "&equals;"), "named entities"),
        (TOKEN.replace('/', "\\\\\\/"), "an escape in an escape"),
        (TOKEN.replace('/', "%25252F"), "three times"),
        (format!("{}\r\n {}", &TOKEN[..20], &TOKEN[20..]), "wrapped"),
        (TOKEN.replace('/', "\\x2f"), "as a program prints it"),
        (TOKEN.replace('Y', "=59").replace('=', "=3D").replace("=3D59", "=59"), "as mail writes it, letters too"),
        (format!("{}</b><b class=x>{}", &TOKEN[..9], &TOKEN[9..]), "a mark within it"),
        (format!("{}\u{ad}{}", &TOKEN[..9], &TOKEN[9..]), "a soft hyphen within it"),
        (format!("{}=\r\n{}", &TOKEN[..20], &TOKEN[20..]), "wrapped as mail wraps"),
        (TOKEN.replace('/', "=2F").replace('W', "=57"), "as mail writes it"),
        (TOKEN.replace('W', "=3D57"), "as mail writes it twice"),
        (TOKEN.replace('Y', "=59").replace("z=Q", "z=3D</b><b class=x>Q"), "as mail writes it, a mark within it"),
    ] {
        assert_eq!(redactor.redact(&format!("({text})")), "(***)", "{why}");
    }
}

#[test]
fn a_piece_of_a_secret_is_found_and_what_is_around_it_stays() {
    let redactor = Redactor::new([TOKEN, "short"]);
    assert_eq!(redactor.redact(&format!("# {} y", &TOKEN[5..5 + PIECE])), "# *** y");
    assert_eq!(redactor.redact("a SHORT one, a shor one"), "a *** one, a shor one");
    assert_eq!(
        redactor.redact("nothing of the kind: ümläut ✓ %zz & &; \\"),
        "nothing of the kind: ümläut ✓ %zz & &; \\"
    );
    // Within a tag, which is passed over in another view.
    let mail = TOKEN.replace('=', "=3D").replace('/', "=2F");
    assert_eq!(redactor.redact(&format!("<a href='{mail}'>")), "<a href='***'>");
    // What only looks like an escape, a tag or letters with something in between.
    for text in ["a=3D, <b>tag</b>, \\u{zz}, \\999, %uzzzz", "1 < 2 and 3 > 2, \u{ff21}\u{ff22}"] {
        assert_eq!(redactor.redact(text), text);
    }
    assert_eq!(redactor.redact(&format!("a {TOKEN}, short, c {TOKEN}")), "a ***, ***, c ***");
    // A secret of blanks alone has no signs to look for.
    assert_eq!(Redactor::new(["\t "]).redact("a b"), "a b");
    let whole = redactor.redact(&format!("ü{TOKEN}{TOKEN}ü"));
    assert_eq!(whole, "ü***ü");
}

#[test]
fn an_excerpt_is_one_short_line() {
    let redactor = Redactor::new([TOKEN]);
    assert_eq!(redactor.excerpt(b"a\r\n\tb\xe2\x80\xa8c\xe2\x80\xa9d"), "\"a b c d\"");
    assert_eq!(redactor.excerpt(&[b'x'; 1 << 20]), format!("\"{}…\"", "x".repeat(80)));
    // A secret at the place of the cut is gone as a whole.
    let text = format!("{}{TOKEN}", " ".repeat(16 * 1024 - 20));
    assert_eq!(redactor.excerpt(text.as_bytes()), "\"***\"");
}

#[test]
fn a_refusal_shows_bounded_words_and_keeps_what_the_server_said() {
    let redactor = Redactor::new([TOKEN]);
    let message = format!("{TOKEN}\u{2028}{}", "y".repeat(1 << 20));
    let error = redactor.refused(format!("AuthFailure.{TOKEN}"), message.clone(), Some("r".into()));
    assert!(error.message().starts_with("AuthFailure.***: *** yyy"), "{}", error.message());
    assert!(error.message().len() < 1200);
    assert_eq!(error.server_message(), Some(message.as_str()));
}

#[test]
fn what_follows_the_name_of_a_secret_is_found_without_knowing_it() {
    let redactor = Redactor::of_marked();
    for (text, shown) in [
        ("TC3 Signature=SECRET, x", "TC3 Signature=***, x"),
        ("<pre>x-tc-token: SECRET</pre>", "<pre>x-tc-token: ***</pre>"),
        ("X-TC-Token=SECRET&x=1", "X-TC-Token=***&x=1"),
        (r#"{"X-TC-Token": "SECRET"}"#, r#"{"X-TC-Token": "***"}"#),
        (r#"{"secretKey":"SECRET"}"#, r#"{"secretKey":"***"}"#),
        ("X%2DTC%2DToken%3A%20SECRET", "X%2DTC%2DToken%3A%20***"),
    ] {
        assert_eq!(redactor.redact(text), shown);
    }
}

#[test]
fn a_refusal_shows_what_it_has_of_code_and_message() {
    for (code, message, shown) in [
        ("Code", "message", "Code: message"),
        ("Code", "", "Code"),
        ("", "message", "message"),
        ("", "", "an error without a code and without a message"),
    ] {
        let refused = Redactor::default().refused(code.to_owned(), message.to_owned(), None);
        assert_eq!(refused.message(), shown);
    }
}

#[test]
fn a_reason_is_shown_without_secrets_or_named_as_missing() {
    let redactor = Redactor::new([TOKEN]);
    assert_eq!(redactor.reason(&format!("no {TOKEN} there")), "no *** there");
    for nothing in ["", " \t"] {
        assert_eq!(redactor.reason(nothing), "it failed without a reason");
    }
}

#[test]
fn signs_know_the_bytes_that_they_came_from_and_no_signs_came_from_none() {
    let normalised = Normalised::of("a%2Fb", View::DECODED);
    assert_eq!(normalised.signs.iter().collect::<String>(), "a/b");
    for (signs, bytes) in
        [(0..3, Some(0..5)), (1..2, Some(1..4)), (2..3, Some(4..5)), (0..0, None), (3..3, None), (3..4, None)]
    {
        assert_eq!(normalised.bytes(signs.clone()), bytes, "{signs:?}");
    }
}

#[test]
fn what_looks_like_an_escape_before_a_secret_hides_none_of_it() {
    let secret = "3456789.abcdefghij";
    let redactor = Redactor::new([secret]);
    for before in ["\\", "%", "%25", "\\x", "\\u00", "&#", "&#x"] {
        for length in PIECE..=secret.len() {
            let text = format!("{before}{}", &secret[..length]);
            let redacted = redactor.redact(&text);
            assert!(redacted.ends_with("***") && !redacted.contains("6789"), "{text}: {redacted}");
        }
    }
}
