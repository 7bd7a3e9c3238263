//! Several clients of one account that know nothing of each other: the library's own `Policy` and `SlidingWindow` of each,
//! and a server that counts 40 requests in any second for all of them together.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tcdb_async::error::Error;
use tcdb_async::info::{AsyncRequestInfo, Status};
use tcdb_async::rate_limit::window::{PermitId, Priority, ReservationId, SlidingWindow, WindowAdmission};
use tcdb_async::waiter::config::{Bounds, Limit, PollRules, WaiterConfig};
use tcdb_async::waiter::policy::Policy;

use crate::chance::Chance;

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: usize = 40;

/// Clients with so many waits each, which begin at this time and leave at that one.
#[derive(Clone, Copy)]
struct Group {
    clients: usize,
    waits: usize,
    from: Duration,
    until: Duration,
}

struct Wait {
    policy: Policy,
    place: Option<ReservationId>,
}

struct Client {
    window: SlidingWindow,
    waits: Vec<Wait>,
    until: Duration,
}

enum Event {
    /// A wait has something to do.
    Due,
    /// The request arrives at the server.
    Arrives(PermitId),
    /// Its reply, refused or not, arrives at the client.
    Replied(PermitId, bool),
}

/// One request as the server saw it.
struct Request {
    at: Duration,
    client: usize,
    is_refused: bool,
}

struct Account {
    clients: Vec<Client>,
    rules: PollRules,
    events: BinaryHeap<Reverse<(Duration, u64, usize, usize)>>,
    what: Vec<Event>,
    admitted: VecDeque<Duration>,
    requests: Vec<Request>,
    chance: Chance,
}

impl Account {
    fn of(groups: &[Group], interval_ms: u32, seed: u64) -> Self {
        let bounds = Bounds { max_attempts: 3, max_requests_per_second: 40, total_timeout: Duration::from_secs(30) };
        let mut given = WaiterConfig::default();
        (given.first_ms, given.longest_ms) = (interval_ms, interval_ms);
        let mut account = Self {
            clients: Vec::new(),
            rules: given.validate().unwrap(),
            events: BinaryHeap::new(),
            what: Vec::new(),
            admitted: VecDeque::new(),
            requests: Vec::new(),
            chance: Chance::of(seed),
        };
        for group in groups {
            for _ in 0..group.clients {
                let client = account.clients.len();
                let waits = (0..group.waits).map(|_| Wait { policy: Policy::new(Limit::None, bounds), place: None });
                let window = SlidingWindow::new(LIMIT as u32);
                account.clients.push(Client { window, waits: waits.collect(), until: group.until });
                // Programs do not start in the same millisecond.
                let starts = group.from + account.chance.ms(0, 300);
                (0..group.waits).for_each(|wait| account.at(starts, client, wait, Event::Due));
            }
        }
        account
    }

    fn at(&mut self, time: Duration, client: usize, wait: usize, event: Event) {
        self.events.push(Reverse((time, self.what.len() as u64, client, wait)));
        self.what.push(event);
    }

    fn play(mut self, until: Duration) -> Vec<Request> {
        while let Some(Reverse((now, number, client, wait))) = self.events.pop() {
            if now >= until {
                break;
            }
            match std::mem::replace(&mut self.what[number as usize], Event::Due) {
                Event::Due => self.due(now, client, wait),
                Event::Arrives(permit) => {
                    let is_refused = self.is_refused(now);
                    self.requests.push(Request { at: now, client, is_refused });
                    let back = now + self.chance.ms(5, 25);
                    self.at(back, client, wait, Event::Replied(permit, is_refused));
                }
                Event::Replied(permit, is_refused) => self.replied(now, client, wait, permit, is_refused),
            }
        }
        self.requests
    }

    fn due(&mut self, now: Duration, client: usize, wait: usize) {
        let Client { window, waits, until } = &mut self.clients[client];
        if now >= *until {
            return;
        }
        let Wait { policy, place } = &mut waits[wait];
        policy.step(now);
        let id = *place.get_or_insert_with(|| window.reserve(Priority::Waiter(policy.due()), Duration::MAX, now));
        match window.poll(id, now) {
            WindowAdmission::RetryAt(time) => {
                // A thread comes a little late.
                let late = self.chance.ms(0, 2);
                self.at(time + late, client, wait, Event::Due);
            }
            WindowAdmission::Admitted(permit) => {
                *place = None;
                let way = self.chance.ms(5, 25);
                self.at(now + way, client, wait, Event::Arrives(permit));
            }
        }
    }

    fn is_refused(&mut self, now: Duration) -> bool {
        while self.admitted.front().is_some_and(|at| *at + SECOND <= now) {
            self.admitted.pop_front();
        }
        if self.admitted.len() >= LIMIT {
            return true;
        }
        self.admitted.push_back(now);
        false
    }

    fn replied(&mut self, now: Duration, client: usize, wait: usize, permit: PermitId, is_refused: bool) {
        let jitter = self.chance.jitter();
        let Client { window, waits, .. } = &mut self.clients[client];
        window.completed(permit, now);
        let policy = &mut waits[wait].policy;
        let running = AsyncRequestInfo { status: Status::Running, status_text: None, info: None, request_id: None };
        if is_refused {
            window.refused(permit, now, jitter);
            let failure = Error::refused("RequestLimitExceeded".to_owned(), String::new(), None, String::new());
            policy.failed(failure, &self.rules, now, jitter);
        } else {
            window.accepted(permit, now);
            policy.answered(running, &self.rules, now, jitter);
        }
        let due = policy.due().max(now);
        self.at(due, client, wait, Event::Due);
    }
}

/// What the server saw between two times.
#[derive(Debug)]
struct Seen {
    /// Of the limit.
    used: f64,
    /// Of the requests.
    refused: f64,
    /// Of the clients that were there: the least and the most accepted of one, by the mean.
    least: f64,
    most: f64,
}

fn seen(requests: &[Request], clients: &std::ops::Range<usize>, from: u64, to: u64) -> Seen {
    let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
    let between: Vec<_> = requests.iter().filter(|request| request.at >= from && request.at < to).collect();
    let accepted = between.iter().filter(|request| !request.is_refused).count();
    let of = |client: usize| between.iter().filter(|seen| seen.client == client && !seen.is_refused).count() as f64;
    let mean = clients.clone().map(of).sum::<f64>() / clients.len() as f64;
    Seen {
        used: accepted as f64 / LIMIT as f64 / (to - from).as_secs_f64(),
        refused: 1.0 - accepted as f64 / between.len() as f64,
        least: clients.clone().map(of).fold(f64::MAX, f64::min) / mean,
        most: clients.clone().map(of).fold(0.0, f64::max) / mean,
    }
}

const FOR_EVER: Duration = Duration::from_secs(1 << 30);

fn together(clients: usize, waits: usize) -> Group {
    Group { clients, waits, from: Duration::ZERO, until: FOR_EVER }
}

/// The table of docs/waiting.md: `make waiting-table`.
#[test]
#[ignore = "prints a table"]
fn table_of_several_clients() {
    println!("| clients | waits each | used | refused, first 5 s | refused after | least / most of the mean |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for (clients, waits) in [(2, 100), (4, 50), (8, 30), (16, 20), (32, 20), (64, 10), (100, 10)] {
        let requests = Account::of(&[together(clients, waits)], 1_000, 7).play(Duration::from_secs(125));
        let (first, then) = (seen(&requests, &(0..clients), 0, 5), seen(&requests, &(0..clients), 5, 125));
        println!(
            "| {clients} | {waits} | {:.0} % | {:.0} % | {:.1} % | {:.2} / {:.2} |",
            then.used * 100.0,
            first.refused * 100.0,
            then.refused * 100.0,
            then.least,
            then.most
        );
    }
}

#[test]
fn several_clients_use_the_accounts_limit_are_seldom_refused_and_none_starves() {
    // Clients, waits of each, the least part of the limit used, the most requests refused after five seconds.
    for (clients, waits, used, refused) in
        [(2, 100, 0.9, 0.025), (4, 50, 0.9, 0.03), (8, 30, 0.9, 0.05), (16, 20, 0.9, 0.05), (100, 10, 0.85, 0.3)]
    {
        for seed in [7, 11, 12] {
            let requests = Account::of(&[together(clients, waits)], 1_000, seed).play(Duration::from_secs(65));
            let then = seen(&requests, &(0..clients), 5, 65);
            assert!(then.used >= used && then.refused <= refused, "{clients} clients, seed {seed}: {then:?}");
            assert!(then.least > 0.0, "{clients} clients, seed {seed}: {then:?}");
        }
    }
}

#[test]
fn a_client_that_comes_later_gets_its_share_of_one_that_uses_the_whole_limit() {
    let later = Group { clients: 1, waits: 100, from: Duration::from_secs(20), until: FOR_EVER };
    for seed in 0..5 {
        let requests = Account::of(&[together(1, 100), later], 1_000, seed).play(Duration::from_secs(140));
        let alone = seen(&requests, &(0..1), 5, 20);
        assert!(alone.used > 0.9 && alone.refused == 0.0, "seed {seed}: {alone:?}");
        let shared = seen(&requests, &(0..2), 80, 140);
        assert!(shared.least > 0.3 && shared.used > 0.85, "seed {seed}: {shared:?}");
    }
}

#[test]
fn the_rate_of_those_that_leave_is_taken_by_those_that_stay() {
    let leaves = Group { clients: 3, waits: 100, from: Duration::ZERO, until: Duration::from_secs(60) };
    for seed in 0..5 {
        let requests = Account::of(&[together(1, 100), leaves], 1_000, seed).play(Duration::from_secs(180));
        let alone = seen(&requests, &(0..1), 150, 180);
        assert!(alone.used > 0.9, "seed {seed}: {alone:?}");
    }
}
