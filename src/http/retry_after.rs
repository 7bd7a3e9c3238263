//! The date of a reply, and how long it asks to wait. Pure.

use std::time::{Duration, UNIX_EPOCH};

use crate::unix_time::UnixSeconds;

/// The longest pause taken from a server.
const MAX_PAUSE: Duration = Duration::from_secs(86_400);

/// An HTTP date, in any of the three forms that RFC 9110 has recipients accept.
#[must_use]
pub fn date(text: &str) -> Option<UnixSeconds> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds).ok().map(UnixSeconds)
}

/// `Retry-After`: seconds, or a date, which is measured by the reply's own `Date`.
#[must_use]
pub fn pause(text: &str, date_of_reply: Option<UnixSeconds>) -> Option<Duration> {
    let text = text.trim();
    let pause = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        text.parse().map_or(MAX_PAUSE, Duration::from_secs)
    } else {
        date(text)?.since(date_of_reply?)
    };
    Some(pause.min(MAX_PAUSE))
}

#[cfg(test)]
mod tests;
