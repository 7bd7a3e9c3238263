//! The escapes by which a sign may be written: JSON's, URLs', HTML's, those of programming languages and of mail. Pure.

const NAMED_SIGNS: [(&str, char); 20] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("sol", '/'),
    ("bsol", '\\'),
    ("equals", '='),
    ("plus", '+'),
    ("colon", ':'),
    ("semi", ';'),
    ("comma", ','),
    ("period", '.'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("dash", '-'),
    ("percnt", '%'),
    ("num", '#'),
    ("ast", '*'),
    ("commat", '@'),
];

/// The sign that an escape at the beginning encodes, and how many signs the escape has.
pub fn escape(signs: &[char]) -> Option<(char, usize)> {
    match signs {
        ['\\', 'u' | 'U', '{', rest @ ..] => {
            let length = rest.iter().take(8).position(|sign| *sign == '}')?;
            Some((number(rest.get(..length)?, 16)?, length + 4))
        }
        ['\\' | '%', 'u' | 'U', a, b, c, d, ..] => Some((number(&[*a, *b, *c, *d], 16)?, 6)),
        ['\\', 'x' | 'X', a, b, ..] => Some((number(&[*a, *b], 16)?, 4)),
        ['\\', a @ '0'..='3', b @ '0'..='7', c @ '0'..='7', ..] => Some((number(&[*a, *b, *c], 8)?, 4)),
        ['\\', 'n' | 'r' | 't' | 'b' | 'f', ..] => Some((' ', 2)),
        ['\\', sign @ ('/' | '\\' | '"' | '\''), ..] => Some((*sign, 2)),
        ['%', a, b, ..] => Some((number(&[*a, *b], 16)?, 3)),
        ['&', rest @ ..] => {
            let length = rest.iter().take(10).position(|sign| *sign == ';')?;
            let name = rest.get(..length)?;
            let sign = match name {
                ['#', 'x' | 'X', digits @ ..] => number(digits, 16)?,
                ['#', digits @ ..] => number(digits, 10)?,
                _ => NAMED_SIGNS.iter().find(|(known, _)| known.chars().eq(name.iter().copied()))?.1,
            };
            Some((sign, length + 2))
        }
        _ => None,
    }
}

/// As `escape`, for mail's quoted-printable, in which the sign that many secrets hold begins an escape.
pub fn quoted_printable(signs: &[char]) -> Option<(char, usize)> {
    match signs {
        ['=', a, b, ..] => Some((number(&[*a, *b], 16)?, 3)),
        _ => None,
    }
}

fn number(digits: &[char], radix: u32) -> Option<char> {
    if digits.is_empty() {
        return None;
    }
    let value =
        digits.iter().try_fold(0_u32, |value, digit| value.checked_mul(radix)?.checked_add(digit.to_digit(radix)?))?;
    // Half of a surrogate pair is not a sign of a secret.
    Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests;
