//! A file of certificates to trust: whatever it holds, there are some that can be used or a clause that says why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing;

fuzz_target!(|text: &[u8]| {
    match testing::certificates(text) {
        Ok(usable) => assert!(usable <= text.len()),
        Err(why) => assert!(!why.is_empty() && why.len() < 200 && !why.contains(['\n', '\r']), "{why:?}"),
    }
});
