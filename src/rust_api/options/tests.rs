use super::LogLevel;

#[test]
fn a_level_of_the_log_is_the_same_on_both_sides() {
    for level in [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
        assert_eq!(LogLevel::of(level.level()), level);
    }
}
