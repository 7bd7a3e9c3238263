//! What the threads of a waiter share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::WaiterConfig;
use crate::info::AsyncRequestInfo;
use crate::runtime::cancel::Cancellation;
use crate::runtime::sync::Mutex;

/// What others may see and touch while somebody steps; its lock is held for moments only.
pub(super) struct Shared {
    pub started: Instant,
    pub cancellation: Arc<Cancellation>,
    pub view: Mutex<View>,
}

#[derive(Default)]
pub(super) struct View {
    pub given: WaiterConfig,
    pub latest: Option<Arc<AsyncRequestInfo>>,
    pub answers: u32,
    pub due: Duration,
    pub ended: Option<Duration>,
}
