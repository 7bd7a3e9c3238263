use super::with_legal_texts;

#[test]
fn texts_become_legal_and_all_else_stays_as_it_is() {
    for (json, legal) in [
        (r#"{"a": "b", "c": [1, "\ud83d\n\"\\"]}"#, r#"{"a": "b", "c": [1, "\ud83d\n\"\\"]}"#),
        ("{\n\t\"a\": \"b\"}\n", "{\n\t\"a\": \"b\"}\n"),
        ("\"a\nb\tc\0\"", r#""a\u000ab\u0009c\u0000""#),
        (r#""C:\quit""#, r#""C:\\quit""#),
        (r#""\u12""#, r#""\\u12""#),
        (r#""\u12g4""#, r#""\\u12g4""#),
        (r#""C:\""#, r#""C:\""#),
        ("\"cut \\", "\"cut \\\\"),
        ("\u{7f}\"\u{7f}\u{4e2d}\"", "\u{7f}\"\u{7f}\u{4e2d}\""),
    ] {
        assert_eq!(with_legal_texts(json), legal, "{json:?}");
    }
}
