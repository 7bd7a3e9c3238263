//! A value of which a forked child has its own.
//!
//! A lock that another thread held at fork() never comes free in the child, and descriptors are the parent's, so the
//! child must not touch what the parent uses: each process finds its own value behind its parent's, and makes it when it
//! first looks. What is the parent's stays as it is in the child, also when the child drops it.

use crate::runtime::sync::InheritedOnce;
use crate::runtime::sys::{Owned, process_id};

pub struct ForkLocal<T> {
    value: Owned<T>,
    child: InheritedOnce<Box<ForkLocal<T>>>,
}

impl<T> ForkLocal<T> {
    pub fn new(value: T) -> Self {
        Self { value: Owned::new(value), child: InheritedOnce::new() }
    }

    /// This process's value; the first time after a fork made out of the parent's.
    ///
    /// # Errors
    /// Those of `inherit`; the next call tries again.
    pub fn try_get<E>(&self, inherit: impl Fn(&T) -> Result<T, E>) -> Result<&T, E> {
        let process = process_id();
        let mut own = self;
        while own.value.process() != process {
            own = if let Some(child) = own.child.get() {
                child
            } else {
                let made = Box::new(Self::new(inherit(&own.value)?));
                // Another thread may have been faster: then its value counts.
                own.child.get_or_init(|| made)
            };
        }
        Ok(&own.value)
    }

    /// As `try_get`, where a child's value can always be made.
    pub fn get(&self, inherit: impl Fn(&T) -> T) -> &T {
        match self.try_get(|value| Ok::<T, std::convert::Infallible>(inherit(value))) {
            Ok(value) => value,
        }
    }

    /// The value if this process has one: for what must make nothing, like a signal handler.
    pub fn existing(&self) -> Option<&T> {
        let process = process_id();
        let mut own = Some(self);
        while let Some(other) = own.filter(|own| own.value.process() != process) {
            own = other.child.get().map(Box::as_ref);
        }
        own.map(|own| &*own.value)
    }
}
