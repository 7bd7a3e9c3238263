use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::order::by_turns;
use super::{LIFETIME, Lookup, MAX_NAMES, Name, Names, Start, State, look_up, names};
use crate::config::endpoint::Endpoint;
use crate::http::connector::Connector;
use crate::runtime::cancel::ClientWakes;
use crate::runtime::context::CallContext;
use crate::runtime::sync::lock;

const MINUTE: Duration = Duration::from_secs(60);

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
}

fn ordered(texts: &[&str], preferred: Option<&str>) -> Vec<String> {
    let preferred = preferred.map(|text| text.parse().unwrap());
    by_turns(&addresses(texts), preferred, 443).iter().map(ToString::to_string).collect()
}

fn insert(names: &Names, host: &str, until: Instant) {
    let state = State::Found(Arc::new(addresses(&["192.0.2.1"])), until);
    lock(&names.0).insert(host.to_owned(), Name { state, preferred: None });
}

#[test]
fn families_take_turns_each_in_the_systems_order() {
    let four = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"];
    let expected = ["[2001:db8::1]:443", "192.0.2.1:443", "[2001:db8::2]:443", "[2001:db8::3]:443"];
    assert_eq!(ordered(&four, None), expected);
    assert_eq!(ordered(&["192.0.2.1", "2001:db8::1"], None), ["192.0.2.1:443", "[2001:db8::1]:443"]);
    assert_eq!(ordered(&["192.0.2.1"], None), ["192.0.2.1:443"]);
}

#[test]
fn the_address_that_answered_last_goes_first_if_the_name_still_has_it() {
    let three = ["2001:db8::1", "192.0.2.1", "192.0.2.2"];
    assert_eq!(ordered(&three, Some("192.0.2.2")), ["192.0.2.2:443", "[2001:db8::1]:443", "192.0.2.1:443"]);
    assert_eq!(ordered(&three, Some("192.0.2.9")), ["[2001:db8::1]:443", "192.0.2.1:443", "192.0.2.2:443"]);
}

#[test]
fn a_name_whose_addresses_failed_is_looked_up_again_and_a_preference_outlives_a_lookup() {
    let names = Names::default();
    insert(&names, "host", Instant::now() + LIFETIME);
    names.prefer("host", "192.0.2.1".parse().unwrap());
    assert_eq!(names.preferred("host"), Some("192.0.2.1".parse().unwrap()));
    lock(&names.0).get_mut("host").unwrap().state = State::Unknown;
    assert_eq!(names.preferred("host"), Some("192.0.2.1".parse().unwrap()));
    insert(&names, "host", Instant::now() + LIFETIME);
    names.forget("host");
    assert!(!lock(&names.0).contains_key("host"));
}

#[test]
fn names_that_have_lapsed_do_not_pile_up() {
    let names = Names::default();
    for i in 0..MAX_NAMES {
        insert(&names, &format!("host{i}"), Instant::now() - Duration::from_secs(1));
    }
    insert(&names, "current", Instant::now() + LIFETIME);
    lock(&names.0).insert("never found".to_owned(), Name::default());
    let state = State::InFlight(Arc::new(Lookup::default()));
    lock(&names.0).insert("under way".to_owned(), Name { state, preferred: None });
    // A lookup of an address literal's text never leaves the machine.
    let Start::InFlight(_) = names.start("127.0.0.1").unwrap() else { panic!("it was not known") };
    let mut kept: Vec<String> = lock(&names.0).keys().cloned().collect();
    kept.sort();
    assert_eq!(kept, ["127.0.0.1", "current", "under way"]);
}

#[test]
fn the_address_that_answered_where_the_one_before_it_did_not_goes_first_from_then_on() {
    let host = "two-addresses.example";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // A connection cannot be to a multicast address: the system refuses at once and sends nothing.
    let state = State::Found(Arc::new(addresses(&["224.0.0.1", "127.0.0.1"])), Instant::now() + LIFETIME);
    lock(&names().0).insert(host.to_owned(), Name { state, preferred: None });
    let wakes = Arc::<ClientWakes>::default();
    let context = CallContext::new(&wakes, Instant::now(), Instant::now() + MINUTE, None, None).unwrap();
    let in_order = || look_up(&context, host, port).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(in_order(), [format!("224.0.0.1:{port}"), format!("127.0.0.1:{port}")]);
    let endpoint = Endpoint { https: false, host: host.to_owned(), port };
    let connector = Connector { endpoint, proxy: None, connect_timeout: MINUTE, tls: None };
    assert!(connector.connect(&context).is_ok());
    assert_eq!(in_order(), [format!("127.0.0.1:{port}"), format!("224.0.0.1:{port}")]);
}
