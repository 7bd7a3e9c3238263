//! The mock server as a program: one line of JSON when ready, then a line for every command on standard input.

mod arguments;

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tcdb_mock_server::{Control, Fault, Misbehaviour, MockServer, demo_tasks, sys};

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
            eprintln!("tcdb-mock-server: {mistake}; --help shows what there is");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tcdb-mock-server: {failure}");
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
    let no_thread = |error| format!("start a thread: {error}");
    listen_for_signals(events.clone()).map_err(no_thread)?;
    let server = MockServer::start(arguments.options.clone()).map_err(|error| format!("start: {error}"))?;
    let mut control = Control::of(&server);
    prepare(&server, &mut control, &arguments)?;
    if show(&ready_line(&server, &arguments)).is_ok() {
        read_commands(events).map_err(no_thread)?;
        obey_until_the_end(&mut control, &arrivals, &arguments);
    }
    Ok(())
}

/// What the command line asks for before anything is served.
fn prepare(server: &MockServer, control: &mut Control<'_>, arguments: &Arguments) -> Result<(), String> {
    arguments.faults.iter().for_each(|(fault, count)| server.misbehave(misbehaviour(*fault, *count)));
    arguments.sts_faults.iter().for_each(|(fault, count)| server.misbehave_sts(misbehaviour(*fault, *count)));
    let Some(script) = &arguments.script else {
        return Ok(());
    };
    let file = File::open(script).map_err(|error| format!("{}: {error}", script.display()))?;
    control.obey_script(io::BufReader::new(file)).map_err(|mistake| format!("{}: {mistake}", script.display()))
}

fn misbehaviour(fault: Fault, count: Option<u32>) -> Misbehaviour {
    let misbehaviour = Misbehaviour::fault(fault);
    match count {
        Some(count) => misbehaviour.next_requests(count),
        None => misbehaviour,
    }
}

fn ready_line(server: &MockServer, arguments: &Arguments) -> String {
    let ready = json!({
        "https": server.https_url(),
        "http": server.http_url(),
        "metadata": server.metadata_url(),
        "sts": server.sts_url(),
        "sts_http": server.sts_http_url(),
        "web_identity_token": arguments.options.sts.web_identity_token,
        "ca": server.ca_file(),
        "certificate": server.certificate_file(),
        "secret_id": arguments.options.secret_id,
        "secret_key": arguments.options.secret_key,
        "token": arguments.options.token,
        "pid": std::process::id(),
    });
    format!("{ready}\n")
}

/// Until the input ends, a signal comes, its time has passed, or the answers are no longer read.
fn obey_until_the_end(control: &mut Control<'_>, arrivals: &Receiver<Event>, arguments: &Arguments) {
    let outlives_input = arguments.seconds.is_some() || arguments.exit_with_parent;
    let end = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    loop {
        // Without an end a day is waited for, again and again.
        let wait = end.map_or(Duration::from_secs(86_400), |end| end.saturating_duration_since(Instant::now()));
        match arrivals.recv_timeout(wait) {
            Ok(Event::Line(line)) if line.trim().is_empty() => {}
            Ok(Event::Line(line)) => {
                if show(&format!("{}\n", control.obey(&line))).is_err() {
                    return;
                }
            }
            Ok(Event::InputEnded) if outlives_input => {}
            Err(RecvTimeoutError::Timeout) if end.is_none() => {}
            Ok(Event::InputEnded | Event::Signal) | Err(_) => return,
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
