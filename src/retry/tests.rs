//! Sequences of failures under a virtual clock: what is paused, how often is asked, what the caller gets.

use std::time::Duration;

use super::classify::Remedy;
use super::{World, run};
use crate::error::{Error, ErrorKind, Result};
use crate::info::{AsyncRequestInfo, Status};
use crate::unix_time::UnixSeconds;

/// What an attempt meets.
#[derive(Clone, Copy)]
enum Meets {
    AsyncRequestInfo,
    /// A failure of ours.
    Fails(ErrorKind),
    /// A failure of ours that overrules the table.
    MayPass(ErrorKind),
    /// The API's own refusal.
    Refused(&'static str),
    /// A failure that asks to wait so many seconds.
    After(ErrorKind, u64),
    /// So many milliseconds, then this.
    Slow(u64, ErrorKind),
    /// Nothing: the preparation fails.
    NotPrepared(ErrorKind),
}
use Meets::{After, Fails, MayPass, NotPrepared, Refused, Slow};

/// What the world is like.
#[derive(Clone, Copy, PartialEq)]
enum Remedies {
    Work,
    /// No clock to correct, no credentials to renew.
    Fail,
    /// The replies carry no Date.
    NoDate,
}

/// The world of one sequence. An attempt takes 10 ms; jitter is in the middle.
struct Sequence<'a> {
    script: std::slice::Iter<'a, Meets>,
    next: Option<Meets>,
    remedies: Remedies,
    cancelled_at: Option<u64>,
    now: u64,
    total: u64,
    jitter: f64,
    pauses: Vec<u64>,
    sent: u32,
}

impl World for Sequence<'_> {
    fn left(&self) -> Duration {
        Duration::from_millis(self.total.saturating_sub(self.now))
    }

    fn jitter(&mut self) -> f64 {
        self.jitter
    }

    fn pause(&mut self, pause: Duration) -> Result<()> {
        let pause = u64::try_from(pause.as_millis()).unwrap();
        self.pauses.push(pause);
        self.now += pause;
        match self.cancelled_at {
            Some(at) if at <= self.now => Err(Error::new(ErrorKind::Cancelled, "cancelled")),
            _ => Ok(()),
        }
    }

    fn prepare(&mut self) -> Result<()> {
        self.next = self.script.next().copied();
        match self.next {
            Some(NotPrepared(code)) => Err(Error::new(code, "not prepared")),
            _ => Ok(()),
        }
    }

    fn requests_sent(&self) -> u32 {
        self.sent
    }

    fn attempt(&mut self) -> Result<AsyncRequestInfo> {
        self.sent += 1;
        self.now += 10;
        let date = (self.remedies != Remedies::NoDate).then_some(UnixSeconds(1_800_000_000));
        let failed = |code| Err(Error::new(code, "failed"));
        match self.next.take().expect("a script that is long enough") {
            Meets::AsyncRequestInfo => {
                Ok(AsyncRequestInfo { status: Status::Success, status_text: None, info: None, request_id: None })
            }
            Fails(code) => failed(code),
            MayPass(code) => failed(code).map_err(|e| e.retryable(true)),
            Refused(code) => {
                Err(Error::refused(code.to_owned(), String::new(), None, code.to_owned()).with_server_time(date))
            }
            After(code, seconds) => failed(code).map_err(|e| e.with_retry_after(Some(Duration::from_secs(seconds)))),
            Slow(ms, code) => {
                self.now += ms - 10;
                failed(code)
            }
            NotPrepared(_) => unreachable!(),
        }
    }

    fn apply(&mut self, _: Remedy, _: &Error) -> bool {
        self.remedies == Remedies::Work
    }
}

fn sequence(script: &[Meets]) -> Sequence<'_> {
    Sequence {
        script: script.iter(),
        next: None,
        remedies: Remedies::Work,
        cancelled_at: None,
        now: 0,
        total: 30_000,
        jitter: 0.5,
        pauses: Vec::new(),
        sent: 0,
    }
}

const OK: Meets = Meets::AsyncRequestInfo;
const LOST: Meets = Fails(ErrorKind::Transport);
const LIMITED: Meets = Fails(ErrorKind::RateLimited);
const DOWN: Meets = Fails(ErrorKind::Unavailable);
const EXPIRED: Meets = Refused("AuthFailure.SignatureExpire");
const NO_TOKEN: Meets = Refused("AuthFailure.TokenFailure");
const NO_ID: Meets = Refused("AuthFailure.SecretIdNotFound");

/// Script, the most attempts, the pauses in ms, requests sent, and the outcome: None is an answer.
type Row = (&'static [Meets], u32, &'static [u64], u32, Option<ErrorKind>);

const ROWS: &[Row] = &[
    (&[OK], 3, &[], 1, None),
    // What may pass is asked again, with pauses that double.
    (&[LOST, OK], 3, &[150], 2, None),
    (&[LOST, LOST, OK], 3, &[150, 300], 3, None),
    (&[LOST, LOST, LOST], 3, &[150, 300], 3, Some(ErrorKind::Transport)),
    (&[LOST], 1, &[], 1, Some(ErrorKind::Transport)),
    (&[LOST, OK], 2, &[150], 2, None),
    (&[LOST, LOST], 2, &[150], 2, Some(ErrorKind::Transport)),
    (
        &[LOST, LOST, LOST, LOST, LOST, LOST, LOST, LOST, LOST, LOST],
        10,
        &[150, 300, 600, 1200, 2400, 3750, 3750, 3750, 3750],
        10,
        Some(ErrorKind::Transport),
    ),
    (&[Fails(ErrorKind::Resolve), OK], 3, &[150], 2, None),
    (
        &[Fails(ErrorKind::Resolve), Fails(ErrorKind::Resolve), Fails(ErrorKind::Resolve)],
        3,
        &[150, 300],
        3,
        Some(ErrorKind::Resolve),
    ),
    (&[Fails(ErrorKind::Connect), OK], 3, &[150], 2, None),
    (&[Fails(ErrorKind::Connect), Fails(ErrorKind::Connect)], 2, &[150], 2, Some(ErrorKind::Connect)),
    (&[DOWN, OK], 3, &[150], 2, None),
    (&[DOWN, DOWN, DOWN], 3, &[150, 300], 3, Some(ErrorKind::Unavailable)),
    // The last failure is the one that is reported.
    (&[Fails(ErrorKind::Resolve), Fails(ErrorKind::Connect), LOST], 3, &[150, 300], 3, Some(ErrorKind::Transport)),
    (&[DOWN, Fails(ErrorKind::Tls)], 3, &[150], 2, Some(ErrorKind::Tls)),
    // The API counts by the second.
    (&[LIMITED, OK], 3, &[1250], 2, None),
    (&[LIMITED, LIMITED, LIMITED], 3, &[1250, 1250], 3, Some(ErrorKind::RateLimited)),
    (&[LIMITED, LIMITED, LIMITED, LIMITED, OK], 5, &[1250, 1250, 1250, 1250], 5, None),
    (&[LIMITED, LOST, OK], 3, &[1250, 300], 3, None),
    // Retry-After is the least that is waited.
    (&[After(ErrorKind::RateLimited, 3), OK], 3, &[3000], 2, None),
    (&[After(ErrorKind::RateLimited, 1), OK], 3, &[1250], 2, None),
    (&[After(ErrorKind::Unavailable, 2), OK], 3, &[2000], 2, None),
    (&[After(ErrorKind::Unavailable, 0), OK], 3, &[150], 2, None),
    (&[After(ErrorKind::Unavailable, 29), OK], 3, &[29_000], 2, None),
    // Past the deadline: reported at once.
    (&[After(ErrorKind::Unavailable, 30), OK], 3, &[], 1, Some(ErrorKind::Unavailable)),
    (&[After(ErrorKind::RateLimited, 3600), OK], 3, &[], 1, Some(ErrorKind::RateLimited)),
    (&[LOST, After(ErrorKind::Unavailable, 3600)], 3, &[150], 2, Some(ErrorKind::Unavailable)),
    (&[Slow(29_900, ErrorKind::Transport), OK], 3, &[], 1, Some(ErrorKind::Transport)),
    (&[Slow(29_800, ErrorKind::Transport), OK], 3, &[150], 2, None),
    (
        &[Slow(29_000, ErrorKind::Transport), Slow(700, ErrorKind::Transport), OK],
        3,
        &[150],
        2,
        Some(ErrorKind::Transport),
    ),
    // No repetition mends these.
    (&[Fails(ErrorKind::Tls)], 3, &[], 1, Some(ErrorKind::Tls)),
    (&[Fails(ErrorKind::RequestTimeout)], 3, &[], 1, Some(ErrorKind::RequestTimeout)),
    (&[Fails(ErrorKind::System)], 3, &[], 1, Some(ErrorKind::System)),
    (&[Fails(ErrorKind::Proxy)], 3, &[], 1, Some(ErrorKind::Proxy)),
    (&[MayPass(ErrorKind::Proxy), OK], 3, &[150], 2, None),
    (&[Fails(ErrorKind::BadResponse)], 3, &[], 1, Some(ErrorKind::BadResponse)),
    (&[Fails(ErrorKind::Cancelled)], 3, &[], 1, Some(ErrorKind::Cancelled)),
    (&[Fails(ErrorKind::Internal)], 3, &[], 1, Some(ErrorKind::Internal)),
    (&[Refused("AuthFailure.SignatureFailure")], 3, &[], 1, Some(ErrorKind::Auth)),
    (&[Refused("UnauthorizedOperation")], 3, &[], 1, Some(ErrorKind::Denied)),
    (&[Refused("InvalidParameter.InvalidAsyncRequestId")], 3, &[], 1, Some(ErrorKind::UnknownRequestId)),
    (&[Refused("InvalidParameter")], 3, &[], 1, Some(ErrorKind::Rejected)),
    (&[Refused("RequestLimitExceeded.IPLimitExceeded"), OK], 3, &[1250], 2, None),
    (&[Refused("InternalError.UndefinedError"), OK], 3, &[150], 2, None),
    (&[Refused("CdbError.TaskError"), Refused("CdbError.TaskError")], 2, &[150], 2, Some(ErrorKind::Unavailable)),
    // Remedies: once each, at once, and not counted as attempts.
    (&[EXPIRED, OK], 1, &[], 2, None),
    (&[EXPIRED, EXPIRED], 3, &[], 2, Some(ErrorKind::Auth)),
    (&[EXPIRED, LOST, LOST, OK], 3, &[150, 300], 4, None),
    (&[LOST, EXPIRED, LOST, OK], 3, &[150, 300], 4, None),
    (&[NO_TOKEN, OK], 1, &[], 2, None),
    (&[NO_ID, OK], 1, &[], 2, None),
    (&[NO_TOKEN, NO_TOKEN], 3, &[], 2, Some(ErrorKind::Auth)),
    (&[NO_TOKEN, NO_ID], 3, &[], 2, Some(ErrorKind::Auth)),
    (&[EXPIRED, NO_TOKEN, OK], 1, &[], 3, None),
    (&[NO_TOKEN, EXPIRED, LOST, OK], 2, &[150], 4, None),
    // What comes before a request.
    (&[NotPrepared(ErrorKind::Credentials)], 3, &[], 0, Some(ErrorKind::Credentials)),
    (&[NotPrepared(ErrorKind::RateLimited)], 3, &[], 0, Some(ErrorKind::RateLimited)),
    (&[NotPrepared(ErrorKind::Cancelled)], 3, &[], 0, Some(ErrorKind::Cancelled)),
    // What the server said last explains more than that there was no time for more; a stop is a stop.
    (&[DOWN, NotPrepared(ErrorKind::RateLimited)], 3, &[150], 1, Some(ErrorKind::Unavailable)),
    (&[NO_TOKEN, NotPrepared(ErrorKind::Credentials)], 3, &[], 1, Some(ErrorKind::Auth)),
    (&[DOWN, NotPrepared(ErrorKind::Cancelled)], 3, &[150], 1, Some(ErrorKind::Cancelled)),
];

fn outcome_of(world: &mut Sequence<'_>, max_attempts: u32) -> (Option<ErrorKind>, u32) {
    match run(world, max_attempts) {
        Ok(_) => (None, world.sent),
        Err(failure) => (Some(failure.kind()), failure.attempts()),
    }
}

#[test]
fn every_sequence_of_failures_has_its_pauses_its_attempts_and_its_outcome() {
    assert!(ROWS.len() >= 40);
    for (i, (script, max_attempts, pauses, sent, code)) in ROWS.iter().enumerate() {
        let mut world = sequence(script);
        let outcome = outcome_of(&mut world, *max_attempts);
        assert_eq!((outcome, world.pauses.as_slice(), world.sent), ((*code, *sent), *pauses, *sent), "row {i}");
    }
}

#[test]
fn without_a_remedy_the_refusal_is_reported_at_once() {
    for (script, remedies) in [(EXPIRED, Remedies::Fail), (EXPIRED, Remedies::NoDate), (NO_TOKEN, Remedies::Fail)] {
        let script = [script, OK];
        let mut world = Sequence { remedies, ..sequence(&script) };
        assert_eq!(outcome_of(&mut world, 3), (Some(ErrorKind::Auth), 1));
    }
}

#[test]
fn a_cancel_ends_a_pause_and_is_the_outcome() {
    let script = [DOWN, DOWN, OK];
    let mut world = Sequence { cancelled_at: Some(400), ..sequence(&script) };
    assert_eq!(outcome_of(&mut world, 3), (Some(ErrorKind::Cancelled), 2));
    assert_eq!(world.pauses, [150, 300]);
}

#[test]
fn whatever_comes_the_deadline_and_the_most_attempts_hold() {
    let kinds =
        [LOST, LIMITED, DOWN, Slow(900, ErrorKind::Connect), After(ErrorKind::Unavailable, 1), EXPIRED, NO_TOKEN, OK];
    // Every script of five out of eight kinds, at several jitters and deadlines.
    for number in 0..kinds.len().pow(5) {
        let script: Vec<Meets> = (0..5).map(|digit| kinds[number / kinds.len().pow(digit) % kinds.len()]).collect();
        let script = [script.as_slice(), &[LOST; 5]].concat();
        let (jitter, total) = ([0.0, 0.5, 0.999][number % 3], [50, 700, 3000, 30_000][number / 3 % 4]);
        let mut world = Sequence { jitter, total, ..sequence(&script) };
        let (_, attempts) = outcome_of(&mut world, 3);
        assert!(attempts == world.sent && world.sent <= 5, "3 attempts and 2 remedies: {}", world.sent);
        assert!(world.pauses.len() <= 2);
        // The last attempt may run over by what it takes itself; no pause does.
        assert!(world.now < total + 900 + 3 * 10, "{} of {total}", world.now);
    }
}

#[test]
fn a_retry_after_is_honoured_up_to_five_minutes() {
    for (asked, honoured) in [(1, 1), (299, 299), (300, 300), (301, 300), (86_400, 300), (u64::MAX, 300)] {
        let failure = Error::new(ErrorKind::Unavailable, "").with_retry_after(Some(Duration::from_secs(asked)));
        assert_eq!(super::requested_pause(&failure, 0.5), Duration::from_secs(honoured), "{asked}");
    }
}

#[test]
fn jitter_spreads_pauses_and_keeps_them_in_bounds() {
    for (code, least, most) in [(ErrorKind::Transport, 100, 200), (ErrorKind::RateLimited, 1000, 1500)] {
        let after = |jitter| {
            let day = Duration::from_secs(86_400);
            super::Retry::default().after(&Error::new(code, ""), 3, day, jitter)
        };
        let [least, most] = [least, most].map(|ms| super::RetryAction::Pause(Duration::from_millis(ms)));
        assert_eq!((after(0.0), after(1.0)), (least, most));
    }
}

#[test]
fn attempts_are_counted_and_a_pause_that_would_end_at_the_deadline_is_not_made() {
    let mut retry = super::Retry::default();
    let failure = Error::new(ErrorKind::Unavailable, "HTTP 503");
    let pause = Duration::from_millis(100);
    assert_eq!(retry.after(&failure, 9, pause, 0.0), super::RetryAction::GiveUp);
    assert_eq!(retry.attempts(), 1);
    let second = retry.after(&failure, 9, Duration::from_millis(201), 0.0);
    assert_eq!((second, retry.attempts()), (super::RetryAction::Pause(Duration::from_millis(200)), 2));
    let third = retry.after(&failure, 3, Duration::from_secs(9), 0.0);
    assert_eq!((third, retry.attempts()), (super::RetryAction::GiveUp, 3));
}

#[test]
fn a_wait_goes_on_after_what_may_pass_and_ends_with_what_will_not() {
    for (kind, goes_on) in [
        (ErrorKind::Credentials, true),
        (ErrorKind::System, true),
        (ErrorKind::Resolve, true),
        (ErrorKind::Connect, true),
        (ErrorKind::RequestTimeout, true),
        (ErrorKind::Transport, true),
        (ErrorKind::Proxy, true),
        (ErrorKind::BadResponse, true),
        (ErrorKind::RateLimited, true),
        (ErrorKind::Unavailable, true),
        (ErrorKind::InvalidArgument, false),
        (ErrorKind::Internal, false),
        (ErrorKind::Cancelled, false),
        (ErrorKind::WaitTimeout, false),
        (ErrorKind::Busy, false),
        (ErrorKind::Auth, false),
        (ErrorKind::Denied, false),
        (ErrorKind::UnknownRequestId, false),
        (ErrorKind::Rejected, false),
    ] {
        assert_eq!(super::classify::is_continued_by_wait(&Error::new(kind, "why")), goes_on, "{kind:?}");
    }
    for may_pass in [true, false] {
        let failure = Error::new(ErrorKind::Tls, "why").retryable(may_pass);
        assert_eq!(super::classify::is_continued_by_wait(&failure), may_pass);
    }
}

#[test]
fn an_expired_signature_has_a_remedy_where_the_reply_says_the_time() {
    let refused = |code: &str| Error::refused(code.to_owned(), String::new(), None, code.to_owned());
    assert_eq!(super::classify::remedy(&refused("AuthFailure.SignatureExpire")), None);
    let with_time = refused("AuthFailure.SignatureExpire").with_server_time(Some(UnixSeconds(1_800_000_000)));
    assert_eq!(super::classify::remedy(&with_time), Some(Remedy::CorrectClock));
    assert_eq!(super::classify::remedy(&refused("AuthFailure.TokenFailure")), Some(Remedy::RefreshCredentials));
    assert_eq!(super::classify::remedy(&refused("AuthFailure.UnauthorizedOperation")), None);
}
