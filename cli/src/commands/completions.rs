//! `tcdb completions`: a script for a shell.

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::screen;

/// # Errors
/// `NotWritten`.
pub fn run(given: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(given.shell, &mut Arguments::command(), "tcdb", &mut script);
    screen::write_result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::AllSucceeded)
}
