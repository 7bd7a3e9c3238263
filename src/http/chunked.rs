//! The chunked coding of a body (RFC 9112, section 7.1). Pure.
//!
//! Written here and not taken from ureq's protocol crate, which refuses chunk-size lines of more than 20 bytes, as some
//! gateways pad them, and accepts a size with a sign.

/// A size, its padding and its extensions.
const MAX_SIZE_LINE: usize = 4 * 1024;
/// All trailers together.
const MAX_TRAILERS: usize = 16 * 1024;

#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    trailers: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    Data(usize),
    /// The line's end behind a chunk's data.
    DataEnd,
    /// The last chunk has come: trailers, up to an empty line.
    Trailers,
    Ended,
}

/// Why a body cannot be decoded, in one clause.
pub type Malformed = &'static str;

impl Decoder {
    /// Takes from the input and adds to the body what it can: the bytes taken and added. Neither: more input, or more room,
    /// is needed.
    ///
    /// # Errors
    /// For what is not chunked coding.
    pub fn decode(&mut self, input: &[u8], body: &mut [u8]) -> Result<(usize, usize), Malformed> {
        let (mut taken, mut added) = (0, 0);
        loop {
            let (Some(rest), Some(room)) = (input.get(taken..), body.get_mut(added..)) else {
                return Ok((taken, added));
            };
            let before = (self.state, taken);
            match self.state {
                State::Data(left) => {
                    let length = left.min(rest.len()).min(room.len());
                    if let (Some(to), Some(from)) = (room.get_mut(..length), rest.get(..length)) {
                        to.copy_from_slice(from);
                    }
                    (taken, added) = (taken + length, added + length);
                    self.state = if left == length { State::DataEnd } else { State::Data(left - length) };
                }
                State::Size | State::DataEnd | State::Trailers => taken += self.line(rest)?,
                State::Ended => {}
            }
            if (self.state, taken) == before {
                return Ok((taken, added));
            }
        }
    }

    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// The last chunk has come: some servers close in the place of the empty line behind it.
    pub fn has_last_chunk(&self) -> bool {
        matches!(self.state, State::Trailers | State::Ended)
    }

    /// The bytes of one line that have been dealt with; 0: it is not whole yet.
    fn line(&mut self, input: &[u8]) -> Result<usize, Malformed> {
        let max = if self.state == State::Trailers { MAX_TRAILERS } else { MAX_SIZE_LINE };
        let first = input.split_inclusive(|byte| *byte == b'\n').next();
        let Some(line) = first.and_then(|line| line.strip_suffix(b"\n")) else {
            return if input.len() > max { Err("a chunk-size line or trailer that is too long") } else { Ok(0) };
        };
        let end = line.len();
        // A bare line feed ends a line too, as other clients have it.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if end > max {
            return Err("a chunk-size line or trailer that is too long");
        }
        self.state = match self.state {
            State::DataEnd if line.is_empty() => State::Size,
            State::DataEnd => return Err("a chunk that is longer than its size"),
            State::Trailers if line.is_empty() => State::Ended,
            State::Trailers => {
                self.trailers += end;
                if self.trailers > MAX_TRAILERS {
                    return Err("trailers that are too long");
                }
                State::Trailers
            }
            _ => match size(line)? {
                0 => State::Trailers,
                size => State::Data(size),
            },
        };
        Ok(end + 1)
    }
}

/// Hexadecimal digits; then blanks, or an extension after a semicolon, which is not looked at.
fn size(line: &[u8]) -> Result<usize, Malformed> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, rest) = line.split_at_checked(digits).ok_or("a chunk size that is not a number")?;
    let behind = rest.trim_ascii_start();
    if size.is_empty() || !(behind.is_empty() || behind.starts_with(b";")) {
        return Err("a chunk size that is not a number");
    }
    size.iter().try_fold(0_usize, |sum, digit| {
        let digit = char::from(*digit).to_digit(16).and_then(|digit| usize::try_from(digit).ok());
        sum.checked_mul(16).zip(digit).map(|(sum, digit)| sum + digit).ok_or("a chunk size that is too large")
    })
}

#[cfg(test)]
mod tests;
