use std::time::Duration;

use super::{Moment, Schedule, TaskId, Times};

fn at(ms: u64) -> Moment {
    Duration::from_millis(ms).into()
}

fn times(due: u64, deadline: Option<u64>) -> Times {
    Times { due: at(due), deadline: deadline.map(at), is_query: false }
}

fn schedule(tasks: &[(u64, Option<u64>)]) -> (Schedule<usize, char>, Vec<TaskId>) {
    let mut schedule = Schedule::default();
    let mut ids = Vec::new();
    for (number, (due, deadline)) in tasks.iter().enumerate() {
        let id = schedule.new_id();
        schedule.put(id, Box::new(number), times(*due, *deadline));
        ids.push(id);
    }
    (schedule, ids)
}

#[test]
fn the_longest_overdue_task_is_taken_first_and_none_before_its_time() {
    let (mut schedule, ids) = schedule(&[(30, None), (10, None), (20, None)]);
    assert_eq!(schedule.next(), Some(at(10)));
    assert_eq!(schedule.take_due(at(9), |_| 'a'), None);
    assert_eq!(schedule.take_due(at(25), |_| 'a'), Some((ids[1], Box::new(1))));
    assert_eq!(schedule.take_due(at(25), |_| 'b'), Some((ids[2], Box::new(2))));
    assert_eq!(schedule.take_due(at(25), |_| 'c'), None);
    assert_eq!(schedule.next(), Some(at(30)));
    assert_eq!((schedule.count(), schedule.holders().count()), (3, 2));
}

#[test]
fn who_wants_one_reply_is_taken_before_what_is_overdue() {
    let (mut schedule, waits) = schedule(&[(10, None), (20, None)]);
    let queries = [30, 25].map(|due| {
        let id = schedule.new_id();
        schedule.put(id, Box::new(9), Times { is_query: true, ..times(due, None) });
        id
    });
    assert_eq!(
        (schedule.next_wait(), schedule.next_query(), schedule.next()),
        (Some(at(10)), Some(at(25)), Some(at(10)))
    );
    assert_eq!(schedule.take_due(at(24), |_| 'a').map(|(id, _)| id), Some(waits[0]), "not before its time");
    let taken: Vec<TaskId> = std::iter::from_fn(|| schedule.take_due(at(40), |_| 'a')).map(|(id, _)| id).collect();
    assert_eq!(taken, [queries[1], queries[0], waits[1]]);
    schedule.put(queries[0], Box::new(9), Times { is_query: true, ..times(50, None) });
    assert_eq!(schedule.next(), Some(at(50)));
    assert_eq!(schedule.take_any().map(|(id, _)| id), Some(queries[0]));
}

#[test]
fn tasks_due_at_the_same_time_are_taken_in_the_order_of_their_adding() {
    let (mut schedule, ids) = schedule(&[(5, None); 4]);
    let taken: Vec<TaskId> = std::iter::from_fn(|| schedule.take_due(at(5), |_| 'a')).map(|(id, _)| id).collect();
    assert_eq!(taken, ids);
}

#[test]
fn a_deadline_counts_while_a_task_waits_and_not_while_it_is_held() {
    let (mut schedule, ids) = schedule(&[(0, Some(50)), (90, Some(60))]);
    assert_eq!(schedule.take_due(at(0), |_| 'a').unwrap().0, ids[0]);
    assert_eq!((schedule.next_deadline(), schedule.next()), (Some(at(60)), Some(at(60))));
    assert_eq!(schedule.take_expired(at(59)), None);
    assert_eq!(schedule.take_expired(at(60)), Some((ids[1], Box::new(1))));
    assert_eq!((schedule.next(), schedule.count()), (None, 1));
}

#[test]
fn what_is_held_is_neither_removed_nor_taken_and_comes_back_with_new_times() {
    let (mut schedule, ids) = schedule(&[(0, Some(50))]);
    let (id, task) = schedule.take_due(at(0), |_| 'a').unwrap();
    assert_eq!((schedule.remove(id), schedule.take_any(), schedule.holder(id)), (None, None, Some(&'a')));
    schedule.put(id, task, times(70, None));
    assert_eq!((schedule.holder(id), schedule.next(), schedule.next_deadline()), (None, Some(at(70)), None));
    assert_eq!(schedule.remove(ids[0]), Some(Box::new(0)));
    assert_eq!((schedule.remove(ids[0]), schedule.next(), schedule.count()), (None, None, 0));
}

#[test]
fn a_number_is_never_used_again() {
    let (mut schedule, ids) = schedule(&[(0, None)]);
    schedule.take_due(at(0), |_| 'a');
    schedule.ended(ids[0]);
    assert_eq!(schedule.count(), 0);
    assert_eq!(schedule.new_id(), TaskId(ids[0].0 + 1));
    // Ended once more: nothing.
    schedule.ended(ids[0]);
    schedule.ended(TaskId(99));
}

#[test]
fn what_is_left_is_what_waits_and_what_represents_what_is_held() {
    let (mut schedule, _) = schedule(&[(0, None), (1, Some(3)), (2, None)]);
    schedule.take_due(at(0), |_| 'a');
    let mut left: Vec<usize> = schedule.into_each(|task| task, |_| 100).collect();
    left.sort_unstable();
    assert_eq!(left, [1, 2, 100]);
}
