//! The client that the options ask for.

use std::sync::Arc;

use tcdb_async::{Client, Credentials, LogLevel, Options};

use crate::arguments::Shared;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{endpoints, terms};

/// STS has a variable of its own, which a short name of --endpoint does not replace.
const STS_VARIABLE: &str = "TCDB_ASYNC_STS_ENDPOINT";

/// A warning of the library's that a query's outcome repeats. A wait goes on after it, so that nothing else says it.
const NO_CREDENTIALS: &str = "credentials could not be fetched: ";

/// Where log lines go, and from which level.
#[derive(Clone)]
pub struct Log {
    screen: Screen,
    level: LogLevel,
    outlives_failures: bool,
}

impl Log {
    /// Warnings in any case but --quiet; all with --verbose.
    pub fn new(shared: &Shared, screen: &Screen) -> Self {
        let level = match (shared.verbose, shared.quiet) {
            (true, _) => LogLevel::Debug,
            (false, true) => LogLevel::Error,
            (false, false) => LogLevel::Warn,
        };
        Self { screen: screen.clone(), level, outlives_failures: shared.verbose }
    }

    /// Of a wait, which goes on after what may pass.
    pub fn of_wait(self) -> Self {
        Self { outlives_failures: true, ..self }
    }

    fn line(&self, level: LogLevel, line: &str) {
        // What fails for good is an outcome and is printed as one.
        let is_outcome = level == LogLevel::Error || (line.starts_with(NO_CREDENTIALS) && !self.outlives_failures);
        if !is_outcome {
            self.screen.message(&format!("{}: {line}", format!("{level:?}").to_lowercase()));
        }
    }
}

/// # Errors
/// The option that cannot be used, in the words of the command line.
pub fn client(shared: &Shared, credentials: &Credentials, log: &Log) -> Result<Client, Failure> {
    let mut options = of_all(shared, log);
    if let Some(region) = &shared.region {
        options = options.region(region);
    }
    if let Some(endpoint) = &shared.endpoint {
        options = options.endpoint(endpoints::api(endpoint));
    }
    Client::new(credentials, &options).map_err(|error| Failure::of_error(&error, &terms::of_client(&error)))
}

/// What holds for requests to the API and for those to get credentials.
pub fn of_all(shared: &Shared, log: &Log) -> Options {
    let mut options = Options::from_env();
    let endpoint = shared.endpoint.as_deref().filter(|_| std::env::var_os(STS_VARIABLE).is_none_or(|v| v.is_empty()));
    if let Some(sts) = endpoints::sts(shared.sts_endpoint.as_deref(), endpoint) {
        options = options.sts_endpoint(sts);
    }
    if let Some(file) = &shared.ca {
        options = options.ca_file(file);
    }
    if let Some(language) = &shared.language {
        options = options.language(language);
    }
    if let Some(timeout) = shared.request_timeout {
        options = options.total_timeout(timeout);
    }
    let log = Arc::new(log.clone());
    options.log(log.level, move |level, line| log.line(level, line))
}
