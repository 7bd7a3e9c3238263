//! Makes a foreign text fit for a message or a log line: without secrets, bounded, on one line. Pure.
//!
//! A gateway, a proxy or the API itself may echo a request, in its own spelling: escaped for JSON, HTML or a URL, in
//! capitals, wrapped, cut short, as Base64 or in hex. So text and secrets are compared in a normalised form, and any twelve
//! signs in a row that stand in a secret are taken out. The redactor itself holds hashes of secrets, never a secret.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use zeroize::Zeroizing;

use crate::error::Error;

/// Pieces of a secret shorter than this may stay.
pub const PIECE: usize = 12;
/// Of a body, in a message.
const EXCERPT_CHARS: usize = 80;
/// Of a refusal's message; the accessor has the whole.
const MESSAGE_CHARS: usize = 1000;
const REASON_CHARS: usize = 300;
const CODE_CHARS: usize = 100;
/// No more than this of a text is looked at.
const HEAD: usize = 16 * 1024;
/// An escape within an escape, and that once more.
const DECODING_PASSES: usize = 4;
const REDACTED: &str = "***";
/// What comes before a signature or a token where a request is echoed whose secrets are not known.
const MARKS: [&str; 4] = ["signature=", "x-tc-token", "secretkey", "authorization:skip"];
const NAMED_SIGNS: [(&str, char); 20] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("sol", '/'),
    ("bsol", '\\'),
    ("equals", '='),
    ("plus", '+'),
    ("colon", ':'),
    ("semi", ';'),
    ("comma", ','),
    ("period", '.'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("dash", '-'),
    ("percnt", '%'),
    ("num", '#'),
    ("ast", '*'),
    ("commat", '@'),
];

/// Takes secrets out of texts.
#[derive(Default)]
pub struct Redactor {
    hasher: RandomState,
    /// Of every piece of every secret.
    pieces: HashSet<u64>,
    /// Length and hash of each secret that is shorter than a piece.
    short: Vec<(usize, u64)>,
    finds_marked: bool,
}

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            redactor.learn(secret);
            redactor.learn(&Zeroizing::new(hex::encode(secret)));
            // Base64 encodes three bytes at a time, from wherever the secret begins in what is encoded.
            for start in 0..secret.len().min(3) {
                let Some(rest) = secret.as_bytes().get(start..).filter(|rest| rest.len() > PIECE) else { continue };
                redactor.learn(&Zeroizing::new(STANDARD.encode(rest)));
                redactor.learn(&Zeroizing::new(URL_SAFE.encode(rest)));
            }
        }
        redactor
    }

    /// For a reply whose request is not known: takes out what follows the name of a secret.
    #[must_use]
    pub fn of_marked() -> Self {
        Self { finds_marked: true, ..Self::default() }
    }

    fn learn(&mut self, secret: &str) {
        let signs = Normalised::of(secret).signs;
        if signs.len() < PIECE {
            self.short.push((signs.len(), self.hash(&signs)));
        } else {
            let hashes: Vec<_> = signs.windows(PIECE).map(|piece| self.hash(piece)).collect();
            self.pieces.extend(hashes);
        }
    }

    fn hash(&self, signs: &[char]) -> u64 {
        self.hasher.hash_one(signs)
    }

    /// The text with `***` in place of secrets.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let normalised = Normalised::of(text);
        let mut is_secret = vec![false; normalised.signs.len()];
        let mut mark = |range: Range<usize>| {
            if let Some(marked) = is_secret.get_mut(range) {
                marked.fill(true);
            }
        };
        for (at, piece) in normalised.signs.windows(PIECE).enumerate() {
            if !self.pieces.is_empty() && self.pieces.contains(&self.hash(piece)) {
                mark(at..at + PIECE);
            }
        }
        for &(length, hash) in self.short.iter().filter(|(length, _)| *length > 0) {
            for (at, piece) in normalised.signs.windows(length).enumerate() {
                if self.hash(piece) == hash {
                    mark(at..at + length);
                }
            }
        }
        if self.finds_marked {
            normalised.marked().into_iter().for_each(mark);
        }
        normalised.without(text, &is_secret)
    }

    /// A piece of a body, quoted: redacted, one line, cut.
    #[must_use]
    pub fn excerpt(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(head(body));
        let line = self.redact(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        format!("\"{}\"", cut(&line, EXCERPT_CHARS))
    }

    /// A text of a reply within a line of the log.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        cut(&self.redact(&String::from_utf8_lossy(head(text.as_bytes()))), CODE_CHARS)
    }

    /// What a function of the program's says went wrong.
    #[must_use]
    pub fn reason(&self, text: &str) -> String {
        let shown = cut(&self.redact(&String::from_utf8_lossy(head(text.as_bytes()))), REASON_CHARS);
        if shown.trim().is_empty() { "it failed without a reason".to_owned() } else { shown }
    }

    /// The API's own refusal: its words as they came behind the accessors, redacted in the message.
    #[must_use]
    pub fn refused(&self, code: String, message: String, request_id: Option<String>) -> Error {
        let shown_code = self.shown(&code);
        let shown_message = cut(&self.redact(&String::from_utf8_lossy(head(message.as_bytes()))), MESSAGE_CHARS);
        let shown = match (shown_code.as_str(), shown_message.as_str()) {
            ("", "") => "an error without a code and without a message".to_owned(),
            ("", _) => shown_message,
            (_, "") => shown_code,
            _ => format!("{shown_code}: {shown_message}"),
        };
        Error::refused(code, message, request_id, shown)
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD).unwrap_or(bytes)
}

fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => [text.get(..end).unwrap_or_default(), "…"].concat(),
        None => text.to_owned(),
    }
}

/// A text as it is compared: decoded, in lower case, without blanks. Each sign knows which bytes it came from.
struct Normalised {
    signs: Zeroizing<Vec<char>>,
    places: Vec<Range<usize>>,
}

impl Normalised {
    fn of(text: &str) -> Self {
        let mut signs = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut places = Vec::with_capacity(text.len());
        for (at, sign) in text.char_indices() {
            signs.push(sign);
            places.push(at..at + sign.len_utf8());
        }
        let mut all = Self { signs, places };
        for _ in 0..DECODING_PASSES {
            if !all.decode() {
                break;
            }
        }
        all.fold();
        all
    }

    /// Undoes one layer of escapes, in place. False: there was none.
    fn decode(&mut self) -> bool {
        let (mut read, mut written) = (0, 0);
        while read < self.signs.len() {
            let (sign, used) = self.signs.get(read..).and_then(escape).unwrap_or_else(|| {
                // Not an escape: itself.
                (self.signs.get(read).copied().unwrap_or_default(), 1)
            });
            self.put(written, sign, read..read + used);
            read += used;
            written += 1;
        }
        self.signs.truncate(written);
        self.places.truncate(written);
        written < read
    }

    fn fold(&mut self) {
        let mut written = 0;
        for read in 0..self.signs.len() {
            let sign = self.signs.get(read).copied().unwrap_or_default();
            if !sign.is_whitespace() && !sign.is_control() {
                self.put(written, sign.to_ascii_lowercase(), read..read + 1);
                written += 1;
            }
        }
        self.signs.truncate(written);
        self.places.truncate(written);
    }

    /// Writes a sign that came from those in `from`, which are not before `at`.
    fn put(&mut self, at: usize, sign: char, from: Range<usize>) {
        let place = match self.places.get(from) {
            Some([first, .., last]) => first.start..last.end,
            Some([only]) => only.clone(),
            _ => return,
        };
        if let (Some(to), Some(old)) = (self.signs.get_mut(at), self.places.get_mut(at)) {
            (*to, *old) = (sign, place);
        }
    }

    /// What follows a mark, up to a sign that ends a value.
    fn marked(&self) -> Vec<Range<usize>> {
        let text: String = self.signs.iter().collect();
        // Signs, not bytes: the marks are ASCII, but what comes before need not be.
        let sign_at = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
        let mut found = Vec::new();
        for mark in MARKS {
            for (byte, _) in text.match_indices(mark) {
                let rest = text.get(byte + mark.len()..).unwrap_or_default();
                let value = rest.trim_start_matches([':', '=', '"', '\'', '>', '<', '\\']);
                let ends = |c: char| matches!(c, '"' | '\'' | '<' | '>' | ',' | ';' | '&' | '}');
                let length = value.split(ends).next().unwrap_or_default().chars().count();
                let start = sign_at(byte + mark.len()) + (rest.chars().count() - value.chars().count());
                found.push(start..start + length);
            }
        }
        found
    }

    fn without(&self, text: &str, flags: &[bool]) -> String {
        let (mut shown, mut copied, mut follows_secret) = (String::with_capacity(text.len()), 0, false);
        for (place, &secret) in self.places.iter().zip(flags) {
            if secret {
                if !follows_secret {
                    shown.push_str(text.get(copied..place.start).unwrap_or_default());
                    shown.push_str(REDACTED);
                }
                copied = place.end;
            }
            follows_secret = secret;
        }
        shown.push_str(text.get(copied..).unwrap_or_default());
        shown
    }
}

/// The sign that an escape at the beginning encodes, and how many signs the escape has.
fn escape(signs: &[char]) -> Option<(char, usize)> {
    match signs {
        ['\\', 'u' | 'U', a, b, c, d, ..] => Some((number(&[*a, *b, *c, *d], 16)?, 6)),
        ['\\', 'x' | 'X', a, b, ..] => Some((number(&[*a, *b], 16)?, 4)),
        ['\\', 'n' | 'r' | 't' | 'b' | 'f', ..] => Some((' ', 2)),
        ['\\', sign @ ('/' | '\\' | '"' | '\''), ..] => Some((*sign, 2)),
        ['%', a, b, ..] => Some((number(&[*a, *b], 16)?, 3)),
        ['&', rest @ ..] => {
            let length = rest.iter().take(10).position(|sign| *sign == ';')?;
            let name = rest.get(..length)?;
            let sign = match name {
                ['#', 'x' | 'X', digits @ ..] => number(digits, 16)?,
                ['#', digits @ ..] => number(digits, 10)?,
                _ => NAMED_SIGNS.iter().find(|(known, _)| known.chars().eq(name.iter().copied()))?.1,
            };
            Some((sign, length + 2))
        }
        _ => None,
    }
}

fn number(digits: &[char], radix: u32) -> Option<char> {
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let value =
        digits.iter().try_fold(0_u32, |value, digit| value.checked_mul(radix)?.checked_add(digit.to_digit(radix)?))?;
    // Half of a surrogate pair is not a sign of a secret.
    Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests;
