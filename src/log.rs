//! The lines for the host's log function. Nothing is printed otherwise, and no line holds a secret.

use std::fmt;
use std::sync::Arc;

/// The numbers are the C API's and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
}

/// Where lines go. Dropped after the last object that may log.
pub trait Sink: Send + Sync {
    fn line(&self, level: Level, line: &str);
}

#[derive(Clone, Default)]
pub struct Log(Option<(Level, Arc<dyn Sink>)>);

impl Log {
    #[must_use]
    pub fn new(max: Level, sink: Arc<dyn Sink>) -> Self {
        Self(Some((max, sink)))
    }

    /// The line is made only if it is logged at this level.
    pub fn at(&self, level: Level, line: impl FnOnce() -> String) {
        if let Some((max, sink)) = &self.0 {
            if level <= *max {
                sink.line(level, &line());
            }
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Log(on)" } else { "Log(off)" })
    }
}
