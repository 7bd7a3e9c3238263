use super::{Mended, Outcome, mend};

fn mended(input: &str) -> Option<String> {
    match mend(input.as_bytes()) {
        Outcome::Whole(Mended { head, length }) => {
            assert_eq!(&input[length..], "BODY", "{input:?}");
            Some(String::from_utf8(head).unwrap())
        }
        Outcome::NotHttp | Outcome::Unfinished => None,
    }
}

#[test]
fn what_other_clients_read_is_brought_into_the_strict_form() {
    for (fields, strict) in [
        ("A: b\r\n", "A: b\r\n"),
        ("A: b\n", "A: b\r\n"),
        ("A : b\r\n", "A: b\r\n"),
        ("A\t:b\r\n", "A: b\r\n"),
        ("A: b\r\n c\r\n\td\r\n", "A: b c d\r\n"),
        (" folded, with nothing before it\r\nA: b\r\n", "A: b\r\n"),
        ("A: b\u{1}c\r\n", "A: b c\r\n"),
        ("A: b: c\r\n", "A: b: c\r\n"),
        ("no colon at all\r\n: no name\r\nX[1]: odd\r\nA: b\r\n", "A: b\r\n"),
    ] {
        let expected = format!("HTTP/1.1 200 OK\r\n{strict}\r\n");
        for end in ["\r\n", "\n"] {
            assert_eq!(mended(&format!("HTTP/1.1 200 OK\r\n{fields}{end}BODY")), Some(expected.clone()), "{fields:?}");
        }
    }
}

#[test]
fn a_head_is_waited_for_and_what_is_not_http_is_not() {
    let whole = "HTTP/1.1 200 OK\r\nA : b\r\n\r\n";
    for cut in "HTTP/1.".len()..whole.len() {
        assert_eq!(mend(&whole.as_bytes()[..cut]), Outcome::Unfinished, "{cut}");
    }
    for other in ["", "HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "http/1.1 200 OK\r\n\r\n"] {
        assert_eq!(mend(other.as_bytes()), Outcome::NotHttp, "{other}");
    }
}
