//! Certificates of X.509 version 1, which no library makes any more: one of version 3 without its version and extensions.

use std::io;

use rcgen::{Certificate, SigningKey};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// The same certificate in version 1, signed again.
pub(crate) fn downgraded(certificate: &Certificate, key: &impl SigningKey) -> io::Result<Vec<u8>> {
    let malformed = || io::Error::other("the certificate that was made cannot be parsed");
    let parts = certificate_parts(certificate.der()).ok_or_else(malformed)?;
    let (to_be_signed, algorithm) = parts;
    let kept: Vec<&[u8]> = elements(to_be_signed)
        .ok_or_else(malformed)?
        .into_iter()
        .filter(|(tag, _)| *tag != VERSION && *tag != EXTENSIONS)
        .map(|(_, whole)| whole)
        .collect();
    let to_be_signed = encoded(SEQUENCE, &kept.concat());
    let signature = key.sign(&to_be_signed).map_err(io::Error::other)?;
    let signature = encoded(BIT_STRING, &[[0].as_slice(), &signature].concat());
    Ok(encoded(SEQUENCE, &[to_be_signed.as_slice(), algorithm, &signature].concat()))
}

/// What TBSCertificate holds, and the whole of the signature's algorithm.
fn certificate_parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, content, _, _) = element(der)?;
    let (_, to_be_signed, _, rest) = element(content)?;
    let (_, _, algorithm, _) = element(rest)?;
    Some((to_be_signed, algorithm))
}

/// The elements one after another: tag and all bytes of each.
fn elements(mut rest: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (tag, _, whole, after) = element(rest)?;
        elements.push((tag, whole));
        rest = after;
    }
    Some(elements)
}

type Element<'a> = (u8, &'a [u8], &'a [u8], &'a [u8]);

/// Tag, content, all bytes of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (tag, first) = (*bytes.first()?, usize::from(*bytes.get(1)?));
    let digits = first.saturating_sub(0x80);
    let long = bytes.get(2..2 + digits)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let length = if digits == 0 { first } else { long };
    let (whole, after) = bytes.split_at_checked(2 + digits + length)?;
    Some((tag, whole.get(2 + digits..)?, whole, after))
}

fn encoded(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut bytes = vec![tag];
    if content.len() < 0x80 {
        bytes.push(content.len() as u8);
    } else {
        bytes.push(0x80 | digits.len() as u8);
        bytes.extend(digits);
    }
    bytes.extend_from_slice(content);
    bytes
}
