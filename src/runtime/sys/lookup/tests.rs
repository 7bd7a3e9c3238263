use super::{WORDS, lookup_words, system_text};

#[test]
fn a_failed_lookup_has_the_same_words_with_every_c_library() {
    for (code, words) in WORDS {
        let text = system_text(code).to_str().unwrap();
        // A C library may have one text for two codes.
        let same = WORDS.iter().find(|(other, _)| system_text(*other) == system_text(code)).unwrap().1;
        assert_eq!(lookup_words(text), Some(same), "{text}");
        if cfg!(target_env = "gnu") {
            assert_eq!(text.to_lowercase(), words);
        }
    }
    assert_eq!(lookup_words("something else"), None);
}
