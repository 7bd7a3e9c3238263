//! The pace under random load: never more than the limit by the server's count, and everybody's poll comes.

use std::collections::BTreeMap;
use std::time::Duration;

use tcdb_async::rate_limit::window::{PermitId, Priority, ReservationId, SlidingWindow, WindowAdmission};

use crate::chance::Chance;

const SECOND: Duration = Duration::from_secs(1);

enum Event {
    Ask(ReservationId, Duration),
    Reply(PermitId),
    Leave(ReservationId),
    Refused(PermitId),
}

/// Everybody that ever asked: entered, and sent or left.
struct Load {
    pace: SlidingWindow,
    events: BTreeMap<(Duration, u64), Event>,
    number: u64,
    /// When the server counted each request.
    counted: Vec<Duration>,
    waited: Vec<Duration>,
    entered: usize,
    left: usize,
    /// The next request is refused by the server's limit.
    refuses_next: bool,
}

impl Load {
    fn at(&mut self, time: Duration, event: Event) {
        self.number += 1;
        self.events.insert((time, self.number), event);
    }

    fn reserve(&mut self, time: Duration, chance: &mut Chance) {
        let overdue = chance.ms(0, 3_000);
        let priority =
            if chance.one_in(3) { Priority::Query(time) } else { Priority::Waiter(time.saturating_sub(overdue)) };
        let id = self.pace.reserve(priority, Duration::MAX, time);
        self.entered += 1;
        self.at(time, Event::Ask(id, time));
        if chance.one_in(15) {
            let patience = chance.ms(0, 2_000);
            self.at(time + patience, Event::Leave(id));
        }
    }

    fn ask(&mut self, id: ReservationId, since: Duration, now: Duration, chance: &mut Chance) {
        match self.pace.poll(id, now) {
            WindowAdmission::RetryAt(time) => {
                assert!(time > now, "asked again at once");
                // Threads come late, a few far too late.
                let late = if chance.one_in(50) { chance.ms(0, 2_000) } else { chance.ms(0, 3) };
                self.at(time + late, Event::Ask(id, since));
            }
            WindowAdmission::Admitted(permit) => {
                self.waited.push(now - since);
                let took = if chance.one_in(10) { chance.ms(0, 5_000) } else { chance.ms(0, 200) };
                self.at(now + took, Event::Reply(permit));
                if std::mem::take(&mut self.refuses_next) {
                    self.at(now + took, Event::Refused(permit));
                }
                let on_the_way = took.min(SECOND).mul_f64(chance.jitter());
                self.counted.push(now + on_the_way);
            }
        }
    }
}

fn most_in_any_second(counted: &mut [Duration]) -> usize {
    counted.sort_unstable();
    let mut first = 0;
    let spans = counted.iter().enumerate().map(|(last, at)| {
        while counted[first] + SECOND <= *at {
            first += 1;
        }
        last - first + 1
    });
    spans.max().unwrap_or_default()
}

fn run(seed: u64, limit: u32, arrivals: u64, throttled: bool) -> Load {
    let mut chance = Chance::of(seed);
    let mut load = Load {
        pace: SlidingWindow::new(limit),
        events: BTreeMap::new(),
        number: 0,
        counted: Vec::new(),
        waited: Vec::new(),
        entered: 0,
        left: 0,
        refuses_next: throttled,
    };
    let mut arrive: Vec<Duration> = (0..arrivals).map(|_| chance.ms(0, 20_000)).collect();
    arrive.sort_unstable();
    let mut gone = Vec::new();
    loop {
        let next = load.events.keys().next().map(|(time, _)| *time);
        let arrives = arrive.first().copied().filter(|time| next.is_none_or(|next| *time <= next));
        if let Some(time) = arrives {
            arrive.remove(0);
            load.reserve(time, &mut chance);
            continue;
        }
        let Some(((now, _), event)) = load.events.pop_first() else { return load };
        match event {
            Event::Ask(id, since) if !gone.contains(&id) => {
                let sent = load.counted.len();
                load.ask(id, since, now, &mut chance);
                if load.counted.len() > sent {
                    gone.push(id);
                }
            }
            Event::Ask(..) => {}
            Event::Reply(permit) => load.pace.completed(permit, now),
            Event::Leave(id) if !gone.contains(&id) => {
                load.pace.cancel(id);
                load.left += 1;
                gone.push(id);
            }
            Event::Leave(_) => {}
            Event::Refused(permit) => load.pace.refused(permit, now, 0.5),
        }
    }
}

#[test]
fn never_more_than_the_limit_by_the_servers_count_and_everybody_is_sent() {
    for seed in 0..60 {
        let limit = [1, 2, 7, 40][seed as usize % 4];
        let mut load = run(seed, limit, 30 + 12 * u64::from(limit), seed % 5 == 0);
        let most = most_in_any_second(&mut load.counted);
        assert!(most <= limit as usize, "seed {seed}: {most} in a second, {limit} allowed");
        assert_eq!(load.counted.len() + load.left, load.entered, "seed {seed}: a poll never came");
    }
}

#[test]
fn a_slot_that_is_free_is_not_left_idle() {
    // 800 at once at 40 a second: twenty seconds, and not much more.
    let mut pace = SlidingWindow::new(40);
    let mut due: Vec<(Duration, ReservationId)> = (0..800)
        .map(|_| (Duration::ZERO, pace.reserve(Priority::Waiter(Duration::ZERO), Duration::MAX, Duration::ZERO)))
        .collect();
    let mut now = Duration::ZERO;
    while let Some(next) =
        due.iter().enumerate().min_by_key(|(_, (time, id))| (*time, format!("{id:?}"))).map(|(at, _)| at)
    {
        let (time, id) = due.swap_remove(next);
        now = now.max(time);
        match pace.poll(id, now) {
            WindowAdmission::Admitted(permit) => pace.completed(permit, now),
            WindowAdmission::RetryAt(time) => due.push((time, id)),
        }
    }
    assert!(now >= Duration::from_secs(19) && now < Duration::from_millis(20_100), "{now:?}");
}
