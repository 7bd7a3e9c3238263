//! Options of one command in front of it: clap takes those of every command there, and these are given to theirs here.

use crate::arguments::{Arguments, BeforeCommand, Command};

/// The arguments with each of these options where its command has it. One behind the command goes first.
///
/// # Errors
/// One line that names an option of another command.
pub fn moved(mut given: Arguments) -> Result<Arguments, String> {
    let mut before = std::mem::take(&mut given.before_command);
    give(&mut before, &mut given.command);
    match left(&before) {
        Some(option) => Err(format!("{option} is not an option of {}", given.command.name())),
        None => Ok(given),
    }
}

/// What the command has is taken out of `before`.
fn give(before: &mut BeforeCommand, command: &mut Command) {
    match command {
        Command::Query(query) => query.status_only |= std::mem::take(&mut before.status_only),
        Command::Wait(wait) => {
            wait.timeout = wait.timeout.or(before.timeout.take());
            wait.interval = wait.interval.or(before.interval.take());
            wait.heartbeat = wait.heartbeat.or(before.heartbeat.take());
            wait.status_only |= std::mem::take(&mut before.status_only);
        }
        Command::Request(request) => {
            request.time = request.time.or(before.time.take());
            request.with_secrets |= std::mem::take(&mut before.with_secrets);
        }
        Command::Credentials(credentials) => credentials.check |= std::mem::take(&mut before.check),
        Command::Completions(_) | Command::ManPages(_) => {}
    }
}

fn left(before: &BeforeCommand) -> Option<&'static str> {
    let options = [
        ("--timeout", before.timeout.is_some()),
        ("--interval", before.interval.is_some()),
        ("--heartbeat", before.heartbeat.is_some()),
        ("--status-only", before.status_only),
        ("--time", before.time.is_some()),
        ("--with-secrets", before.with_secrets),
        ("--check", before.check),
    ];
    options.into_iter().find(|(_, is_left)| *is_left).map(|(option, _)| option)
}
