//! Lives of tasks and what a wait makes of them: outcome, answers, requests.

use std::collections::BTreeMap;
use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::{Fault, Life, Member, MockServer, Options as ServerOptions, Step};

use crate::c_api::{Client, Credentials, Failure, Found, Options, Waiter};
use crate::queue::{Queue, WaitOptions};

/// How a wait ends: with this status, or with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    In(tcdb_status),
    By(tcdb_code),
}

struct Case {
    name: &'static str,
    steps: Vec<Step>,
    stop_on: &'static [tcdb_status],
    ends: Ends,
    answers: u32,
    requests: u64,
}

/// A life, how it ends, answers and requests it takes.
fn case(name: &'static str, steps: Vec<Step>, ends: Ends, answers: u32, requests: u64) -> Case {
    Case { name, steps, stop_on: &[], ends, answers, requests }
}

fn stopping(name: &'static str, steps: Vec<Step>, stop_on: &'static [tcdb_status], ends: Ends, answers: u32) -> Case {
    Case { name, steps, stop_on, ends, answers, requests: answers.into() }
}

fn status(text: &str) -> Step {
    Step::status(text)
}

fn once(text: &str) -> Step {
    Step::status(text).times(1)
}

fn error(code: &str) -> Step {
    Step::error(code, "said by the test")
}

fn fault(fault: Fault) -> Step {
    Step::fault(fault).times(1)
}

fn endings() -> Vec<Case> {
    use Ends::In;
    let after_running = |last| vec![once("INITIAL"), once("RUNNING"), status(last)];
    vec![
        case("SUCCESS at once", vec![status("SUCCESS")], In(TCDB_STATUS_SUCCESS), 1, 1),
        case("FAILED at once", vec![status("FAILED")], In(TCDB_STATUS_FAILED), 1, 1),
        case("KILLED at once", vec![status("KILLED")], In(TCDB_STATUS_KILLED), 1, 1),
        case("REMOVED at once", vec![status("REMOVED")], In(TCDB_STATUS_REMOVED), 1, 1),
        case("SUCCESS in the end", after_running("SUCCESS"), In(TCDB_STATUS_SUCCESS), 3, 3),
        case("FAILED in the end", after_running("FAILED"), In(TCDB_STATUS_FAILED), 3, 3),
        case("KILLED in the end", after_running("KILLED"), In(TCDB_STATUS_KILLED), 3, 3),
        case("REMOVED in the end", after_running("REMOVED"), In(TCDB_STATUS_REMOVED), 3, 3),
    ]
}

fn pending_ones() -> Vec<Case> {
    use Ends::In;
    let raw = |status: Member| Step::raw_status(status, Member::Null).times(1);
    let then_success = |step| vec![step, status("SUCCESS")];
    let success = In(TCDB_STATUS_SUCCESS);
    vec![
        case(
            "PAUSED resumes",
            vec![once("RUNNING"), once("PAUSED"), once("RUNNING"), status("SUCCESS")],
            success,
            4,
            4,
        ),
        case("UNDEFINED until the window opens", vec![status("UNDEFINED").times(2), status("SUCCESS")], success, 3, 3),
        case("null is not an ending", then_success(raw(Member::Null)), success, 2, 2),
        case("a missing status is not an ending", then_success(raw(Member::Missing)), success, 2, 2),
        case("an empty status is not an ending", then_success(raw("".into())), success, 2, 2),
        case("SUCCEED of a sister API is not an ending", then_success(raw("SUCCEED".into())), success, 2, 2),
        case("success in lower case is not an ending", then_success(raw("success".into())), success, 2, 2),
        case("a new status is not an ending", then_success(raw("SCHEDULED".into())), success, 2, 2),
        stopping(
            "stops on PAUSED",
            vec![once("RUNNING"), status("PAUSED")],
            &[TCDB_STATUS_PAUSED],
            In(TCDB_STATUS_PAUSED),
            2,
        ),
        stopping(
            "stops on UNDEFINED",
            vec![status("UNDEFINED")],
            &[TCDB_STATUS_UNDEFINED],
            In(TCDB_STATUS_UNDEFINED),
            1,
        ),
        stopping(
            "stops on what it does not know",
            then_success(raw("SCHEDULED".into())),
            &[TCDB_STATUS_UNKNOWN],
            In(TCDB_STATUS_UNKNOWN),
            1,
        ),
        stopping(
            "stops on RUNNING",
            vec![once("INITIAL"), status("RUNNING")],
            &[TCDB_STATUS_PAUSED, TCDB_STATUS_RUNNING],
            In(TCDB_STATUS_RUNNING),
            2,
        ),
        stopping(
            "a status to stop on that never comes",
            vec![once("RUNNING"), status("SUCCESS")],
            &[TCDB_STATUS_PAUSED],
            success,
            2,
        ),
    ]
}

/// A failure in the middle that may pass: one request more, and the wait goes on.
fn outlived() -> Vec<Case> {
    let amid = |name, spoiled: Step, requests| {
        let steps = vec![once("RUNNING"), spoiled, once("RUNNING"), status("SUCCESS")];
        case(name, steps, Ends::In(TCDB_STATUS_SUCCESS), 3, requests)
    };
    vec![
        amid("a gateway's 504", fault(Fault::Html504), 4),
        amid("a gateway's 502", fault(Fault::Html502), 4),
        amid("an empty 503", fault(Fault::Http503Empty), 4),
        amid("503 with Retry-After", fault(Fault::Http503RetryAfter), 4),
        amid("429 with JSON", fault(Fault::Http429Json), 4),
        amid("RequestLimitExceeded", error("RequestLimitExceeded").times(1), 4),
        amid("InternalError", error("InternalError.UndefinedError").times(1), 4),
        amid("a backend's TaskError", error("CdbError.TaskError").times(1), 4),
        amid("a page of HTML with 200", fault(Fault::Html200), 4),
        amid("the text Gateway Time-out", fault(Fault::TextGatewayTimeout), 4),
        amid("an empty body", fault(Fault::EmptyBody), 4),
        amid("half of the JSON", fault(Fault::JsonCutShort), 4),
        amid("a redirect", fault(Fault::Redirect302), 4),
        amid("a Status that is a number", fault(Fault::StatusNumber), 4),
        amid("a reset in the body", fault(Fault::ResetInBody), 4),
        amid("a connection closed in the body", fault(Fault::CloseInBody), 4),
        amid("a reset after the first byte", fault(Fault::ResetAfterFirstByte), 4),
        // A kept connection that breaks before the first byte is asked again at once, invisibly: the spoiled question
        // and its repetition are one attempt.
        amid("a reset before the first byte", fault(Fault::ResetBeforeFirstByte), 4),
        amid("five failures in a row", Step::fault(Fault::Html504).times(5), 8),
    ]
}

fn failing() -> Vec<Case> {
    use Ends::By;
    let later = |name, code, by| case(name, vec![once("RUNNING"), error(code)], By(by), 1, 2);
    let first = |name, step, by, requests| case(name, vec![step], By(by), 0, requests);
    vec![
        later("credentials revoked in the middle", "AuthFailure.SignatureFailure", TCDB_ERR_AUTH),
        later("the right taken away in the middle", "UnauthorizedOperation.PermissionDenied", TCDB_ERR_DENIED),
        later("the task unknown in the middle", "InvalidParameter.InvalidAsyncRequestId", TCDB_ERR_UNKNOWN_REQUEST_ID),
        later("refused in the middle", "UnsupportedRegion", TCDB_ERR_REJECTED),
        first("a wrong key at first", error("AuthFailure.SignatureFailure"), TCDB_ERR_AUTH, 1),
        first("no right at first", error("OperationDenied.UserHasNoStrategy"), TCDB_ERR_DENIED, 1),
        first("no such task", error("InvalidParameter.InvalidAsyncRequestId"), TCDB_ERR_UNKNOWN_REQUEST_ID, 1),
        first("504 from the start", Step::fault(Fault::Html504), TCDB_ERR_UNAVAILABLE, 3),
        first("HTML from the start", Step::fault(Fault::Html200), TCDB_ERR_BAD_RESPONSE, 1),
        first("resets from the start", Step::fault(Fault::ResetInBody), TCDB_ERR_TRANSPORT, 3),
    ]
}

fn recovering_at_first() -> Vec<Case> {
    let at_first =
        |name, step, requests| case(name, vec![step, status("SUCCESS")], Ends::In(TCDB_STATUS_SUCCESS), 1, requests);
    vec![
        at_first("two 504 before the first answer", Step::fault(Fault::Html504).times(2), 3),
        at_first("a reset before the first answer", fault(Fault::ResetInBody), 2),
        at_first("InternalError before the first answer", error("InternalError").times(1), 2),
        at_first("RequestLimitExceeded beyond the client's attempts", error("RequestLimitExceeded").times(5), 6),
    ]
}

fn timing_out() -> Vec<Case> {
    let never = |name, step| case(name, vec![step], Ends::By(TCDB_ERR_WAIT_TIMEOUT), 0, 0);
    vec![
        never("RUNNING for ever", status("RUNNING")),
        never("PAUSED for ever", status("PAUSED")),
        never("null for ever", Step::raw_status(Member::Null, Member::Null)),
        case(
            "504 for ever after an answer",
            vec![once("RUNNING"), Step::fault(Fault::Html504)],
            Ends::By(TCDB_ERR_WAIT_TIMEOUT),
            1,
            0,
        ),
        case(
            "a stall after an answer",
            vec![once("RUNNING"), Step::fault(Fault::StallReply)],
            Ends::By(TCDB_ERR_WAIT_TIMEOUT),
            1,
            2,
        ),
    ]
}

impl Case {
    fn times_out(&self) -> bool {
        self.ends == Ends::By(TCDB_ERR_WAIT_TIMEOUT)
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(if self.times_out() { 2 } else { 20 })
    }

    fn assert_outcome(&self, outcome: &Result<Found, Failure>, answers: u32) {
        let name = self.name;
        match outcome {
            Ok(found) => assert_eq!(Ends::In(found.status), self.ends, "{name}: {found:?}"),
            Err(failure) => {
                assert_eq!(Ends::By(failure.code), self.ends, "{name}: {failure:?}");
                assert_eq!(failure.last.is_some(), answers > 0, "{name}");
            }
        }
    }

    /// 0 requests: as many as fit.
    fn assert_effort(&self, answers: u32, requests: u64, elapsed: Duration) {
        let name = self.name;
        if self.requests > 0 || !self.times_out() {
            assert_eq!(answers, self.answers, "{name}");
            assert_eq!(requests, self.requests, "{name}");
        } else {
            assert!(requests >= 4, "{name}: asked {requests} times in two seconds");
            assert!(
                elapsed >= self.timeout() && elapsed < self.timeout() + Duration::from_millis(500),
                "{name}: {elapsed:?}"
            );
        }
    }
}

fn lead(server: &MockServer, client: &Client, number: usize, case: &Case) {
    let (id, name) = (format!("life-{number}"), case.name);
    server.put(&id, Life::of(case.steps.clone()));
    let waiter =
        case.stop_on.iter().fold(Waiter::quick(client, &id, case.timeout()), |waiter, status| waiter.stop_on(*status));
    let outcome = waiter.run();
    case.assert_outcome(&outcome, waiter.answers());
    if let Err(failure) = &outcome {
        assert_eq!(failure.last, waiter.latest(), "{name}");
    }
    case.assert_effort(waiter.answers(), server.questions(&id), waiter.elapsed());
    assert_eq!(waiter.due_in(), None, "{name}");
    assert_eq!(waiter.run(), outcome, "{name}: the outcome is repeated");
}

/// Each life through a waiter of its own and, all together, through one queue.
fn lead_all(cases: &[Case]) {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let client = Options::to(&server).client(&Credentials::accepted()).unwrap();
    std::thread::scope(|scope| {
        for (number, case) in cases.iter().enumerate() {
            let (server, client) = (&server, &client);
            scope.spawn(move || lead(server, client, number, case));
        }
    });
    lead_through_queue(&server, &client, cases);
}

fn lead_through_queue(server: &MockServer, client: &Client, cases: &[Case]) {
    let queue = Queue::of(client);
    let mut tasks = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        let id = format!("queued-life-{number}");
        server.put(&id, Life::of(case.steps.clone()));
        let options = case.stop_on.iter().fold(WaitOptions::quick(), |options, status| options.stop_on(*status));
        let task = queue.try_add(&id, Some(case.timeout()), &options, number).unwrap();
        tasks.insert(task, (id, case));
    }
    let events = queue.while_run(4, || queue.take_all());
    assert_eq!(events.len(), cases.len(), "one event for each life, the final one");
    for event in events {
        let (id, case) = tasks.remove(&event.task).expect("one final event for each task");
        assert!(event.is_final && cases[event.user_data].name == case.name, "{event:?}");
        case.assert_outcome(&event.outcome, event.answers);
        case.assert_effort(event.answers, server.questions(&id), event.elapsed);
    }
}

#[test]
fn a_wait_ends_on_every_terminal_status() {
    lead_all(&endings());
}

#[test]
fn a_wait_goes_on_through_what_is_not_terminal_and_stops_on_what_is_set() {
    lead_all(&pending_ones());
}

#[test]
fn a_wait_that_has_an_answer_outlives_what_may_pass() {
    lead_all(&outlived());
}

#[test]
fn a_wait_ends_by_what_does_not_pass_and_before_its_first_answer_as_a_query() {
    lead_all(&failing());
    lead_all(&recovering_at_first());
}

#[test]
fn a_wait_ends_at_its_deadline_with_the_last_answer() {
    lead_all(&timing_out());
}

#[test]
fn the_table_holds_at_least_forty_lives() {
    let tables = [endings(), pending_ones(), outlived(), failing(), recovering_at_first(), timing_out()];
    assert!(tables.iter().map(Vec::len).sum::<usize>() >= 40);
}
