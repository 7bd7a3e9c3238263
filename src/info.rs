//! What the API reports of an async request, and what its status means for a wait. A leaf: it imports nothing.

/// What the API says of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct AsyncRequestInfo {
    /// The status.
    pub status: Status,
    /// The API's own text; `None` for null or missing.
    pub status_text: Option<String>,
    /// Free text in any language; may hold a NUL. `None` for null or missing.
    pub info: Option<String>,
    /// The id of the request; `None` where the API sent none.
    pub request_id: Option<String>,
}

impl AsyncRequestInfo {
    /// The status for a message. A text that is not a known status may be anything, an echo of a secret too.
    #[must_use]
    pub fn shown_status(&self) -> &str {
        match (self.status, &self.status_text) {
            (Status::Unknown, None) => "null",
            (Status::Unknown, Some(_)) => "an unknown status",
            (known, _) => known.text(),
        }
    }
}

/// The status of an async request. The numbers are the C API's and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
#[repr(i32)]
pub enum Status {
    /// Null, missing, or a text that this version does not know; the raw text is kept too.
    Unknown = 0,
    /// Not started.
    Initial = 1,
    /// Running.
    Running = 2,
    /// Ended, successfully.
    Success = 3,
    /// Failed. It does not prove that nothing changed.
    Failed = 4,
    /// Terminated.
    Killed = 5,
    /// Deleted.
    Removed = 6,
    /// Paused, or terminating: the API is ambiguous. Not an ending, never a success.
    Paused = 7,
    /// Created but not started, or waiting for the maintenance window. Not an ending.
    Undefined = 8,
}

impl Status {
    #[doc(hidden)]
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Initial,
        Self::Running,
        Self::Success,
        Self::Failed,
        Self::Killed,
        Self::Removed,
        Self::Paused,
        Self::Undefined,
    ];

    /// Compares exactly: sister APIs spell some values otherwise, and nothing is guessed.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.text() == text && !text.is_empty()).unwrap_or(Self::Unknown)
    }

    #[doc(hidden)]
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|s| *s as i32 == number)
    }

    /// The API's spelling; "" for `Unknown`, which has none.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Initial => "INITIAL",
            Self::Running => "RUNNING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
            Self::Removed => "REMOVED",
            Self::Paused => "PAUSED",
            Self::Undefined => "UNDEFINED",
        }
    }

    /// Whether the task has ended: later questions would get the same answer.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Killed | Self::Removed)
    }

    /// Whether the task has ended successfully.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Success
    }
}

#[cfg(test)]
mod tests;
