//! What the metadata service may answer when it is asked for a role's credentials.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing as readers;
use tcdb_async_fuzz::validate_reading;

fuzz_target!(|body: &[u8]| validate_reading(readers::role(body)));
