//! What the metadata service may answer when it is asked for a role's credentials.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing as readers;
use tcdb_async_fuzz::judge_reading;

fuzz_target!(|body: &[u8]| judge_reading(readers::role(body)));
