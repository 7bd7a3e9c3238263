use super::Endpoint;

#[test]
fn hosts_ports_and_urls_are_read() {
    for (text, url, host_port) in [
        ("cdb.intl.tencentcloudapi.com", "https://cdb.intl.tencentcloudapi.com/", "cdb.intl.tencentcloudapi.com:443"),
        ("CDB.Example.com:8443", "https://cdb.example.com:8443/", "cdb.example.com:8443"),
        ("https://a.example/", "https://a.example/", "a.example:443"),
        ("HTTPS://a.example:443", "https://a.example/", "a.example:443"),
        ("http://localhost:8080", "http://localhost:8080/", "localhost:8080"),
        ("http://127.0.0.9", "http://127.0.0.9/", "127.0.0.9:80"),
        ("http://[::1]:81", "http://[::1]:81/", "[::1]:81"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/", "[2001:db8::1]:443"),
    ] {
        let endpoint = Endpoint::parse(text).unwrap();
        assert_eq!((endpoint.url().as_str(), endpoint.host_port().as_str()), (url, host_port), "{text}");
    }
}

#[test]
fn what_is_not_an_endpoint_is_refused_with_its_reason() {
    for (text, why) in [
        ("", "has no host"),
        ("https://", "has no host"),
        ("ftp://a", "has the scheme \"ftp\"; it must be https"),
        ("a/b", "holds '/'; a path, query, fragment or user is not allowed in it"),
        ("https://u:p@a", "holds '@'; a path, query, fragment or user is not allowed in it"),
        ("a?x=1", "holds '?'; a path, query, fragment or user is not allowed in it"),
        ("a#f", "holds '#'; a path, query, fragment or user is not allowed in it"),
        ("a:0", "has the port \"0\"; it must be 1 to 65535"),
        ("a:+80", "has the port \"+80\"; it must be 1 to 65535"),
        ("a:70000", "has the port \"70000\"; it must be 1 to 65535"),
        ("a:", "has the port \"\"; it must be 1 to 65535"),
        ("::1", "holds more than one colon; an IPv6 address goes into [ ]"),
        ("[::1", "has no closing ] of its IPv6 address"),
        ("[x]", "has \"x\" in brackets, which is not an IPv6 address"),
        ("a b", "has ' ' in its host"),
        ("ü.example", "has 'ü' in its host"),
        ("http://example.com", "uses plain HTTP, which is allowed for localhost and loopback addresses only"),
        ("http://127.0.0.1.example.com", "uses plain HTTP, which is allowed for localhost and loopback addresses only"),
    ] {
        assert_eq!(Endpoint::parse(text).unwrap_err(), why, "{text}");
    }
}
