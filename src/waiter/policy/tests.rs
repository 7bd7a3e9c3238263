use std::time::Duration;

use super::{Action, Policy};
use crate::error::{Error, ErrorKind};
use crate::info::{AsyncRequestInfo, Status};
use crate::retry::classify::Remedied;
use crate::waiter::config::{Bounds, Limit, PollRules, WaiterConfig};

const BOUNDS: Bounds = Bounds { max_attempts: 3, max_requests_per_second: 40, total_timeout: Duration::from_secs(30) };

fn policy(limit: Limit) -> Policy {
    Policy::new(limit, BOUNDS)
}

fn within(seconds: u64) -> Policy {
    policy(Limit::Within(Duration::from_secs(seconds)))
}

fn rules() -> PollRules {
    WaiterConfig::default().validate().unwrap()
}

fn running() -> AsyncRequestInfo {
    AsyncRequestInfo { status: Status::Running, status_text: None, info: None, request_id: None }
}

fn expired() -> Error {
    let code = "AuthFailure.TokenFailure";
    Error::refused(code.to_owned(), String::new(), None, code.to_owned())
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "HTTP 503")
}

fn limited() -> Error {
    Error::new(ErrorKind::RateLimited, "RequestLimitExceeded")
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The message of a wait that has ended, and how many requests it says.
fn end(action: Action) -> Option<(ErrorKind, String, u32)> {
    match action {
        Action::Ended(Err(failure)) => Some((failure.kind(), failure.message().to_owned(), failure.attempts())),
        _ => None,
    }
}

#[test]
fn what_a_wait_has_had_can_be_seen() {
    let mut policy = policy(Limit::None);
    assert_eq!((policy.answers(), policy.failures(), policy.latest().is_some()), (0, 0, false));
    assert_eq!(policy.waits_for(), "waiting for its first request");
    assert!(end(policy.failed(unavailable(), &rules(), ms(10), 0.5)).is_none());
    assert_eq!((policy.failures(), policy.waits_for()), (1, "waiting between two requests"));
    for answers in 1..=3 {
        assert!(end(policy.answered(running(), &rules(), ms(1000 * u64::from(answers)), 0.5)).is_none());
        assert_eq!((policy.answers(), policy.failures()), (answers, 0));
        assert_eq!(policy.latest().unwrap().status, Status::Running);
    }
    for failures in 1..=3 {
        assert!(end(policy.failed(unavailable(), &rules(), ms(9000), 0.5)).is_none());
        assert_eq!(policy.failures(), failures);
    }
}

#[test]
fn one_answer_has_its_deadline_from_the_first_step_and_is_refused_at_once() {
    let mut one = policy(Limit::OneAnswer);
    assert_eq!((one.deadline(), one.wants_one_reply()), (None, true));
    one.step(ms(700));
    one.step(ms(900));
    assert_eq!(one.deadline(), Some(ms(30_700)));
    assert_eq!(
        (one.attempt_deadline(ms(900)), one.is_over(ms(30_699)), one.is_over(ms(30_700))),
        (ms(30_700), false, true)
    );
    // Nothing has come about it: the rate limiter let none through.
    let message = one.timed_out(ms(30_700)).message().to_owned();
    assert!(message.contains("admits 40 requests a second"), "{message}");
    let (kind, message, requests) = end(one.answered(running(), &rules(), ms(1000), 0.5)).unwrap();
    assert_eq!((kind, message.as_str(), requests), (ErrorKind::WaitTimeout, "not ended: RUNNING", 1));

    let mut refused = policy(Limit::OneAnswer);
    refused.step(ms(0));
    let mut last = None;
    for attempt in 0..3 {
        assert!(last.is_none(), "attempt {attempt}");
        last = end(refused.failed(limited(), &rules(), ms(2000 * attempt), 0.5));
    }
    assert_eq!(last, Some((ErrorKind::RateLimited, "RequestLimitExceeded (3 attempts)".to_owned(), 3)));
    // Its last failure is what it comes to.
    let mut failing = policy(Limit::OneAnswer);
    failing.step(ms(0));
    assert!(end(failing.failed(unavailable(), &rules(), ms(10), 0.5)).is_none());
    assert_eq!(failing.timed_out(ms(30_000)).message(), "HTTP 503");
}

#[test]
fn a_wait_goes_on_beyond_the_attempts_of_a_query_where_only_the_rate_is_refused() {
    let mut limited_wait = policy(Limit::None);
    assert!(!limited_wait.wants_one_reply());
    for attempt in 0..9 {
        assert!(end(limited_wait.failed(limited(), &rules(), ms(3000 * attempt), 0.5)).is_none(), "attempt {attempt}");
    }
    let mut unavailable_wait = policy(Limit::None);
    let ends: Vec<_> =
        (0..3).map(|n| end(unavailable_wait.failed(unavailable(), &rules(), ms(n * 999), 0.5))).collect();
    assert_eq!(ends[..2], [None, None]);
    assert_eq!(ends[2], Some((ErrorKind::Unavailable, "HTTP 503 (3 attempts)".to_owned(), 3)));
}

#[test]
fn the_requests_are_those_that_were_sent() {
    for (sent, expected) in [(None, 1), (Some(0), 0), (Some(1), 1), (Some(2), 2), (Some(5), 5)] {
        let mut policy = policy(Limit::None);
        if let Some(sent) = sent {
            policy.sent(sent);
        }
        let failure = Error::new(ErrorKind::Denied, "no");
        assert_eq!(end(policy.failed(failure, &rules(), ms(0), 0.5)).unwrap().2, expected, "{sent:?}");
    }
}

#[test]
fn what_ends_a_wait_at_its_deadline_says_how_far_it_came() {
    let mut wait = within(10);
    assert_eq!(wait.timed_out(ms(10_000)).message(), "no answer within 10000 ms");
    assert!(end(wait.answered(running(), &rules(), ms(100), 0.5)).is_none());
    assert_eq!(wait.timed_out(ms(10_000)).message(), "not ended within 10000 ms: RUNNING after 1 answer");
    assert!(end(wait.answered(running(), &rules(), ms(200), 0.5)).is_none());
    let after_two = "not ended within 10000 ms: RUNNING after 2 answers";
    assert_eq!(wait.timed_out(ms(10_000)).message(), after_two);
    // A failure after the deadline, and one by which the remedy came too late.
    let late = end(wait.failed(unavailable(), &rules(), ms(10_000), 0.5)).unwrap();
    assert_eq!(late, (ErrorKind::WaitTimeout, format!("{after_two}; last failure: HTTP 503"), 3));
    assert!(matches!(within(10).failed(expired(), &rules(), ms(9_999), 0.5), Action::Apply(_)));
    assert!(!matches!(within(10).failed(expired(), &rules(), ms(10_000), 0.5), Action::Apply(_)));
    // What will not pass is the outcome, even then.
    let denied = end(within(10).failed(Error::new(ErrorKind::Denied, "no"), &rules(), ms(10_000), 0.5)).unwrap();
    assert_eq!(denied.0, ErrorKind::Denied);
    assert_eq!(end(within(10).answered(running(), &rules(), ms(10_000), 0.5)).unwrap().0, ErrorKind::WaitTimeout);
}

#[test]
fn what_came_of_a_remedy_decides_whether_a_wait_asks_at_once_later_or_not_again() {
    let refused = || Error::new(ErrorKind::Auth, "refused");
    let after = |remedied, answers: u32| {
        let mut wait = policy(Limit::None);
        for _ in 0..answers {
            assert!(end(wait.answered(running(), &rules(), ms(0), 0.5)).is_none());
        }
        let action = wait.remedied(remedied, refused(), &rules(), ms(5000), 0.5);
        end(action).map_or_else(|| (wait.due(), wait.failures()), |_| (Duration::MAX, 0))
    };
    assert_eq!(after(Remedied::Helped, 0), (ms(5000), 1));
    assert_eq!(after(Remedied::Useless, 1), (Duration::MAX, 0));
    assert_eq!(after(Remedied::MayHelpLater, 0), (Duration::MAX, 0));
    let (due, failures) = after(Remedied::MayHelpLater, 1);
    assert!(due > ms(5000) && failures == 1, "{due:?}");
    assert_eq!(end(policy(Limit::None).unsent(refused(), &rules(), ms(0), 0.5)).unwrap().0, ErrorKind::Auth);
}

#[test]
fn the_last_look_is_a_second_or_two_before_the_deadline_and_not_right_after_another() {
    // Answered so long before a deadline of 10 s: when the next request is due. The pause is 1 s at least, 1.25 s in the middle.
    for (answered_at, jitter, due) in [
        (7_000, 0.0, 8_000),
        (7_750, 0.0, 8_750),
        (7_750, 0.5, 9_000),
        (7_999, 0.5, 8_500),
        // Within the last two seconds there has been one.
        (8_000, 0.5, 9_250),
        (8_500, 0.0, 9_500),
    ] {
        let mut wait = within(10);
        assert!(end(wait.answered(running(), &rules(), ms(answered_at), jitter)).is_none());
        assert_eq!(wait.due(), ms(due), "answered at {answered_at} with {jitter}");
    }
    // A later pause is longer: what would leave none is cut, but never to less than a quarter of a second.
    for (answered_at, jitter, due) in [(7_950, 1.0, 8_200), (5_000, 1.0, 8_000), (5_000, 0.0, 9_000)] {
        let mut wait = within(10);
        for _ in 0..9 {
            assert!(end(wait.answered(running(), &rules(), ms(answered_at), jitter)).is_none());
        }
        assert_eq!(wait.due(), ms(due), "answered at {answered_at} with {jitter}");
    }
}

#[test]
fn before_the_first_answer_a_failure_is_followed_as_in_a_query_and_later_by_the_waits_interval() {
    let mut wait = policy(Limit::None);
    assert!(end(wait.failed(unavailable(), &rules(), ms(1000), 0.0)).is_none());
    assert_eq!(wait.due(), ms(1100));
    assert!(end(wait.answered(running(), &rules(), ms(2000), 0.0)).is_none());
    assert!(end(wait.failed(unavailable(), &rules(), ms(3000), 0.0)).is_none());
    assert_eq!(wait.due(), ms(3000) + rules().interval.after_failure(1, 0.0));
    assert!(wait.due() > ms(3900));
}

#[test]
fn who_waits_out_the_limit_has_all_attempts_left_for_another_failure() {
    let mut wait = policy(Limit::None);
    for attempt in 0..3 {
        assert!(end(wait.failed(limited(), &rules(), ms(3000 * attempt), 0.5)).is_none(), "attempt {attempt}");
    }
    let ends: Vec<_> =
        (0..3).map(|n| end(wait.failed(unavailable(), &rules(), ms(20_000 + n * 999), 0.5)).is_some()).collect();
    assert_eq!(ends, [false, false, true]);
}

#[test]
fn between_two_answers_a_remedy_is_tried_once() {
    let mut wait = policy(Limit::None);
    for answered in [0, 10_000] {
        assert!(end(wait.answered(running(), &rules(), ms(answered), 0.5)).is_none());
        assert!(matches!(wait.failed(expired(), &rules(), ms(answered + 1000), 0.5), Action::Apply(_)));
        let helped = wait.remedied(Remedied::Helped, expired(), &rules(), ms(answered + 1000), 0.5);
        assert!(end(helped).is_none());
        assert!(end(wait.failed(unavailable(), &rules(), ms(answered + 2000), 0.5)).is_none());
    }
    assert_eq!(end(wait.failed(expired(), &rules(), ms(19_000), 0.5)).map(|(kind, ..)| kind), Some(ErrorKind::Auth));
}
