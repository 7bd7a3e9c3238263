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
    let unusual = Error::from_raw_os_error(libc::EDOM);
    let the_systems = unusual.to_string().to_lowercase().replace(&format!(" (os error {})", libc::EDOM), "");
    assert_eq!(io_reason(&unusual), the_systems);
    assert_eq!(io_reason(&Error::other("Unexpected end of file")), "unexpected end of file");
}

#[cfg(windows)]
#[test]
fn a_failure_without_a_word_of_ours_is_its_number() {
    assert_eq!(io_reason(&Error::from_raw_os_error(11001)), "name or service not known");
    assert_eq!(io_reason(&Error::from_raw_os_error(8192)), "system error 8192");
}

#[cfg(target_os = "linux")]
#[test]
fn every_failure_that_has_words_of_ours_has_those_of_glibc_with_every_c_library() {
    for (number, words) in [
        (libc::EACCES, "permission denied"),
        (libc::ECONNRESET, "connection reset by peer"),
        (libc::ECONNABORTED, "software caused connection abort"),
        (libc::EHOSTUNREACH, "no route to host"),
        (libc::ENETUNREACH, "network is unreachable"),
        (libc::ENETDOWN, "network is down"),
        (libc::ENOTCONN, "transport endpoint is not connected"),
        (libc::EADDRINUSE, "address already in use"),
        (libc::EADDRNOTAVAIL, "cannot assign requested address"),
        (libc::EPIPE, "broken pipe"),
        (libc::ETIMEDOUT, "connection timed out"),
        (libc::ENOTDIR, "not a directory"),
        (libc::EISDIR, "is a directory"),
        (libc::ENOMEM, "cannot allocate memory"),
        (libc::EAGAIN, "resource temporarily unavailable"),
        (libc::EINVAL, "invalid argument"),
        (libc::E2BIG, "argument list too long"),
        (libc::ETXTBSY, "text file busy"),
        (libc::ENOSPC, "no space left on device"),
        (libc::ESTALE, "stale file handle"),
        (libc::EIO, "input/output error"),
        (libc::ENXIO, "no such device or address"),
        (libc::ENOEXEC, "exec format error"),
        (libc::ENFILE, "too many open files in system"),
        (libc::EMFILE, "too many open files"),
        (libc::ENAMETOOLONG, "file name too long"),
        (libc::ELOOP, "too many levels of symbolic links"),
        (libc::EPROTO, "protocol error"),
        (libc::EAFNOSUPPORT, "address family not supported by protocol"),
        (libc::ENOBUFS, "no buffer space available"),
        (libc::EHOSTDOWN, "host is down"),
    ] {
        let error = Error::from_raw_os_error(number);
        assert_eq!(io_reason(&error), words);
        // As glibc says it, but for its capital.
        assert!(cfg!(not(target_env = "gnu")) || error.to_string().to_lowercase().starts_with(words), "{error}");
    }
}
