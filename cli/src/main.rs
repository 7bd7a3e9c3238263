//! `tcdb`: asks TencentDB for MySQL what became of asynchronous tasks, and waits for them.
#![deny(unsafe_code)]
#![warn(clippy::pedantic)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented
)]
// Documentation of arguments is the help, as it is printed.
#![allow(clippy::doc_markdown, clippy::struct_field_names, clippy::struct_excessive_bools)]
#![cfg_attr(test, allow(clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arguments;
mod before_command;
mod combinations;
mod commands;
mod connection;
mod durations;
mod endpoints;
mod escape;
mod exit_code;
mod failure;
mod ids;
mod json;
mod progress;
mod screen;
mod signals;
mod sources;
mod streams;
mod terminal;
mod terms;
mod usage;

use std::process::ExitCode;

use crate::arguments::Command;
use crate::exit_code::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    match run() {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.report();
            failure.exit().into()
        }
    }
}

fn run() -> Result<Exit, Failure> {
    // Before a wait of hours whose result no one could read.
    screen::check_output()?;
    let Some(given) = usage::parse(std::env::args_os())? else { return Ok(Exit::AllSucceeded) };
    let shared = given.shared;
    match given.command {
        Command::Query(query) => commands::query::run(&shared, &query),
        Command::Wait(wait) => commands::wait::run(&shared, &wait),
        Command::Request(request) => commands::request::run(&shared, &request),
        Command::Credentials(credentials) => commands::credentials::run(&shared, &credentials),
        Command::Completions(completions) => commands::completions::run(&completions),
        Command::ManPages(pages) => commands::man_pages::run(&pages),
    }
}
