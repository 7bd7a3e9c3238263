//! Listening, stopping, TLS and the metadata service.

mod raw_client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use raw_client::{
    answer, ask, body_of, connect, connect_tls, connect_tls_trusting, exchange, good_request, read_reply,
};
use rustls::CertificateError::{Expired, NotValidForNameContext, NotValidYetContext, UnknownIssuer};
use serde_json::Value;
use tcdb_mock_server::signature::RawRequest;
use tcdb_mock_server::{
    Certificate, Control, DOCUMENTED_ID, Fault, MetadataRules, Misbehaviour, MockServer, Options, Versions,
    stalled_connect,
};

fn started() -> MockServer {
    MockServer::start(Options::default()).unwrap()
}

#[test]
fn a_connection_is_kept_for_many_requests() {
    let server = started();
    let mut stream = connect_tls(&server).unwrap();
    for _ in 0..3 {
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(read_reply(&mut stream).unwrap().starts_with("HTTP/1.1 200"));
    }
    assert_eq!((server.connections(), server.requests()), (1, 3));
    let seen: Vec<(u64, u32)> = server.seen().iter().map(|seen| (seen.connection, seen.number)).collect();
    assert_eq!(seen, [(1, 1), (1, 2), (1, 3)]);
    assert_eq!(server.seen()[0].header("host").as_deref(), Some(raw_client::HOST));
    assert_eq!(server.seen()[0].async_request_id().as_deref(), Some(DOCUMENTED_ID));
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let server = MockServer::start(Options { idle_timeout: Duration::from_millis(100), ..Options::default() }).unwrap();
    let mut stream = connect(server.http_port());
    stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
    read_reply(&mut stream).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn stopping_closes_everything_and_a_restart_heals() {
    let server = started();
    let mut kept = connect(server.http_port());
    kept.write_all(&ask(DOCUMENTED_ID)).unwrap();
    read_reply(&mut kept).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::StallReply).next_requests(1));
    let mut stalled = connect(server.http_port());
    stalled.write_all(&ask(DOCUMENTED_ID)).unwrap();
    while server.requests() < 2 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(server.live_connections(), 0);
    assert_eq!(kept.read(&mut [0]).unwrap(), 0);
    assert_eq!(stalled.read(&mut [0]).unwrap(), 0);
    let refused = TcpStream::connect(("127.0.0.1", server.http_port())).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let port = server.http_port();
    server.restart().unwrap();
    assert_eq!(server.http_port(), port);
    assert!(answer(&server, DOCUMENTED_ID).contains("SUCCESS"));
}

#[test]
fn dropping_it_frees_the_ports_and_removes_the_folder() {
    let server = started();
    let (port, ca_file) = (server.https_port(), server.ca_file());
    assert!(ca_file.exists());
    drop(server);
    assert!(!ca_file.exists() && !ca_file.parent().unwrap().exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn connects_hang_where_they_should_and_heal() {
    let connects =
        |address: &str| TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_millis(200)).map(drop);
    let stalled = stalled_connect().unwrap();
    assert_eq!(connects(&stalled.host_port()).unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    let server = started();
    let address = format!("127.0.0.1:{}", server.http_port());
    server.stall_connects(true).unwrap();
    assert_eq!(connects(&address).unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    server.stall_connects(true).unwrap();
    assert_eq!(connects(&address).unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    server.stall_connects(false).unwrap();
    connects(&address).unwrap();
    // Those that made them hang are not counted.
    assert!(server.connections() <= 1);
    server.stall_connects(true).unwrap();
    server.stop();
    assert_eq!(connects(&address).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    server.restart().unwrap();
    connects(&address).unwrap();
}

#[test]
fn each_certificate_fails_for_its_own_reason() {
    let server = started();
    for certificate in Certificate::ALL.iter().copied() {
        server.set_tls(certificate, Versions::Both).unwrap();
        let error = connect_tls(&server).err();
        let because = match &error {
            Some(rustls::Error::InvalidCertificate(because)) => Some(because),
            None => None,
            other => panic!("{}: {other:?}", certificate.name()),
        };
        let right = match certificate {
            Certificate::Good => because.is_none(),
            Certificate::OtherName => matches!(because, Some(NotValidForNameContext { .. })),
            Certificate::Expired => matches!(because, Some(Expired | rustls::CertificateError::ExpiredContext { .. })),
            Certificate::NotYetValid => matches!(because, Some(NotValidYetContext { .. })),
            Certificate::UnknownAuthority | Certificate::SelfSigned => matches!(because, Some(UnknownIssuer)),
            Certificate::ItsOwnAuthority => refused_as(because, "CaUsedAsEndEntity"),
            Certificate::CommonNameOnly => matches!(because, Some(NotValidForNameContext { .. })),
            Certificate::Version1 => refused_as(because, "UnsupportedCertVersion"),
            Certificate::NameConstraints => refused_as(because, "NameConstraintViolation"),
        };
        assert!(right, "{}: {error:?}", certificate.name());
    }
}

fn refused_as(because: Option<&rustls::CertificateError>, name: &str) -> bool {
    matches!(because, Some(rustls::CertificateError::Other(other)) if format!("{other:?}").contains(name))
}

#[test]
fn a_certificate_that_is_given_as_its_own_authority_is_refused_for_being_one() {
    let server = started();
    server.set_tls(Certificate::ItsOwnAuthority, Versions::Both).unwrap();
    let Err(rustls::Error::InvalidCertificate(because)) = connect_tls_trusting(&server, &server.certificate_file())
    else {
        panic!("accepted");
    };
    assert!(refused_as(Some(&because), "CaUsedAsEndEntity"), "{because:?}");
    server.set_tls(Certificate::SelfSigned, Versions::Both).unwrap();
    assert!(connect_tls_trusting(&server, &server.certificate_file()).is_ok());
}

#[test]
fn only_the_wanted_tls_version_is_spoken() {
    let server = started();
    for (versions, spoken) in
        [(Versions::Only12, rustls::ProtocolVersion::TLSv1_2), (Versions::Only13, rustls::ProtocolVersion::TLSv1_3)]
    {
        server.set_tls(Certificate::Good, versions).unwrap();
        let mut stream = connect_tls(&server).unwrap();
        assert_eq!(stream.conn.protocol_version(), Some(spoken));
        stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
        assert!(read_reply(&mut stream).unwrap().contains("SUCCESS"));
    }
}

fn metadata(server: &MockServer, path: &str) -> String {
    let port: u16 = server.metadata_url().rsplit(':').next().unwrap().parse().unwrap();
    let mut stream = connect(port);
    let request = format!("GET {path} HTTP/1.1\r\nHost: metadata.tencentyun.com\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    read_reply(&mut stream).unwrap()
}

const PATH: &str = "/latest/meta-data/cam/security-credentials/";

fn ask_with(server: &MockServer, credential: &Value) -> String {
    let body = RawRequest::body_for(DOCUMENTED_ID);
    let member = |name: &str| credential[name].as_str().unwrap();
    let request = RawRequest {
        secret_id: member("TmpSecretId"),
        secret_key: member("TmpSecretKey"),
        token: Some(member("Token")),
        ..good_request(&body)
    };
    body_of(&exchange(server, &request.to_bytes()))
}

#[test]
fn the_metadata_services_credentials_work_until_they_expire() {
    let server = started();
    server.set_metadata(MetadataRules { lifetime: Duration::from_millis(400), ..MetadataRules::default() });
    let role = body_of(&metadata(&server, PATH));
    let path = format!("{PATH}{role}");
    let credential: Value = serde_json::from_str(&body_of(&metadata(&server, &path))).unwrap();
    assert_eq!(credential["Code"], "Success");
    assert!(ask_with(&server, &credential).contains("SUCCESS"));
    std::thread::sleep(Duration::from_millis(450));
    assert!(ask_with(&server, &credential).contains("AuthFailure.TokenFailure"));
    let renewed: Value = serde_json::from_str(&body_of(&metadata(&server, &path))).unwrap();
    assert_ne!(renewed["TmpSecretId"], credential["TmpSecretId"]);
    assert!(ask_with(&server, &renewed).contains("SUCCESS"));
    server.revoke_metadata();
    assert!(ask_with(&server, &renewed).contains("AuthFailure.SecretIdNotFound"));
    assert_eq!((server.metadata_requests(), server.metadata_credentials()), (3, 2));
}

#[test]
fn the_metadata_service_misbehaves_on_its_own() {
    let server = started();
    let mut control = Control::of(&server);
    assert_eq!(control.obey(r#"{"misbehave":{"fault":"html_500","on":"metadata","next_requests":1}}"#)["ok"], true);
    assert!(answer(&server, DOCUMENTED_ID).contains("SUCCESS"));
    assert!(metadata(&server, PATH).starts_with("HTTP/1.1 500"));
    assert_eq!(control.obey(r#"{"metadata":{"role":null}}"#)["ok"], true);
    assert!(metadata(&server, PATH).starts_with("HTTP/1.1 404"));
}

/// A bound against accidents (connections served one after the other, a pause in each reply), not a benchmark.
#[test]
fn sixty_four_connections_are_served_at_once() {
    let server = started();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut stream = connect(server.http_port());
                for _ in 0..20 {
                    stream.write_all(&ask(DOCUMENTED_ID)).unwrap();
                    read_reply(&mut stream).unwrap();
                }
            });
        }
    });
    assert_eq!((server.connections(), server.requests()), (64, 1280));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
