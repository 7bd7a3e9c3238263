use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use super::{after_the_handshake, alert_name, alert_received, in_the_handshake, other_name};
use crate::error::ErrorKind;

#[test]
fn alerts_are_spelled_as_the_rfc_does() {
    assert_eq!(alert_name(AlertDescription::HandshakeFailure), "handshake_failure");
    assert_eq!(alert_name(AlertDescription::UnknownCA), "unknown_ca");
    assert_eq!(alert_name(AlertDescription::InternalError), "internal_error");
}

#[test]
fn an_alert_may_pass_but_not_the_want_of_a_client_certificate() {
    for (alert, wants, may_pass) in [
        (AlertDescription::HandshakeFailure, false, true),
        (AlertDescription::HandshakeFailure, true, false),
        (AlertDescription::BadCertificate, true, false),
        (AlertDescription::CertificateRequired, false, false),
        (AlertDescription::InternalError, true, true),
        (AlertDescription::InternalError, false, true),
        (AlertDescription::ProtocolVersion, false, true),
    ] {
        assert_eq!(alert_received(alert, wants).1, may_pass, "{alert:?} {wants}");
    }
}

#[test]
fn a_few_names_of_a_certificate_are_shown_and_nothing_that_breaks_a_line() {
    let names = |names: &[&str]| other_name(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
    let text = names(&["DnsName(\"a.example\")", "DnsName(\"b\n.example\")", "IpAddress(10.0.0.1)", "DnsName(\"d\")"]);
    assert_eq!(
        text,
        "the certificate is for another name (a.example, b.example, 10.0.0.1, …); use an endpoint that it names"
    );
    for none in [&[][..], &["Unsupported(0x01)"]] {
        assert!(names(none).contains("names no host"), "{none:?}");
    }
}

fn handshake(error: &rustls::Error) -> String {
    in_the_handshake(error, "host:443", false).message().to_owned()
}

#[test]
fn each_way_a_handshake_fails_says_what_is_wrong_and_is_final() {
    for (error, why) in [
        (rustls::Error::NoCertificatesPresented, "the server sends no certificate"),
        (rustls::Error::PeerSentOversizedRecord, "the server sends records that are too large"),
        (rustls::Error::DecryptError, "the server violates the TLS protocol"),
        (rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType), "the server does not speak TLS"),
        (
            rustls::Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
            "no common version; 1.2 is the oldest version accepted",
        ),
        (rustls::Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon), "no common cipher or extension"),
        (rustls::Error::FailedToGetRandomBytes, "the handshake failed (failed to get random bytes)"),
    ] {
        assert_eq!(handshake(&error), format!("TLS to host:443: {why}"));
        assert!(!in_the_handshake(&error, "host:443", false).is_retryable(), "{why}");
    }
}

#[test]
fn each_fault_of_a_certificate_says_what_has_to_be_done() {
    let other = |fault| CertificateError::Other(OtherError(Arc::new(fault)));
    let (signature_algorithm_id, supported_algorithms) = (b"sha1".to_vec(), vec![]);
    let algorithm =
        CertificateError::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, supported_algorithms };
    for (fault, words) in [
        (CertificateError::NotValidForName, "for another name"),
        (CertificateError::Expired, "has expired"),
        (CertificateError::NotValidYet, "is not valid yet"),
        (CertificateError::BadEncoding, "malformed; it must be reissued"),
        (CertificateError::BadSignature, "signature does not verify"),
        (CertificateError::Revoked, "is revoked"),
        (CertificateError::UnhandledCriticalExtension, "critical extension"),
        (CertificateError::InvalidPurpose, "must include serverAuth"),
        (algorithm, "not accepted here (SHA-1, or RSA below 2048 bits?); it must be reissued"),
        (CertificateError::ApplicationVerificationFailure, "the certificate is refused"),
        (CertificateError::Other(OtherError(Arc::new(std::fmt::Error))), "the certificate is refused"),
        (other(webpki::Error::EndEntityUsedAsCa), "is not an authority's (CA:FALSE)"),
        (other(webpki::Error::CaUsedAsEndEntity), "is itself an authority's (CA:TRUE"),
        (other(webpki::Error::PathLenConstraintViolated), "longer than its authority allows"),
        (other(webpki::Error::MaximumPathDepthExceeded), "the server must send fewer certificates"),
        (other(webpki::Error::UnsupportedCriticalExtension), "critical extension"),
        (other(webpki::Error::NameConstraintViolation), "name constraints"),
        (other(webpki::Error::BadDer), "malformed or not supported"),
    ] {
        let message = handshake(&rustls::Error::InvalidCertificate(fault.clone()));
        assert!(message.starts_with("TLS to host:443: the ") && message.contains(words), "{fault:?}: {message}");
    }
}

#[test]
fn after_the_handshake_an_alert_may_pass_and_a_broken_connection_is_one_of_the_transport() {
    let alert = rustls::Error::AlertReceived;
    for (error, wants, kind, words) in [
        (alert(AlertDescription::InternalError), false, ErrorKind::Transport, "host:443: the server ended TLS"),
        (alert(AlertDescription::CertificateRequired), false, ErrorKind::Tls, "TLS to host:443: the server requires"),
        (rustls::Error::DecryptError, false, ErrorKind::Transport, "host:443: the TLS connection is broken"),
    ] {
        let failure = after_the_handshake(&error, "host:443", wants);
        assert_eq!(failure.kind(), kind, "{failure}");
        assert!(failure.message().starts_with(words), "{failure}");
    }
    let name = in_the_handshake(&alert(AlertDescription::UnrecognisedName), "host:443", false);
    assert!(name.message().ends_with("the server does not know this host name"), "{name}");
}
