use std::time::{Duration, Instant};

use super::Clock;
use crate::unix_time::UnixSeconds;

#[test]
fn a_correction_survives_a_step_of_the_systems_clock() {
    let origin = Instant::now();
    let clock = Clock::new(origin);
    assert_eq!(clock.unix_ms(|| 5_000, || origin), 5_000);
    let (system, server) = (UnixSeconds(1_800_000_000), UnixSeconds(1_800_003_600));
    assert!(clock.correct(system, server, origin + Duration::from_secs(10)));
    let later = origin + Duration::from_secs(25);
    assert_eq!(clock.unix_ms(|| 20_000, || later), 1_800_003_615_500);
    assert_eq!(clock.unix_ms(|| 999_999_000, || later), 1_800_003_615_500);
}

#[test]
fn a_date_that_cannot_be_a_clock_is_not_taken_and_a_later_one_is() {
    let (origin, now) = (Instant::now(), UnixSeconds(1_800_000_000));
    let clock = Clock::new(origin);
    for date in [253_402_300_799, 4_102_444_800, 946_684_799, 0, -1, i64::MAX, i64::MIN] {
        assert!(!clock.correct(now, UnixSeconds(date), origin), "{date}");
    }
    assert_eq!(clock.unix_ms(|| 5_000, || origin), 5_000);
    // A wrong one that could be a clock's is mended by the next.
    assert!(clock.correct(now, UnixSeconds(4_102_444_799), origin));
    assert!(clock.correct(UnixSeconds(4_102_444_799), now, origin));
    assert_eq!(clock.unix_ms(|| 5_000, || origin), 1_800_000_000_500);
}

#[test]
fn a_date_that_agrees_corrects_nothing() {
    let clock = Clock::new(Instant::now());
    assert!(!clock.correct(UnixSeconds(7), UnixSeconds(7), Instant::now()));
    assert_eq!(clock.offset_ms(), 0);
}
