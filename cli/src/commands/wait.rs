//! `tcdb wait`: all tasks in one wait queue, some threads that ask, and this one that shows what comes of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tcdb_async::{Error, ErrorKind, Event, EventKind, TaskOptions, WaitQueue};

use super::outcome::{Form, Outcomes};
use crate::arguments::{Shared, Wait};
use crate::connection::{self, Log};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::progress::{self, HEARTBEAT, Progress};
use crate::screen::Screen;
use crate::signals::{self, Interruption};
use crate::{ids, sources, terms};

/// One thread carries about six requests a second.
const MOST_THREADS: usize = 8;
const TURN: Duration = Duration::from_secs(60);

/// The queue's events carry the task's id.
type Queue = WaitQueue<Arc<str>>;

/// # Errors
/// What ended it before each id had its outcome.
pub fn run(shared: &Shared, given: &Wait) -> Result<Exit, Failure> {
    let ids = ids::given(&given.ids.ids)?;
    let screen = Screen::new(shared.quiet, progress::bar(shared.quiet));
    let log = Log::new(shared, &screen).of_wait();
    let client = connection::client(shared, &sources::choose(shared, &log)?.credentials, &log)?;
    let queue: Queue = client.wait_queue();
    let mut outcomes = Outcomes::new(screen.clone(), Form::new(shared.json, given.status_only, ids.len()));
    let added = add(&queue, &ids, given, &mut outcomes)?;
    let ended = queue.clone();
    let interruption =
        signals::handle(move || ended.cancel_all()).map_err(|why| Failure::system("handle signals", &why))?;
    let mut progress = Progress::new(screen.clone(), added, heartbeat(given));
    let result = ask_and_show(&queue, &mut outcomes, &mut progress, &interruption);
    progress.finish();
    let interrupted = result?;
    if let Some(exit) = interruption.exit().filter(|_| interrupted > 0) {
        screen.error(&format!("interrupted: {interrupted} of {} not ended", ids.len()));
        outcomes.count(exit);
    }
    Ok(outcomes.exit())
}

fn heartbeat(given: &Wait) -> Duration {
    given.heartbeat.unwrap_or(HEARTBEAT)
}

/// How many were taken; an id that cannot be asked about has its outcome at once.
fn add(queue: &Queue, ids: &[String], given: &Wait, outcomes: &mut Outcomes) -> Result<usize, Failure> {
    let mut options = TaskOptions::new().changes(true);
    if let Some(interval) = given.interval {
        options = options.interval(interval, interval);
    }
    let mut added = 0;
    for id in ids {
        match queue.add(id, given.timeout, &options, id.as_str().into()) {
            Ok(_) => added += 1,
            Err(error) => outcomes.failed(id, &error)?,
        }
    }
    Ok(added)
}

/// How many tasks were interrupted.
fn ask_and_show(
    queue: &Queue,
    outcomes: &mut Outcomes,
    progress: &mut Progress,
    interruption: &Interruption,
) -> Result<usize, Failure> {
    let is_over = AtomicBool::new(false);
    let broken = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..queue.pending().min(MOST_THREADS) {
            scope.spawn(|| ask(queue, &is_over, &broken));
        }
        let shown = show(queue, outcomes, progress, interruption, &broken);
        is_over.store(true, Ordering::SeqCst);
        queue.cancel_all();
        queue.wake();
        shown
    })
}

/// A thread's work: until all is over, or the queue itself fails.
fn ask(queue: &Queue, is_over: &AtomicBool, broken: &Mutex<Option<Error>>) {
    while !is_over.load(Ordering::SeqCst) {
        if let Err(error) = queue.run(TURN) {
            *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            queue.wake();
            return;
        }
    }
}

fn show(
    queue: &Queue,
    outcomes: &mut Outcomes,
    progress: &mut Progress,
    interruption: &Interruption,
    broken: &Mutex<Option<Error>>,
) -> Result<usize, Failure> {
    let mut interrupted = 0;
    while queue.pending() > 0 {
        let event = queue.next(progress.pause());
        let event = event.map_err(|error| Failure::of_error(&error, &terms::of_client(&error)))?;
        if let Some(error) = broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(Failure::of_error(&error, &terms::of_client(&error)));
        }
        let Some(event) = event else {
            progress.tick();
            continue;
        };
        interrupted += usize::from(show_event(&event, outcomes, progress, interruption)?);
    }
    Ok(interrupted)
}

/// Whether it is the end of a task that was interrupted.
fn show_event(
    event: &Event<Arc<str>>,
    outcomes: &mut Outcomes,
    progress: &mut Progress,
    interruption: &Interruption,
) -> Result<bool, Failure> {
    let id = &event.user_data;
    match &event.kind {
        EventKind::Changed(info) => progress.changed(id, info),
        EventKind::Final(Ok(info)) => {
            outcomes.answered(id, info)?;
            progress.ended(id);
        }
        EventKind::Final(Err(error)) if interruption.has_ended(error) => {
            outcomes.interrupted(id, error)?;
            return Ok(true);
        }
        EventKind::Final(Err(error)) => {
            outcomes.failed(id, error)?;
            // A task whose timeout has passed has not ended.
            if error.kind() != ErrorKind::WaitTimeout {
                progress.ended(id);
            }
        }
        // What a later version of the library may report ends no task.
        _ => {}
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::{Arguments, Command};
    use crate::{durations, usage};

    fn of(words: &str) -> Duration {
        let given = usage::parse(words.split(' ').map(Into::into)).unwrap_or_else(|failure| panic!("{failure}"));
        match given.map(|given| given.command) {
            Some(Command::Wait(wait)) => heartbeat(&wait),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_heartbeat_is_each_minute_unless_another_is_given() {
        for (words, seconds) in [
            ("tcdb wait x", 60),
            ("tcdb wait --heartbeat 5s x", 5),
            ("tcdb wait --heartbeat 2h x", 7200),
            ("tcdb wait --heartbeat 0 x", 0),
        ] {
            assert_eq!(of(words), Duration::from_secs(seconds), "{words}");
        }
    }

    #[test]
    fn the_help_gives_the_heartbeat_that_is_the_default() {
        let mut definition = Arguments::command();
        let wait = definition.find_subcommand_mut("wait").unwrap();
        let option = wait.get_arguments().find(|option| option.get_long() == Some("heartbeat")).unwrap();
        let help = option.get_help().unwrap().to_string();
        let (_, default) = help.split_once("default: ").unwrap();
        assert_eq!(durations::parse(default), Ok(HEARTBEAT), "{help}");
    }
}
