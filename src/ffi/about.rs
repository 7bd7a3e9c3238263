//! The library's version, and words for numbers.

use std::ffi::c_char;

use super::codes::{TCDB_ABI_VERSION, name_of, tcdb_code, tcdb_status};
use super::{guard, handle};
use crate::info::Status;

/// The version of the library in use, like "0.1.0". Static.
///
/// \return The version, a string that is never freed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The ABI of the library in use: major << 16 | minor. A program built against this header works with a library of the
/// same major whose minor is not below TCDB_ABI_VERSION's.
///
/// \return The number, to be compared with TCDB_ABI_VERSION.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_abi_version() -> u32 {
    TCDB_ABI_VERSION
}

/// For leak tests: the number of objects that were handed out and not freed, in the whole process.
///
/// \return The number of objects.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_live_objects() -> u64 {
    guard::value(0, handle::live_objects)
}

/// The name of a code, like "TCDB_ERR_TLS"; "" for a number that is not a code. Static.
///
/// \param code A tcdb_code, or any other number.
/// \return The name, a string that is never freed.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_code_name(code: tcdb_code) -> *const c_char {
    guard::value(c"".as_ptr(), || name_of(code).as_ptr())
}

/// 1 if a task in this status has ended (SUCCESS, FAILED, KILLED, REMOVED); 0 for every other number.
///
/// \param status A tcdb_status, or any other number.
/// \return 1 or 0.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_status_is_terminal(status: tcdb_status) -> i32 {
    guard::value(0, || Status::from_number(status).is_some_and(Status::is_terminal).into())
}

/// 1 for SUCCESS; 0 for every other number.
///
/// \param status A tcdb_status, or any other number.
/// \return 1 or 0.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "system" fn tcdb_status_is_success(status: tcdb_status) -> i32 {
    guard::value(0, || Status::from_number(status).is_some_and(Status::is_success).into())
}
