use rustls::AlertDescription;

use super::{alert_name, alert_received, other_name};

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
