//! The scripts by which tasks live.

use std::time::Duration;

use crate::faults::Fault;

/// A member of the JSON answer: a text, null, or not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Text(String),
    Null,
    Missing,
}

impl From<&str> for Member {
    fn from(text: &str) -> Member {
        Member::Text(text.to_owned())
    }
}

/// What the API says, before any fault spoils it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Status {
        status: Member,
        info: Member,
    },
    Error {
        code: String,
        message: String,
        http: u16,
    },
    /// These bytes and nothing else, as they go over the wire; then the connection is kept or closed.
    Raw {
        bytes: Vec<u8>,
        close: bool,
    },
}

/// How long a step lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    Forever,
    Questions(u32),
    Time(Duration),
}

/// One phase in a task's life: what is said, through which fault if any, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub says: Says,
    pub through: Option<Fault>,
    pub lasts: Lasts,
}

impl Step {
    /// A status with the Info of a friendly server.
    pub fn status(status: &str) -> Step {
        Step::says(Says::Status { status: status.into(), info: usual_info(status).into() })
    }

    /// A status that is null, missing, or whatever.
    pub fn raw_status(status: Member, info: Member) -> Step {
        Step::says(Says::Status { status, info })
    }

    /// An error of the API, at HTTP 200 as the API has it.
    pub fn error(code: &str, message: &str) -> Step {
        Step::says(Says::Error { code: code.to_owned(), message: message.to_owned(), http: 200 })
    }

    /// A fault; what it spoils is the status RUNNING.
    pub fn fault(fault: Fault) -> Step {
        Step::status("RUNNING").through(fault)
    }

    /// These bytes as they are, connection kept.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Step {
        Step::says(Says::Raw { bytes: bytes.into(), close: false })
    }

    fn says(says: Says) -> Step {
        Step { says, through: None, lasts: Lasts::Forever }
    }

    pub fn info(mut self, text: impl Into<Member>) -> Step {
        if let Says::Status { info, .. } = &mut self.says {
            *info = text.into();
        }
        self
    }

    /// The HTTP status of an error.
    pub fn http(mut self, status: u16) -> Step {
        if let Says::Error { http, .. } = &mut self.says {
            *http = status;
        }
        self
    }

    /// Faults of the handshake strike connections and do nothing here.
    pub fn through(mut self, fault: Fault) -> Step {
        self.through = Some(fault);
        self
    }

    /// Lasts for so many questions.
    pub fn times(mut self, questions: u32) -> Step {
        self.lasts = Lasts::Questions(questions);
        self
    }

    /// Lasts so many milliseconds from its beginning.
    pub fn ms(mut self, milliseconds: u64) -> Step {
        self.lasts = Lasts::Time(Duration::from_millis(milliseconds));
        self
    }
}

/// When the clock of a life starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    AtFirstQuestion,
    AtPut,
}

/// A task's script. The last step lasts for ever, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    pub steps: Vec<Step>,
    pub starts: Starts,
}

impl Life {
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Life {
        Life { steps: steps.into_iter().collect(), starts: Starts::AtFirstQuestion }
    }

    /// One status, for ever.
    pub fn always(status: &str) -> Life {
        Life::of([Step::status(status)])
    }

    /// INITIAL for a tenth of the time, RUNNING for the rest, then `last`.
    pub fn ending_after(milliseconds: u64, last: &str) -> Life {
        Life::of([
            Step::status("INITIAL").ms(milliseconds / 10),
            Step::status("RUNNING").ms(milliseconds - milliseconds / 10),
            Step::status(last),
        ])
    }

    /// The clock starts when the task is put, not at its first question.
    pub fn from_put(mut self) -> Life {
        self.starts = Starts::AtPut;
        self
    }
}

fn usual_info(status: &str) -> &'static str {
    match status {
        "INITIAL" => "Waiting to be executed.",
        "RUNNING" => "Being executed.",
        "SUCCESS" => "Executed successfully.",
        "FAILED" => "Execution failed.",
        "KILLED" => "Ended by an operator.",
        "REMOVED" => "The task was deleted.",
        "PAUSED" => "Paused.",
        "UNDEFINED" => "Waiting for the maintenance window.",
        _ => "",
    }
}
