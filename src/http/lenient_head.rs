//! The head of a reply that is not quite HTTP's, as gateways write it: what the protocol crate refuses and other clients
//! read. Pure; looked at only once the crate has refused a head.

/// A head in the strict form, and how long it is as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Mended {
    pub head: Vec<u8>,
    pub length: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not begin as HTTP does.
    NotHttp,
    /// Its blank line has not come yet.
    Unfinished,
    Whole(Mended),
}

/// Blanks before a colon go, folded lines are joined, control characters become blanks, and what is not a header field is
/// passed over. The status line stays as it is.
pub fn mend(input: &[u8]) -> Outcome {
    if !input.starts_with(b"HTTP/1.") {
        return Outcome::NotHttp;
    }
    let (mut head, mut length) = (Vec::with_capacity(input.len()), 0);
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line.strip_suffix(b"\n") else { break };
        length += line.len();
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        match text {
            [] => {
                head.extend_from_slice(b"\r\n");
                return Outcome::Whole(Mended { head, length });
            }
            _ if head.is_empty() => {
                head.extend_from_slice(text);
                head.extend_from_slice(b"\r\n");
            }
            [b' ' | b'\t', ..] => join(&mut head, text),
            _ => add_field(&mut head, text),
        }
    }
    Outcome::Unfinished
}

/// A folded line belongs to the field before it.
fn join(head: &mut Vec<u8>, text: &[u8]) {
    let status_line = head.iter().position(|byte| *byte == b'\n');
    if status_line.is_some_and(|end| end + 1 < head.len()) {
        head.truncate(head.len().saturating_sub(2));
        head.push(b' ');
        add_value(head, text);
    }
}

fn add_field(head: &mut Vec<u8>, text: &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let (Some(name), Some(value)) = (parts.next(), parts.next()) else { return };
    let name = name.trim_ascii_end();
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return;
    }
    head.extend_from_slice(name);
    head.extend_from_slice(b": ");
    add_value(head, value);
}

fn add_value(head: &mut Vec<u8>, value: &[u8]) {
    head.extend(value.trim_ascii().iter().map(|byte| if byte.is_ascii_control() { b' ' } else { *byte }));
    head.extend_from_slice(b"\r\n");
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;
