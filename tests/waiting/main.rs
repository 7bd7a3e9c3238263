//! Waiting under a virtual clock: the policy of one wait, and thousands of waits on one client's pace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chance;
mod fairness;
mod one_wait;
mod simulation;
