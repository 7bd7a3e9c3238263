//! A system's failure in words: English ones, whatever language the process or the system speaks.

use std::io::{Error, ErrorKind};

/// Why, in one clause without a full stop. The words are those of Linux, on every system.
#[must_use]
pub fn io_reason(error: &Error) -> String {
    let Some(number) = error.raw_os_error() else {
        return lower_case_first(&error.to_string());
    };
    match by_kind(error.kind()).or_else(|| by_number(number)) {
        Some(words) => words.to_owned(),
        // Rust writes "Words (os error N)"; Windows' own words are in the user's language.
        None if cfg!(windows) => format!("system error {number}"),
        None => lower_case_first(error.to_string().split(" (os error").next().unwrap_or("unknown failure")),
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
        _ => return None,
    })
}

#[cfg(not(windows))]
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
