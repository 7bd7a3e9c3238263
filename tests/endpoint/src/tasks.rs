//! The tasks the endpoint knows, and how far their lives have gone.

use std::collections::HashMap;
use std::time::Instant;

<<<<<<< HEAD
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
=======
use crate::life::{Lasts, Life, Starts, Step};
>>>>>>> endpoint

/// A task as it stands.
#[derive(Debug)]
struct Task {
    life: Life,
    step: usize,
    step_began: Option<Instant>,
    asked_in_step: u32,
    asked: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Tasks {
    by_id: HashMap<String, Task>,
}

impl Tasks {
    pub fn put(&mut self, id: &str, life: Life, now: Instant) {
        let step_began = (life.starts == Starts::AtPut).then_some(now);
        let task = Task { life, step: 0, step_began, asked_in_step: 0, asked: 0 };
        self.by_id.insert(id.to_owned(), task);
    }

    pub fn remove(&mut self, id: &str) -> bool {
        self.by_id.remove(id).is_some()
    }

    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.by_id.keys().cloned().collect();
        ids.sort();
        ids
    }

    pub fn questions(&self, id: &str) -> u64 {
        self.by_id.get(id).map_or(0, |task| task.asked)
    }

    /// The step that answers a question asked now; None: no such task. With `counts` the question uses up the life.
    pub fn ask(&mut self, id: &str, now: Instant, counts: bool) -> Option<Step> {
        let task = self.by_id.get_mut(id)?;
        task.asked += 1;
        task.pass_time(now);
        let step = task.life.steps.get(task.step).cloned();
        if counts {
            task.count_question(now);
        }
        Some(step.unwrap_or_else(|| Step::status("RUNNING")))
    }
}

impl Task {
    /// Steps over everything that time has ended.
    fn pass_time(&mut self, now: Instant) {
        let mut began = *self.step_began.get_or_insert(now);
        while let Some(Lasts::Time(time)) = self.lasts() {
            if now < began + time {
                break;
            }
            began += time;
            self.begin_next(began);
        }
    }

    fn count_question(&mut self, now: Instant) {
        self.asked_in_step += 1;
        if let Some(Lasts::Questions(questions)) = self.lasts()
            && self.asked_in_step >= questions
        {
            self.begin_next(now);
        }
    }

    /// How long the present step lasts; None for the last, which lasts for ever.
    fn lasts(&self) -> Option<Lasts> {
        let has_next = self.step + 1 < self.life.steps.len();
        self.life.steps.get(self.step).filter(|_| has_next).map(|step| step.lasts)
    }

    fn begin_next(&mut self, at: Instant) {
        self.step += 1;
        self.step_began = Some(at);
        self.asked_in_step = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_timed_step_begins_when_the_one_before_ended() {
        let (mut tasks, start) = (Tasks::default(), Instant::now());
        let steps = ["INITIAL", "RUNNING", "PAUSED"].map(|status| Step::status(status).ms(200));
        tasks.put(
            "a",
            Life::of(steps.into_iter().chain([Step::status("SUCCESS")])),
            start,
        );
        let cases = [
            (0, "INITIAL"),
            (199, "INITIAL"),
            (250, "RUNNING"),
            (410, "PAUSED"),
            (599, "PAUSED"),
            (600, "SUCCESS"),
        ];
        for (ms, status) in cases {
            let step = tasks
                .ask("a", start + Duration::from_millis(ms), true)
                .unwrap();
            assert_eq!(step.says, Step::status(status).says, "after {ms} ms");
        }
    }

    #[test]
    fn a_step_of_questions_hands_over_to_a_step_of_time() {
        let (mut tasks, start) = (Tasks::default(), Instant::now());
        let life = [
            Step::status("INITIAL").times(2),
            Step::status("RUNNING").ms(100),
            Step::status("SUCCESS"),
        ];
        tasks.put("a", Life::of(life), start);
        for (ms, status) in [
            (0, "INITIAL"),
            (500, "INITIAL"),
            (599, "RUNNING"),
            (600, "SUCCESS"),
        ] {
            let step = tasks
                .ask("a", start + Duration::from_millis(ms), true)
                .unwrap();
            assert_eq!(step.says, Step::status(status).says, "after {ms} ms");
        }
    }
}
