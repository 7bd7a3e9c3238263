//! Async request ids, from the arguments and from standard input.

use std::io::Read;

/// `-` means the lines of standard input, without blanks around them; empty ones are skipped.
///
/// # Errors
/// Why standard input cannot be used.
pub fn read(arguments: &[String], mut input: impl Read) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    let mut is_read = false;
    for argument in arguments {
        if argument != "-" {
            ids.push(argument.clone());
        } else if !std::mem::replace(&mut is_read, true) {
            let mut text = String::new();
            input.read_to_string(&mut text).map_err(|e| format!("read standard input: {e}"))?;
            ids.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        }
    }
    if ids.is_empty() { Err("standard input has no async request id".to_owned()) } else { Ok(ids) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str], input: &[u8]) -> Result<Vec<String>, String> {
        read(&arguments.iter().map(|&id| id.to_owned()).collect::<Vec<_>>(), input)
    }

    #[test]
    fn a_dash_stands_for_the_lines_of_standard_input() {
        assert_eq!(of(&["a", "b"], b"c").unwrap(), ["a", "b"]);
        assert_eq!(of(&["a", "-", "b"], b" c \r\n\n\td").unwrap(), ["a", "c", "d", "b"]);
        assert_eq!(of(&["-", "-"], b"c\n").unwrap(), ["c"]);
        assert_eq!(of(&[""], b"").unwrap(), [""]);
        assert!(of(&["-"], b"\n \n").unwrap_err().contains("no async request id"));
        assert!(of(&["-"], b"\xff\n").unwrap_err().starts_with("read standard input: "));
    }
}
