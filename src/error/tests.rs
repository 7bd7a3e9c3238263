use super::{Error, ErrorKind};

#[test]
fn the_list_of_kinds_has_each_once() {
    for (i, kind) in ErrorKind::ALL.iter().enumerate() {
        assert!(!ErrorKind::ALL[..i].contains(kind), "{kind:?}");
    }
}

#[test]
fn a_message_is_one_line_whatever_the_server_said() {
    let said = "first\r\nsecond\u{85}\u{2028}\u{2029}";
    let error = Error::refused("A".into(), said.into(), None, format!("A: {said}")).after_attempts(3);
    assert_eq!(error.message(), "A: first  second    (3 attempts)");
    assert_eq!(error.server_message(), Some(said));
    for (sign, kept) in [("a", 8192), ("ü", 8192), ("€", 8190), ("\u{1f600}", 8192)] {
        let message = Error::invalid(sign.repeat(1 << 20)).message().to_owned();
        assert_eq!(message, sign.repeat(kept / sign.len()) + "…");
    }
}
