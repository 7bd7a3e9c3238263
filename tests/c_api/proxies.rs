//! Proxies: HTTP CONNECT and SOCKS5, with a login and without, and those that refuse.

use std::net::TcpListener;
use std::time::Duration;

use tcdb_async::ffi::*;
use tcdb_mock_server::{DOCUMENTED_ID, MockServer, Options as ServerOptions};

use crate::c_api::{Credentials, Failure, Found, Options};
use crate::own_proxy::{Manner, OwnProxy};

const LOGIN: Option<(&str, &str)> = Some(("us@er", "p:a/ss word%"));

fn through(proxy: &str, server: &MockServer) -> Result<Found, Failure> {
    Options::to(server).attempts(2).proxy(proxy).client(&Credentials::accepted()).unwrap().query(DOCUMENTED_ID)
}

fn server() -> MockServer {
    MockServer::start(ServerOptions::default()).unwrap()
}

fn refusal(manner: Manner, scheme: &str) -> Failure {
    let proxy = OwnProxy::start(manner);
    let failure = through(&format!("{scheme}://{}", proxy.authority()), &server()).unwrap_err();
    assert_eq!(proxy.connections(), failure.attempts as usize, "{failure:?}");
    failure
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
            assert_eq!((failure.code, failure.attempts, failure.is_retryable), (TCDB_ERR_PROXY, 1, false));
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
        (b"SSH-2.0-OpenSSH_9.2\r\n", 1),
        (b"HTTP/1.1 abc\r\n\r\n", 1),
    ] {
        let failure = refusal(Manner::Say(says), "http");
        assert_eq!((failure.code, failure.attempts), (TCDB_ERR_PROXY, attempts), "{failure:?}");
        assert_eq!(failure.is_retryable, attempts == 2);
    }
    for (says, attempts) in
        [(&b"\x05\x00\x05\x02\x00\x01\0\0\0\0\0\0"[..], 1), (b"\x05\x00\x05\x05\x00\x01\0\0\0\0\0\0", 2)]
    {
        let failure = refusal(Manner::Say(says), "socks5");
        assert_eq!((failure.code, failure.attempts), (TCDB_ERR_PROXY, attempts), "{failure:?}");
    }
    assert_eq!(refusal(Manner::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "socks5").code, TCDB_ERR_PROXY);
}

#[test]
fn a_proxy_that_closes_is_a_transport_failure() {
    for (says, scheme) in
        [(&b""[..], "http"), (b"HTTP/1.1 200 O", "http"), (b"", "socks5"), (b"\x05\x00\x05", "socks5")]
    {
        let failure = refusal(Manner::Say(says), scheme);
        assert_eq!((failure.code, failure.attempts), (TCDB_ERR_TRANSPORT, 2), "{failure:?}");
    }
}

#[test]
fn a_proxy_nobody_listens_at_is_a_connect_failure_that_names_it() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = through(&format!("http://127.0.0.1:{port}"), &server()).unwrap_err();
    assert_eq!((failure.code, failure.attempts), (TCDB_ERR_CONNECT, 2));
    assert_eq!(failure.message, format!("connect to proxy 127.0.0.1:{port}: connection refused (2 attempts)"));
}

#[test]
fn a_proxys_header_is_bounded() {
    let failure = refusal(Manner::Say(Box::leak(vec![b'x'; 20_000].into_boxed_slice())), "http");
    assert_eq!(failure.code, TCDB_ERR_PROXY);
    let long = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 20_000]].concat();
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
