use std::time::Duration;

use super::Share;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn is_near(rate: f64, expected: f64) -> bool {
    (rate - expected).abs() < expected * 1e-9
}

/// Of a client whose limit is 40 a second and that has used it all: 32 a second are left, from this time on.
fn share_at(now: u64) -> Share {
    let share = Share::first(40, 40, ms(now), 0.5);
    assert!(is_near(share.rate(), 32.0), "{share:?}");
    share
}

#[test]
fn the_first_refusal_leaves_seven_to_nine_tenths_of_what_was_used_or_of_half_the_ceiling() {
    for (sent, jitter, rate) in [
        (40, 0.0, 28.0),
        (40, 0.5, 32.0),
        (40, 1.0, 36.0),
        (30, 0.5, 24.0),
        (20, 0.5, 16.0),
        (19, 0.5, 16.0),
        (0, 0.0, 14.0),
        (99, 0.5, 32.0),
    ] {
        let share = Share::first(40, sent, ms(0), jitter);
        assert!(is_near(share.rate(), rate), "{sent} sent, {jitter}: {}", share.rate());
    }
}

#[test]
fn what_is_accepted_raises_the_rate_by_its_root_and_more_the_longer_ago_the_refusal_is() {
    for (after, times) in [(0, 1.0), (30_000, 1.25), (60_000, 2.0), (180_000, 10.0)] {
        let mut share = share_at(5_000);
        assert!(!share.accepted(ms(5_000 + after)));
        let expected = 32.0 + 0.014 * 32.0_f64.sqrt() * times;
        assert!(is_near(share.rate(), expected), "after {after} ms: {}", share.rate());
    }
    // Below one a second by the rate itself, which is less than its root.
    let mut slow = Share::first(1, 0, ms(0), 0.5);
    assert!(is_near(slow.rate(), 0.4));
    assert!(!slow.accepted(ms(0)));
    assert!(is_near(slow.rate(), 0.4 + 0.014 * 0.4), "{}", slow.rate());
}

#[test]
fn at_the_ceiling_nothing_is_left_to_share() {
    let mut share = share_at(0);
    let reached = (1..1000).find(|_| share.accepted(ms(0)));
    assert!(share.rate() >= 40.0 && share.rate() < 40.1, "{}", share.rate());
    assert!(reached.is_some_and(|accepted| (90..110).contains(&accepted)), "{reached:?}");
}

#[test]
fn requests_are_spaced_by_the_rate_and_one_that_is_late_delays_no_other() {
    let spacing = Duration::from_secs_f64(1.0 / 32.0);
    let mut share = share_at(1_000);
    for ahead in 0..4 {
        assert_eq!(share.send_at(ahead), ms(1_000) + spacing * (1 + u32::try_from(ahead).unwrap()));
    }
    share.sent(share.send_at(0));
    assert_eq!(share.send_at(0), ms(1_000) + spacing * 2);
    // Late by less than a quarter of a second: what is behind it catches up.
    share.sent(ms(1_200));
    assert_eq!(share.send_at(0), ms(1_000) + spacing * 3);
    // Later: no more than that is made up for.
    share.sent(ms(5_000));
    assert_eq!(share.send_at(0), ms(4_750) + spacing);
    // Where requests are further apart than that, one of them.
    let mut slow = Share::first(1, 1, ms(0), 0.5);
    slow.sent(ms(60_000));
    assert_eq!(slow.send_at(0), ms(60_000));
}

#[test]
fn a_refusal_of_what_was_sent_a_second_after_the_last_one_lowers_the_rate_again() {
    let no_replies = |_| (0, 0);
    for (sent_at, rate) in [(0, 32.0), (1_000, 32.0), (1_999, 32.0), (2_000, 24.0)] {
        let mut share = share_at(1_000);
        share.refused(ms(sent_at), 30, ms(2_100), 0.5, no_replies);
        assert!(is_near(share.rate(), rate), "sent at {sent_at}: {}", share.rate());
    }
}

#[test]
fn enough_replies_to_a_burst_show_the_share_that_was_accepted() {
    for (sent_at, replies, rate) in [
        (0, (4, 3), 32.0),
        (0, (4, 4), 20.0),
        (1_000, (5, 15), 10.0),
        // Never less than a tenth, or more than the draw has left.
        (1_000, (0, 8), 4.0),
        (1_000, (9, 1), 32.0),
        // Of what was sent after the rate was lowered nothing follows.
        (1_001, (5, 15), 32.0),
    ] {
        let mut share = share_at(1_000);
        share.refused(ms(sent_at), 40, ms(1_500), 0.5, |until| {
            assert_eq!(until, ms(1_000));
            replies
        });
        assert!(is_near(share.rate(), rate), "sent at {sent_at}, {replies:?}: {}", share.rate());
    }
}

#[test]
fn who_had_nothing_accepted_for_ten_seconds_insists_on_one_a_second_and_others_go_down_to_one_in_ten() {
    let refused_until = |accepts_until: u64, end: u64| {
        let mut share = share_at(0);
        let mut now = 0;
        while now < end {
            now += 1_000;
            if now <= accepts_until {
                let _ = share.accepted(ms(now));
            }
            share.refused(ms(now), 0, ms(now), 0.5, |_| (0, 0));
        }
        share.rate()
    };
    // Ten times, from the half of the ceiling on.
    assert!(is_near(refused_until(0, 10_000), 20.0 * 0.8_f64.powi(10)), "{}", refused_until(0, 10_000));
    assert!(is_near(refused_until(0, 20_000), 1.0), "{}", refused_until(0, 20_000));
    assert!(is_near(refused_until(0, 60_000), 1.0));
    assert!(is_near(refused_until(60_000, 60_000), 0.1), "{}", refused_until(60_000, 60_000));
    // It is more than ten seconds, not ten.
    for (at, rate) in [(10_000, 0.32), (10_001, 1.0)] {
        let mut share = Share::first(1, 0, ms(0), 0.5);
        share.refused(ms(at), 0, ms(at), 0.5, |_| (0, 0));
        assert!(is_near(share.rate(), rate), "at {at}: {}", share.rate());
    }
}
