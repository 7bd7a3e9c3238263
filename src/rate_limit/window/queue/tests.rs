use std::time::Duration;

use super::{Ahead, Priority, Queue, ReservationId};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// So many queries and overdue waiters that have come at ten seconds, in the order in which they came.
fn queue(queries: u64, waiters: u64) -> (Queue, Vec<ReservationId>, Vec<ReservationId>) {
    let mut queue = Queue::default();
    let mut add = |priority, number| queue.add(priority, number, Duration::MAX, ms(10_000));
    let asks = (0..queries).map(|number| add(Priority::Query(ms(9_000)), number)).collect();
    let due = (0..waiters).map(|number| add(Priority::Waiter(ms(1_000)), 100 + number)).collect();
    (queue, asks, due)
}

fn ahead(queue: &Queue, id: ReservationId) -> Ahead {
    queue.ahead(id, ms(10_000), |_| ms(10_000))
}

#[test]
fn queries_and_overdue_waiters_let_each_other_go_by_turns() {
    let (mut queue, asks, due) = queue(3, 4);
    let in_all =
        |queue: &Queue, ids: &[ReservationId]| ids.iter().map(|id| ahead(queue, *id).in_all).collect::<Vec<_>>();
    assert_eq!((in_all(&queue, &asks), in_all(&queue, &due)), (vec![0, 2, 4], vec![1, 3, 5, 6]));
    queue.admit(asks[0]);
    assert_eq!((in_all(&queue, &asks[1..]), in_all(&queue, &due)), (vec![1, 3], vec![0, 2, 4, 5]));
    queue.admit(due[0]);
    assert_eq!((in_all(&queue, &asks[1..]), in_all(&queue, &due[1..])), (vec![0, 2], vec![1, 3, 4]));
}

#[test]
fn who_sleeps_is_let_go_first_and_is_not_waited_for_now() {
    let (mut queue, asks, _) = queue(3, 0);
    assert_eq!(ahead(&queue, asks[2]), Ahead { in_all: 2, now: 2 });
    for (retry_at, now) in [(10_000, 2), (10_005, 2), (10_006, 1), (11_000, 1)] {
        queue.expect_at(asks[0], Some(ms(retry_at)), ms(10_000));
        assert_eq!(ahead(&queue, asks[2]), Ahead { in_all: 2, now }, "back at {retry_at}");
    }
    // A quarter of a second late: it does not come.
    for (retry_at, in_all) in [(9_750, 2), (9_749, 1)] {
        queue.expect_at(asks[0], Some(ms(retry_at)), ms(9_000));
        assert_eq!(ahead(&queue, asks[2]).in_all, in_all, "back at {retry_at}");
    }
}

#[test]
fn who_gives_up_before_its_permit_comes_free_takes_none() {
    let (mut queue, asks, _) = queue(1, 0);
    for (number, until, in_all) in [(1, 10_021, 2), (2, 10_020, 1), (3, 9_000, 1)] {
        let short = queue.add(Priority::Query(ms(9_500)), number, ms(until), ms(10_000));
        let last = queue.add(Priority::Query(ms(9_600)), 9, Duration::MAX, ms(10_000));
        assert_eq!(ahead(&queue, last).in_all, in_all, "until {until}");
        queue.remove(last);
        queue.remove(short);
    }
    assert_eq!(ahead(&queue, asks[0]).in_all, 0);
}

#[test]
fn who_has_not_waited_yet_does_not_give_up_however_little_time_it_has() {
    let mut queue = Queue::default();
    let short = queue.add(Priority::Query(ms(0)), 1, ms(10), ms(0));
    assert_eq!(queue.gives_up_at(short, ms(0)), None);
    queue.expect_at(short, None, ms(0));
    assert_eq!(queue.gives_up_at(short, ms(0)), None);
    queue.expect_at(short, Some(ms(5)), ms(0));
    assert_eq!(queue.gives_up_at(short, ms(0)), Some(ms(10)));
    // One that has left.
    queue.remove(short);
    assert_eq!(queue.gives_up_at(short, ms(0)), None);
}
