//! Async request ids, from the arguments and from standard input.

use std::io::{Read, stdin};

use crate::failure::{Failure, system_words};
use crate::streams;

/// Of the command line, whose `-` means standard input.
///
/// # Errors
/// `Usage`: why standard input cannot be used.
pub fn given(arguments: &[String]) -> Result<Vec<String>, Failure> {
    if arguments.iter().any(|argument| argument == "-") && streams::stdin_was_closed() {
        return Err(Failure::usage("standard input is closed"));
    }
    read(arguments, stdin()).map_err(Failure::usage)
}

/// `-` means the lines of the input, without comments and the blanks around them; empty ones are skipped.
fn read(arguments: &[String], mut input: impl Read) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    let mut is_read = false;
    for argument in arguments {
        if argument != "-" {
            ids.push(argument.clone());
        } else if !std::mem::replace(&mut is_read, true) {
            let mut text = String::new();
            input.read_to_string(&mut text).map_err(|why| format!("read standard input: {}", system_words(&why)))?;
            // Editors and shells of Windows put a byte order mark first.
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            ids.extend(
                text.lines().map(|line| without_comment(line).trim()).filter(|id| !id.is_empty()).map(str::to_owned),
            );
        }
    }
    if ids.is_empty() { Err("standard input has no async request id".to_owned()) } else { Ok(ids) }
}

/// A comment is what follows a `#` that begins the line or comes after a blank.
fn without_comment(line: &str) -> &str {
    let begins =
        |at: usize| line.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace));
    let comment = line.match_indices('#').map(|(at, _)| at).find(|&at| begins(at));
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str], input: &[u8]) -> Result<Vec<String>, String> {
        read(&arguments.iter().map(|&id| id.to_owned()).collect::<Vec<_>>(), input)
    }

    #[test]
    fn a_dash_means_the_lines_of_standard_input() {
        assert_eq!(of(&["a", "b"], b"c").unwrap(), ["a", "b"]);
        assert_eq!(of(&["a", "-", "b"], b" c \r\n\n\td").unwrap(), ["a", "c", "d", "b"]);
        assert_eq!(of(&["-", "-"], b"c\n").unwrap(), ["c"]);
        assert_eq!(of(&[""], b"").unwrap(), [""]);
        assert!(of(&["-"], b"\n \n").unwrap_err().contains("no async request id"));
        assert_eq!(of(&["-"], b"\xff\n").unwrap_err(), "read standard input: it is not UTF-8");
    }

    #[test]
    fn comments_and_a_byte_order_mark_are_not_ids() {
        for (input, ids) in [
            ("\u{feff}a\nb\n", &["a", "b"][..]),
            ("\u{feff}# of today\r\na\r\n", &["a"]),
            ("# first\n  # indented\na # the backup\nb\t#c\n#", &["a", "b"]),
            ("a#1\n", &["a#1"]),
        ] {
            assert_eq!(of(&["-"], input.as_bytes()).unwrap(), ids, "{input:?}");
        }
        assert!(of(&["-"], b"# nothing\n").is_err());
        // Of standard input alone.
        assert_eq!(of(&["#a"], b"").unwrap(), ["#a"]);
    }
}
