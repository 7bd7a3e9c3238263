use crate::rust_api::{Client, Credentials, Options, TaskOptions};

#[test]
fn a_clone_of_a_queue_is_the_same_queue() {
    let credentials = Credentials::from_keys("AKIDFAKE", "FAKEKEY", None).unwrap();
    let options = Options::new().region("ap-guangzhou").endpoint("http://127.0.0.1:1");
    let queue = Client::new(&credentials, &options).unwrap().wait_queue();
    queue.clone().add("id", None, &TaskOptions::new(), ()).unwrap();
    assert_eq!(queue.pending(), 1);
}
