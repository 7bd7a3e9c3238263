//! The endpoint as a program: one line of JSON when ready, then a line for every command on standard input.

mod arguments;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tcdb_endpoint::{Control, Endpoint, Fault, Misbehaviour, demo_tasks, sys};

use arguments::{Arguments, Wish};

enum Event {
    Line(String),
    InputEnded,
    Signal,
}

fn main() -> ExitCode {
    let outcome = match Arguments::read(std::env::args().skip(1)) {
        Ok(Wish::Help) => show(arguments::HELP),
        Ok(Wish::ListFaults) => show(&fault_list()),
        Ok(Wish::ListTasks) => show(&task_list()),
        Ok(Wish::Serve(arguments)) => serve(*arguments),
        Err(mistake) => {
            eprintln!("tcdb-endpoint: {mistake}; --help shows what there is");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tcdb-endpoint: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Arguments) -> Result<(), String> {
    sys::hold_back_signals();
    if arguments.exit_with_parent {
        sys::end_with_parent().map_err(|error| format!("ask for the parent's end: {error}"))?;
    }
    let (events, arrivals) = mpsc::channel();
    listen_for_signals(events.clone()).map_err(|error| format!("start a thread: {error}"))?;
    let secret = (arguments.options.secret_id.clone(), arguments.options.secret_key.clone());
    let token = arguments.options.token.clone();
    let endpoint = Endpoint::start(arguments.options).map_err(|error| format!("start: {error}"))?;
    for (fault, count) in arguments.faults {
        let misbehaviour = Misbehaviour::fault(fault);
        endpoint.misbehave(match count {
            Some(count) => misbehaviour.next_requests(count),
            None => misbehaviour,
        });
    }
    let mut control = Control::of(&endpoint);
    if let Some(script) = arguments.script {
        let file = std::fs::File::open(&script).map_err(|error| format!("{}: {error}", script.display()))?;
        control.obey_script(io::BufReader::new(file)).map_err(|mistake| format!("{}: {mistake}", script.display()))?;
    }
    let ready = json!({
        "https": endpoint.https_url(),
        "http": endpoint.http_url(),
        "metadata": endpoint.metadata_url(),
        "ca": endpoint.ca_file(),
        "secret_id": secret.0,
        "secret_key": secret.1,
        "token": token,
        "pid": std::process::id(),
    });
    // Nobody reads any more: the end.
    if show(&format!("{ready}\n")).is_err() {
        return Ok(());
    }
    read_commands(events).map_err(|error| format!("start a thread: {error}"))?;
    let outlives_input = arguments.seconds.is_some() || arguments.exit_with_parent;
    let end = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    loop {
        // A day is as good as for ever: the loop comes round.
        let wait = end.map_or(Duration::from_secs(86_400), |end| end.saturating_duration_since(Instant::now()));
        match arrivals.recv_timeout(wait) {
            Ok(Event::Line(line)) if line.trim().is_empty() => {}
            Ok(Event::Line(line)) => {
                if show(&format!("{}\n", control.obey(&line))).is_err() {
                    return Ok(());
                }
            }
            Ok(Event::InputEnded) if outlives_input => {}
            Err(RecvTimeoutError::Timeout) if end.is_none() => {}
            Ok(Event::InputEnded | Event::Signal) | Err(_) => return Ok(()),
        }
    }
}

fn listen_for_signals(events: Sender<Event>) -> io::Result<()> {
    let wait = move || {
        sys::wait_for_signal();
        // The receiver is gone only when the program ends anyway.
        let _ = events.send(Event::Signal);
    };
    thread::Builder::new().spawn(wait).map(drop)
}

fn read_commands(events: Sender<Event>) -> io::Result<()> {
    let read = move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if events.send(Event::Line(line)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::InputEnded);
    };
    thread::Builder::new().spawn(read).map(drop)
}

fn show(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("write: {error}"))
}

fn fault_list() -> String {
    Fault::ALL
        .iter()
        .map(|fault| format!("{:<30} {:<12} {}\n", fault.name(), fault.effect().name(), fault.description()))
        .collect()
}

fn task_list() -> String {
    demo_tasks().iter().map(|(id, shows, _)| format!("{id}  {shows}\n")).collect()
}
