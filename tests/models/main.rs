//! Waiting under a virtual clock: the policy of one wait, and thousands of waits on one client's pace.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chance;
mod fairness;
mod one_account;
mod one_wait;
mod optimum;
mod pace;
mod queue;
mod simulation;
