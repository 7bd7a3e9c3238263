//! Credential files: the first byte chooses the SDKs' INI, the command line's JSON, or what stands beside that.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing as readers;
use tcdb_async_fuzz::judge_reading;

fuzz_target!(|text: &str| {
    let mut chars = text.chars();
    let chosen = chars.next().unwrap_or('i');
    let rest = chars.as_str();
    judge_reading(match chosen {
        'j' => readers::cli(rest),
        'c' => readers::configure(rest),
        _ => readers::ini(rest, "default"),
    });
});
