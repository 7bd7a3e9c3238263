use tcdb_mock_server::{DOCUMENTED_ID, MockServer, SECRET_ID, SECRET_KEY};

use super::Client;
use crate::config::{Options, Sourced};
use crate::credentials::provider::static_keys;
use crate::error::ErrorKind;

#[test]
fn a_client_that_is_shut_down_sends_nothing_more() {
    let server = MockServer::start(tcdb_mock_server::Options::default()).unwrap();
    let credentials = static_keys::credentials(SECRET_ID, SECRET_KEY, None).unwrap();
    let options = Options { endpoint: Some(Sourced::new("endpoint", server.http_url())), ..Options::default() };
    let client = Client::new(credentials, Some(b"ap-guangzhou"), &options).unwrap();
    client.query(DOCUMENTED_ID).unwrap();
    client.shut_down();
    assert_eq!(client.query(DOCUMENTED_ID).unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(server.requests(), 1);
}
