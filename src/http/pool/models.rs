//! Models for loom (`make check-loom`): threads share a pool, which hands each connection to one of them at a time and loses
//! none.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use loom::thread;

use super::{Pool, Pooled};

/// A connection of the model: which one it is, how many threads have it, whether its peer has closed it.
#[derive(Clone)]
struct Kept {
    name: &'static str,
    holders: Arc<AtomicUsize>,
    is_closed: Arc<AtomicBool>,
}

impl Kept {
    fn new(name: &'static str) -> Self {
        Self { name, holders: Arc::new(AtomicUsize::new(0)), is_closed: Arc::new(AtomicBool::new(false)) }
    }
}

impl Pooled for Kept {
    fn is_open(&mut self) -> bool {
        !self.is_closed.load(SeqCst)
    }
}

type Connections = Arc<Pool<Kept>>;

fn pool(names: &[&'static str]) -> Connections {
    let pool = Connections::default();
    names.iter().for_each(|name| pool.keep(Kept::new(name)));
    pool
}

/// A request: a connection from the pool, or a new one, and back.
fn request(pool: &Connections, new: &'static str) {
    let connection = pool.take().map_or_else(|| Kept::new(new), |(connection, _)| connection);
    assert_eq!(connection.holders.fetch_add(1, SeqCst), 0, "{} has two threads", connection.name);
    connection.holders.fetch_sub(1, SeqCst);
    pool.keep(connection);
}

fn names(pool: &Connections) -> Vec<&'static str> {
    std::iter::from_fn(|| pool.take()).map(|(connection, _)| connection.name).collect()
}

fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(body);
}

#[test]
fn a_connection_has_one_thread_at_a_time_and_each_comes_back() {
    model(|| {
        let pool = pool(&["one"]);
        let threads = ["two", "three"].map(|new| {
            let pool = pool.clone();
            thread::spawn(move || request(&pool, new))
        });
        request(&pool, "four");
        for thread in threads {
            thread.join().unwrap();
        }
        let kept = names(&pool);
        assert!(kept.contains(&"one"), "lost: {kept:?}");
        assert!(kept.iter().all(|name| kept.iter().filter(|other| other == &name).count() == 1), "twice: {kept:?}");
    });
}

#[test]
fn what_is_kept_while_another_thread_distrusts_the_older_ones_stays() {
    model(|| {
        let pool = pool(&["older", "dead"]);
        let fresh = {
            let pool = pool.clone();
            thread::spawn(move || pool.keep(Kept::new("fresh")))
        };
        let (connection, since) = pool.take().unwrap();
        if connection.name == "fresh" {
            // It came first, and is the one that proves dead: all are as old.
            pool.distrust(since);
            fresh.join().unwrap();
            return assert_eq!(names(&pool), [""; 0]);
        }
        pool.distrust(since);
        fresh.join().unwrap();
        assert_eq!(names(&pool), ["fresh"]);
    });
}

#[test]
fn one_that_its_peer_closes_is_handed_out_before_or_never() {
    model(|| {
        let (pool, closing) = (Connections::default(), Kept::new("closing"));
        let is_closed = closing.is_closed.clone();
        pool.keep(closing);
        let taker = {
            let pool = pool.clone();
            thread::spawn(move || pool.take().is_some())
        };
        is_closed.store(true, SeqCst);
        let later = pool.take();
        assert!(later.is_none(), "a closed connection");
        taker.join().unwrap();
        assert!(pool.take().is_none());
    });
}
