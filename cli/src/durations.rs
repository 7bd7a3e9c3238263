//! Durations as people write them.

use std::time::Duration;

/// No months and years: who writes `10M` wants minutes.
const UNITS: [&str; 17] = [
    "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hour", "hours", "d",
    "day", "days",
];

/// `90s`, `10m`, `1h 30m`; a bare number is in seconds.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.starts_with('-') && text.contains(|c: char| c.is_ascii_digit()) {
        return Err("it is negative".to_owned());
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds).map_err(|_| "it is too long".to_owned());
        }
    }
    let is_long = |unit: &str| !unit.is_empty() && !UNITS.contains(&unit);
    let unknown = || "not a duration like 90s, 10m or 1h30m".to_owned();
    if text.split(|c: char| !c.is_alphabetic()).any(is_long) {
        return Err(unknown());
    }
    humantime::parse_duration(text).map_err(|_| unknown())
}

/// As `parse`, where no time at all makes no sense.
pub fn parse_positive(text: &str) -> Result<Duration, String> {
    parse(text).and_then(|time| if time.is_zero() { Err("it is zero".to_owned()) } else { Ok(time) })
}

/// Whole seconds in words, like `1m 30s`.
pub fn words(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_or_is_in_seconds() {
        for (text, ms) in [
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("250ms", 250),
            ("3600", 3_600_000),
            ("0", 0),
            ("0.25", 250),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "soon", "10 parsecs", "inf", "NaN", "1e400", "5m5", "--json", "10M", "2y", "3w", "1h 5M"] {
            assert!(parse(text).is_err_and(|why| why != "it is negative"), "{text}");
        }
        for text in ["-1", "-1s", "-0.5", " -10m"] {
            assert_eq!(parse(text), Err("it is negative".to_owned()), "{text}");
        }
        assert_eq!(parse_positive("1ms"), Ok(Duration::from_millis(1)));
        for text in ["0", "0s", "0.0"] {
            assert_eq!(parse_positive(text), Err("it is zero".to_owned()), "{text}");
        }
        assert_eq!(words(Duration::from_millis(90_700)), "1m 30s");
    }
}
