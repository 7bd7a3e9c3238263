//! The tasks the server knows, and how far their lives have gone.

use std::collections::HashMap;
use std::time::Instant;

use crate::life::{Lasts, Life, Starts, Step};

/// A task and its present state.
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
        if let Some(Lasts::Questions(questions)) = self.lasts() {
            if self.asked_in_step >= questions {
                self.begin_next(now);
            }
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
        tasks.put("a", Life::of(steps.into_iter().chain([Step::status("SUCCESS")])), start);
        let cases =
            [(0, "INITIAL"), (199, "INITIAL"), (250, "RUNNING"), (410, "PAUSED"), (599, "PAUSED"), (600, "SUCCESS")];
        for (ms, status) in cases {
            let step = tasks.ask("a", start + Duration::from_millis(ms), true).unwrap();
            assert_eq!(step.says, Step::status(status).says, "after {ms} ms");
        }
    }

    #[test]
    fn a_step_of_questions_hands_over_to_a_step_of_time() {
        let (mut tasks, start) = (Tasks::default(), Instant::now());
        let life = [Step::status("INITIAL").times(2), Step::status("RUNNING").ms(100), Step::status("SUCCESS")];
        tasks.put("a", Life::of(life), start);
        for (ms, status) in [(0, "INITIAL"), (500, "INITIAL"), (599, "RUNNING"), (600, "SUCCESS")] {
            let step = tasks.ask("a", start + Duration::from_millis(ms), true).unwrap();
            assert_eq!(step.says, Step::status(status).says, "after {ms} ms");
        }
    }
}
