//! The exit codes: of one outcome, and of several.

use std::process::ExitCode;

use tcdb_async::{AsyncRequestInfo, Error, ErrorKind};

/// How a run ended. The order is the one in which the code of several outcomes is chosen: the last one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    AllSucceeded,
    NotEnded,
    TaskFailed,
    TimedOut,
    Network,
    Refused,
    Terminated,
    Interrupted,
    Usage,
    NotWritten,
}

/// For `--help`: number, name, meaning.
pub const HELP: &str = "\
Exit codes:
    0  ALL_SUCCEEDED  each task succeeded
    1  TASK_FAILED    a task ended without success; it may have changed something all the same
    2  USAGE          an argument, an option or the credentials cannot be used
    3  NETWORK        no usable reply: network, proxy, TLS, or the system has no resources left
    4  REFUSED        refused by the API
    5  TIMED_OUT      the timeout has passed; the task may go on
    6  NOT_ENDED      a task is still pending (query)
    7  NOT_WRITTEN    a result could not be written
  130  INTERRUPTED    by SIGINT
  143  TERMINATED     by SIGTERM
Of several outcomes the first of 7, 2, 130, 143, 4, 3, 5, 1, 6, 0 is the exit code.";

impl Exit {
    pub const fn number(self) -> u8 {
        match self {
            Self::AllSucceeded => 0,
            Self::TaskFailed => 1,
            Self::Usage => 2,
            Self::Network => 3,
            Self::Refused => 4,
            Self::TimedOut => 5,
            Self::NotEnded => 6,
            Self::NotWritten => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    pub fn of_info(info: &AsyncRequestInfo) -> Self {
        match (info.status.is_success(), info.status.is_terminal()) {
            (true, _) => Self::AllSucceeded,
            (false, true) => Self::TaskFailed,
            (false, false) => Self::NotEnded,
        }
    }

    pub fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidArgument | ErrorKind::Credentials => Self::Usage,
            ErrorKind::Cancelled => Self::Interrupted,
            ErrorKind::RequestTimeout | ErrorKind::WaitTimeout => Self::TimedOut,
            ErrorKind::Auth
            | ErrorKind::Denied
            | ErrorKind::RateLimited
            | ErrorKind::UnknownRequestId
            | ErrorKind::Rejected
            | ErrorKind::Unavailable => Self::Refused,
            _ => Self::Network,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_each_code_and_the_order_of_choice() {
        let mut all = [
            Exit::NotWritten,
            Exit::Usage,
            Exit::Interrupted,
            Exit::Terminated,
            Exit::Refused,
            Exit::Network,
            Exit::TimedOut,
            Exit::TaskFailed,
            Exit::NotEnded,
            Exit::AllSucceeded,
        ];
        let order: Vec<_> = all.iter().map(|exit| exit.number().to_string()).collect();
        assert!(HELP.ends_with(&format!("first of {} is the exit code.", order.join(", "))), "{HELP}");
        for exit in all {
            assert_eq!(HELP.matches(&format!("\n{:>5}  ", exit.number())).count(), 1, "{exit:?}");
        }
        let written = all;
        all.sort_by(|a, b| b.cmp(a));
        assert_eq!(all, written);
    }
}
