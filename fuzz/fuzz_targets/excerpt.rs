//! Texts that hold secrets, in spellings of the fuzzer's choice: no twelve signs of one come out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tcdb_async::testing::{excerpt, refusal};
use tcdb_async_fuzz::Bytes;

const SECRETS: [&str; 2] = ["FakeSecretKey0123456789/abcdef+ghij=", "fake-token~0123456789.ABCDEFGHIJ_klmnop=="];
const PIECE: usize = 12;

/// One sign of a secret as the fuzzer wants it written.
fn write(sign: char, how: u8) -> String {
    let code = sign as u32;
    match how % 12 {
        0 => format!("\\u{code:04x}"),
        1 => format!("%{code:02X}"),
        2 => format!("%{code:02x}"),
        3 => format!("&#{code};"),
        4 => format!("&#x{code:X};"),
        5 => sign.to_uppercase().to_string(),
        6 => sign.to_lowercase().to_string(),
        7 if sign == '/' => "\\/".to_owned(),
        8 => format!("%25{code:02X}"),
        9 => format!("{sign}\r\n"),
        10 => format!("\\x{code:02x}"),
        _ => sign.to_string(),
    }
}

fn holds_a_piece(shown: &str) -> Option<String> {
    let shown = shown.to_lowercase();
    SECRETS.iter().find_map(|secret| {
        let signs: Vec<char> = secret.to_lowercase().chars().collect();
        let pieces = signs.windows(PIECE).map(|piece| piece.iter().collect::<String>());
        pieces.into_iter().find(|piece| shown.contains(piece))
    })
}

fuzz_target!(|input: &[u8]| {
    let mut input = Bytes::new(input);
    let mut text = Vec::new();
    for _ in 0..input.byte() % 8 {
        let secret = SECRETS[usize::from(input.byte()) % SECRETS.len()];
        // A part of it, between foreign bytes.
        let (skip, how) = (usize::from(input.byte()) % secret.len(), input.byte());
        for sign in secret.chars().skip(skip) {
            let how = if how % 2 == 0 { how } else { input.byte() };
            text.extend(write(sign, how).into_bytes());
        }
        let foreign = usize::from(input.byte() % 16);
        text.extend((0..foreign).map(|_| input.byte()));
    }
    text.extend(input.rest());
    let lossy = String::from_utf8_lossy(&text).into_owned();
    let quoted = excerpt(&text, &SECRETS);
    assert!(quoted.chars().count() <= 83 && !quoted.contains(['\n', '\r', '\u{2028}', '\u{2029}']), "{quoted:?}");
    for shown in [quoted, refusal(&lossy, "", &SECRETS), refusal("Code", &lossy, &SECRETS)] {
        assert_eq!(holds_a_piece(&shown), None, "{shown:?}");
        assert!(shown.len() < 8_200);
    }
});
