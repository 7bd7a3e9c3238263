use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::provider;

#[test]
fn the_algorithms_are_rustls_own_but_for_client_keys() {
    let (ours, theirs) = (provider(), default_provider());
    let suites = |provider: &rustls::crypto::CryptoProvider| {
        provider.cipher_suites.iter().map(|suite| suite.suite()).collect::<Vec<_>>()
    };
    let groups = |provider: &rustls::crypto::CryptoProvider| {
        provider.kx_groups.iter().map(|group| group.name()).collect::<Vec<_>>()
    };
    assert_eq!((suites(&ours), groups(&ours)), (suites(&theirs), groups(&theirs)));
    let (ours, theirs) = (ours.signature_verification_algorithms, theirs.signature_verification_algorithms);
    let ids = |algorithms: &[&dyn rustls::pki_types::SignatureVerificationAlgorithm]| {
        algorithms.iter().map(|one| (one.public_key_alg_id(), one.signature_alg_id())).collect::<Vec<_>>()
    };
    assert_eq!(ids(ours.all), ids(theirs.all));
    assert_eq!(ours.mapping.len(), theirs.mapping.len());
    for ((scheme, algorithms), (their_scheme, their_algorithms)) in ours.mapping.iter().zip(theirs.mapping) {
        assert_eq!((scheme, ids(algorithms)), (their_scheme, ids(their_algorithms)));
    }
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(vec![0; 8]));
    assert!(provider().key_provider.load_private_key(key).is_err());
}
