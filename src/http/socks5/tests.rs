use super::socks_reply;

#[test]
fn each_reply_of_rfc_1928_has_its_words() {
    let words: Vec<_> = (1..=9).map(socks_reply).collect();
    assert_eq!(
        words,
        [
            "general failure",
            "not allowed",
            "network unreachable",
            "host unreachable",
            "connection refused",
            "time to live expired",
            "command not supported",
            "address type not supported",
            "unknown reply",
        ]
    );
}
