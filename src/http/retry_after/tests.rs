use std::time::Duration;

use super::{DateText, date, pause};
use crate::unix_time::UnixSeconds;

#[test]
fn dates_are_parsed_and_nonsense_is_none() {
    for (text, seconds) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
        ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
        ("Sun, 06 Nov 1994 08:49:37 CET", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT x", None),
        ("Sun, 06 Nov 1994 24:49:37 GMT", None),
        ("784111777", None),
        ("", None),
    ] {
        assert_eq!(date(text), seconds.map(UnixSeconds), "{text}");
        assert_eq!(DateText::new(text.as_bytes()).unix_seconds(), seconds.map(UnixSeconds), "{text}");
    }
}

#[test]
fn a_pause_is_seconds_or_a_date_measured_by_the_replys_own() {
    let text = "Sun, 06 Nov 1994 08:49:37 GMT";
    let none = &DateText::default();
    let at = |text: &str| DateText::new(text.as_bytes());
    assert_eq!(pause("3", none), Some(Duration::from_secs(3)));
    assert_eq!(pause(text, &at(" Sun, 06 Nov 1994 08:49:30 GMT ")), Some(Duration::from_secs(7)));
    assert_eq!(pause(text, &at("Sun, 06 Nov 1994 08:49:50 GMT")), Some(Duration::ZERO));
    assert_eq!(pause(text, none), None);
    assert_eq!(pause("99999999999", none), Some(Duration::from_secs(86_400)));
    assert_eq!(pause("99999999999999999999999", none), Some(Duration::from_secs(86_400)));
    assert_eq!(pause("-1", none), None);
    assert_eq!(pause("soon", none), None);
}
