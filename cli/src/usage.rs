//! From words to arguments: help, version and faults of usage.

use std::ffi::OsString;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::before_command;
use crate::combinations;
use crate::failure::Failure;
use crate::screen;

/// `None`: help or version was asked for, and has been printed.
///
/// # Errors
/// Usage, in one line; that help could not be written.
pub fn parse(words: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, Failure> {
    let definition = before_command::definition();
    let refused = |why: String| Failure::usage(see_help(&why));
    let words = before_command::moved(words.collect(), &definition).map_err(refused)?;
    let read = definition.try_get_matches_from(words).and_then(|given| Arguments::from_arg_matches(&given));
    match read {
        Ok(given) => combinations::check(&given).map(|()| Some(given)).map_err(refused),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            screen::write_result(&error.render().to_string())?;
            Ok(None)
        }
        Err(error) if error.kind() == ErrorKind::MissingSubcommand => {
            Err(refused("a command is missing: query, wait, request, credentials or completions".to_owned()))
        }
        Err(error) => Err(refused(one_line(&error.render().to_string()))),
    }
}

fn see_help(why: &str) -> String {
    format!("{why} (see --help)")
}

/// What clap prints is several lines: what is wrong, with its details indented; tips; the usage.
fn one_line(printed: &str) -> String {
    let wrong = printed.trim_start().strip_prefix("error: ").unwrap_or(printed);
    let lines = wrong.lines().take_while(|line| !line.trim().is_empty());
    let tips = wrong.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).filter(|tip| tip.contains("similar"));
    let mut said = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    for tip in tips {
        said = format!("{said}; {tip}");
    }
    said
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Command;

    fn said(words: &str) -> String {
        let failure = parse(words.split(' ').map(OsString::from)).err();
        failure.map_or_else(|| "taken".to_owned(), |failure| failure.to_string())
    }

    #[test]
    fn clap_finds_no_fault_in_the_definition() {
        Arguments::command().debug_assert();
        before_command::definition().debug_assert();
    }

    #[test]
    fn what_is_wrong_is_one_line() {
        for (words, line) in [
            ("tcdb", "a command is missing: query, wait, request, credentials or completions (see --help)"),
            ("tcdb query", "the following required arguments were not provided: <ID>... (see --help)"),
            ("tcdb query --nonsense x", "unexpected argument '--nonsense' found (see --help)"),
            (
                "tcdb query --regin x y",
                "unexpected argument '--regin' found; a similar argument exists: '--region' (see --help)",
            ),
            ("tcdb qery x", "unrecognized subcommand 'qery'; a similar subcommand exists: 'query' (see --help)"),
            ("tcdb query --region", "a value is required for '--region <REGION>' but none was supplied (see --help)"),
            (
                "tcdb wait --timeout soon x",
                "invalid value 'soon' for '--timeout <DURATION>': not a duration like 90s, 10m or 1h30m (see --help)",
            ),
            ("tcdb query --timeout 1s x", "unexpected argument '--timeout' found (see --help)"),
            (
                "tcdb --timeout soon wait x",
                "invalid value 'soon' for '--timeout <DURATION>': not a duration like 90s, 10m or 1h30m (see --help)",
            ),
            (
                "tcdb --timeout 1s qery x",
                "unrecognized subcommand 'qery'; a similar subcommand exists: 'query' (see --help)",
            ),
            (
                "tcdb --timeout 1s",
                "a command is missing: query, wait, request, credentials or completions (see --help)",
            ),
            ("tcdb -- query --region r x", "unexpected argument 'query' found (see --help)"),
            ("tcdb --timeout", "a value is required for '--timeout <DURATION>' but none was supplied (see --help)"),
            (
                "tcdb --regin x query y",
                "unexpected argument '--regin' found; a similar argument exists: '--region' (see --help)",
            ),
            ("tcdb query --secret-key=TOPSECRET x", "unexpected argument '--secret-key' found (see --help)"),
        ] {
            assert_eq!(said(words), line);
        }
    }

    #[test]
    fn an_option_in_front_of_its_command_is_taken_and_one_behind_it_counts() {
        for (words, seconds) in [
            ("--timeout 1s wait x", 1),
            ("--timeout=1s --region wait wait x", 1),
            ("--timeout 1s wait --timeout 2s x", 2),
            ("--timeout 1s --timeout 2s wait x --timeout 3s --timeout 4s", 4),
            ("--cvm-role --timeout 1s wait x", 1),
            ("wait --timeout 1s -- --timeout", 1),
        ] {
            let given = parse(format!("tcdb {words}").split(' ').map(OsString::from)).unwrap().unwrap();
            let Command::Wait(wait) = given.command else { panic!("{words}: {:?}", given.command) };
            assert_eq!(wait.timeout.unwrap().as_secs(), seconds, "{words}");
        }
        let given = parse("tcdb --status-only query x".split(' ').map(OsString::from)).unwrap().unwrap();
        let Command::Query(query) = given.command else { panic!("{:?}", given.command) };
        assert!(query.status_only);
        assert_eq!(query.ids.ids, ["x"]);
    }

    #[test]
    fn options_that_do_not_belong_together_are_refused_and_stand_anywhere() {
        for (words, line) in [
            ("--json query --status-only x", "--json and --status-only cannot be used together"),
            ("-q query x --verbose", "--quiet and --verbose cannot be used together"),
            ("--env query --profile p x", "--env and --profile cannot be used together"),
            ("query x --tke --cvm-role", "--cvm-role and --tke cannot be used together"),
            ("query x --credentials-file f --cvm-role=n", "--credentials-file and --cvm-role cannot be used together"),
            ("query x --profile p --metadata u", "--metadata and --profile cannot be used together"),
            ("query x --external-id e", "--external-id needs --role"),
            ("--timeout 1s query x", "--timeout is not an option of query"),
            ("--interval 1s request x", "--interval is not an option of request"),
            ("--heartbeat 1s credentials", "--heartbeat is not an option of credentials"),
            ("--status-only request x", "--status-only is not an option of request"),
            ("--time 1 wait x", "--time is not an option of wait"),
            ("--with-secrets query x", "--with-secrets is not an option of query"),
            ("--check completions bash", "--check is not an option of completions"),
            ("--profile wait --timeout 1s query x", "--timeout is not an option of query"),
            ("-q --check --json query x", "--check is not an option of query"),
            ("--status-only query --json x", "--json and --status-only cannot be used together"),
            ("query x --web-identity-token-file f --role r", "--web-identity-token-file needs --provider-id"),
            ("query x --provider-id p", "--provider-id needs --web-identity-token-file"),
            (
                "query x --web-identity-token-file f --role r --provider-id p --external-id e",
                "--external-id and --web-identity-token-file cannot be used together",
            ),
        ] {
            assert_eq!(said(&format!("tcdb {words}")), format!("{line} (see --help)"), "{words}");
        }
        for words in [
            "query x --cvm-role",
            "--region r query x",
            "wait --timeout 1 x --interval 2 y --json",
            "--role r query --external-id e x",
            "--timeout 1s --interval 2 --heartbeat 0 --status-only wait x",
            "--timeout 1s wait --timeout 2s x",
            "--status-only query x",
            "--time 1 --with-secrets request x",
            "--check credentials",
            "query --profile p --credentials-file f --role r x",
            "query -- --x",
            "query -",
            "--region r query --region s x",
            "query --ca f --ca g x",
        ] {
            assert_eq!(said(&format!("tcdb {words}")), "taken", "{words}");
        }
    }
}
