//! A value that a forked child has its own of.
//!
//! A lock that another thread held at fork() never comes free in the child, so the child must not touch the parent's:
//! each process finds its own value behind its parent's, and makes it when it first looks.

use std::sync::OnceLock;

pub struct ForkLocal<T> {
    process: u32,
    value: T,
    child: OnceLock<Box<ForkLocal<T>>>,
}

impl<T> ForkLocal<T> {
    pub fn new(value: T) -> Self {
        Self { process: std::process::id(), value, child: OnceLock::new() }
    }

    /// This process's value; the first time after a fork made out of the parent's.
    pub fn get(&self, inherit: impl Fn(&T) -> T) -> &T {
        let process = std::process::id();
        let mut own = self;
        while own.process != process {
            own = own.child.get_or_init(|| Box::new(Self::new(inherit(&own.value))));
        }
        &own.value
    }
}
