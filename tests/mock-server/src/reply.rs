//! From an answer to what goes over the wire, through a fault or in place of it.

use crate::content::{self, Occasion};
use crate::delivery::deliver;
use crate::faults::{Fault, Stage};
use crate::life::Says;
use crate::message::{Act, Reply, Then};
use crate::misbehave::Deed;
use crate::response::Answer;

/// The answer, or what a misbehaviour says in its place.
pub(crate) fn through_deed(answer: &Answer, deed: Option<&Deed>, secrets: &[String], occasion: &Occasion) -> Reply {
    match deed {
        Some(Deed::Echo(echo)) => Reply::good(&echo.message(secrets, occasion)),
        None => through(answer, None, occasion),
        Some(Deed::Fault(fault)) => through(answer, Some(*fault), occasion),
        Some(Deed::Says(says)) => saying(says, None, occasion),
    }
}

pub(crate) fn saying(says: &Says, fault: Option<Fault>, occasion: &Occasion) -> Reply {
    match says {
        Says::Raw { bytes, close } => {
            Reply::new([Act::Send(bytes.clone())], if *close { Then::Close } else { Then::Keep })
        }
        _ => through(&Answer::of(says, &occasion.request_id), fault, occasion),
    }
}

fn through(answer: &Answer, fault: Option<Fault>, occasion: &Occasion) -> Reply {
    match fault {
        None => Reply::good(&content::good(answer, occasion)),
        Some(fault) if fault.stage() == Stage::Content => Reply::good(&content::spoiled(answer, occasion, fault)),
        Some(fault) => deliver(content::good(answer, occasion), fault),
    }
}
