use rustls::NamedGroup;
use rustls::client::ClientSessionStore;
use rustls::pki_types::ServerName;

use super::SessionStore;

#[test]
fn a_store_remembers_the_group_through_a_refusal_and_shows_nothing_of_its_sessions() {
    let (store, name) = (SessionStore::default(), ServerName::try_from("localhost").unwrap());
    assert_eq!((store.has_any(), store.kx_hint(&name)), (false, None));
    store.set_kx_hint(name.clone(), NamedGroup::X25519);
    store.refused();
    assert_eq!(store.kx_hint(&name), Some(NamedGroup::X25519));
    assert!(store.tls12_session(&name).is_none() && store.take_tls13_ticket(&name).is_none());
    store.remove_tls12_session(&name);
    assert_eq!(format!("{store:?}"), "SessionStore(…)");
}
