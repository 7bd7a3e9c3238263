use std::time::Duration;

use super::Interval;

#[test]
fn intervals_are_validated_by_name() {
    assert_eq!(Interval::validate(0, 0).unwrap(), Interval::validate(1_000, 10_000).unwrap());
    assert_eq!(Interval::validate(250, 250).unwrap().first(), Duration::from_millis(250));
    for (first, longest, part) in [
        (249, 0, "at least 250 ms"),
        (2_000, 1_999, "below the first"),
        (0, 999, "below the first of 1000 ms"),
        (20_000, 0, "of 10000 ms (the default) is below the first of 20000 ms"),
        (1, 1, "1 ms"),
    ] {
        let failure = Interval::validate(first, longest).unwrap_err();
        assert!(failure.message().contains(part) && failure.message().contains("interval"), "{failure:?}");
    }
}
