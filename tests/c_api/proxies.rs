//! Proxies: HTTP CONNECT and SOCKS5, with a login and without, and those that refuse.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, Fault, Misbehaviour, MockServer, Options as ServerOptions};

use crate::c_api::{Credentials, Failure, Found, Lines, Options};
use crate::own_proxy::{Manner, OwnProxy};

const LOGIN: Option<(&str, &str)> = Some(("us@er", "p:a/ss word%"));

/// A proxy's reply is read byte by byte, which takes an emulated system long, and here no time is held.
const LONG: Duration = Duration::from_secs(60);

fn through(proxy: &str, server: &MockServer) -> Result<Found, Failure> {
    let options = Options::to(server).connect(LONG).total(LONG).attempts(2).proxy(proxy);
    options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID)
}

fn server() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

fn refusal(manner: Manner, scheme: &str) -> Failure {
    let proxy = OwnProxy::start(manner);
    let failure = through(&format!("{scheme}://{}", proxy.authority()), &server()).unwrap_err();
    let attempts = if failure.message.ends_with("(2 attempts)") { 2 } else { 1 };
    assert_eq!((proxy.connections(), failure.attempts), (attempts, 0), "no request was sent: {failure:?}");
    failure
}

fn is_second(failure: &Failure) -> bool {
    failure.message.ends_with("(2 attempts)")
}

#[test]
fn a_query_goes_through_an_http_proxy_which_looks_the_name_up() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Http(None)));
    through(&format!("http://{}", proxy.authority()), &server).unwrap();
    assert_eq!(proxy.targets(), [server.host_port()]);
    assert_eq!(server.seen()[0].header("Host"), Some(server.host_port()), "the endpoint's own name is signed");
}

#[test]
fn a_query_goes_through_a_socks5_proxy_which_looks_the_name_up() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Socks(None)));
    through(&format!("socks5://{}", proxy.authority()), &server).unwrap();
    assert_eq!(proxy.targets(), [server.host_port()]);
}

#[test]
fn a_socks5_proxy_gets_an_address_as_an_address() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Socks(None)));
    let by_address = format!("https://127.0.0.1:{}", server.https_port());
    let options = Options::to(&server).endpoint(&by_address).proxy(&format!("socks5h://{}", proxy.authority()));
    options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap();
    assert_eq!(proxy.targets(), [format!("127.0.0.1:{}", server.https_port())]);
}

#[test]
fn user_and_password_arrive_as_they_are_with_all_their_signs() {
    for (scheme, manner) in [("http", Manner::Http(LOGIN)), ("socks5", Manner::Socks(LOGIN))] {
        let (server, proxy) = (server(), OwnProxy::start(manner));
        through(&format!("{scheme}://us%40er:p%3Aa%2Fss%20word%25@{}", proxy.authority()), &server).unwrap();
        assert_eq!(server.requests(), 1);
    }
}

#[test]
fn a_missing_or_wrong_password_is_a_proxy_failure_and_is_not_asked_again() {
    for (scheme, manner) in [("http", Manner::Http(LOGIN)), ("socks5", Manner::Socks(LOGIN))] {
        let (server, proxy) = (server(), OwnProxy::start(manner));
        for login in ["", "us%40er:wrong-secret@"] {
            let failure = through(&format!("{scheme}://{login}{}", proxy.authority()), &server).unwrap_err();
            assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_PROXY, 0, false));
            assert!(failure.message.contains("login") && !failure.message.contains("secret"), "{failure:?}");
        }
        assert_eq!(server.requests(), 0);
    }
}

#[test]
fn a_proxy_that_refuses_is_asked_again_only_where_the_cause_may_pass() {
    for (says, attempts) in [
        (&b"HTTP/1.1 403 Forbidden\r\n\r\n"[..], 1),
        (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n", 1),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", 2),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", 2),
        (b"HTTP/1.1 408 Request Timeout\r\n\r\n", 2),
        (b"HTTP/1.1 425 Too Early\r\n\r\n", 2),
        (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", 2),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", 1),
        (b"HTTP/1.1 501 Not Implemented\r\n\r\n", 1),
        (b"HTTP/1.1 511 Network Authentication Required\r\n\r\n", 1),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 1),
        (b"HTTP/1.1 abc\r\n\r\n", 1),
    ] {
        let failure = refusal(Manner::Say(says), "http");
        assert_eq!(failure.code, TCDB_ERR_PROXY, "{failure:?}");
        assert_eq!((failure.is_retryable, is_second(&failure)), (attempts == 2, attempts == 2), "{failure:?}");
    }
    for (says, attempts) in
        [(&b"\x05\x00\x05\x02\x00\x01\0\0\0\0\0\0"[..], 1), (b"\x05\x00\x05\x05\x00\x01\0\0\0\0\0\0", 2)]
    {
        let failure = refusal(Manner::Say(says), "socks5");
        assert_eq!((failure.code, is_second(&failure)), (TCDB_ERR_PROXY, attempts == 2), "{failure:?}");
    }
    assert_eq!(refusal(Manner::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "socks5").code, TCDB_ERR_PROXY);
}

#[test]
fn a_proxy_that_closes_is_a_transport_failure() {
    for (says, scheme) in
        [(&b""[..], "http"), (b"HTTP/1.1 200 O", "http"), (b"", "socks5"), (b"\x05\x00\x05", "socks5")]
    {
        let failure = refusal(Manner::Say(says), scheme);
        assert_eq!((failure.code, is_second(&failure)), (TCDB_ERR_TRANSPORT, true), "{failure:?}");
    }
}

#[test]
fn a_proxy_that_does_not_listen_is_a_connect_failure_that_names_it() {
    // Bound, so that no other test's server gets the port.
    let bound = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    bound.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = bound.local_addr().unwrap().as_socket().unwrap().port();
    let failure = through(&format!("http://127.0.0.1:{port}"), &server()).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_CONNECT, 0));
    assert_eq!(failure.message, format!("connect to proxy 127.0.0.1:{port}: connection refused (2 attempts)"));
}

#[test]
fn a_proxys_header_is_bounded() {
    let failure = refusal(Manner::Say(Box::leak(vec![b'x'; 20_000].into_boxed_slice())), "http");
    assert_eq!(failure.code, TCDB_ERR_PROXY);
    let long = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 80_000]].concat();
    let failure = refusal(Manner::Say(Box::leak(long.into_boxed_slice())), "http");
    assert_eq!(failure.code, TCDB_ERR_PROXY);
    assert!(failure.message.contains("header over"), "{failure:?}");
}

#[test]
fn a_connection_through_a_proxy_is_kept() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Http(None)));
    let options = Options::to(&server).proxy(&format!("http://{}", proxy.authority())).total(Duration::from_secs(5));
    let client = options.client(&Credentials::accepted()).unwrap();
    for _ in 0..5 {
        client.query(DOCUMENTED_ID).unwrap();
    }
    assert_eq!((proxy.connections(), server.requests()), (1, 5));
}

#[test]
fn of_the_reply_to_connect_only_the_status_counts() {
    let many: String = (0..70).map(|i| format!("X-{i}: y\r\n")).collect();
    let many = format!("HTTP/1.1 200 OK\r\n{many}\r\n");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(30_000));
    for reply in [
        "HTTP/1.0 200 Connection established\n\n",
        "HTTP/1.1 200 OK\nVia: test\r\n\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nProxy-Agent : a blank before the colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon at all\r\n\r\n",
        "HTTP/1.1 299 Odd\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        many.as_str(),
        long.as_str(),
    ] {
        let proxy = OwnProxy::start(Manner::HttpSaying(reply.to_owned().leak().as_bytes()));
        through(&format!("http://{}", proxy.authority()), &server()).unwrap_or_else(|e| panic!("{reply:?}: {e:?}"));
    }
}

#[test]
fn a_socks5_proxy_that_takes_none_of_the_offered_logins_is_said_to() {
    for (login, why) in [
        ("", "requires a login, or accepts none of the methods offered"),
        ("user:secret@", "accepts neither a login by user and password nor a connection without one"),
    ] {
        let (server, proxy) = (server(), OwnProxy::start(Manner::Say(b"\x05\xff")));
        let failure = through(&format!("socks5://{login}{}", proxy.authority()), &server).unwrap_err();
        assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_PROXY, false), "{failure:?}");
        assert_eq!(failure.message, format!("proxy {}: {why}", proxy.authority()));
    }
}

#[test]
fn a_socks5_proxy_that_takes_a_login_unoffered_requires_one() {
    let failure = refusal(Manner::Say(b"\x05\x02"), "socks5");
    assert_eq!((failure.code, failure.is_retryable), (TCDB_ERR_PROXY, false), "{failure:?}");
    assert!(failure.message.ends_with(": requires a login"), "{failure:?}");
}

#[test]
fn a_socks5_proxy_gets_an_ipv6_address_as_an_address() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Socks(None)));
    // A port where nothing listens, so that machines without IPv6 say the same.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = Options::to(&server).endpoint(&format!("https://[::1]:{port}")).attempts(1);
    let options = options.proxy(&format!("socks5h://{}", proxy.authority()));
    let failure = options.client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID).unwrap_err();
    assert_eq!(proxy.targets(), [format!("[::1]:{port}")]);
    let why = format!("proxy {}: refuses to connect to [::1]:{port} (connection refused)", proxy.authority());
    assert_eq!((failure.code, failure.message), (TCDB_ERR_PROXY, why));
}

#[test]
fn whatever_address_a_socks5_proxy_has_bound_is_read_over() {
    for reply in [
        &b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"[..],
        b"\x05\x00\x00\x03\x00\x00\x50",
        b"\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50",
    ] {
        let (server, proxy) = (server(), OwnProxy::start(Manner::SocksSaying(reply)));
        through(&format!("socks5://{}", proxy.authority()), &server).unwrap_or_else(|e| panic!("{reply:?}: {e:?}"));
    }
}

#[test]
fn every_name_of_socks5_is_one() {
    for scheme in ["socks", "socks5", "socks5h", "SOCKS5H"] {
        let (server, proxy) = (server(), OwnProxy::start(Manner::Socks(None)));
        through(&format!("{scheme}://{}", proxy.authority()), &server).unwrap();
        assert_eq!(proxy.targets(), [server.host_port()], "{scheme}");
    }
}

#[test]
fn a_query_goes_through_an_https_proxy_whose_certificate_is_verified() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Https(LOGIN)));
    let both = proxy.trusted_with(&server.ca_file());
    let url = |host: &str| format!("https://us%40er:p%3Aa%2Fss%20word%25@{host}:{}", proxy.port());
    let client = |url: &str, ca: &std::path::Path| {
        Options::to(&server).attempts(2).ca_file(ca).proxy(url).client(&Credentials::accepted()).unwrap()
    };
    let through = client(&url("localhost"), &both);
    for _ in 0..5 {
        through.query(DOCUMENTED_ID).unwrap();
    }
    assert_eq!((proxy.connections(), proxy.targets()), (1, vec![server.host_port()]), "kept");
    // New connections resume both sessions.
    for _ in 0..3 {
        server.close_connections();
        while server.live_connections() > 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        through.query(DOCUMENTED_ID).unwrap();
    }
    // An authority that is not known, and a name that the certificate does not have: nothing is sent to either.
    let requests = server.requests();
    for (url, ca, why) in [
        (url("localhost"), server.ca_file(), "the certificate is from an unknown authority"),
        (url("127.0.0.1"), both.clone(), "the certificate is for another name (localhost)"),
    ] {
        let failure = client(&url, &ca).query(DOCUMENTED_ID).unwrap_err();
        assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_TLS, 0, false), "{failure:?}");
        assert!(failure.message.starts_with("TLS to proxy ") && failure.message.contains(why), "{failure:?}");
        assert!(!failure.message.contains("word"), "{failure:?}");
    }
    assert_eq!(server.requests(), requests);
    std::fs::remove_file(&both).unwrap();
}

#[test]
fn an_https_proxy_that_breaks_its_tls_amid_a_reply_is_a_transport_failure_that_names_it() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Https(None)));
    let ca = proxy.trusted_with(&server.ca_file());
    let url = format!("https://localhost:{}", proxy.port());
    let client = Options::to(&server).attempts(1).ca_file(&ca).proxy(&url).client(&Credentials::accepted()).unwrap();
    server.misbehave(Misbehaviour::fault(Fault::StallReply));
    let failure = std::thread::scope(|scope| {
        let asks = scope.spawn(|| client.query(DOCUMENTED_ID).unwrap_err());
        while server.requests() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        proxy.interject(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
        asks.join().unwrap()
    });
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_TRANSPORT, 1), "{failure:?}");
    assert_eq!(failure.message, format!("proxy localhost:{}: the TLS connection is broken", proxy.port()));
    std::fs::remove_file(&ca).unwrap();
}

#[test]
fn a_kept_connection_on_which_an_https_proxy_has_broken_its_tls_is_not_used_again() {
    let (server, proxy) = (server(), OwnProxy::start(Manner::Https(None)));
    let ca = proxy.trusted_with(&server.ca_file());
    let url = format!("https://localhost:{}", proxy.port());
    let lines = Lines::default();
    let options = Options::to(&server).attempts(1).ca_file(&ca).proxy(&url).log(TCDB_LOG_DEBUG, &lines);
    let client = options.client(&Credentials::accepted()).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    proxy.interject(b"HTTP/1.1 408 Request Timeout\r\n\r\n");
    client.query(DOCUMENTED_ID).unwrap();
    assert_eq!((proxy.connections(), server.requests()), (2, 2));
    assert!(!lines.contains("the connection was reused"), "nothing was sent on it: {:?}", lines.all());
    std::fs::remove_file(&ca).unwrap();
}

#[test]
fn an_https_proxy_that_does_not_speak_tls_is_a_tls_failure() {
    let proxy = OwnProxy::start(Manner::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let failure = through(&format!("https://{}", proxy.authority()), &server()).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_TLS, 0), "{failure:?}");
    assert_eq!(failure.message, format!("TLS to proxy {}: the server does not speak TLS", proxy.authority()));
}

#[test]
fn no_part_of_a_proxys_url_that_may_be_a_password_is_in_a_message() {
    for url in
        ["http://user:secret", "http://user:secret@", "ftp://user:secret@p", "http://u:p@secret:x", "http://[secret]"]
    {
        let failure = Options::new().proxy(url).client(&Credentials::accepted()).err().unwrap();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        assert!(failure.message.starts_with("proxy has ") && !failure.message.contains("secret"), "{failure:?}");
    }
}

#[test]
fn a_proxy_that_wants_a_login_says_so_whatever_it_offers() {
    let offers = format!("HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate {}\r\n\r\n", "a".repeat(20_000));
    let failure = refusal(Manner::Say(offers.leak().as_bytes()), "http");
    assert!(failure.message.ends_with("requires a login, or rejects the one given (HTTP 407)"), "{failure:?}");
    // 401 is not a proxy's to say, but some do.
    let failure = refusal(Manner::Say(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), "http");
    assert!(failure.message.ends_with(": refuses the login (HTTP 401)"), "{failure:?}");
}

#[test]
fn a_proxy_or_an_endpoint_in_quotes_is_said_to_be() {
    let server = server();
    let cases = [
        ("proxy", Options::to(&server).proxy("\"http://user:secret@p\"")),
        ("endpoint", Options::to(&server).endpoint("'cdb.example.com'")),
    ];
    for (name, options) in cases {
        let failure = options.client(&Credentials::accepted()).err().unwrap();
        assert_eq!(failure.code, TCDB_ERR_INVALID_ARGUMENT);
        assert_eq!(failure.message, format!("{name} is in quotes; write the value without them"));
    }
}

#[test]
fn a_region_in_quotes_or_with_a_blank_is_named_by_its_place() {
    for (region, why) in [
        ("\"ap-guangzhou\"", "is in quotes; write the value without them"),
        ("ap-guangzhou ", "holds a space or something other than ASCII"),
        ("ap-guangzhou\r", "holds a control character"),
    ] {
        let failure = Options::new().client_in(&Credentials::accepted(), Some(region)).err().unwrap();
        assert_eq!((failure.code, failure.message), (TCDB_ERR_INVALID_ARGUMENT, format!("region {why}")), "{region:?}");
    }
}
