use std::sync::{Arc, Mutex};

use super::trust_files::{Roots, TrustFile};
use super::{Options, Settings, Sourced};
use crate::config::proxy::Kind;
use crate::error::{Error, Result};
use crate::log::{Level, Log, Sink};

fn validated(variables: &[(&str, &str)]) -> Result<Settings> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_bytes().to_vec())
    };
    Settings::validate(&Options {
        endpoint: Some(Sourced::new("endpoint", "cdb.example.com")),
        ..Options::from_env(variable)
    })
}

fn proxy(variables: &[(&str, &str)]) -> Option<String> {
    validated(variables).unwrap().proxy.map(|proxy| proxy.host_port())
}

#[test]
fn the_environments_proxy_is_the_first_that_is_set_and_not_excepted() {
    assert_eq!(proxy(&[]), None);
    assert_eq!(proxy(&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://b:1")]), None);
    assert_eq!(proxy(&[("ALL_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:1")]).as_deref(), Some("b:1"));
    assert_eq!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")]).as_deref(), Some("b:1"));
    assert_eq!(proxy(&[("https_proxy", ""), ("all_proxy", "http://a:1")]).as_deref(), Some("a:1"));
    for blank in [" ", "\n", "\t \r\n"] {
        assert_eq!(proxy(&[("HTTPS_PROXY", blank)]), None, "{blank:?}");
        assert_eq!(proxy(&[("https_proxy", blank), ("all_proxy", "http://a:1")]).as_deref(), Some("a:1"), "{blank:?}");
    }
    assert_eq!(proxy(&[("HTTPS_PROXY", "user:secret@a:1")]).as_deref(), Some("a:1"));
    assert_eq!(proxy(&[("HTTPS_PROXY", " http://a:1\r\n")]).as_deref(), Some("a:1"), "blanks around it");
    assert_eq!(validated(&[("ALL_PROXY", "socks5://a")]).unwrap().proxy.unwrap().kind, Kind::Socks5);
    for no_proxy in ["*", "example.com", "x, .example.com", "cdb.example.com:443", "10.0.0.0/8\nexample.com\r\n"] {
        assert_eq!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", no_proxy)]), None, "{no_proxy}");
    }
    assert!(proxy(&[("HTTPS_PROXY", "http://a:1"), ("no_proxy", "ample.com")]).is_some());
}

#[test]
fn a_proxy_that_cannot_be_used_matters_only_where_it_would_be_and_its_variable_is_named() {
    for (variables, expected) in [
        (vec![("ALL_PROXY", "socks4://a")], Some("ALL_PROXY has a scheme other than http, https and socks5")),
        (vec![("all_proxy", "socks4://a")], Some("all_proxy has a scheme other than http, https and socks5")),
        (vec![("https_proxy", "http://a:x")], Some("https_proxy has a port that is not a number from 1 to 65535")),
        (vec![("https_proxy", "\"http://a:1\"")], Some("https_proxy is in quotes; write the value without them")),
        (vec![("ALL_PROXY", "'socks5://a:1'")], Some("ALL_PROXY is in quotes; write the value without them")),
        (vec![("HTTPS_PROXY", "http://a\u{1}b")], Some("HTTPS_PROXY holds a control character")),
        (vec![("ALL_PROXY", "socks4://a"), ("NO_PROXY", "cdb.example.com")], None),
        (vec![("ALL_PROXY", "socks4://a"), ("HTTPS_PROXY", "http://a")], None),
        (vec![("NO_PROXY", "localhost,10.0.0.0/8\n")], None),
        (vec![("NO_PROXY", "\u{1}::::, http://x/ /99")], None),
    ] {
        let why = validated(&variables).err().map(|error: Error| error.message().to_owned());
        assert_eq!(why.as_deref(), expected, "{variables:?}");
    }
}

#[test]
fn the_environments_authorities_replace_the_systems() {
    assert_eq!(validated(&[]).unwrap().roots, Roots::System);
    let entry = |name, path: &str| TrustFile { name, path: path.into() };
    let (list, nothing) = if cfg!(windows) { ("/certs;/more;;", ";") } else { ("/certs:/more::", ":") };
    let given = validated(&[("SSL_CERT_FILE", "/a.pem"), ("SSL_CERT_DIR", list)]).unwrap().roots;
    let dirs = vec![entry("SSL_CERT_DIR", "/certs"), entry("SSL_CERT_DIR", "/more")];
    assert_eq!(given, Roots::Custom { file: Some(entry("SSL_CERT_FILE", "/a.pem")), dirs });
    assert_eq!(validated(&[("SSL_CERT_DIR", nothing)]).unwrap().roots, Roots::System, "nothing is named");
}

#[test]
fn this_librarys_own_variables_are_read_and_named() {
    let options = |variables: &'static [(&str, &str)]| {
        Options::from_env(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes().to_vec())
        })
    };
    let settings = |variables| Settings::validate(&options(variables));
    let given = settings(&[("TCDB_ASYNC_ENDPOINT", "http://127.0.0.1:8080")]).unwrap();
    assert_eq!(given.endpoint.host_port(), "127.0.0.1:8080");
    let set = [("TCDB_ASYNC_CA_FILE", "/own.pem"), ("SSL_CERT_FILE", "/a.pem"), ("SSL_CERT_DIR", "/certs")];
    let file = TrustFile { name: "TCDB_ASYNC_CA_FILE", path: "/own.pem".into() };
    assert_eq!(validated(&set).unwrap().roots, Roots::Custom { file: Some(file), dirs: vec![] });
    for (set, message) in [
        (&[("TCDB_ASYNC_ENDPOINT", "http://example.com")][..], "TCDB_ASYNC_ENDPOINT uses plain HTTP"),
        (&[("TCDB_ASYNC_ENDPOINT", "a\u{1}b")], "TCDB_ASYNC_ENDPOINT holds a control character"),
    ] {
        let error = settings(set).unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
    }
    // An empty one is unset.
    let empty = settings(&[("TCDB_ASYNC_ENDPOINT", ""), ("TCDB_ASYNC_CA_FILE", "")]).unwrap();
    assert_eq!((empty.endpoint.host.as_str(), empty.roots), ("cdb.intl.tencentcloudapi.com", Roots::System));
}

#[derive(Default)]
struct Lines(Mutex<Vec<(Level, String)>>);

impl Sink for Lines {
    fn line(&self, level: Level, line: &str) {
        self.0.lock().unwrap().push((level, line.to_owned()));
    }
}

#[test]
fn an_exception_that_cannot_be_read_is_warned_of_by_its_number_where_the_proxy_is_used() {
    let logged = |no_proxy: &str| {
        let lines = Arc::<Lines>::default();
        let sourced = |name, text: &str| Some(Sourced { bytes: text.as_bytes().to_vec(), name });
        let options = Options {
            endpoint: sourced("endpoint", "cdb.example.com"),
            proxy: sourced("proxy", "http://a:1"),
            no_proxy: sourced("no_proxy", no_proxy),
            log: Log::new(Level::Warn, lines.clone()),
            ..Options::default()
        };
        Settings::validate(&options).unwrap();
        std::mem::take(&mut *lines.0.lock().unwrap())
    };
    let warned = "no_proxy: entry 2 is not a host, an address or a network; ignored";
    assert_eq!(logged("other.example, http://user:secret@x/"), [(Level::Warn, warned.to_owned())]);
    assert_eq!(logged("cdb.example.com, http://user:secret@x/"), []);
    assert_eq!(logged("other.example"), []);
}
