//! Texts of servers and users on a terminal: what would drive it is escaped.

use std::fmt::Write as _;

/// One line in which every character is only itself.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if drives_terminals(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// JSON as it was written, with such characters as `\u` escapes: inside of its strings, for they are nowhere else.
pub fn json(written: &str) -> String {
    let mut shown = String::with_capacity(written.len());
    for c in written.chars() {
        if drives_terminals(c) {
            // All of them are in the basic plane.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Controls of both kinds, ends of lines, and what turns the direction of the text that follows.
fn drives_terminals(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_escaped_and_all_else_stays() {
        for (text, shown) in [
            ("任务执行成功 50% \\ \"x\"", "任务执行成功 50% \\ \"x\""),
            ("a\x1b[2Jb\nc\0", "a\\u{1b}[2Jb\\nc\\u{0}"),
            ("\u{9b}31m\u{7f}\u{2028}", "\\u{9b}31m\\u{7f}\\u{2028}"),
            ("\u{202e}drow\u{2069}\u{200f}", "\\u{202e}drow\\u{2069}\\u{200f}"),
        ] {
            assert_eq!(printable(text), shown);
            let written = json(&serde_json::json!(text).to_string());
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
            assert!(!written.chars().any(drives_terminals), "{written:?}");
        }
    }
}
