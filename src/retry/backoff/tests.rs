use std::time::Duration;

use super::Backoff;

fn bounds(first: u64, max: u64, growth: f64) -> Vec<(u128, u128)> {
    let backoff = Backoff { first: Duration::from_millis(first), max: Duration::from_millis(max), growth };
    let ms = |n, jitter| backoff.delay(n, jitter).as_millis();
    (1..=8).map(|n| (ms(n, 0.0), ms(n, 1.0))).collect()
}

#[test]
fn pauses_grow_from_first_to_max() {
    let expected = [
        (1_000, 1_500),
        (1_500, 2_250),
        (2_250, 3_375),
        (3_375, 5_062),
        (5_062, 7_593),
        (6_666, 10_000),
        (6_666, 10_000),
        (6_666, 10_000),
    ];
    assert_eq!(bounds(1_000, 10_000, 1.5), expected);
    assert_eq!(bounds(100, 5_000, 2.0)[..3], [(100, 200), (200, 400), (400, 800)]);
    assert_eq!(bounds(100, 5_000, 2.0)[7], (2_500, 5_000));
}

#[test]
fn equal_bounds_are_constant_whatever_the_jitter() {
    let backoff = Backoff { first: Duration::from_millis(700), max: Duration::from_millis(700), growth: 1.5 };
    for n in [1, 2, 9, u32::MAX] {
        for jitter in [0.0, 0.5, 0.999] {
            assert_eq!(backoff.delay(n, jitter), Duration::from_millis(700));
        }
    }
}
