//! `tcdb man-pages`: for packages; a page for the program, and one a command.

use clap::{Command, CommandFactory};

use crate::arguments::{Arguments, ManPages};
use crate::exit_code::Exit;
use crate::failure::Failure;

/// # Errors
/// `NotWritten`.
pub fn run(given: &ManPages) -> Result<Exit, Failure> {
    let written = std::fs::create_dir_all(&given.folder)
        .and_then(|()| clap_mangen::generate_to(with_versions(Arguments::command()), &given.folder));
    written.map_err(|why| Failure::not_written(&given.folder.display().to_string(), &why))?;
    Ok(Exit::AllSucceeded)
}

/// Each command's page says of which version it is, as the program's does.
fn with_versions(command: Command) -> Command {
    command.mut_subcommands(|sub| sub.version(env!("CARGO_PKG_VERSION")).disable_version_flag(true))
}
