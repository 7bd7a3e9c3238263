//! A system's failure in words: English ones, whatever language the process or the system speaks.

use std::io::{Error, ErrorKind};

/// Why, in one clause without a full stop. The words are those of glibc on Linux, on every system and with every C library.
#[must_use]
pub fn io_reason(error: &Error) -> String {
    let Some(number) = error.raw_os_error() else {
        return lower_case_first(&error.to_string());
    };
    match by_kind(error.kind()).or_else(|| by_number(number)) {
        Some(words) => words.to_owned(),
        // Rust writes "Words (os error N)"; Windows' own words are in the user's language.
        None if cfg!(windows) => format!("system error {number}"),
        None => {
            let text = error.to_string();
            lower_case_first(text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words))
        }
    }
}

fn lower_case_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn by_kind(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "no such file or directory",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ConnectionRefused => "connection refused",
        ErrorKind::ConnectionReset => "connection reset by peer",
        ErrorKind::ConnectionAborted => "software caused connection abort",
        ErrorKind::HostUnreachable => "no route to host",
        ErrorKind::NetworkUnreachable => "network is unreachable",
        ErrorKind::NetworkDown => "network is down",
        ErrorKind::NotConnected => "transport endpoint is not connected",
        ErrorKind::AddrInUse => "address already in use",
        ErrorKind::AddrNotAvailable => "cannot assign requested address",
        ErrorKind::BrokenPipe => "broken pipe",
        ErrorKind::TimedOut => "connection timed out",
        ErrorKind::NotADirectory => "not a directory",
        ErrorKind::IsADirectory => "is a directory",
        ErrorKind::OutOfMemory => "cannot allocate memory",
        ErrorKind::WouldBlock => "resource temporarily unavailable",
        ErrorKind::InvalidInput => "invalid argument",
        ErrorKind::ArgumentListTooLong => "argument list too long",
        ErrorKind::ExecutableFileBusy => "text file busy",
        ErrorKind::StorageFull => "no space left on device",
        ErrorKind::StaleNetworkFileHandle => "stale file handle",
        _ => return None,
    })
}

/// What has no kind, in glibc's words in English: another C library has its own, and glibc speaks the language of the process.
/// A few processors number the larger ones in a way of their own.
#[cfg(all(target_os = "linux", not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc64"))))]
fn by_number(number: i32) -> Option<&'static str> {
    Some(match number {
        5 => "input/output error",
        6 => "no such device or address",
        8 => "exec format error",
        23 => "too many open files in system",
        24 => "too many open files",
        36 => "file name too long",
        40 => "too many levels of symbolic links",
        71 => "protocol error",
        97 => "address family not supported by protocol",
        105 => "no buffer space available",
        112 => "host is down",
        _ => return None,
    })
}

#[cfg(not(any(
    windows,
    all(target_os = "linux", not(any(target_arch = "mips", target_arch = "mips64", target_arch = "sparc64")))
)))]
fn by_number(_: i32) -> Option<&'static str> {
    None
}

/// Those of a lookup as on Linux.
#[cfg(windows)]
fn by_number(number: i32) -> Option<&'static str> {
    Some(match number {
        8 | 14 => "cannot allocate memory",
        10024 => "too many open files",
        10055 => "no buffer space available",
        11001 => "name or service not known",
        11002 => "temporary failure in name resolution",
        11003 => "non-recoverable failure in name resolution",
        11004 => "no address associated with hostname",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
