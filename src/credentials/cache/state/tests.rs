use std::time::Duration;

use super::{ForcedRefresh, Now, RefreshDecision, RefreshState};

type Shown = RefreshState<u32, &'static str>;

const DAY: i64 = 1_800_000_000_000;

/// So many milliseconds after the start, by both clocks.
fn at(ms: u64) -> Now {
    Now { unix_ms: DAY + i64::try_from(ms).unwrap(), since: Duration::from_millis(ms) }
}

fn expires_at(ms: u64) -> Option<i64> {
    Some(at(ms).unix_ms)
}

fn same(one: &u32, other: &u32) -> bool {
    one == other
}

fn held(value: u32, expires_at_ms: Option<i64>, jitter: f64) -> Shown {
    let mut refresh_state = Shown::new();
    assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Refresh(None));
    refresh_state.refreshed(value, expires_at_ms, same, at(0), jitter);
    refresh_state
}

const HOUR: u64 = 3_600_000;

#[test]
fn a_renewal_is_due_five_minutes_or_a_tenth_of_the_life_before_the_end_give_or_take_a_fifth() {
    for (life, jitter, due) in [
        (2 * HOUR, 0.5, 2 * HOUR - 300_000),
        (2 * HOUR, 0.0, 2 * HOUR - 240_000),
        (2 * HOUR, 1.0, 2 * HOUR - 360_000),
        (10_000, 0.5, 9_000),
        (10_000, 0.0, 9_200),
        (50 * 60_000, 0.5, 45 * 60_000),
    ] {
        let mut refresh_state = held(1, expires_at(life), jitter);
        assert_eq!(refresh_state.decide(at(due - 1)), RefreshDecision::Use(1), "{life} {jitter}");
        assert_eq!(refresh_state.decide(at(due)), RefreshDecision::Refresh(Some(1)), "{life} {jitter}");
    }
}

#[test]
fn one_renews_and_the_others_go_on_with_what_is_valid() {
    let mut refresh_state = held(1, expires_at(10_000), 0.5);
    assert_eq!(refresh_state.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
    assert_eq!(refresh_state.decide(at(9_600)), RefreshDecision::Use(1));
    refresh_state.refreshed(2, expires_at(20_000), same, at(9_700), 0.5);
    assert_eq!(refresh_state.decide(at(9_701)), RefreshDecision::Use(2));
}

#[test]
fn once_nothing_is_valid_all_wait_for_the_one_who_renews() {
    let mut refresh_state = held(1, expires_at(10_000), 0.5);
    assert_eq!(refresh_state.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
    assert_eq!(refresh_state.decide(at(10_000)), RefreshDecision::Wait);
    refresh_state.abandoned();
    assert_eq!(refresh_state.decide(at(10_001)), RefreshDecision::Refresh(None));
    assert_eq!(refresh_state.decide(at(10_001)), RefreshDecision::Wait);
}

#[test]
fn a_failed_renewal_leaves_what_is_valid_and_pauses_within_what_is_left() {
    let mut refresh_state = held(1, expires_at(10_000), 0.5);
    assert_eq!(refresh_state.decide(at(9_000)), RefreshDecision::Refresh(Some(1)));
    refresh_state.failed("down", at(9_200), 0.0);
    assert_eq!(refresh_state.decide(at(9_399)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.decide(at(9_400)), RefreshDecision::Refresh(Some(1)));
    refresh_state.failed("down", at(9_500), 0.0);
    assert_eq!(refresh_state.decide(at(9_624)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.decide(at(9_625)), RefreshDecision::Refresh(Some(1)));
}

#[test]
fn with_nothing_valid_a_failure_is_remembered_longer_and_longer_up_to_twenty_seconds() {
    let mut refresh_state = Shown::new();
    let mut now = 0;
    for pause in [5_000, 10_000, 20_000, 20_000] {
        assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
        refresh_state.failed("down", at(now), 0.0);
        assert_eq!(refresh_state.decide(at(now + pause - 1)), RefreshDecision::Failed("down"));
        now += pause;
    }
    assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
    refresh_state.refreshed(1, expires_at(now + HOUR), same, at(now), 0.5);
    assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Use(1));
}

#[test]
fn while_something_is_valid_the_pauses_double_up_to_a_minute() {
    for (jitter, pauses) in
        [(0.0, [5_000, 10_000, 20_000, 40_000, 60_000]), (0.5, [5_625, 11_250, 22_500, 45_000, 67_500])]
    {
        let mut refresh_state = held(1, expires_at(10 * HOUR), 1.0);
        let mut now = 10 * HOUR - 360_000;
        for pause in pauses {
            assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(Some(1)), "{jitter} {pause}");
            refresh_state.failed("down", at(now), jitter);
            assert_eq!(refresh_state.decide(at(now + pause - 1)), RefreshDecision::Use(1), "{jitter} {pause}");
            now += pause;
        }
        assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(Some(1)), "{jitter}");
    }
}

#[test]
fn no_pause_is_shorter_than_said_and_none_over_a_quarter_longer() {
    for jitter in [0.0, 0.3, 0.999] {
        let mut refresh_state = Shown::new();
        let mut now = 0;
        for (least, most) in [(5_000, 6_250), (10_000, 12_500), (20_000, 25_000), (20_000, 25_000)] {
            assert_eq!(refresh_state.decide(at(now)), RefreshDecision::Refresh(None));
            refresh_state.failed("down", at(now), jitter);
            assert_eq!(refresh_state.decide(at(now + least - 1)), RefreshDecision::Failed("down"), "{jitter}");
            assert_eq!(refresh_state.decide(at(now + most)), RefreshDecision::Refresh(None), "{jitter}");
            refresh_state.abandoned();
            now += most;
        }
    }
}

#[test]
fn the_same_credential_again_is_asked_for_no_sooner_than_after_a_pause() {
    let mut refresh_state = held(1, expires_at(2 * HOUR), 0.5);
    let due = 2 * HOUR - 300_000;
    assert_eq!(refresh_state.decide(at(due)), RefreshDecision::Refresh(Some(1)));
    refresh_state.refreshed(1, expires_at(2 * HOUR), same, at(due), 0.0);
    assert_eq!(refresh_state.decide(at(due + 4_999)), RefreshDecision::Use(1));
    // Its end is near: due again ahead of it by a tenth of what is left, no sooner.
    assert_eq!(refresh_state.decide(at(2 * HOUR - 20_000)), RefreshDecision::Refresh(Some(1)));
}

#[test]
fn what_has_ended_on_arrival_is_left_to_the_server_and_fetched_again_after_a_pause() {
    let mut refresh_state = Shown::new();
    assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Refresh(None));
    refresh_state.refreshed(1, Some(DAY - 1), same, at(0), 0.0);
    assert_eq!(refresh_state.decide(at(4_999)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.decide(at(5_000)), RefreshDecision::Refresh(None));
}

#[test]
fn a_step_of_the_clock_into_validity_needs_no_renewal() {
    let mut refresh_state = Shown::new();
    let slow = |ms: u64| Now { unix_ms: at(ms).unix_ms + 3 * 3_600_000, since: at(ms).since };
    assert_eq!(refresh_state.decide(slow(0)), RefreshDecision::Refresh(None));
    refresh_state.refreshed(1, expires_at(2 * HOUR), same, slow(0), 0.0);
    assert_eq!(refresh_state.decide(slow(1)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.decide(at(60_000)), RefreshDecision::Use(1));
}

#[test]
fn what_never_ends_is_never_renewed_but_by_force() {
    let mut refresh_state = held(1, None, 0.5);
    assert_eq!(refresh_state.decide(at(1_000 * HOUR)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(0)), ForcedRefresh::Refresh);
    refresh_state.refreshed(2, None, same, at(0), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(0)), ForcedRefresh::Superseded);
    assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Use(2));
}

#[test]
fn one_who_was_refused_forces_and_the_others_wait_for_it() {
    let mut refresh_state = held(1, expires_at(HOUR), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Refresh);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Wait);
    assert_eq!(refresh_state.decide(at(1)), RefreshDecision::Use(1));
    refresh_state.refreshed(2, expires_at(HOUR), same, at(2), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(2)), ForcedRefresh::Superseded);
}

#[test]
fn a_forced_refresh_without_success_is_not_repeated_for_a_while() {
    let mut refresh_state = held(1, expires_at(HOUR), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Refresh);
    refresh_state.refreshed(1, expires_at(HOUR), same, at(1), 0.0);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(5_000)), ForcedRefresh::CoolingDown);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(5_001)), ForcedRefresh::Refresh);
    refresh_state.failed("down", at(5_001), 0.0);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(10_000)), ForcedRefresh::CoolingDown);
    assert_eq!(refresh_state.decide(at(10_000)), RefreshDecision::Use(1));
}

#[test]
fn a_failure_ahead_of_the_end_does_not_keep_force_from_trying() {
    let mut refresh_state = held(1, expires_at(10_000), 0.5);
    assert_eq!(refresh_state.decide(at(9_000)), RefreshDecision::Refresh(Some(1)));
    refresh_state.failed("down", at(9_000), 0.0);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(9_001)), ForcedRefresh::Refresh);
}

#[test]
fn a_child_inherits_what_is_held_and_no_renewal_of_its_parents() {
    let mut parent = held(1, expires_at(10_000), 0.5);
    assert_eq!(parent.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
    let mut child = Shown::inherited(&parent);
    assert_eq!(child.decide(at(9_500)), RefreshDecision::Refresh(Some(1)));
    assert_eq!(child.decide(at(10_000)), RefreshDecision::Wait);
}

#[test]
fn the_end_of_what_is_held_and_a_renewal_under_way_can_be_seen() {
    let mut refresh_state = Shown::new();
    assert_eq!((refresh_state.expires_at_ms(), refresh_state.is_in_flight()), (None, false));
    assert_eq!(refresh_state.decide(at(0)), RefreshDecision::Refresh(None));
    assert!(refresh_state.is_in_flight());
    refresh_state.refreshed(1, expires_at(HOUR), same, at(0), 0.5);
    assert_eq!((refresh_state.expires_at_ms(), refresh_state.is_in_flight()), (expires_at(HOUR), false));
}

#[test]
fn what_ends_in_the_moment_of_its_arrival_has_ended() {
    let mut refresh_state = held(1, expires_at(0), 0.0);
    assert_eq!(refresh_state.decide(at(4_999)), RefreshDecision::Use(1));
    assert_eq!(refresh_state.decide(at(5_000)), RefreshDecision::Refresh(None));
}

#[test]
fn a_failure_in_the_moment_of_the_end_leaves_nothing_valid() {
    let mut refresh_state = held(1, expires_at(10_000), 0.5);
    assert_eq!(refresh_state.decide(at(9_000)), RefreshDecision::Refresh(Some(1)));
    refresh_state.failed("down", at(10_000), 0.0);
    assert_eq!(refresh_state.decide(at(14_999)), RefreshDecision::Failed("down"));
}

#[test]
fn what_a_refusal_has_brought_may_be_refused_itself_and_is_fetched_again_at_once() {
    let mut refresh_state = held(1, expires_at(HOUR), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 1, at(1)), ForcedRefresh::Refresh);
    refresh_state.refreshed(2, expires_at(HOUR), same, at(1), 0.5);
    assert_eq!(refresh_state.force_refresh(|held| *held == 2, at(1)), ForcedRefresh::Refresh);
}

#[test]
fn a_step_of_the_clock_beyond_the_end_fetches_whatever_pause_was_meant() {
    let mut refresh_state = held(1, expires_at(2 * HOUR), 0.5);
    let due = 2 * HOUR - 300_000;
    assert_eq!(refresh_state.decide(at(due)), RefreshDecision::Refresh(Some(1)));
    refresh_state.refreshed(1, expires_at(2 * HOUR), same, at(due), 0.0);
    let ahead = Now { unix_ms: at(3 * HOUR).unix_ms, since: at(due + 1).since };
    assert_eq!(refresh_state.decide(ahead), RefreshDecision::Refresh(None));
}
