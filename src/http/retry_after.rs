//! The date of a reply, and how long it asks to wait. Pure.

use std::time::Duration;

use time::{Date, Month, PrimitiveDateTime, Time};

/// The longest pause taken from a server: whoever asks for more gets no further question in one query anyway.
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);

/// Unix seconds of an IMF-fixdate (`Sun, 06 Nov 1994 08:49:37 GMT`), the only form that servers may send.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    #[rustfmt::skip]
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ',
         h1, h2, b':', n1, n2, b':', s1, s2, b' ', b'G', b'M', b'T'] = *text.trim().as_bytes() else { return None };
    let year = i32::from(two(y1, y2)?) * 100 + i32::from(two(y3, y4)?);
    let date = Date::from_calendar_date(year, month([m1, m2, m3])?, two(d1, d2)?).ok()?;
    // A leap second counts as the one before it.
    let time = Time::from_hms(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?.min(59)).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}

/// The number of two digits.
fn two(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// `Retry-After`: seconds, or a date, which is measured by the reply's own `Date`.
#[must_use]
pub fn pause(text: &str, server_time: Option<i64>) -> Option<Duration> {
    let text = text.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(parse(text)?.checked_sub(server_time?)?).unwrap_or(0),
    };
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

fn month(name: [u8; 3]) -> Option<Month> {
    const NAMES: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let index = NAMES.iter().position(|known| **known == name)?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{parse, pause};

    #[test]
    fn dates_are_read_and_nonsense_is_none() {
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_799)),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT x", None),
            ("Sun, +6 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("784111777", None),
            ("", None),
        ] {
            assert_eq!(parse(text), seconds, "{text}");
        }
    }

    #[test]
    fn a_pause_is_seconds_or_a_date_measured_by_the_replys_own() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(pause("3", None), Some(Duration::from_secs(3)));
        assert_eq!(pause(date, Some(784_111_770)), Some(Duration::from_secs(7)));
        assert_eq!(pause(date, Some(784_111_790)), Some(Duration::ZERO));
        assert_eq!(pause(date, None), None);
        assert_eq!(pause("99999999999", None), Some(Duration::from_secs(86_400)));
        assert_eq!(pause("-1", None), None);
        assert_eq!(pause("soon", None), None);
    }
}
