//! Parameters that are texts.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::Bytes;

/// A good text for most numbers, the input's own bytes for others, NULL for one.
pub struct Text(Option<CString>);

impl Text {
    pub fn of(input: &mut Bytes<'_>, good: &[&str]) -> Self {
        Self(match input.byte() {
            255 => None,
            n if n >= 192 => {
                let bytes: Vec<u8> = input.piece().iter().copied().filter(|b| *b != 0).collect();
                CString::new(bytes).ok()
            }
            n => CString::new(good[usize::from(n) % good.len()]).ok(),
        })
    }

    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}
