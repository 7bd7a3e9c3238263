//! The functions that `benches/caller.h` declares, over one of three clients. Benchmark code: it panics where it cannot go on.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

#[cfg_attr(feature = "ureq", path = "ureq_agent.rs")]
#[cfg_attr(feature = "hyper", path = "hyper_client.rs")]
#[cfg_attr(feature = "floor", path = "floor.rs")]
mod client;
#[cfg(feature = "sign")]
mod sign;

#[repr(C)]
pub struct CallerOptions {
    url: *const c_char,
    ca: *const c_char,
    id: *const c_char,
    n: usize,
    warmup: usize,
    threads: usize,
}

fn text<'a>(text: *const c_char) -> &'a str {
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

/// TLS that trusts the file's certificates alone.
fn tls(ca: *const c_char) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if !ca.is_null() {
        let pem = fs::read(text(ca)).unwrap();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).map(Result::unwrap));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(versions.with_root_certificates(roots).with_no_client_auth())
}

#[unsafe(no_mangle)]
pub extern "C" fn caller_client_new(options: &CallerOptions) -> *mut c_void {
    let client = client::Client::new(text(options.url), tls(options.ca), options.ca.is_null(), text(options.id));
    Box::into_raw(Box::new(client)).cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn caller_thread_new(_: &CallerOptions, client: *mut c_void) -> *mut c_void {
    let client = unsafe { &*client.cast::<client::Client>() };
    Box::into_raw(Box::new(client.thread())).cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn caller_query(
    thread: *mut c_void,
    id: *const c_char,
    status: *mut c_char,
    size: usize,
    why: *mut c_char,
    why_size: usize,
) -> c_int {
    let thread = unsafe { &mut *thread.cast::<client::Thread>() };
    let (room, size, text, failed) = match thread.query(text(id)) {
        Ok(text) => (status, size, text, 0),
        Err(text) => (why, why_size, text, 1),
    };
    let kept = text.len().min(size - 1);
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), room, kept);
        *room.add(kept) = 0;
    }
    failed
}

#[unsafe(no_mangle)]
pub extern "C" fn caller_thread_free(thread: *mut c_void) {
    drop(unsafe { Box::from_raw(thread.cast::<client::Thread>()) });
}

#[unsafe(no_mangle)]
pub extern "C" fn caller_client_free(client: *mut c_void) {
    drop(unsafe { Box::from_raw(client.cast::<client::Client>()) });
}
