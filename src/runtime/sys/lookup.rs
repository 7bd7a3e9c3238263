//! What a lookup of a name has failed by. std gives the C library's text alone: each has its own, and glibc's is in the language
//! of the process.

#[cfg(target_os = "linux")]
use std::ffi::CStr;

/// Those of glibc in English.
#[cfg(target_os = "linux")]
const WORDS: [(libc::c_int, &str); 9] = [
    (libc::EAI_NONAME, "name or service not known"),
    (libc::EAI_AGAIN, "temporary failure in name resolution"),
    (libc::EAI_FAIL, "non-recoverable failure in name resolution"),
    (libc::EAI_NODATA, "no address associated with hostname"),
    (libc::EAI_MEMORY, "memory allocation failure"),
    (libc::EAI_FAMILY, "ai_family not supported"),
    (libc::EAI_SOCKTYPE, "ai_socktype not supported"),
    (libc::EAI_BADFLAGS, "bad value for ai_flags"),
    (libc::EAI_SYSTEM, "system error"),
];

/// The same words everywhere for a text of the C library.
#[cfg(target_os = "linux")]
pub fn lookup_words(text: &str) -> Option<&'static str> {
    // std has read it as UTF-8, whatever the encoding of the process.
    WORDS.iter().find(|(code, _)| system_text(*code).to_string_lossy() == text).map(|(_, words)| *words)
}

#[cfg(not(target_os = "linux"))]
pub fn lookup_words(_: &str) -> Option<&'static str> {
    None
}

#[cfg(target_os = "linux")]
fn system_text(code: libc::c_int) -> &'static CStr {
    // SAFETY: a constant text for any number, which nothing frees.
    unsafe { CStr::from_ptr(libc::gai_strerror(code)) }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
