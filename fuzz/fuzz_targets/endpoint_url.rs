//! Where requests go: whatever is accepted reads the same when it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::config::endpoint::Endpoint;

fuzz_target!(|text: &str| {
    match Endpoint::parse(text) {
        Ok(endpoint) => {
            assert_eq!(Endpoint::parse(&endpoint.url()).as_ref(), Ok(&endpoint), "{text:?}");
            assert!(endpoint.https || endpoint.is_loopback(), "plain HTTP to {text:?}");
            assert!(!endpoint.url().chars().any(|c| c.is_control() || c == ' '), "{text:?}");
        }
        Err(why) => assert!(!why.is_empty() && !why.contains('\n'), "{why:?}"),
    }
});
