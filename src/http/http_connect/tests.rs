use super::status_of;

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
