//! Times of tests, as long as they have to be on this machine: an emulator takes ten times as long for a handshake, and so does a
//! machine that others use.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tcdb_mock_server::{DOCUMENTED_ID, MockServer, Options as ServerOptions};

use crate::c_api::{Credentials, Options};

/// What a client, its connection and its first query take on a quiet machine, without optimisation. The tests' times are for one.
const QUIET: Duration = Duration::from_millis(25);
/// A reply that drips, a byte every 50 ms, has to outlast 700 ms of a quiet machine.
const SLOWEST: u32 = 7;
const TRIES: usize = 3;
const LONG: Duration = Duration::from_secs(60);

/// How many times as long as on a quiet machine things take here: the best of some tries, once.
pub fn slowness() -> u32 {
    static MEASURED: OnceLock<u32> = OnceLock::new();
    *MEASURED.get_or_init(|| {
        let server = MockServer::start(ServerOptions::default()).unwrap();
        let best = (0..TRIES).map(|_| first_query(&server)).min().unwrap();
        slowness_by(best)
    })
}

fn first_query(server: &MockServer) -> Duration {
    let started = Instant::now();
    let client = Options::within(server, LONG).client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    started.elapsed()
}

fn slowness_by(first_query: Duration) -> u32 {
    u32::try_from(first_query.as_millis().div_ceil(QUIET.as_millis())).unwrap_or(SLOWEST).clamp(1, SLOWEST)
}

/// Milliseconds of a quiet machine, as they are here.
pub fn ms(on_a_quiet_machine: u64) -> Duration {
    Duration::from_millis(on_a_quiet_machine) * slowness()
}

/// What is woken has gone on by then.
pub fn soon() -> Duration {
    ms(1_500)
}

#[test]
fn a_quiet_machine_has_the_times_as_they_are_written_and_a_slow_one_whole_multiples() {
    let by = |ms| slowness_by(Duration::from_millis(ms));
    assert_eq!([by(0), by(25), by(26), by(130), by(100_000)], [1, 1, 2, 6, SLOWEST]);
}
