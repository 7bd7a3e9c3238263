//! Failures of TLS in words: what is wrong, whose it is, and what to do. Pure but for the local clock.

use std::fmt::Write as _;

use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use time::OffsetDateTime;

use crate::error::{Error, ErrorKind};
use crate::runtime::clock::system_ms;

const WANTS_CERTIFICATE: &str =
    "the server requires a client certificate (mutual TLS), which this library does not send; use another endpoint";
const UNKNOWN_EXTENSION: &str =
    "the certificate has a critical extension that is not supported; it must be reissued without it";
/// A certificate may name a hundred hosts.
const MAX_NAMES: usize = 3;
const MAX_NAME: usize = 64;

/// Why a handshake failed. An alert is the server's own failure, which may pass; what this side refuses is final.
pub fn in_the_handshake(error: &rustls::Error, peer: &str, wants_certificate: bool) -> Error {
    let (why, may_pass) = match error {
        rustls::Error::InvalidCertificate(fault) => (certificate_fault(fault), false),
        rustls::Error::AlertReceived(alert) => alert_received(*alert, wants_certificate),
        rustls::Error::PeerIncompatible(what) => (incompatible(what), false),
        rustls::Error::InvalidMessage(_) => ("the server does not speak TLS".to_owned(), false),
        rustls::Error::NoCertificatesPresented => ("the server sends no certificate".to_owned(), false),
        rustls::Error::PeerSentOversizedRecord => ("the server sends records that are too large".to_owned(), false),
        rustls::Error::DecryptError | rustls::Error::PeerMisbehaved(_) => {
            ("the server violates the TLS protocol".to_owned(), false)
        }
        other => (format!("the handshake failed ({other})"), false),
    };
    Error::new(ErrorKind::Tls, format!("TLS to {peer}: {why}")).retryable(may_pass)
}

/// Why a connection broke after its handshake. One that the server ended by an alert may be replaced.
pub fn after_the_handshake(error: &rustls::Error, peer: &str, wants_certificate: bool) -> Error {
    match error {
        rustls::Error::AlertReceived(alert) => match alert_received(*alert, wants_certificate) {
            (why, true) => Error::new(ErrorKind::Transport, format!("{peer}: {why}")),
            (why, false) => Error::new(ErrorKind::Tls, format!("TLS to {peer}: {why}")),
        },
        _ => Error::new(ErrorKind::Transport, format!("{peer}: the TLS connection is broken")),
    }
}

/// In words, and whether it may pass.
fn alert_received(alert: AlertDescription, wants_certificate: bool) -> (String, bool) {
    let is_about_certificates = matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::NoCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    );
    if alert == AlertDescription::CertificateRequired || wants_certificate && is_about_certificates {
        return (WANTS_CERTIFICATE.to_owned(), false);
    }
    let hint = match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => {
            "; if this persists, the server has no version or cipher in common with this library, which accepts TLS 1.2 and 1.3"
        }
        AlertDescription::UnrecognisedName => "; if this persists, the server does not know this host name",
        _ => "",
    };
    (format!("the server ended TLS with the alert {}{hint}", alert_name(alert)), true)
}

/// As RFC 8446 spells it: `HandshakeFailure` is `handshake_failure`.
fn alert_name(alert: AlertDescription) -> String {
    let mut name = String::new();
    let mut previous_is_lower = false;
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && previous_is_lower {
            name.push('_');
        }
        previous_is_lower = c.is_ascii_lowercase();
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn incompatible(what: &PeerIncompatible) -> String {
    match what {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => {
            "no common version; 1.2 is the oldest version accepted".to_owned()
        }
        _ => "no common cipher or extension".to_owned(),
    }
}

fn certificate_fault(fault: &CertificateError) -> String {
    match fault {
        CertificateError::NotValidForNameContext { presented, .. } => other_name(presented),
        CertificateError::NotValidForName => "the certificate is for another name".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate has expired, if the local clock is right ({})", local_clock())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate is not valid yet, if the local clock is right ({})", local_clock())
        }
        CertificateError::UnknownIssuer => {
            "the certificate is from an unknown authority; if the server is the right one, set its authority's file \
             as the CA file, or let the server send the intermediate certificates"
                .to_owned()
        }
        CertificateError::BadEncoding => "the certificate is malformed; it must be reissued".to_owned(),
        CertificateError::BadSignature => {
            "the certificate's signature does not verify, or its key is too short (RSA below 2048 bits?); it must be reissued"
                .to_owned()
        }
        CertificateError::Revoked => "the certificate is revoked; the server needs a new one".to_owned(),
        CertificateError::UnhandledCriticalExtension => {
            UNKNOWN_EXTENSION.to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not for servers; its extendedKeyUsage must include serverAuth".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the certificate is signed by an algorithm that is not accepted here (SHA-1, or RSA below 2048 bits?); it \
             must be reissued"
                .to_owned()
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(fault) => path_fault(fault),
            None => "the certificate is refused".to_owned(),
        },
        _ => "the certificate is refused".to_owned(),
    }
}

/// What rustls has no name of its own for.
fn path_fault(fault: &webpki::Error) -> String {
    match fault {
        webpki::Error::CaUsedAsEndEntity => {
            "the server's certificate is itself an authority's (CA:TRUE, as `openssl req -x509` makes them); the server \
             needs one with CA:FALSE"
        }
        webpki::Error::EndEntityUsedAsCa => {
            "the certificate is signed by one that is not an authority's (CA:FALSE); it must be signed by an authority"
        }
        webpki::Error::UnsupportedCertVersion => {
            "the certificate is of X.509 version 1; one of version 3 with a subjectAltName is needed"
        }
        webpki::Error::NameConstraintViolation => {
            "the certificate's authority is not allowed to sign for its name (name constraints); it must be signed by another authority"
        }
        webpki::Error::UnsupportedCriticalExtension => UNKNOWN_EXTENSION,
        webpki::Error::PathLenConstraintViolated => {
            "the certificate's chain is longer than its authority allows; the chain must be reissued"
        }
        webpki::Error::MaximumPathDepthExceeded
        | webpki::Error::MaximumSignatureChecksExceeded
        | webpki::Error::MaximumPathBuildCallsExceeded
        | webpki::Error::MaximumNameConstraintComparisonsExceeded => {
            "the certificate's chain is too long; the server must send fewer certificates"
        }
        _ => "the certificate is malformed or not supported; it must be reissued",
    }
    .to_owned()
}

/// rustls writes a name as `DnsName("host")` or `IpAddress(...)`; names of other kinds, of a mailbox for one, are not a host's.
fn other_name(presented: &[String]) -> String {
    let is_host = |name: &&String| name.starts_with("DnsName(") || name.starts_with("IpAddress(");
    let names: Vec<String> = presented.iter().filter(is_host).map(|name| bare_name(name)).collect();
    let Some((first, rest)) = names.split_first() else {
        return "the certificate names no host; it needs a subjectAltName (a common name is not used)".to_owned();
    };
    let mut text = format!("the certificate is for another name ({first}");
    for name in rest.iter().take(MAX_NAMES - 1) {
        let _ = write!(text, ", {name}");
    }
    text.push_str(if names.len() > MAX_NAMES { ", …)" } else { ")" });
    text + "; use an endpoint that it names"
}

fn bare_name(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    inner.trim_matches('"').chars().filter(char::is_ascii_graphic).take(MAX_NAME).collect()
}

fn local_clock() -> String {
    OffsetDateTime::from_unix_timestamp(system_ms().div_euclid(1000)).map_or_else(
        |_| "beyond the calendar".to_owned(),
        |t| {
            let (date, time) = (t.date(), t.time());
            let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
            format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", time.hour(), time.minute(), time.second())
        },
    )
}

#[cfg(test)]
mod tests;
