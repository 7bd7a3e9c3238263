//! `tcdb query`: one question for each id.

use super::outcome::{Form, Outcomes};
use crate::arguments::{Query, Shared};
use crate::connection::{self, Log};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::{ids, signals, sources};

/// # Errors
/// What ended it before each id had its outcome.
pub fn run(shared: &Shared, given: &Query) -> Result<Exit, Failure> {
    let ids = ids::given(&given.ids.ids)?;
    let screen = Screen::new(shared.quiet, None);
    let log = Log::new(shared, &screen);
    let client = connection::client(shared, &sources::choose(shared, &log)?.credentials, &log)?;
    let ended = client.clone();
    let interruption =
        signals::handle(move || ended.shut_down()).map_err(|why| Failure::system("handle signals", &why))?;
    let mut outcomes = Outcomes::new(screen.clone(), Form::new(shared.json, given.status_only, ids.len()));
    let mut interrupted = 0;
    // After an interruption the client is shut down: what is left is cancelled at once, and has its outcome too.
    for id in &ids {
        match client.query(id) {
            Ok(info) => outcomes.answered(id, &info)?,
            Err(error) if interruption.has_ended(&error) => {
                interrupted += 1;
                outcomes.interrupted(id, &error)?;
            }
            Err(error) => outcomes.failed(id, &error)?,
        }
    }
    if let Some(exit) = interruption.exit().filter(|_| interrupted > 0) {
        screen.error(&format!("interrupted: {} of {} answered", ids.len() - interrupted, ids.len()));
        outcomes.count(exit);
    }
    Ok(outcomes.exit())
}
