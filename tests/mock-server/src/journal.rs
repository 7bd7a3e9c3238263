//! What was received, and how often.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::connection::Origin;
use crate::request::Request;
use crate::signature::Claim;

const SECOND: Duration = Duration::from_secs(1);

/// One request as it was received.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When its last byte had been read.
    pub at: Instant,
    /// Counted from 1 over all connections of the service that received it.
    pub connection: u64,
    /// Counted from 1 within the connection.
    pub number: u32,
    pub over_tls: bool,
    /// Request line and headers with the empty line, as received.
    pub head: Vec<u8>,
    pub body: Vec<u8>,
    /// None: a request the API answers. Else the error code it was, or would have been, refused with.
    pub refused: Option<String>,
    /// What was done instead of answering well: a fault's name, `error`, `raw`.
    pub treated: Option<&'static str>,
}

impl Seen {
    pub(crate) fn new(request: &Request, origin: Origin<'_>) -> Seen {
        Seen {
            at: Instant::now(),
            connection: origin.connection,
            number: origin.number,
            over_tls: origin.over_tls,
            head: request.head.clone(),
            body: request.body.clone(),
            refused: None,
            treated: None,
        }
    }

    /// The value of the first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head);
        head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// The secret id that signed the request, rightly or not. None: it is not signed.
    pub fn secret_id(&self) -> Option<String> {
        Claim::parse(&self.header("authorization")?).map(|claim| claim.secret_id)
    }

    pub fn action(&self) -> Option<String> {
        self.header("x-tc-action")
    }

    /// The parameters in the body. None: it is not JSON.
    pub fn parameters(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The task asked for, if the body says so.
    pub fn async_request_id(&self) -> Option<String> {
        self.parameters()?.get("AsyncRequestId")?.as_str().map(str::to_owned)
    }
}

/// Counts everything, keeps the newest.
#[derive(Debug)]
pub(crate) struct Journal {
    keep: usize,
    seen: VecDeque<Seen>,
    requests: u64,
    last_second: VecDeque<Instant>,
    max_in_any_second: usize,
    pub rate_refusals: u64,
}

impl Journal {
    pub fn new(keep: usize) -> Journal {
        Journal {
            keep,
            seen: VecDeque::new(),
            requests: 0,
            last_second: VecDeque::new(),
            max_in_any_second: 0,
            rate_refusals: 0,
        }
    }

    pub fn record(&mut self, seen: Seen) {
        self.requests += 1;
        forget_before(&mut self.last_second, seen.at);
        self.last_second.push_back(seen.at);
        self.max_in_any_second = self.max_in_any_second.max(self.last_second.len());
        if self.keep > 0 {
            if self.seen.len() == self.keep {
                self.seen.pop_front();
            }
            self.seen.push_back(seen);
        }
    }

    pub fn requests(&self) -> u64 {
        self.requests
    }

    pub fn max_in_any_second(&self) -> usize {
        self.max_in_any_second
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.iter().cloned().collect()
    }

    pub fn clear(&mut self) {
        *self = Journal::new(self.keep);
    }
}

/// A limit of so many in any second for each account; 0: no limit.
#[derive(Debug)]
pub(crate) struct RateLimit {
    pub limit: u32,
    admitted: HashMap<String, VecDeque<Instant>>,
}

impl RateLimit {
    pub fn of(limit: u32) -> RateLimit {
        RateLimit { limit, admitted: HashMap::new() }
    }

    /// Err: how many this second would have had.
    pub fn admit(&mut self, account: &str, now: Instant) -> Result<(), usize> {
        let admitted = self.admitted.entry(account.to_owned()).or_default();
        forget_before(admitted, now);
        if self.limit > 0 && admitted.len() >= self.limit as usize {
            return Err(admitted.len() + 1);
        }
        admitted.push_back(now);
        Ok(())
    }
}

fn forget_before(times: &mut VecDeque<Instant>, now: Instant) {
    while times.front().is_some_and(|time| now.saturating_duration_since(*time) >= SECOND) {
        times.pop_front();
    }
}
