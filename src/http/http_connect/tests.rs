use super::{may_pass, status_of};

#[test]
fn only_the_status_counts() {
    for (head, status) in [
        (&b"HTTP/1.1 200 Connection established\r\n\r\n"[..], Some(200)),
        (b"HTTP/1.0 200\n\n", Some(200)),
        (b"HTTP/1.1  407 Proxy Authentication Required\r\n\r\n", Some(407)),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n folded\r\n\xff\r\n\r\n", Some(200)),
        (b"HTTP/1.1 abc\r\n\r\n", None),
        (b"HTTP/1.1 20\r\n\r\n", None),
        (b"HTTP/1.1 2000\r\n\r\n", None),
        (b"HTTP/1.1 999\r\n\r\n", None),
        (b"HTTP/1.1\r\n\r\n", None),
    ] {
        assert_eq!(status_of(head), status, "{}", String::from_utf8_lossy(head));
    }
}

#[test]
fn a_refusal_may_pass_where_its_cause_is_of_the_moment() {
    for status in [408, 421, 425, 429, 500, 502, 503, 504, 507, 522, 599] {
        assert!(may_pass(status), "{status}");
    }
    for status in [300, 302, 400, 401, 403, 404, 405, 407, 451, 501, 505, 506, 510, 511] {
        assert!(!may_pass(status), "{status}");
    }
}
