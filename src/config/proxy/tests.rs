use super::{Kind, Proxy};

#[test]
fn proxies_and_their_logins_are_read() {
    let proxy = Proxy::parse("http://us%40er:p%3Aa%2Fss@Proxy.example:3128/").unwrap();
    assert_eq!((proxy.kind, proxy.host_port().as_str()), (Kind::Http, "proxy.example:3128"));
    let (user, password) = proxy.login.unwrap();
    assert_eq!((user.as_str(), password.as_str()), ("us@er", "p:a/ss"));
    assert_eq!(Proxy::parse("socks5h://[::1]").unwrap().host_port(), "[::1]:1080");
    for (url, kind, port) in [
        ("http://p", Kind::Http, 80),
        ("https://p", Kind::Https, 443),
        ("socks5://p", Kind::Socks5, 1080),
        ("SOCKS://p/", Kind::Socks5, 1080),
    ] {
        let proxy = Proxy::parse(url).unwrap();
        assert_eq!((proxy.kind, proxy.port), (kind, port), "{url}");
    }
}

#[test]
fn what_is_not_a_proxy_is_refused_without_its_login() {
    for url in [
        "",
        "p:80",
        "http://user:secret",
        "http://user@secret:x",
        "ftp://secret",
        "socks4://u:secret@p",
        "http://",
        "http://u:secret@",
        "http://u:se/cret@p",
        "http://u:secret@p/x",
        "http://p/x@secret",
        "http://u:secret@p:0",
        "socks5://:secret@p",
        "http://%ff:secret@p",
        "http://a%0ab:secret@p",
        "http://u:secret@p q",
    ] {
        let why = Proxy::parse(url).unwrap_err();
        assert!(!why.contains("secret") && !why.is_empty(), "{url}: {why}");
    }
}
