//! Credential files: the first byte chooses the SDKs' INI, the command line's JSON, or the region and language that go with them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing as readers;
use tcdb_async_fuzz::validate_reading;

fuzz_target!(|text: &str| {
    let mut chars = text.chars();
    let chosen = chars.next().unwrap_or('i');
    let rest = chars.as_str();
    match chosen {
        'j' => validate_reading(readers::cli(rest)),
        // Its region is a text of the user's until a client validates it, and names the file then.
        'c' => drop(readers::configure(rest)),
        _ => validate_reading(readers::ini(rest, "default")),
    }
});
