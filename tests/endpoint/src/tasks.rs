//! The tasks the endpoint knows, and how far their lives have gone.

use std::collections::HashMap;
use std::time::Instant;

use crate::life::{Lasts, Life, Starts, Step};

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
        let task = Task {
            life,
            step: 0,
            step_began,
            asked_in_step: 0,
            asked: 0,
        };
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
        self.life
            .steps
            .get(self.step)
            .filter(|_| has_next)
            .map(|step| step.lasts)
    }

    fn begin_next(&mut self, at: Instant) {
        self.step += 1;
        self.step_began = Some(at);
        self.asked_in_step = 0;
    }
}
