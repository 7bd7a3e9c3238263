//! Makes a foreign text fit for a message or a log line: without secrets, bounded, on one line. Pure.
//!
//! A gateway, a proxy or the API itself may echo a request, in its own spelling: escaped for JSON, HTML or a URL, in
//! capitals, wrapped, cut short, as Base64 or in hex. So text and secrets are compared in normalised forms, and any twelve
//! signs in a row that stand in a secret are taken out. The redactor itself holds hashes of secrets, never a secret.

mod escape;
mod normalised;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use zeroize::Zeroizing;

use crate::error::Error;
use normalised::{Normalised, View};

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
const REDACTED: &str = "***";
/// What comes before a signature or a token where a request is echoed whose secrets are not known.
const MARKS: [&str; 4] = ["signature=", "x-tc-token", "secretkey", "authorization:skip"];

/// The fuzzers want each run of an input to be the same.
#[cfg(feature = "testing")]
type Hashes = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;
#[cfg(not(feature = "testing"))]
type Hashes = std::hash::RandomState;

/// Takes secrets out of texts.
#[derive(Default)]
pub struct Redactor {
    hasher: Hashes,
    /// Of every piece of every secret.
    pieces: HashSet<u64, Hashes>,
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
                let (standard, for_urls) =
                    (Zeroizing::new(STANDARD.encode(rest)), Zeroizing::new(URL_SAFE.encode(rest)));
                redactor.learn(&standard);
                if for_urls != standard {
                    redactor.learn(&for_urls);
                }
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
        let decoded = Normalised::of(secret, View::DECODED).signs;
        if decoded.len() < PIECE {
            self.short.push((decoded.len(), self.hash(&decoded)));
        }
        self.learn_pieces(&decoded);
        let letters = Normalised::of(secret, View::LETTERS).signs;
        if letters != decoded {
            self.learn_pieces(&letters);
        }
    }

    fn learn_pieces(&mut self, signs: &[char]) {
        for piece in signs.windows(PIECE) {
            self.pieces.insert(self.hash(piece));
        }
    }

    /// Of at most a piece. All at once: sign by sign takes many times as long.
    fn hash(&self, signs: &[char]) -> u64 {
        let mut block = Zeroizing::new([0_u32; PIECE]);
        for (to, sign) in block.iter_mut().zip(signs) {
            *to = u32::from(*sign);
        }
        self.hasher.hash_one(block.as_slice())
    }

    /// The text with `***` in place of secrets.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let secret = View::ALL.into_iter().flat_map(|view| self.secret_bytes(text, view)).collect();
        without(text, secret)
    }

    /// What is secret in one view of a text, as ranges of its bytes. Nothing where another view shows the same signs.
    fn secret_bytes(&self, text: &str, view: View) -> Vec<Range<usize>> {
        let normalised = Normalised::of(text, view);
        if !normalised.is_a_view_of_its_own {
            return Vec::new();
        }
        let mut found = Vec::new();
        if !self.pieces.is_empty() {
            found.extend(self.matches(&normalised, PIECE, |hash| self.pieces.contains(&hash)));
        }
        if view == View::DECODED {
            for &(length, known) in self.short.iter().filter(|(length, _)| *length > 0) {
                found.extend(self.matches(&normalised, length, |hash| hash == known));
            }
            if self.finds_marked {
                found.extend(marked(&normalised.signs));
            }
        }
        united(found).into_iter().filter_map(|signs| normalised.bytes(signs)).collect()
    }

    fn matches(&self, text: &Normalised, length: usize, is_known: impl Fn(u64) -> bool) -> Vec<Range<usize>> {
        let pieces = text.signs.windows(length).enumerate();
        pieces.filter(|(_, piece)| is_known(self.hash(piece))).map(|(at, _)| at..at + length).collect()
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
    let mut shown: String = text.chars().take(chars).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// What follows a mark, up to a sign that ends a value.
fn marked(signs: &[char]) -> Vec<Range<usize>> {
    let begins = |c: &char| !matches!(c, ':' | '=' | '"' | '\'' | '>' | '<' | '\\');
    let ends = |c: &char| matches!(c, '"' | '\'' | '<' | '>' | ',' | ';' | '&' | '}');
    let mut found = Vec::new();
    let mut rest = signs;
    while let [_, next @ ..] = rest {
        for behind in MARKS.into_iter().filter_map(|mark| behind(rest, mark)) {
            let value = behind.iter().skip_while(|c| !begins(c));
            let start = signs.len() - value.clone().count();
            found.push(start..start + value.take_while(|c| !ends(c)).count());
        }
        rest = next;
    }
    found
}

/// What is behind the mark that these signs begin with.
fn behind<'a>(signs: &'a [char], mark: &str) -> Option<&'a [char]> {
    mark.chars().try_fold(signs, |rest, sign| match rest {
        [first, behind @ ..] if *first == sign => Some(behind),
        _ => None,
    })
}

/// The ranges in order, with those joined that overlap or touch.
fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The text with `***` for these bytes.
fn without(text: &str, secret: Vec<Range<usize>>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut secret = united(secret).into_iter().peekable();
    for (at, sign) in text.char_indices() {
        while secret.next_if(|range| range.end <= at).is_some() {}
        match secret.peek().map(|range| range.start.cmp(&at)) {
            Some(Ordering::Equal) => shown.push_str(REDACTED),
            Some(Ordering::Less) => {}
            _ => shown.push(sign),
        }
    }
    shown
}

#[cfg(test)]
mod tests;
