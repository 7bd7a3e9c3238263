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
        let Some(end) = input.windows(2).position(|two| two == b"\r\n") else {
            return if input.len() > max { Err("a chunk-size line or trailer that is too long") } else { Ok(0) };
        };
        let line = input.get(..end).unwrap_or_default();
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
        Ok(end + 2)
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
mod tests {
    use super::{Decoder, size};

    /// Decodes with the input cut into pieces of so many bytes, and so much room each time.
    fn decoded(bytes: &[u8], piece: usize, room: usize) -> Result<(Vec<u8>, bool), &'static str> {
        let (mut decoder, mut body, mut held) = (Decoder::default(), Vec::new(), Vec::new());
        for part in bytes.chunks(piece) {
            held.extend_from_slice(part);
            loop {
                let mut buffer = vec![0; room];
                let (taken, added) = decoder.decode(&held, &mut buffer)?;
                held.drain(..taken);
                body.extend_from_slice(&buffer[..added]);
                if (taken, added) == (0, 0) {
                    break;
                }
            }
        }
        Ok((body, decoder.is_ended()))
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut() {
        let bytes = b"5\r\nhello\r\n0a ;ext=\"1\"\r\n, world!!!\r\n000\r\nTrailer: x\r\n\r\n";
        for piece in 1..bytes.len() {
            for room in [1, 3, 100] {
                assert_eq!(decoded(bytes, piece, room), Ok((b"hello, world!!!".to_vec(), true)), "{piece} {room}");
            }
        }
    }

    #[test]
    fn sizes_are_hexadecimal_digits_with_padding_or_an_extension_behind_them() {
        for (line, expected) in [
            (&b"3d"[..], Some(0x3d)),
            (b"3D", Some(0x3d)),
            (b"00000000000000000000000000003d", Some(0x3d)),
            (b"3d                             ", Some(0x3d)),
            (b"3d\t;a=b", Some(0x3d)),
            (b"3d;a", Some(0x3d)),
            (b"+3d", None),
            (b"-3d", None),
            (b" 3d", None),
            (b"0x3d", None),
            (b"3d g", None),
            (b"3 d", None),
            (b"", None),
            (b";a", None),
            (b"g", None),
            (b"fffffffffffffffff", None),
        ] {
            assert_eq!(size(line).ok(), expected, "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(size(b"ffffffffffffffff").ok(), usize::try_from(u64::MAX).ok());
    }

    #[test]
    fn what_is_not_chunked_coding_is_refused() {
        for bytes in [&b"5\r\nhelloo\r\n"[..], b"5\nhello\n", b"x\r\n", b"5\r\nhello5\r\n"] {
            let outcome = decoded(bytes, 100, 100);
            assert!(outcome.as_ref().map_or(true, |(_, is_ended)| !is_ended), "{outcome:?}");
        }
        let long = [b"5;".as_slice(), &vec![b'x'; 5_000], b"\r\nhello\r\n0\r\n\r\n"].concat();
        assert!(decoded(&long, 10_000, 100).is_err());
        let padded = [b"5;".as_slice(), &vec![b'x'; 4_000], b"\r\nhello\r\n0\r\n\r\n"].concat();
        assert_eq!(decoded(&padded, 10_000, 100), Ok((b"hello".to_vec(), true)));
        let trailers = [b"0\r\n".as_slice(), &b"A: b\r\n".repeat(5_000)].concat();
        assert!(decoded(&trailers, 10_000, 100).is_err());
    }
}
