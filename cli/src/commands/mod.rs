//! A module a command.

pub mod completions;
pub mod credentials;
pub mod man_pages;
mod outcome;
pub mod query;
pub mod request;
pub mod wait;
