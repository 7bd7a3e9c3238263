use std::io::Error;

use super::io_reason;

#[test]
fn a_failure_of_the_system_has_the_same_words_everywhere() {
    let refused = std::net::TcpStream::connect("127.0.0.1:1").unwrap_err();
    assert_eq!(io_reason(&refused), "connection refused");
    let absent = std::fs::File::open("no/such/file").unwrap_err();
    assert_eq!(io_reason(&absent), "no such file or directory");
}

#[cfg(unix)]
#[test]
fn a_failure_without_a_word_of_ours_keeps_the_systems() {
    assert_eq!(io_reason(&Error::from_raw_os_error(libc::EMFILE)), "too many open files");
    assert_eq!(io_reason(&Error::from_raw_os_error(libc::ELOOP)), "too many levels of symbolic links");
    assert_eq!(io_reason(&Error::other("Unexpected end of file")), "unexpected end of file");
}

#[cfg(windows)]
#[test]
fn a_failure_without_a_word_of_ours_is_its_number() {
    assert_eq!(io_reason(&Error::from_raw_os_error(11001)), "name or service not known");
    assert_eq!(io_reason(&Error::from_raw_os_error(8192)), "system error 8192");
}
