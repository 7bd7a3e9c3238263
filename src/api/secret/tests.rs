use time::{Date, Month};

use super::SecretCredentials;

#[test]
fn nothing_of_credentials_is_shown_when_they_are_printed() {
    let credentials = SecretCredentials::new("AKIDFAKE", "FAKEKEY", Some("FAKETOKEN")).unwrap();
    assert_eq!(format!("{credentials:?}"), "SecretCredentials(…)");
}

#[test]
fn a_thread_that_panicked_with_the_days_key_in_hand_stops_no_other() {
    let credentials = SecretCredentials::new("AKIDFAKE", "FAKEKEY", None).unwrap();
    let day = Date::from_calendar_date(2026, Month::November, 26).unwrap();
    let before = credentials.day_key(day, "cdb").unwrap();
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let _kept = credentials.day_key.lock().unwrap();
            panic!("as a test wants it");
        });
        assert!(holder.join().is_err());
    });
    assert!(credentials.day_key.is_poisoned());
    let after = credentials.day_key(day, "cdb").unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &after), "derived again");
}

#[test]
fn while_another_thread_has_the_days_key_it_is_derived_and_not_waited_for() {
    let credentials = SecretCredentials::new("AKIDFAKE", "FAKEKEY", None).unwrap();
    let day = Date::from_calendar_date(2026, Month::November, 26).unwrap();
    let kept = credentials.day_key.lock().unwrap();
    assert!(credentials.day_key(day, "cdb").is_ok());
    assert!(kept.is_none());
}
