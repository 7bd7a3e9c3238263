use super::Status;

#[test]
fn every_spelling_reads_back_and_near_misses_are_unknown() {
    for status in Status::ALL {
        assert_eq!(Status::from_text(status.text()), status);
        assert_eq!(Status::from_number(status as i32), Some(status));
    }
    for text in ["", "success", "SUCCEED", "SUCCESS ", "Running", "0"] {
        assert_eq!(Status::from_text(text), Status::Unknown, "{text:?}");
    }
    assert_eq!(Status::from_number(9), None);
}

#[test]
fn only_the_four_endings_are_terminal() {
    let terminal: Vec<&str> = Status::ALL.into_iter().filter(|s| s.is_terminal()).map(Status::text).collect();
    assert_eq!(terminal, ["SUCCESS", "FAILED", "KILLED", "REMOVED"]);
}
