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

#[test]
fn credentials_are_the_same_if_all_three_parts_are() {
    let one = SecretCredentials::new("AKIDFAKE", "FAKEKEY", Some("FAKETOKEN")).unwrap();
    for (id, key, token, is_same) in [
        ("AKIDFAKE", "FAKEKEY", Some("FAKETOKEN"), true),
        ("AKIDELSE", "FAKEKEY", Some("FAKETOKEN"), false),
        ("AKIDFAKE", "ELSEKEY", Some("FAKETOKEN"), false),
        ("AKIDFAKE", "FAKEKEY", Some("ELSETOKEN"), false),
        ("AKIDFAKE", "FAKEKEY", None, false),
    ] {
        let other = SecretCredentials::new(id, key, token).unwrap();
        assert_eq!(one.is_same_as(&other), is_same, "{id} {key} {token:?}");
    }
}

#[test]
fn what_must_not_show_is_the_key_and_the_token() {
    let permanent = SecretCredentials::new("AKIDFAKE", "FAKEKEY", None).unwrap();
    assert_eq!(permanent.secrets(), ["FAKEKEY"]);
    let temporary = SecretCredentials::new("AKIDFAKE", "FAKEKEY", Some("FAKETOKEN")).unwrap();
    assert_eq!(temporary.secrets(), ["FAKEKEY", "FAKETOKEN"]);
}

#[test]
fn a_days_key_is_of_one_day_and_one_service() {
    let credentials = SecretCredentials::new("AKIDFAKE", "FAKEKEY", None).unwrap();
    let day = |day| Date::from_calendar_date(2026, Month::November, day).unwrap();
    for (date, service, scope) in [
        (day(26), "cdb", "2026-11-26/cdb/tc3_request"),
        (day(27), "cdb", "2026-11-27/cdb/tc3_request"),
        (day(27), "sts", "2026-11-27/sts/tc3_request"),
        (day(26), "cdb", "2026-11-26/cdb/tc3_request"),
    ] {
        assert_eq!(credentials.day_key(date, service).unwrap().credential_scope(), scope);
    }
}

#[test]
fn a_token_has_eight_thousand_bytes_at_most_and_id_and_key_a_thousand() {
    for (lengths, refused) in [
        ([1024, 1024, 8192], None),
        ([1025, 1, 1], Some("secret_id is 1025 bytes long; at most 1024")),
        ([1, 1025, 1], Some("secret_key is 1025 bytes long; at most 1024")),
        ([1, 1, 8193], Some("token is 8193 bytes long; at most 8192")),
    ] {
        let [id, key, token] = lengths.map(|length| "x".repeat(length));
        let made = SecretCredentials::new(&id, &key, Some(&token));
        assert_eq!(made.err().map(|error| error.message().to_owned()).as_deref(), refused);
    }
}
