//! What the readers of secrets may say.

/// In the seeds every secret is this.
const SECRET: &str = "FUZZSECRET";

/// A clause without a secret; an id that can be sent.
pub fn validate_reading(read: Result<Option<String>, String>) {
    match read {
        Ok(Some(id)) => assert!(!id.is_empty() && !id.chars().any(char::is_control), "{id:?}"),
        Ok(None) => {}
        Err(why) => {
            assert!(!why.is_empty() && !why.contains(['\n', '\r']), "{why:?}");
            // The word in Code is quoted; no secret has its place there.
            assert!(!why.contains(SECRET) || why.starts_with("the reply has the Code "), "a secret in {why:?}");
        }
    }
}
