//! The date of a reply, and how long it asks to wait. Pure.

use std::time::{Duration, UNIX_EPOCH};

use crate::unix_time::UnixSeconds;

/// The longest pause taken from a server.
const MAX_PAUSE: Duration = Duration::from_secs(86_400);

/// The longest of the three forms has 33 characters.
const LONGEST_DATE: usize = 48;

/// A `Date` header as it came: it is of interest only after a failure, so that most are never parsed.
#[derive(Debug, Clone, Copy)]
pub struct DateText {
    text: [u8; LONGEST_DATE],
    length: usize,
}

impl Default for DateText {
    fn default() -> Self {
        Self { text: [0; LONGEST_DATE], length: 0 }
    }
}

impl DateText {
    /// What is too long is not a date.
    #[must_use]
    pub fn new(header: &[u8]) -> Self {
        let header = header.trim_ascii();
        let mut made = Self::default();
        if let Some(room) = made.text.get_mut(..header.len()) {
            room.copy_from_slice(header);
            made.length = header.len();
        }
        made
    }

    #[must_use]
    pub fn unix_seconds(&self) -> Option<UnixSeconds> {
        date(std::str::from_utf8(self.text.get(..self.length)?).ok()?)
    }
}

/// An HTTP date, in any of the three forms that RFC 9110 has recipients accept.
#[must_use]
pub fn date(text: &str) -> Option<UnixSeconds> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds).ok().map(UnixSeconds)
}

/// `Retry-After`: seconds, or a date, which is measured by the reply's own `Date`.
#[must_use]
pub fn pause(text: &str, date_of_reply: &DateText) -> Option<Duration> {
    let text = text.trim();
    let pause = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        text.parse().map_or(MAX_PAUSE, Duration::from_secs)
    } else {
        date(text)?.since(date_of_reply.unix_seconds()?)
    };
    Some(pause.min(MAX_PAUSE))
}

#[cfg(test)]
mod tests;
