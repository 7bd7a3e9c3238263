//! A text as it is compared with secrets, in which each sign knows the bytes that it came from. Pure.

use std::ops::Range;

use zeroize::Zeroizing;

use super::escape::{escape, quoted_printable};

/// An escape within an escape, and that once more.
const DECODING_PASSES: usize = 4;
/// A tag of HTML within a secret is shorter.
const MAX_TAG: usize = 100;

/// How a text is read: decoded, in lower case, without blanks; and what else is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Letters and digits alone count, whatever was put between them.
    pub letters: bool,
    /// Tags are passed over: one may break a secret, and one may hold a secret.
    pub without_tags: bool,
    /// Mail's quoted-printable is decoded too.
    pub mail: bool,
    /// How many layers of escapes are undone.
    pub layers: usize,
}

impl View {
    pub const DECODED: View = View { letters: false, without_tags: false, mail: false, layers: DECODING_PASSES };
    pub const LETTERS: View = View { letters: true, ..View::DECODED };
    pub const ALL: [View; 6] = [
        View::DECODED,
        // What looks like the beginning of an escape may come right before a secret, and would take its first signs away.
        View { layers: 0, ..View::DECODED },
        View::LETTERS,
        View { without_tags: true, ..View::LETTERS },
        View { mail: true, ..View::LETTERS },
        View { mail: true, without_tags: true, ..View::LETTERS },
    ];
}

/// Signs, and the bytes of the text that each came from.
pub struct Normalised {
    pub signs: Zeroizing<Vec<char>>,
    places: Vec<Range<usize>>,
    /// False: there was no tag to pass over, or nothing that mail encodes, so a plainer view has the same signs.
    pub is_a_view_of_its_own: bool,
}

impl Normalised {
    pub fn of(text: &str, view: View) -> Self {
        let mut signs = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut places = Vec::with_capacity(text.len());
        for (at, sign) in text.char_indices() {
            signs.push(sign);
            places.push(at..at + sign.len_utf8());
        }
        let mut all = Self { signs, places, is_a_view_of_its_own: true };
        let mut is_of_mail = false;
        for _ in 0..view.layers {
            let (escaped, encoded) = (all.replace(escape), view.mail && all.replace(quoted_printable));
            is_of_mail |= encoded;
            if !escaped && !encoded {
                break;
            }
        }
        let has_tags = view.without_tags && all.drop_tags();
        all.is_a_view_of_its_own = view.mail == is_of_mail && view.without_tags == has_tags;
        all.fold(view);
        all
    }

    /// Undoes one layer of escapes, in place. False: there was none.
    fn replace(&mut self, escape: impl Fn(&[char]) -> Option<(char, usize)>) -> bool {
        let (mut read, mut written) = (0, 0);
        while let Some(rest @ [own, ..]) = self.signs.get(read..) {
            // Not an escape: itself.
            let (sign, used) = escape(rest).unwrap_or((*own, 1));
            self.put(written, sign, read..read + used);
            read += used;
            written += 1;
        }
        self.signs.truncate(written);
        self.places.truncate(written);
        written < read
    }

    /// Takes out what is between angle brackets on the way of a word. False: there is nothing.
    fn drop_tags(&mut self) -> bool {
        self.replace(|signs| match signs {
            ['<', '/' | '!' | 'a'..='z' | 'A'..='Z', rest @ ..] => {
                let length = rest.iter().take(MAX_TAG).position(|sign| *sign == '>')?;
                Some((' ', length + 3))
            }
            _ => None,
        })
    }

    fn fold(&mut self, view: View) {
        let (mut read, mut written) = (0, 0);
        while let Some(sign) = self.signs.get(read).copied().map(narrow) {
            let is_blank = sign.is_whitespace() || sign.is_control();
            let is_letter = sign.is_ascii_alphanumeric();
            if is_letter || !(view.letters || is_blank) {
                self.put(written, sign.to_ascii_lowercase(), read..read + 1);
                written += 1;
            }
            read += 1;
        }
        self.signs.truncate(written);
        self.places.truncate(written);
    }

    /// Writes a sign that came from those in `from`, which are not before `at`.
    fn put(&mut self, at: usize, sign: char, from: Range<usize>) {
        let place = self.bytes(from);
        if let (Some(place), Some(to), Some(old)) = (place, self.signs.get_mut(at), self.places.get_mut(at)) {
            (*to, *old) = (sign, place);
        }
    }

    /// The bytes that signs in a row came from.
    pub fn bytes(&self, signs: Range<usize>) -> Option<Range<usize>> {
        let places = self.places.get(signs)?;
        Some(places.first()?.start..places.last()?.end)
    }
}

/// A full-width sign as the one of ASCII that it means.
fn narrow(sign: char) -> char {
    match u8::try_from(u32::from(sign).wrapping_sub(0xfee0)) {
        Ok(ascii @ b'!'..=b'~') => char::from(ascii),
        _ => sign,
    }
}
