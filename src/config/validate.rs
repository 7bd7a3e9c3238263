//! Checks of values that a user gave. Each error names the option, parameter or variable.

use std::path::PathBuf;

use crate::error::{Error, Result};

#[must_use]
pub fn wrong(option: &str, why: &str) -> Error {
    Error::invalid(format!("{option} {why}"))
}

/// A text that is UTF-8, not empty and one line.
///
/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn text<'a>(name: &str, given: Option<&'a [u8]>) -> Result<Option<&'a str>> {
    given.map(|bytes| text_of(name, bytes)).transpose()
}

/// As `text`, for one that is there.
///
/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn text_of<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let text =
        std::str::from_utf8(bytes).map_err(|e| wrong(name, &format!("is not UTF-8 (at byte {})", e.valid_up_to())))?;
    if text.is_empty() {
        return Err(wrong(name, "is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong(name, "holds a control character"));
    }
    Ok(text)
}

/// As `text_of`, for what is never in quotes: `docker --env-file` and some editors of settings keep them.
///
/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn unquoted_text_of<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let text = text_of(name, bytes)?;
    if is_in_quotes(text) {
        return Err(wrong(name, "is in quotes; write the value without them"));
    }
    Ok(text)
}

#[must_use]
pub fn is_in_quotes(text: &str) -> bool {
    text.len() > 1 && ['"', '\''].iter().any(|&quote| text.starts_with(quote) && text.ends_with(quote))
}

/// A text that goes into a header unchanged.
///
/// # Errors
/// `InvalidArgument` that names the parameter.
pub fn header_text(name: &str, value: &str, longest: usize) -> Result<()> {
    if value.len() > longest {
        return Err(wrong(name, &format!("is {} bytes long; at most {longest}", value.len())));
    }
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong(name, "holds a space or something other than ASCII"));
    }
    Ok(())
}

/// Bytes, as for open(2); UTF-8 where file names are not bytes.
///
/// # Errors
/// `InvalidArgument` that names the parameter, on Windows.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
pub fn path_of(_name: &str, bytes: &[u8]) -> Result<PathBuf> {
    Ok(PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)))
}

/// # Errors
/// `InvalidArgument` that names the parameter.
#[cfg(not(unix))]
pub fn path_of(name: &str, bytes: &[u8]) -> Result<PathBuf> {
    std::str::from_utf8(bytes).map(PathBuf::from).map_err(|_| wrong(name, "is not UTF-8"))
}
