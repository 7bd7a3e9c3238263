//! Pointers in, pointers out: the only place where handles and strings are converted.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

static LIVE: AtomicU64 = AtomicU64::new(0);

pub fn live_objects() -> u64 {
    LIVE.load(Ordering::Relaxed)
}

/// A new object, counted until it is freed.
pub fn make<T>(object: T) -> *mut T {
    LIVE.fetch_add(1, Ordering::Relaxed);
    Box::into_raw(Box::new(object))
}

/// # Safety
/// `object` is NULL or came from `make` and is freed once, with no call on it running, as the header says of `_free`.
pub unsafe fn free<T>(object: *mut T) {
    if !object.is_null() {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: made by `Box::into_raw` in `make`, and not freed before.
        drop(unsafe { Box::from_raw(object) });
    }
}

/// # Safety
/// `slot` is NULL or may be written.
pub unsafe fn clear<T>(slot: *mut *mut T) {
    if !slot.is_null() {
        // SAFETY: not NULL, so it may be written.
        unsafe { slot.write(ptr::null_mut()) };
    }
}

/// # Safety
/// `slot` is NULL or may be written.
pub unsafe fn give<T>(slot: *mut *mut T, object: Option<T>) {
    if let (false, Some(object)) = (slot.is_null(), object) {
        // SAFETY: not NULL, so it may be written.
        unsafe { slot.write(make(object)) };
    }
}

/// An object that may be missing.
///
/// # Safety
/// `object` is NULL or came from this library and is not freed while the call runs.
pub unsafe fn get<'a, T>(object: *const T) -> Option<&'a T> {
    // SAFETY: NULL gives None; otherwise it came from `make` and lives through the call.
    unsafe { object.as_ref() }
}

/// As `get`, for an object that belongs to one thread.
///
/// # Safety
/// As `get`, and no other thread uses the object meanwhile.
pub unsafe fn get_mut<'a, T>(object: *mut T) -> Option<&'a mut T> {
    // SAFETY: NULL gives None; otherwise it came from `make`, lives through the call and is this thread's alone.
    unsafe { object.as_mut() }
}

/// An object that must be there.
///
/// # Safety
/// As `get`.
pub unsafe fn need<'a, T>(name: &str, object: *const T) -> Result<&'a T> {
    // SAFETY: passed on.
    unsafe { get(object) }.ok_or_else(|| Error::invalid(format!("{name} is NULL")))
}

/// Bytes, and their length; NULL only if there are none.
///
/// # Safety
/// `bytes` is NULL or points to `len` bytes that live through the call.
pub unsafe fn sized<'a>(name: &str, bytes: *const c_void, len: usize) -> Result<&'a [u8]> {
    match (bytes.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Error::invalid(format!("{name} is NULL, with a length of {len}"))),
        (false, len) if isize::try_from(len).is_err() => Err(Error::invalid(format!("{name} has a length of {len}"))),
        // SAFETY: not NULL, so `len` bytes that live through the call, and no more than an object can have.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(bytes.cast(), len) }),
    }
}

/// A text as it was given, or none for NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated and lives through the call.
pub unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, so NUL-terminated and alive through the call.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A text as it was given, which must be there.
///
/// # Safety
/// As `bytes`.
pub unsafe fn needed_bytes<'a>(name: &str, text: *const c_char) -> Result<&'a [u8]> {
    // SAFETY: passed on.
    unsafe { bytes(text) }.ok_or_else(|| Error::invalid(format!("{name} is NULL")))
}

/// A text that must be there and be UTF-8.
///
/// # Safety
/// As `bytes`.
pub unsafe fn utf8<'a>(name: &str, text: *const c_char) -> Result<&'a str> {
    // SAFETY: passed on.
    let bytes = unsafe { needed_bytes(name, text) }?;
    std::str::from_utf8(bytes).map_err(|e| Error::invalid(format!("{name} is not UTF-8 (at byte {})", e.valid_up_to())))
}

/// A text that may be missing, and is UTF-8 otherwise.
///
/// # Safety
/// As `bytes`.
pub unsafe fn optional_utf8<'a>(name: &str, text: *const c_char) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: passed on.
    unsafe { utf8(name, text) }.map(Some)
}

/// A text kept with a NUL behind it, for callers.
pub struct Text(Vec<u8>);

impl Text {
    pub fn new(text: String) -> Self {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        Self(bytes)
    }

    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// Without the NUL behind it.
    pub fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

/// A text that may be missing: NULL.
pub fn borrowed(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), Text::as_ptr)
}
