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
    for (number, id) in ids.iter().enumerate() {
        let asked = client.query(id);
        if let Some(exit) = interruption.exit() {
            screen.error(&format!("interrupted: {} of {} answered", number, ids.len()));
            outcomes.count(exit);
            break;
        }
        match asked {
            Ok(info) => outcomes.answered(id, &info)?,
            Err(error) => outcomes.failed(id, &error)?,
        }
    }
    Ok(outcomes.exit())
}
