//! Every misbehaviour of the endpoint in every phase, written down in `docs/faults.md`: the code, the requests sent and
//! the time it takes. What each cell has to be is tested in `replies.rs`, `cvm_role.rs`, `trust.rs` and `wait_*.rs`;
//! this table is the whole at a glance, and no cell of it changes unseen.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tcdb_async::ffi::*;
use tcdb_mock_server::{
    Certificate, Effect, Fault, Life, Misbehaviour, MockServer, Options as ServerOptions, Step, Versions,
};

use crate::c_api::{Client, Credentials, Failure, Found, Options, Waiter, text_of_code};
use crate::machine::ms;
use crate::{cvm_role, tables};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");
/// The total timeout where the fault would outlast any, in milliseconds of a quiet machine.
const SHORT: u64 = 700;
const LONG: u64 = 30_000;
/// What a busy machine and an unoptimised build add. A fault that is not bounded lasts for `LONG` at least.
const SLACK: u64 = 20_000;

/// A wait ends within this, 8 s on a quiet machine: its pauses are as long on a slow one.
fn longest_wait() -> Duration {
    Duration::from_secs(6) + ms(2_000)
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    Fault(Fault),
    Stopped,
    ConnectsStall,
    Certificate(Certificate),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    NewTls,
    KeptTls,
    Plain,
    Once,
    FirstOfWait,
    AmidWait,
    Metadata,
}

const PHASES: [(Phase, &str); 7] = [
    (Phase::NewTls, "first request, TLS"),
    (Phase::KeptTls, "kept connection, TLS"),
    (Phase::Plain, "first request, plain HTTP"),
    (Phase::Once, "once, then well"),
    (Phase::FirstOfWait, "before a wait's first answer"),
    (Phase::AmidWait, "once amid a wait"),
    (Phase::Metadata, "credentials of a CVM role"),
];

fn troubles() -> Vec<Trouble> {
    let faults = Fault::ALL.iter().map(|fault| Trouble::Fault(*fault));
    let certificates = Certificate::ALL.iter().filter(|c| **c != Certificate::Good).map(|c| Trouble::Certificate(*c));
    faults.chain([Trouble::Stopped, Trouble::ConnectsStall]).chain(certificates).collect()
}

impl Trouble {
    fn name(self) -> String {
        match self {
            Self::Fault(fault) => fault.name().to_owned(),
            Self::Stopped => "(nothing listens)".to_owned(),
            Self::ConnectsStall => "(connects hang)".to_owned(),
            Self::Certificate(certificate) => format!("(certificate {})", certificate.name()),
        }
    }

    fn outlasts_any_timeout(self) -> bool {
        match self {
            Self::Fault(fault) => matches!(fault.effect(), Effect::Late | Effect::Stall),
            other => other == Self::ConnectsStall,
        }
    }

    fn total(self) -> Duration {
        ms(if self.outlasts_any_timeout() { SHORT } else { LONG })
    }

    fn begin(self, server: &MockServer, phase: Phase) {
        match self {
            Self::Fault(fault) if phase == Phase::Metadata => server.misbehave_metadata(Misbehaviour::fault(fault)),
            Self::Fault(fault) if matches!(phase, Phase::Once | Phase::AmidWait) => {
                server.misbehave(self.once(Misbehaviour::fault(fault)));
            }
            Self::Fault(fault) => server.misbehave(Misbehaviour::fault(fault)),
            Self::Stopped => server.stop(),
            Self::ConnectsStall => server.stall_connects(true).unwrap(),
            Self::Certificate(certificate) => server.set_tls(certificate, Versions::Both).unwrap(),
        }
    }

    fn once(self, misbehaviour: Misbehaviour) -> Misbehaviour {
        match misbehaviour.deed {
            tcdb_mock_server::Deed::Fault(fault) if fault.stage() == tcdb_mock_server::Stage::Handshake => {
                misbehaviour.next_connections(1)
            }
            _ => misbehaviour.next_requests(1),
        }
    }

    fn end(self, server: &MockServer) {
        server.behave();
        server.behave_metadata();
        match self {
            Self::Stopped => server.restart().unwrap(),
            Self::ConnectsStall => server.stall_connects(false).unwrap(),
            Self::Certificate(_) => server.set_tls(Certificate::Good, Versions::Both).unwrap(),
            Self::Fault(_) => {}
        }
    }

    /// Phases in which it cannot be staged.
    fn has(self, phase: Phase) -> bool {
        match self {
            // A role's second request may go out before or after the stray answer comes: either is right.
            Self::Fault(Fault::AnswerTwice) => phase != Phase::Metadata,
            Self::Fault(_) => true,
            // They do not end by themselves after one request.
            Self::Stopped | Self::ConnectsStall => !matches!(phase, Phase::Once | Phase::AmidWait | Phase::Metadata),
            Self::Certificate(_) => matches!(phase, Phase::NewTls | Phase::FirstOfWait),
        }
    }
}

fn client(server: &MockServer, phase: Phase, total: Duration) -> Client {
    let options = Options::to(server).attempts(2).total(total);
    let plain = phase == Phase::Plain;
    let options = if plain { options.endpoint(&server.http_url()) } else { options };
    options.client(&Credentials::accepted()).unwrap()
}

/// What a cell says: the code, how many requests were sent, and what bounded the time.
fn cell(server: &MockServer, trouble: Trouble, phase: Phase) -> String {
    if !trouble.has(phase) {
        return String::new();
    }
    let (outcome, sent, took) = staged(server, trouble, phase);
    let code = outcome.as_ref().map_or_else(|failure| failure.code, |_| TCDB_OK);
    let (bound, words) = bound(code, sent.max(attempts(&outcome)), trouble, phase);
    let name = trouble.name();
    assert!(took < bound + ms(SLACK), "{name}, {phase:?}: {took:?}, the bound is {bound:?}: {outcome:?}");
    let sent = if code == TCDB_ERR_WAIT_TIMEOUT { "*".to_owned() } else { sent.to_string() };
    format!("{} {sent} {words}", text_of_code(code).trim_start_matches("TCDB_").trim_start_matches("ERR_"))
}

type Staged = (Result<Found, Failure>, u64, Duration);

fn staged(server: &MockServer, trouble: Trouble, phase: Phase) -> Staged {
    match phase {
        Phase::FirstOfWait | Phase::AmidWait => waited(server, trouble, phase),
        Phase::Metadata => asked_with_a_role(server, trouble),
        _ => asked(server, trouble, phase),
    }
}

fn asked(server: &MockServer, trouble: Trouble, phase: Phase) -> Staged {
    server.put("task", Life::of([Step::status("SUCCESS")]));
    let client = client(server, phase, trouble.total());
    if phase == Phase::KeptTls {
        client.query("task").unwrap();
    }
    trouble.begin(server, phase);
    let before = server.requests();
    let started = Instant::now();
    let outcome = client.query("task");
    let took = started.elapsed();
    trouble.end(server);
    let sent = sent(&outcome, server.requests() - before);
    (outcome, sent, took)
}

/// How often it was tried, also where nothing was sent: in words of the message.
fn attempts(outcome: &Result<Found, Failure>) -> u64 {
    let message = outcome.as_ref().err().map_or("", |failure| failure.message.as_str());
    let count = message.strip_suffix(" attempts)").and_then(|rest| rest.rsplit_once('('));
    count.map_or(1, |(_, count)| count.parse().unwrap())
}

/// Faults of the handshake let no request arrive, however often it was tried.
fn sent(outcome: &Result<Found, Failure>, arrived: u64) -> u64 {
    outcome.as_ref().map_or_else(|failure| u64::from(failure.attempts).max(arrived), |_| arrived)
}

fn waited(server: &MockServer, trouble: Trouble, phase: Phase) -> Staged {
    server.put("task", Life::of([Step::status("RUNNING").times(1), Step::status("SUCCESS")]));
    let client = client(server, phase, trouble.total());
    let waiter = Waiter::quick(&client, "task", longest_wait());
    if phase == Phase::AmidWait {
        while waiter.answers() == 0 {
            waiter.step(Duration::from_millis(100)).unwrap();
        }
    }
    trouble.begin(server, phase);
    let before = server.requests();
    let started = Instant::now();
    let outcome = waiter.run();
    let took = started.elapsed();
    trouble.end(server);
    let arrived = server.requests() - before;
    let sent = if phase == Phase::AmidWait { arrived } else { sent(&outcome, arrived) };
    (outcome, sent, took)
}

fn asked_with_a_role(server: &MockServer, trouble: Trouble) -> Staged {
    server.put("task", Life::of([Step::status("SUCCESS")]));
    // Without a handshake there is time enough, and the name of a role that drips is there in a few seconds.
    let total = if trouble.outlasts_any_timeout() { Duration::from_millis(SHORT) } else { trouble.total() };
    let source = Options::new().endpoint(&server.metadata_url()).total(total);
    let client = cvm_role::client_with(server, &Credentials::cvm_role(None, &source).unwrap());
    trouble.begin(server, Phase::Metadata);
    let before = server.metadata_requests();
    let started = Instant::now();
    let outcome = client.query("task");
    let took = started.elapsed();
    trouble.end(server);
    (outcome, server.metadata_requests() - before, took)
}

/// What bounds the time besides the work itself: a timeout, or the pauses between requests.
fn bound(code: tcdb_code, sent: u64, trouble: Trouble, phase: Phase) -> (Duration, &'static str) {
    match phase {
        Phase::Metadata if trouble.outlasts_any_timeout() && code != TCDB_OK => (ms(SHORT * 2), "≤ timeout"),
        Phase::Metadata => (ms(5_000), if sent <= 2 { "at once" } else { "pauses" }),
        Phase::AmidWait => (longest_wait(), "by the wait"),
        Phase::FirstOfWait if code == TCDB_OK || code == TCDB_ERR_WAIT_TIMEOUT => (longest_wait(), "by the wait"),
        _ if trouble.outlasts_any_timeout() && code != TCDB_OK => (ms(SHORT * 2), "≤ timeout"),
        // A kept connection that turns out closed is replaced without a pause.
        Phase::KeptTls if code == TCDB_OK => (ms(0), "at once"),
        _ if sent <= 1 => (ms(0), "at once"),
        _ if code == TCDB_ERR_RATE_LIMITED => (ms(2_000), "≤ 2 s"),
        _ => (ms(2_000), "one pause"),
    }
}

fn row(trouble: Trouble) -> String {
    let server = MockServer::start(ServerOptions::default()).unwrap();
    let mut row = format!("| `{}` |", trouble.name());
    for (phase, _) in PHASES {
        let _ = write!(row, " {} |", cell(&server, trouble, phase));
        server.close_connections();
    }
    row
}

fn table() -> (String, usize) {
    let rows = Mutex::new(Vec::new());
    let cases = troubles().into_iter().enumerate().map(|(i, trouble)| (trouble.name(), (i, trouble)));
    tables::each(cases, |(i, trouble)| {
        let row = row(trouble);
        rows.lock().unwrap().push((i, row));
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort();
    let cells = rows.iter().map(|(_, row)| row.split(" | ").filter(|cell| !cell.trim().is_empty()).count() - 1).sum();
    let head: String = PHASES.iter().map(|(_, name)| format!(" {name} |")).collect();
    let rule = "--- | ".repeat(PHASES.len());
    let rows: String = rows.into_iter().map(|(_, row)| row + "\n").collect();
    (format!("{INTRODUCTION}\n| misbehaviour |{head}\n| --- | {}\n{rows}", rule.trim_end()), cells)
}

const INTRODUCTION: &str = "\
# Every misbehaviour in every phase

Made by `make faults` through the C API against the mock server (`tests/mock-server`), held by the test
`no_cell_of_the_fault_table_changes_unseen`. What each misbehaviour does: `tcdb-mock-server --list-faults`.

A cell: the code, the requests sent (in the last column: to the metadata service; `*`: as many as fit before the wait's
deadline), and what bounds the time: *at once*,
*one pause* before the second attempt (0.1 to 0.2 s, or what Retry-After says), *≤ timeout* the total timeout, *by the
wait* the pauses of the wait, *pauses* those between three requests for credentials. The client makes two attempts; its total timeout is 30 s, 0.7 s where the misbehaviour would
outlast any. An empty cell: it cannot be staged there.

Descriptors and threads that are used up are shown by `tests/programs/descriptors.c` and `tests/programs/threads.c`: SYSTEM, and all is
well once there are some again. An allocation that fails cannot be shown: Rust's standard collections end the process
then, as most programs in C do.
";

/// `make faults` runs this with `TCDB_WRITE_FAULTS=1`, which writes instead of comparing.
#[test]
fn no_cell_of_the_fault_table_changes_unseen() {
    let (fresh, cells) = table();
    assert!(cells >= 100, "{cells} cells");
    if std::env::var_os("TCDB_WRITE_FAULTS").is_some() {
        std::fs::write(PATH, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    let changed: Vec<_> = fresh.lines().filter(|line| !committed.lines().any(|old| old == *line)).collect();
    assert!(
        committed == fresh,
        "docs/faults.md is not what the library does; `make faults` writes it:\n{}",
        changed.join("\n")
    );
}
