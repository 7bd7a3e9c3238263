//! Options in front of the command: those of all commands are taken there, and so are those of one, for that one.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, Command, CommandFactory};

use crate::arguments::Arguments;

/// The command line, with the options of every command in front of it too. They are not in the help there, where each is
/// with its command.
pub fn definition() -> Command {
    let plain = Arguments::command();
    let mut options: Vec<Arg> = Vec::new();
    for option in plain.get_subcommands().flat_map(Command::get_arguments).filter(|each| !each.is_positional()) {
        if !options.iter().any(|other| other.get_id() == option.get_id()) {
            options.push(option.clone().hide(true));
        }
    }
    plain.args(options)
}

/// The words with all options behind the command. One that is there already comes later, so that it counts. Words in which
/// there is a fault are as they were: whoever reads them finds it.
///
/// # Errors
/// One line that names an option of another command.
pub fn moved(words: Vec<OsString>, definition: &Command) -> Result<Vec<OsString>, String> {
    let Ok(given) = front_of(definition).try_get_matches_from(&words) else { return Ok(words) };
    let Some((name, behind)) = given.subcommand() else { return Ok(words) };
    let Some(command) = definition.find_subcommand(name) else { return Ok(words) };
    let has =
        |option: &Arg| option.is_global_set() || command.get_arguments().any(|own| own.get_id() == option.get_id());
    let is_given = |option: &Arg| given.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut astray = definition.get_arguments().filter(|option| is_given(option) && !has(option));
    if let Some(option) = astray.find_map(Arg::get_long) {
        return Err(format!("--{option} is not an option of {name}"));
    }
    let behind: Vec<&OsString> = behind.get_many("").into_iter().flatten().collect();
    let place = words.len().saturating_sub(behind.len() + 1);
    let program = words.iter().take(1).cloned();
    let in_front = words.iter().take(place).skip(1).cloned();
    if in_front.clone().any(|word| word == "--") {
        // What is behind it is not an option.
        return Ok(words);
    }
    Ok(program.chain([OsString::from(name)]).chain(in_front).chain(behind.into_iter().cloned()).collect())
}

/// Takes any word for a command, and what is behind it as it is.
fn front_of(definition: &Command) -> Command {
    Command::new("tcdb")
        .args(definition.get_arguments().cloned())
        .args_override_self(true)
        .allow_external_subcommands(true)
}
