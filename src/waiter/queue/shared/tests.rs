#![cfg(unix)]
use std::time::Duration;

use super::Shared;
use crate::client::Client;
use crate::config::{Options, Sourced};
use crate::credentials::provider::static_keys;
use crate::runtime::sys::{self, Socket, Want};
use crate::waiter::config::TaskConfig;
use crate::waiter::queue::WaitQueue;

fn is_readable(descriptor: i32) -> bool {
    let mut looked_at = [Socket::new(&descriptor, Want::Input)];
    sys::wait(&mut looked_at, None, Duration::ZERO).unwrap();
    looked_at[0].is_ready
}

/// What comes between the look of a `next` at what there is to end and its finding nothing: from another thread, or from
/// a signal handler on this one.
fn is_readable_after(comes: impl Fn(&Client, &Shared<()>)) -> bool {
    let credentials = static_keys::credentials("AKIDFAKE", "FAKEKEY", None).unwrap();
    let options = Options { endpoint: Some(Sourced::new("endpoint", "http://127.0.0.1:1")), ..Options::default() };
    let client = Client::new(credentials, Some(b"ap-guangzhou"), &options).unwrap();
    let queue: WaitQueue<()> = client.wait_queue();
    let descriptor = queue.descriptor().unwrap();
    queue.add("id", None, &TaskConfig::default(), ()).unwrap();
    let mut state = queue.0.settled();
    comes(&client, &queue.0);
    assert!(queue.0.pop(&mut state).is_none());
    is_readable(descriptor)
}

#[test]
fn what_ends_tasks_while_next_finds_nothing_leaves_the_descriptor_readable() {
    assert!(!is_readable_after(|_, _| {}));
    assert!(is_readable_after(|_, shared| shared.cancel_all()));
    assert!(is_readable_after(|client, _| client.shut_down()));
}
