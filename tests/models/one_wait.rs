//! The policy of one wait: hours of its life in milliseconds of the test.

use std::time::Duration;

use tcdb_async::error::{Error, ErrorKind};
use tcdb_async::info::{AsyncRequestInfo, Status};
use tcdb_async::retry::classify::{Remedied, is_continued_by_wait};
use tcdb_async::waiter::config::{Bounds, Limit, PollRules, WaiterConfig};
use tcdb_async::waiter::policy::{Action, Policy};

use crate::chance::Chance;

const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 3;
const HOUR: Duration = Duration::from_secs(3600);
const LAST_LOOK: Duration = Duration::from_secs(1);

/// What the server makes of one request, and how long it takes.
#[derive(Debug, Clone)]
enum Reply {
    Says(Status),
    Fails(Error),
}

/// How a wait went.
#[derive(Debug)]
struct Story {
    ended: Duration,
    outcome: Result<Status, Error>,
    /// When each request was begun and ended, and what came of it.
    requests: Vec<(Duration, Duration, Reply)>,
}

fn rules(first_ms: u32, longest_ms: u32) -> PollRules {
    rules_of(first_ms, longest_ms, &[])
}

fn rules_of(first_ms: u32, longest_ms: u32, stop_on: &[Status]) -> PollRules {
    let mut given = WaiterConfig::default();
    (given.first_ms, given.longest_ms) = (first_ms, longest_ms);
    stop_on.iter().for_each(|status| given.stop_on(*status as i32));
    given.validate().unwrap()
}

fn policy(limit: Limit) -> Policy {
    Policy::new(limit, Bounds { max_attempts: MAX_ATTEMPTS, max_requests_per_second: 40, total_timeout: TOTAL_TIMEOUT })
}

fn answer(status: Status) -> AsyncRequestInfo {
    AsyncRequestInfo { status, status_text: Some(status.text().to_owned()), info: None, request_id: None }
}

/// Lives one wait through. `server` is called when a request is begun and says what comes of it, and after how long.
fn live(
    limit: Limit,
    rules: &PollRules,
    seed: u64,
    mut server: impl FnMut(Duration, &mut Chance) -> (Reply, Duration),
) -> Story {
    let mut policy = policy(limit);
    let mut chance = Chance::of(seed);
    let mut requests = Vec::new();
    let mut now = Duration::ZERO;
    policy.step(now);
    loop {
        now = now.max(policy.due());
        if policy.is_over(now) {
            let ended = policy.deadline().unwrap();
            return Story { ended, outcome: Err(policy.timed_out(ended)), requests };
        }
        let begun = now;
        let (reply, took) = server(begun, &mut chance);
        let bound = policy.attempt_deadline(begun);
        let reply = if begun + took > bound { timed_out() } else { reply };
        now = (begun + took).min(bound);
        requests.push((begun, now, reply.clone()));
        let jitter = chance.jitter();
        let mut after = match reply {
            Reply::Says(status) => policy.answered(answer(status), rules, now, jitter),
            Reply::Fails(failure) => policy.failed(failure, rules, now, jitter),
        };
        if let (Action::Apply(_), Some((_, _, Reply::Fails(failure)))) = (&after, requests.last()) {
            after = policy.remedied(Remedied::Helped, failure.clone(), rules, now, jitter);
        }
        if let Action::Ended(outcome) = after {
            return Story { ended: now, outcome: outcome.map(|answer| answer.status), requests };
        }
    }
}

fn timed_out() -> Reply {
    Reply::Fails(Error::new(ErrorKind::RequestTimeout, "timed out"))
}

fn unavailable() -> Reply {
    Reply::Fails(Error::new(ErrorKind::Unavailable, "HTTP 504"))
}

fn quickly(reply: Reply) -> (Reply, Duration) {
    (reply, Duration::from_millis(20))
}

/// Running until `ends`, then this.
fn task(ends: Duration, last: Status) -> impl Fn(Duration) -> Reply {
    move |now| Reply::Says(if now < ends { Status::Running } else { last })
}

#[test]
fn ten_hours_are_waited_through_with_one_request_in_ten_seconds() {
    let task = task(10 * HOUR, Status::Success);
    let story = live(Limit::None, &rules(0, 0), 1, |now, _| quickly(task(now)));
    assert_eq!(story.outcome.unwrap(), Status::Success);
    assert!(story.ended >= 10 * HOUR && story.ended < 10 * HOUR + Duration::from_millis(10_020), "{:?}", story.ended);
    assert!((3_600..5_500).contains(&story.requests.len()), "{} requests", story.requests.len());
}

#[test]
fn the_first_request_goes_out_at_once() {
    let story = live(Limit::None, &rules(5_000, 5_000), 1, |_, _| quickly(Reply::Says(Status::Failed)));
    assert_eq!(story.requests[0].0, Duration::ZERO);
    assert_eq!(story.outcome.unwrap(), Status::Failed);
}

#[test]
fn pauses_grow_within_first_and_longest() {
    let story = live(Limit::Within(HOUR), &rules(1_000, 10_000), 3, |_, _| quickly(Reply::Says(Status::Running)));
    let pauses: Vec<Duration> = story.requests.windows(2).map(|two| two[1].0 - two[0].1).collect();
    assert!(pauses.iter().all(|pause| (1_000..=10_000).contains(&pause.as_millis())), "{pauses:?}");
    assert!(pauses[0] < Duration::from_millis(1_501) && pauses[8] > Duration::from_millis(6_600), "{pauses:?}");
}

#[test]
fn waits_started_together_spread_out() {
    let begun = |seed| {
        let story = live(Limit::Within(HOUR / 4), &rules(0, 0), seed, |_, _| quickly(Reply::Says(Status::Running)));
        story.requests[60].0.as_millis() / 250
    };
    let mut quarters: Vec<u128> = (0..40).map(begun).collect();
    quarters.sort_unstable();
    quarters.dedup();
    assert!(quarters.len() > 25, "40 waits ask in {} different quarters of a second", quarters.len());
}

#[test]
fn an_outage_of_an_hour_is_outlived_with_growing_pauses() {
    let task = task(2 * HOUR, Status::Success);
    let outage = HOUR / 2..HOUR * 3 / 2;
    let story = live(Limit::None, &rules(1_000, 60_000), 5, |now, _| {
        if outage.contains(&now) { (unavailable(), Duration::from_millis(5)) } else { quickly(task(now)) }
    });
    assert_eq!(story.outcome.unwrap(), Status::Success);
    let failed = story.requests.iter().filter(|(_, _, reply)| matches!(reply, Reply::Fails(_))).count();
    assert!((60..150).contains(&failed), "{failed} failures in an hour with pauses up to a minute");
}

#[test]
fn the_deadline_is_met_with_a_fresh_answer_and_the_wait_ends_at_it() {
    for (deadline_ms, first, longest) in [
        (100_000, 0, 60_000),
        (8_000, 5_000, 5_000),
        (60_000, 60_000, 60_000),
        (2_100, 60_000, 60_000),
        (3_000, 1_000, 1_000),
        (10_000, 250, 250),
        (7_200_000, 3_600_000, 3_600_000),
    ] {
        let deadline = Duration::from_millis(deadline_ms);
        for seed in 0..50 {
            let story = live(Limit::Within(deadline), &rules(first, longest), seed, |_, _| {
                quickly(Reply::Says(Status::Running))
            });
            let failure = story.outcome.unwrap_err();
            assert_eq!((failure.kind(), story.ended), (ErrorKind::WaitTimeout, deadline));
            assert_eq!(failure.last_info().map(|last| last.status), Some(Status::Running));
            let is_last_look = |begun: Duration| {
                begun + Duration::from_millis(2_021) >= deadline && begun + Duration::from_secs(1) <= deadline
            };
            let begun: Vec<Duration> = story.requests.iter().map(|(begun, ..)| *begun).collect();
            assert!(begun.iter().any(|begun| is_last_look(*begun)), "{deadline:?}, {first}: {begun:?}");
        }
    }
}

#[test]
fn a_server_that_asks_for_a_day_in_a_wait_is_asked_once_more_before_the_deadline() {
    let deadline = Duration::from_secs(60);
    let story = live(Limit::Within(deadline), &rules(0, 0), 4, |now, _| match now.as_secs() {
        1..50 => quickly(Reply::Fails(
            Error::new(ErrorKind::RateLimited, "HTTP 429").with_retry_after(Some(Duration::from_secs(86_400))),
        )),
        0 => quickly(Reply::Says(Status::Running)),
        _ => quickly(Reply::Says(Status::Success)),
    });
    assert_eq!((story.outcome.unwrap(), story.requests.len()), (Status::Success, 3));
}

#[test]
fn a_deadline_inside_an_attempt_is_the_waits_with_the_failures_words() {
    let deadline = Duration::from_secs(10);
    let story = live(Limit::Within(deadline), &rules(250, 250), 1, |now, _| match now.as_secs() {
        0..5 => quickly(Reply::Says(Status::Paused)),
        _ => (Reply::Says(Status::Success), HOUR),
    });
    let failure = story.outcome.unwrap_err();
    assert_eq!((failure.kind(), story.ended), (ErrorKind::WaitTimeout, deadline));
    assert!(failure.message().contains("PAUSED") && failure.message().contains("last failure: timed out"), "{failure}");
    assert_eq!(failure.last_info().map(|last| last.status), Some(Status::Paused));
}

#[test]
fn one_answer_is_got_as_a_query_gets_it() {
    let pending = live(Limit::OneAnswer, &rules(0, 0), 1, |_, _| quickly(Reply::Says(Status::Running)));
    assert_eq!(pending.outcome.unwrap_err().kind(), ErrorKind::WaitTimeout);
    let ended = live(Limit::OneAnswer, &rules(0, 0), 1, |_, _| quickly(Reply::Says(Status::Killed)));
    assert_eq!(ended.outcome.unwrap(), Status::Killed);
    let failing = live(Limit::OneAnswer, &rules(0, 0), 1, |_, _| quickly(unavailable()));
    let failure = failing.outcome.unwrap_err();
    assert_eq!((failure.kind(), failure.attempts(), failing.requests.len()), (ErrorKind::Unavailable, 3, 3));
    let stalled = live(Limit::OneAnswer, &rules(0, 0), 1, |_, _| (Reply::Says(Status::Success), HOUR));
    assert_eq!((stalled.outcome.unwrap_err().kind(), stalled.ended), (ErrorKind::RequestTimeout, TOTAL_TIMEOUT));
}

#[test]
fn a_token_that_expires_every_hour_is_renewed_every_hour() {
    let task = task(10 * HOUR, Status::Success);
    let mut valid_until = HOUR;
    let story = live(Limit::None, &rules(0, 0), 9, |now, _| {
        if now < valid_until {
            return quickly(task(now));
        }
        valid_until = now + HOUR;
        quickly(Reply::Fails(Error::refused(
            "AuthFailure.TokenFailure".into(),
            "expired".into(),
            None,
            "AuthFailure.TokenFailure: expired".into(),
        )))
    });
    assert_eq!(story.outcome.unwrap(), Status::Success);
}

#[test]
fn retry_after_is_kept_beyond_the_longest_interval_up_to_five_minutes() {
    let story = live(Limit::Within(HOUR), &rules(250, 1_000), 2, |now, _| match now.as_secs() {
        2 => quickly(Reply::Fails(Error::new(ErrorKind::Unavailable, "HTTP 503").with_retry_after(Some(HOUR / 20)))),
        1_000 => {
            quickly(Reply::Fails(Error::new(ErrorKind::Unavailable, "HTTP 503").with_retry_after(Some(HOUR * 24))))
        }
        _ => quickly(Reply::Says(Status::Running)),
    });
    let mut pauses: Vec<_> = story.requests.windows(2).map(|two| two[1].0 - two[0].1).collect();
    pauses.sort_unstable();
    assert_eq!(pauses[pauses.len() - 2..], [HOUR / 20, Duration::from_secs(300)]);
}

/// A life and faults by chance, in which anything may come at any time.
fn random_reply(now: Duration, ends: Duration, last: Status, faults: u64, chance: &mut Chance) -> (Reply, Duration) {
    let took = if chance.one_in(20) { chance.ms(0, 60_000) } else { chance.ms(0, 300) };
    if faults > 0 && chance.below(100) < faults {
        let code = chance.of_these(&[
            ErrorKind::Unavailable,
            ErrorKind::Transport,
            ErrorKind::Connect,
            ErrorKind::Resolve,
            ErrorKind::RateLimited,
            ErrorKind::BadResponse,
            ErrorKind::System,
            ErrorKind::Proxy,
            ErrorKind::Credentials,
        ]);
        let failure = Error::new(code, "a fault");
        let retry_after = chance.one_in(30).then(|| chance.ms(0, 20_000));
        return (Reply::Fails(failure.with_retry_after(retry_after)), took);
    }
    if chance.one_in(2_000) {
        return (
            Reply::Fails(Error::refused(
                "AuthFailure.SignatureFailure".into(),
                "no".into(),
                None,
                "AuthFailure.SignatureFailure: no".into(),
            )),
            took,
        );
    }
    let pending = [Status::Running, Status::Initial, Status::Paused, Status::Undefined, Status::Unknown];
    let status = if now + took / 2 >= ends { last } else { chance.of_these(&pending) };
    (Reply::Says(status), took)
}

#[test]
fn random_lives_end_as_they_must() {
    for seed in 0..3_000 {
        let mut chance = Chance::of(seed ^ 0x5EED);
        let ends = chance.ms(0, 7_200_000);
        let last = chance.of_these(&[Status::Success, Status::Failed, Status::Killed, Status::Removed]);
        let limit = match chance.below(4) {
            0 => Limit::None,
            _ => Limit::Within(chance.ms(1, 3_600_000)),
        };
        let first = 250 + chance.below(5_000) as u32;
        let longest = first + chance.below(60_000) as u32;
        let stop_on: &[Status] = if chance.one_in(5) { &[Status::Paused] } else { &[] };
        let rules = rules_of(first, longest, stop_on);
        let faults = chance.of_these(&[0, 0, 5, 50]);
        let story = live(limit, &rules, seed, |now, chance| random_reply(now, ends, last, faults, chance));
        validate(seed, limit, &rules, first, &story);
    }
}

fn validate(seed: u64, limit: Limit, rules: &PollRules, first_ms: u32, story: &Story) {
    let answered =
        |replies: &[(Duration, Duration, Reply)]| replies.iter().any(|(_, _, reply)| matches!(reply, Reply::Says(_)));
    let (_, last_end, last_reply) = story.requests.last().unwrap();
    match (&story.outcome, last_reply) {
        (Ok(status), Reply::Says(said)) => assert!(rules.end_on(*status) && status == said, "seed {seed}"),
        (Err(failure), _) if failure.kind() == ErrorKind::WaitTimeout => {
            let Limit::Within(deadline) = limit else { panic!("seed {seed}: no deadline passed") };
            assert_eq!(story.ended, deadline, "seed {seed}");
            assert_eq!(failure.last_info().is_some(), answered(&story.requests), "seed {seed}");
        }
        (Err(failure), Reply::Fails(_)) => {
            let had_answer = answered(&story.requests);
            assert!(!had_answer || !is_continued_by_wait(failure), "seed {seed}: {failure:?} is outlived");
            assert_eq!(failure.attempts() as usize, story.requests.len(), "seed {seed}");
        }
        other => panic!("seed {seed}: {other:?}"),
    }
    if let Limit::Within(deadline) = limit {
        assert!(*last_end <= deadline && story.ended <= deadline, "seed {seed}: ends past its deadline");
    }
    // Nothing that ends a wait was passed over.
    for (_, _, reply) in &story.requests[..story.requests.len() - 1] {
        assert!(
            !matches!(reply, Reply::Says(status) if rules.end_on(*status)),
            "seed {seed}: an ending was passed over"
        );
    }
    // Action an answer never sooner than the first interval; before one as a query, never sooner than 100 ms.
    for (at, two) in story.requests.windows(2).enumerate() {
        let pause = two[1].0 - two[0].1;
        let is_last_look = matches!(limit, Limit::Within(deadline) if two[1].0 + LAST_LOOK * 2 >= deadline);
        let least = match answered(&story.requests[..=at]) {
            true if is_last_look => 250,
            true => u64::from(first_ms),
            false => 100,
        };
        assert!(pause >= Duration::from_millis(least), "seed {seed}: {pause:?} after request {at}");
    }
    // An attempt is bounded.
    assert!(story.requests.iter().all(|(begun, ended, _)| *ended - *begun <= TOTAL_TIMEOUT), "seed {seed}");
}
