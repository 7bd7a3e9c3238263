//! The rate limiter's rules, in virtual time.

use std::time::Duration;

use super::{
    Forecast, PermitId, Priority, ReplyTimes, ReservationId, Share, SlidingWindow, WindowAdmission, look_again_before,
};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn poll(pace: &mut SlidingWindow, id: ReservationId, now: u64) -> Option<PermitId> {
    match pace.poll(id, ms(now)) {
        WindowAdmission::Admitted(permit) => Some(permit),
        WindowAdmission::RetryAt(time) => {
            assert!(time > ms(now), "retry_at to ask again at once");
            None
        }
    }
}

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

enum Event {
    Asks(Priority),
    Again(ReservationId),
    Ends(PermitId),
}

/// Lets so many requests through and returns when each was in_flight, when the server counted it, and by which id.
/// `reply` draws how long a request takes, and how long after its start the server counts it.
fn simulate(
    limit: u32,
    requests: u64,
    arrivals_within: u64,
    mut reply: impl FnMut(&mut Chance) -> (u64, u64),
    seed: u64,
) -> Vec<(u64, u64, ReservationId)> {
    let (mut pace, mut chance) = (SlidingWindow::new(limit), Chance(seed));
    let mut events: Vec<(u64, Event)> = (0..requests)
        .map(|_| {
            let at = chance.below(arrivals_within.max(1));
            (at, Event::Asks(Priority::Query(ms(at))))
        })
        .collect();
    let mut through = Vec::new();
    while !events.is_empty() {
        let (next, _) = events.iter().enumerate().min_by_key(|(_, (at, _))| *at).unwrap();
        let (now, event) = events.remove(next);
        let id = match event {
            Event::Ends(permit) => {
                pace.completed(permit, ms(now));
                continue;
            }
            Event::Asks(priority) => pace.reserve(priority, Duration::MAX, ms(now)),
            Event::Again(id) => id,
        };
        match pace.poll(id, ms(now)) {
            WindowAdmission::Admitted(permit) => {
                let (takes, counted) = reply(&mut chance);
                through.push((now, now + counted, id));
                events.push((now + takes, Event::Ends(permit)));
            }
            WindowAdmission::RetryAt(time) => {
                let late = chance.below(20);
                events.push((u64::try_from(time.as_millis()).unwrap() + 1 + late, Event::Again(id)));
            }
        }
    }
    through
}

/// Takes up to so long, and is counted at any moment of it.
fn any_delay(latency: u64) -> impl FnMut(&mut Chance) -> (u64, u64) {
    move |chance| {
        let takes = chance.below(latency + 1);
        (takes, chance.below(takes + 1))
    }
}

/// The server's second in which more than the limit is counted.
fn too_close(through: &[(u64, u64, ReservationId)], limit: u32) -> Option<Vec<u64>> {
    let mut counted: Vec<u64> = through.iter().map(|(_, at, _)| *at).collect();
    counted.sort_unstable();
    counted.windows(limit as usize + 1).find(|w| w[w.len() - 1] - w[0] < 1000).map(<[u64]>::to_vec)
}

/// How long so many requests take that are there at once, in milliseconds.
fn duration(requests: u64, reply: impl FnMut(&mut Chance) -> (u64, u64)) -> u64 {
    simulate(40, requests, 1, reply, 7).last().map(|(at, _, _)| *at).unwrap()
}

#[test]
fn no_second_of_the_servers_counts_more_than_the_limit_whatever_the_delays() {
    for seed in 0..40 {
        let latency = [0, 5, 80, 400, 900][usize::try_from(seed).unwrap() % 5];
        let limit = [1, 3, 10, 40][usize::try_from(seed).unwrap() / 5 % 4];
        let through = simulate(limit, 120, 1500, any_delay(latency), seed);
        assert_eq!(too_close(&through, limit), None, "limit {limit}, latency up to {latency} ms, seed {seed}");
    }
}

#[test]
fn the_limit_is_also_reached() {
    let in_flight: Vec<u64> = simulate(10, 100, 1, any_delay(0), 7).iter().map(|(at, _, _)| *at).collect();
    // Ten at once, then ten in each second, each woken up to 20 ms late.
    assert!((9_000..9_400).contains(in_flight.last().unwrap()), "{}", in_flight.last().unwrap());
}

#[test]
fn slow_replies_leave_the_whole_rate_where_they_are_steady() {
    // 400 at 40 a second, woken up to 20 ms late; the first 40 replies are not known to be steady.
    let quick = duration(400, |_| (0, 0));
    for slow in [150, 240] {
        let took = duration(400, |chance| (slow + chance.below(3), slow / 2));
        assert!(took < quick + 2 * slow + 9 * 20 + 100, "replies of {slow} ms: {took} ms, without a delay {quick} ms");
    }
}

#[test]
fn of_replies_that_vary_next_to_nothing_is_assumed_and_of_long_ones_a_quarter_of_a_second() {
    for (least, most, assumed) in [(0, 300, 0), (100, 400, 0), (140, 180, 104), (900, 902, 250)] {
        let (mut times, mut chance) = (ReplyTimes::new(), Chance(11));
        for _ in 0..80 {
            times.record(ms(least + chance.below(most - least)));
        }
        let steady = times.steady_part(ms(0));
        assert!(steady <= ms(assumed) && steady + ms(20) >= ms(assumed), "{least} to {most} ms: {steady:?}");
    }
}

#[test]
fn no_second_of_the_servers_counts_more_than_the_limit_where_replies_are_steady() {
    for seed in 0..40 {
        let (way, work) = [(1, 149), (75, 75), (20, 400), (149, 1)][usize::try_from(seed).unwrap() % 4];
        let limit = [3, 40][usize::try_from(seed).unwrap() / 4 % 2];
        let through = simulate(limit, 400, 1500, |chance| (way + work + chance.below(5), way), seed);
        assert_eq!(
            too_close(&through, limit),
            None,
            "{way} ms there, {work} ms until the reply, limit {limit}, seed {seed}"
        );
    }
}

#[test]
fn once_refused_a_client_assumes_nothing_for_ten_minutes() {
    let mut times = ReplyTimes::new();
    for _ in 0..40 {
        times.record(ms(150));
    }
    assert_eq!(times.steady_part(ms(0)), ms(130));
    times.refused(ms(1_000));
    assert_eq!(times.steady_part(ms(600_999)), ms(0));
    assert_eq!(times.steady_part(ms(601_000)), ms(130));
}

#[test]
fn one_quick_reply_ends_the_assumption_and_one_slow_one_lowers_it_a_little() {
    let (mut quick, mut slow) = (ReplyTimes::new(), ReplyTimes::new());
    for number in 0..40 {
        quick.record(ms(150));
        slow.record(ms(if number == 7 { 1000 } else { 150 }));
    }
    assert!((ms(95)..ms(115)).contains(&slow.steady_part(ms(0))), "{:?}", slow.steady_part(ms(0)));
    quick.record(ms(10));
    assert_eq!(quick.steady_part(ms(0)), ms(0));
}

#[test]
fn queries_go_in_the_order_in_which_they_asked() {
    for seed in 0..10 {
        let through = simulate(10, 80, 3000, any_delay(100), seed);
        let ranks: Vec<_> = through.iter().map(|(_, _, id)| id.rank()).collect();
        for (place, rank) in ranks.iter().enumerate() {
            // One that wakes late may see others go for whom there was a permit too.
            let before_it = ranks[..place].iter().filter(|other| *other > rank).count();
            assert!(before_it < 10, "seed {seed}: {before_it} went before number {place}");
        }
    }
}

/// Whether one that wants a permit gets it; its request has ended then.
fn goes(pace: &mut SlidingWindow, id: ReservationId, now: u64) -> bool {
    poll(pace, id, now).map(|permit| pace.completed(permit, ms(now))).is_some()
}

#[test]
fn queries_go_ahead_of_waiters_that_are_not_overdue() {
    let mut pace = SlidingWindow::new(1);
    let first = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    assert!(goes(&mut pace, first, 0));
    let waiter = pace.reserve(Priority::Waiter(ms(10)), Duration::MAX, ms(10));
    // Whatever query comes goes first.
    for now in [1001, 2002, 3003, 4004, 5005] {
        let query = pace.reserve(Priority::Query(ms(now - 500)), Duration::MAX, ms(now));
        assert!(!goes(&mut pace, waiter, now), "a query is there");
        assert!(goes(&mut pace, query, now));
        assert!(!goes(&mut pace, waiter, now));
    }
    // The waiter is overdue by five seconds: the next permit is its own.
    let late = pace.reserve(Priority::Query(ms(5011)), Duration::MAX, ms(5011));
    assert!(!goes(&mut pace, late, 6006));
    assert!(goes(&mut pace, waiter, 6006));
    assert!(goes(&mut pace, late, 7007));
}

/// Which permits queries get, where so many of them and of waiters, each overdue, want more than there is. "q" and "w" by turns.
fn turns(queries: usize, waiters: usize, permits: usize) -> String {
    let mut pace = SlidingWindow::new(1);
    let mut all: Vec<ReservationId> =
        (0..queries).map(|_| pace.reserve(Priority::Query(ms(9000)), Duration::MAX, ms(9000))).collect();
    all.extend((0..waiters).map(|due| pace.reserve(Priority::Waiter(ms(due as u64)), Duration::MAX, ms(9000))));
    let mut went = String::new();
    for now in (9000..).step_by(100) {
        // Who comes first makes no difference.
        all.rotate_left(1);
        let every = all.clone();
        for id in every {
            if goes(&mut pace, id, now) {
                went.push(if id.is_waiter() { 'w' } else { 'q' });
                all.retain(|one| *one != id);
            }
        }
        if went.len() == permits {
            return went;
        }
    }
    unreachable!()
}

#[test]
fn queries_and_overdue_waiters_go_by_turns_however_many_there_are() {
    for (queries, waiters, expected) in [
        (1, 50, "qwwwww"),
        (3, 50, "qwqwqw"),
        (50, 50, "qwqwqw"),
        (50, 1, "qwqqqq"),
        (50, 0, "qqqqqq"),
        (0, 50, "wwwwww"),
    ] {
        assert_eq!(turns(queries, waiters, 6), expected, "{queries} queries, {waiters} waiters");
    }
}

#[test]
fn a_query_that_comes_amid_overdue_waiters_waits_for_one_of_them_at_most() {
    for limit in [1, 10] {
        let mut pace = SlidingWindow::new(limit);
        let waiters: Vec<_> =
            (0..100).map(|due| pace.reserve(Priority::Waiter(ms(due)), Duration::MAX, ms(10_000))).collect();
        let mut went = 0;
        let mut query = None;
        for now in (10_000..18_000).step_by(25) {
            if now == 13_000 {
                query = Some(pace.reserve(Priority::Query(ms(now)), Duration::MAX, ms(now)));
            }
            for waiter in &waiters[went..] {
                went += usize::from(goes(&mut pace, *waiter, now));
            }
            if query.is_some_and(|query| goes(&mut pace, query, now)) {
                assert!(now <= 13_000 + 2 * 1000 / u64::from(limit) + 200, "limit {limit}: after {} ms", now - 13_000);
                query = None;
            }
        }
        assert_eq!(query, None);
        assert!(went >= 7 * limit as usize - 1, "limit {limit}: {went} waiters went");
    }
}

/// Callers who give up after `patience` milliseconds and ask again at once, as threads do: woken a little late, with replies
/// that take a while, the first ones longer.
struct Impatient {
    limit: u32,
    patience: u64,
    callers: usize,
    late: u64,
    priority: fn(Duration) -> Priority,
}

impl Impatient {
    /// How many requests they send within ten seconds that have the time for a reply.
    fn sent(&self) -> u32 {
        let (mut pace, mut chance) = (SlidingWindow::new(self.limit), Chance(3));
        // Each caller's place, when it wakes, when it gives up; its request, when that ends.
        let mut callers = vec![(None::<ReservationId>, None::<PermitId>, 0, 0); self.callers];
        let mut sent = 0;
        for now in 0..10_000 {
            for (place, permit, wakes_at, gives_up_at) in &mut callers {
                if now < *wakes_at {
                    continue;
                }
                if let Some(ended) = permit.take() {
                    pace.completed(ended, ms(now));
                    *gives_up_at = now;
                }
                if now >= *gives_up_at {
                    if let Some(old) = place.take() {
                        pace.cancel(old);
                    }
                    *gives_up_at = now + self.patience;
                    *place = Some(pace.reserve((self.priority)(ms(now)), ms(*gives_up_at), ms(now)));
                }
                let Some(id) = *place else { continue };
                match pace.poll(id, ms(now)) {
                    WindowAdmission::Admitted(sends) => {
                        // With less left there is no reply in time.
                        sent += u32::from(now + 5 < *gives_up_at);
                        let takes = if now < 500 { chance.below(100) } else { chance.below(5) };
                        (*place, *permit, *wakes_at) = (None, Some(sends), now + 1 + takes);
                    }
                    WindowAdmission::RetryAt(time) => {
                        let time = u64::try_from(time.as_micros().div_ceil(1000)).unwrap();
                        *wakes_at = time.min(*gives_up_at) + chance.below(self.late + 1);
                    }
                }
            }
        }
        sent
    }
}

#[test]
fn callers_that_give_up_before_their_turn_leave_no_permit_unused() {
    for (limit, patience, callers) in [
        (40, 1000, 60),
        (40, 1000, 41),
        (40, 500, 60),
        (40, 900, 50),
        (40, 1500, 90),
        (40, 100, 60),
        (5, 1000, 10),
        (2, 900, 4),
        (1, 600, 2),
        (1, 1500, 4),
        (1, 300, 4),
    ] {
        for priority in [Priority::Query, Priority::Waiter] {
            for late in [0, 1, 8] {
                let sent = Impatient { limit, patience, callers, late, priority }.sent();
                let of = 10 * limit;
                assert!(sent * 10 >= of * 9, "{sent} of {of} by {callers} callers for {patience} ms, {late} ms late");
            }
        }
    }
}

#[test]
fn who_comes_after_those_that_are_cancelled_has_their_permits_soon() {
    let mut pace = SlidingWindow::new(1);
    let first = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    assert!(goes(&mut pace, first, 0));
    let ahead: Vec<_> = (0..20).map(|_| pace.reserve(Priority::Query(ms(1)), Duration::MAX, ms(1))).collect();
    let last = pace.reserve(Priority::Query(ms(2)), Duration::MAX, ms(2));
    let mut polls_at = 2;
    for now in 2..30_000 {
        if now == 500 {
            ahead.iter().for_each(|id| pace.cancel(*id));
        }
        if now < polls_at {
            continue;
        }
        match pace.poll(last, ms(now)) {
            WindowAdmission::Admitted(_) => {
                // Half of the time that the twenty would have taken, at most.
                assert!(now < 11_000, "{now} ms");
                return;
            }
            WindowAdmission::RetryAt(time) => polls_at = u64::try_from(time.as_millis()).unwrap() + 1,
        }
    }
    unreachable!()
}

#[test]
fn of_waiters_the_longest_due_goes_first() {
    let mut pace = SlidingWindow::new(1);
    let young = pace.reserve(Priority::Waiter(ms(900)), Duration::MAX, ms(1000));
    let old = pace.reserve(Priority::Waiter(ms(100)), Duration::MAX, ms(1000));
    assert!(poll(&mut pace, young, 1000).is_none());
    assert!(poll(&mut pace, old, 1000).is_some());
}

#[test]
fn one_that_does_not_come_for_its_turn_holds_no_other_up() {
    let mut pace = SlidingWindow::new(1);
    let go = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    let permit = poll(&mut pace, go, 0).unwrap();
    pace.completed(permit, ms(0));
    let (sleeper, next) = (
        pace.reserve(Priority::Query(ms(1)), Duration::MAX, ms(1)),
        pace.reserve(Priority::Query(ms(2)), Duration::MAX, ms(2)),
    );
    assert_eq!(pace.poll(sleeper, ms(2)), WindowAdmission::RetryAt(ms(1000)));
    assert!(poll(&mut pace, next, 1001).is_none(), "the sleeper may be about to come");
    assert!(poll(&mut pace, next, 1300).is_some());
}

#[test]
fn a_request_that_hangs_frees_its_slot_after_two_seconds() {
    let mut pace = SlidingWindow::new(1);
    let first = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    assert!(poll(&mut pace, first, 0).is_some());
    let second = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    assert!(poll(&mut pace, second, 1999).is_none());
    assert!(poll(&mut pace, second, 2001).is_some());
}

/// Sends so many requests at once and has their replies at `now`; the first `accepted` of them are.
fn burst(pace: &mut SlidingWindow, requests: usize, accepted: usize, now: u64) -> usize {
    burst_with_replies_at(pace, requests, accepted, now, now)
}

fn burst_with_replies_at(pace: &mut SlidingWindow, requests: usize, accepted: usize, now: u64, at: u64) -> usize {
    let permits: Vec<PermitId> = (0..requests)
        .filter_map(|_| {
            let id = pace.reserve(Priority::Query(ms(now)), Duration::MAX, ms(now));
            let permit = poll(pace, id, now);
            pace.cancel(id);
            permit
        })
        .collect();
    for (number, permit) in permits.iter().enumerate() {
        pace.completed(*permit, ms(at));
        if number < accepted { pace.accepted(*permit, ms(at)) } else { pace.refused(*permit, ms(at), 0.5) }
    }
    permits.len()
}

#[test]
fn a_refusal_lowers_the_rate_by_a_fifth_once_and_a_refused_burst_to_what_was_accepted() {
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst(&mut pace, 5, 4, 0), 5);
    // Of a client that has not used its limit: of half of that.
    assert!((pace.rate() - 16.0).abs() < 0.1, "{}", pace.rate());
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst(&mut pace, 30, 29, 0), 30);
    assert!((pace.rate() - 24.0).abs() < 0.1, "{}", pace.rate());
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst(&mut pace, 40, 10, 0), 40);
    assert!((pace.rate() - 10.0).abs() < 0.1, "{}", pace.rate());
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst(&mut pace, 40, 0, 0), 40);
    assert!((pace.rate() - 4.0).abs() < 0.1, "the least that one burst leaves: {}", pace.rate());
}

#[test]
fn a_burst_whose_replies_take_a_while_lowers_the_rate_to_what_was_accepted_too() {
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst_with_replies_at(&mut pace, 40, 10, 0, 100), 40);
    assert!((pace.rate() - 10.0).abs() < 0.1, "{}", pace.rate());
}

#[test]
fn requests_at_a_lowered_rate_are_evenly_spaced() {
    let mut pace = SlidingWindow::new(40);
    burst(&mut pace, 40, 10, 0);
    let sent: Vec<u64> = (1..4000).filter(|now| burst(&mut pace, 1, 1, *now) == 1).collect();
    // The first one is late, as the window was full, and does not delay those of a quarter of a second behind it.
    assert!(sent[0] >= 1000 && sent[4..].windows(2).all(|two| (85..=101).contains(&(two[1] - two[0]))), "{sent:?}");
}

#[test]
fn refusals_of_what_was_sent_within_a_second_of_the_lowering_count_once() {
    let mut pace = SlidingWindow::new(40);
    assert_eq!(burst(&mut pace, 30, 29, 0), 30);
    let lowered = pace.rate();
    // The server still counts the thirty.
    assert!((1..1000).any(|now| burst(&mut pace, 1, 0, now) == 1));
    assert!((pace.rate() - lowered).abs() < f64::EPSILON);
    assert!((1000..1100).any(|now| burst(&mut pace, 1, 0, now) == 1));
    assert!(pace.rate() < lowered * 0.91);
}

#[test]
fn what_is_accepted_raises_the_rate_until_the_ceiling_and_no_further() {
    let mut pace = SlidingWindow::new(40);
    burst(&mut pace, 40, 0, 0);
    let mut now = 0;
    let mut rates = Vec::new();
    while pace.rate() < 40.0 && now < 600_000 {
        now += 10;
        if burst(&mut pace, 1, 1, now) == 1 {
            rates.push(pace.rate());
        }
    }
    assert!(rates.windows(2).all(|two| two[1] > two[0]));
    // From the least that one burst leaves to the whole: about a minute.
    assert!((20_000..180_000).contains(&now), "{now} ms");
    for now in (now..now + 5_000).step_by(10) {
        burst(&mut pace, 1, 1, now);
    }
    assert!((pace.rate() - 40.0).abs() < f64::EPSILON);
}

#[test]
fn the_rate_never_falls_to_nothing() {
    let mut pace = SlidingWindow::new(40);
    let mut now = 0;
    let mut sent = 0;
    while now < 600_000 {
        now += 100;
        sent += burst(&mut pace, 1, 0, now);
    }
    assert!(pace.rate() >= 0.1 && sent > 60, "{} a second, {sent} sent", pace.rate());
}

#[test]
fn a_reservation_that_is_never_polled_keeps_no_other_out_for_ever() {
    // As of a thread of the parent's, in a forked child.
    let mut pace = SlidingWindow::new(1);
    let _never_polled = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    let next = pace.reserve(Priority::Query(ms(10)), Duration::MAX, ms(10));
    assert!(matches!(pace.poll(next, ms(10)), WindowAdmission::RetryAt(_)));
    assert!(matches!(pace.poll(next, ms(1010)), WindowAdmission::Admitted(_)));
}

#[test]
fn only_the_next_sleeps_until_its_time_and_others_half_of_theirs() {
    for (ahead, far, sleeps) in [
        (0, 0, 0),
        (0, 1_000, 1_000),
        (0, 1_002, 501),
        (0, 9_000, 4_500),
        (1, 1_000, 500),
        (1, 400, 250),
        (1, 200, 200),
    ] {
        let time = look_again_before(ms(70_000 + far), ahead, ms(70_000));
        assert_eq!(time, ms(70_000 + sleeps), "{ahead} ahead, {far} ms");
    }
}

#[test]
fn free_permits_come_first_then_those_in_flight_and_all_of_them_again_each_second() {
    let mut forecast = Forecast { now: ms(100), limit: 3, times: vec![ms(500), ms(800)], share: None };
    let times = |forecast: &Forecast| [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|nth| forecast.time_of(nth).as_millis());
    assert_eq!(times(&forecast), [100, 500, 800, 1_100, 1_500, 1_800, 2_100, 2_500, 2_800]);
    // At a lowered rate of 4 a second, from 250 ms after the start on, no sooner than that.
    forecast.share = Some(Share::first(10, 5, ms(0), 0.5));
    assert_eq!(times(&forecast), [250, 500, 800, 1_100, 1_500, 1_800, 2_100, 2_500, 2_800]);
    forecast = Forecast { limit: 10, times: Vec::new(), ..forecast };
    assert_eq!(times(&forecast), [250, 500, 750, 1_000, 1_250, 1_500, 1_750, 2_000, 2_250]);
    // Without a limit that could be kept.
    forecast = Forecast { limit: 0, share: None, ..forecast };
    assert_eq!(times(&forecast)[..3], [100, 1_100, 2_100]);
}

#[test]
fn who_has_no_time_left_for_a_request_comes_back_when_it_gives_up() {
    let mut pace = SlidingWindow::new(1);
    let first = pace.reserve(Priority::Query(ms(0)), Duration::MAX, ms(0));
    assert!(poll(&mut pace, first, 0).is_some());
    let short = pace.reserve(Priority::Query(ms(0)), ms(100), ms(0));
    assert!(poll(&mut pace, short, 0).is_none());
    for (now, retry_at) in [(80, 100), (95, 100), (98, 103), (200, 205)] {
        assert_eq!(pace.poll(short, ms(now)), WindowAdmission::RetryAt(ms(retry_at)), "at {now}");
    }
}

#[test]
fn what_was_sent_a_second_before_a_refusal_is_not_in_use_any_more() {
    for (refused_at, rate) in [(999, 24.0), (1_000, 16.0)] {
        let mut pace = SlidingWindow::new(40);
        assert_eq!(burst_with_replies_at(&mut pace, 30, 29, 0, refused_at), 30);
        assert!((pace.rate() - rate).abs() < 0.1, "refused at {refused_at}: {}", pace.rate());
    }
}

#[test]
fn waiters_are_spaced_from_a_quarter_of_the_limit_on() {
    // With so many in flight that went one after another, the last of thirteen that are due comes first.
    for (in_flight, is_admitted) in [(1, true), (9, true), (10, false), (20, false)] {
        let mut pace = SlidingWindow::new(40);
        let mut now = 10_000;
        for _ in 0..in_flight {
            let waiter = pace.reserve(Priority::Waiter(ms(now)), Duration::MAX, ms(now));
            assert!(poll(&mut pace, waiter, now).is_some());
            now += 23;
        }
        let due: Vec<_> = (0..13).map(|_| pace.reserve(Priority::Waiter(ms(now)), Duration::MAX, ms(now))).collect();
        assert_eq!(poll(&mut pace, due[12], now).is_some(), is_admitted, "{in_flight} in flight");
    }
}
