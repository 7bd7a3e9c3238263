use super::{Decoder, size};

/// Decodes with the input cut into pieces of so many bytes, and so much room each time.
fn decoded(bytes: &[u8], piece: usize, room: usize) -> Result<(Vec<u8>, bool), &'static str> {
    let (mut decoder, mut body, mut held) = (Decoder::default(), Vec::new(), Vec::new());
    for part in bytes.chunks(piece) {
        held.extend_from_slice(part);
        loop {
            let mut buffer = vec![0; room];
            let (taken, added) = decoder.decode(&held, &mut buffer)?;
            held.drain(..taken);
            body.extend_from_slice(&buffer[..added]);
            if (taken, added) == (0, 0) {
                break;
            }
        }
    }
    Ok((body, decoder.is_ended()))
}

#[test]
fn a_body_is_the_same_however_it_is_cut() {
    let bytes = b"5\r\nhello\r\n0a ;ext=\"1\"\r\n, world!!!\r\n000\r\nTrailer: x\r\n\r\n";
    for piece in 1..bytes.len() {
        for room in [1, 3, 100] {
            assert_eq!(decoded(bytes, piece, room), Ok((b"hello, world!!!".to_vec(), true)), "{piece} {room}");
        }
    }
}

#[test]
fn a_bare_line_feed_ends_a_line() {
    let bytes = b"5\nhello\n6;x\r\n world\n0\nTrailer: x\n\n";
    for piece in 1..bytes.len() {
        assert_eq!(decoded(bytes, piece, 100), Ok((b"hello world".to_vec(), true)), "{piece}");
    }
}

#[test]
fn sizes_are_hexadecimal_digits_with_padding_or_an_extension_behind_them() {
    for (line, expected) in [
        (&b"3d"[..], Some(0x3d)),
        (b"3D", Some(0x3d)),
        (b"00000000000000000000000000003d", Some(0x3d)),
        (b"3d                             ", Some(0x3d)),
        (b"3d\t;a=b", Some(0x3d)),
        (b"3d;a", Some(0x3d)),
        (b"+3d", None),
        (b"-3d", None),
        (b" 3d", None),
        (b"0x3d", None),
        (b"3d g", None),
        (b"3 d", None),
        (b"", None),
        (b";a", None),
        (b"g", None),
        (b"fffffffffffffffff", None),
    ] {
        assert_eq!(size(line).ok(), expected, "{}", String::from_utf8_lossy(line));
    }
    assert_eq!(size(b"ffffffffffffffff").ok(), usize::try_from(u64::MAX).ok());
}

#[test]
fn what_is_not_chunked_coding_is_refused() {
    for bytes in [&b"5\r\nhelloo\r\n"[..], b"5\rhello\r0\r\r", b"x\r\n", b"5\r\nhello5\r\n"] {
        let outcome = decoded(bytes, 100, 100);
        assert!(outcome.as_ref().map_or(true, |(_, is_ended)| !is_ended), "{outcome:?}");
    }
    let long = [b"5;".as_slice(), &vec![b'x'; 5_000], b"\r\nhello\r\n0\r\n\r\n"].concat();
    assert!(decoded(&long, 10_000, 100).is_err());
    let padded = [b"5;".as_slice(), &vec![b'x'; 4_000], b"\r\nhello\r\n0\r\n\r\n"].concat();
    assert_eq!(decoded(&padded, 10_000, 100), Ok((b"hello".to_vec(), true)));
    let trailers = [b"0\r\n".as_slice(), &b"A: b\r\n".repeat(5_000)].concat();
    assert!(decoded(&trailers, 10_000, 100).is_err());
}
