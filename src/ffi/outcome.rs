//! What a function that can fail hands out: a code, and an object or an error.

use std::any::Any;

use super::codes::{TCDB_OK, code_of, tcdb_code};
use super::error::tcdb_error;
use super::guard::caught;
use super::handle;
use crate::error::{Error, ErrorKind, Result};

/// For a function that returns a code. `Ok` hands the value to `out`; a failure, a panic too, goes to `error`.
///
/// # Safety
/// `out` and `error` are NULL or point to a pointer that may be written, as the header says of the last two parameters.
pub unsafe fn code<T>(
    out: *mut *mut T,
    error: *mut *mut tcdb_error,
    body: impl FnOnce() -> Result<Option<T>>,
) -> tcdb_code {
    // SAFETY: passed on from the caller.
    unsafe {
        handle::clear(out);
        handle::clear(error);
    }
    let outcome = caught(|| {
        if out.is_null() {
            return Err(Error::invalid("out is NULL"));
        }
        body()
    });
    match outcome.unwrap_or_else(|panic| Err(internal(&*panic))) {
        Ok(made) => {
            // SAFETY: `out` is not NULL here, and may be written.
            unsafe { handle::give(out, made) };
            TCDB_OK
        }
        Err(failure) => {
            let code = code_of(failure.kind());
            // SAFETY: passed on from the caller.
            unsafe { handle::give(error, Some(tcdb_error::new(failure))) };
            code
        }
    }
}

/// As `code`, for a function that makes no object.
///
/// # Safety
/// `error` as in `code`.
pub unsafe fn code_only(error: *mut *mut tcdb_error, body: impl FnOnce() -> Result<()>) -> tcdb_code {
    let mut nothing = std::ptr::null_mut::<u8>();
    // SAFETY: `nothing` is a pointer of our own; `error` is passed on.
    unsafe { code(&raw mut nothing, error, || body().map(|()| None)) }
}

/// As `code`, for a function that gives a number; `none` says that there is none.
///
/// # Safety
/// `out` is NULL or may be written; `error` as in `code`.
pub unsafe fn code_number<N: Copy>(
    out: *mut N,
    none: N,
    error: *mut *mut tcdb_error,
    body: impl FnOnce() -> Result<N>,
) -> tcdb_code {
    if !out.is_null() {
        // SAFETY: not NULL, so it may be written.
        unsafe { out.write(none) };
    }
    // SAFETY: `error` is passed on.
    unsafe {
        code_only(error, || {
            if out.is_null() {
                return Err(Error::invalid("out is NULL"));
            }
            let number = body()?;
            out.write(number);
            Ok(())
        })
    }
}

fn internal(panic: &(dyn Any + Send)) -> Error {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorKind::Internal, format!("internal fault: {}", message.unwrap_or("a panic without a message")))
}
