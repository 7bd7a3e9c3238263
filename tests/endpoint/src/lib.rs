//! A local stand-in for the API `DescribeAsyncRequestInfo`.
#![deny(unsafe_code)]

mod api;
pub mod clock;
mod connection;
mod content;
mod control;
mod credentials;
mod delivery;
mod demo_tasks;
mod elsewhere;
mod endpoint;
mod faults;
mod journal;
mod listener;
mod message;
mod metadata;
mod misbehave;
mod request;
mod script;
pub mod signature;
#[allow(unsafe_code)]
pub mod sys;
mod tasks;
mod tls;
mod verdict;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use control::Control;
pub use demo_tasks::{DOCUMENTED_ID, ManyTask, demo_id, demo_tasks, many_tasks};
pub use endpoint::{Endpoint, Options, SECRET_ID, SECRET_KEY, StalledConnect, stalled_connect};
pub use faults::{Effect, Fault, Stage};
pub use journal::Seen;
pub use metadata::MetadataRules;
pub use misbehave::{Deed, Misbehaviour, Whom};
pub use script::Mistake;
pub use tasks::{Lasts, Life, Member, Says, Starts, Step};
pub use tls::{Certificate, Versions};

/// Nothing that is kept in a mutex here is left half-changed by a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
