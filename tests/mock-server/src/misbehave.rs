//! Which requests and connections are treated badly, and how.

use crate::demo_tasks::splitmix64;
use crate::echo::Echo;
use crate::faults::{Fault, Stage};
use crate::life::Says;

/// The treatment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Fault(Fault),
    /// An API error, or raw bytes, in place of the good answer.
    Says(Says),
    /// The client's secrets, in place of the good answer.
    Echo(Echo),
}

impl Deed {
    /// A fault's name, `error` or `raw`.
    pub fn name(&self) -> &'static str {
        match self {
            Deed::Fault(fault) => fault.name(),
            Deed::Echo(_) => "echo",
            Deed::Says(Says::Raw { .. }) => "raw",
            Deed::Says(_) => "error",
        }
    }
}

/// Whom it meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Whom {
    All,
    NextRequests(u32),
    /// All requests on the next connections (for faults of the handshake: those handshakes).
    NextConnections(u32),
    /// This share of the requests (for faults of the handshake: of the connections), by a fixed pseudo-random sequence.
    Share(f64),
}

/// A treatment and whom it meets. Without a limit it meets all, until `behave`.
#[derive(Debug, Clone, PartialEq)]
pub struct Misbehaviour {
    pub deed: Deed,
    pub whom: Whom,
}

impl Misbehaviour {
    pub fn fault(fault: Fault) -> Misbehaviour {
        Misbehaviour { deed: Deed::Fault(fault), whom: Whom::All }
    }

    /// An API error at this HTTP status.
    pub fn error(code: &str, message: &str, http: u16) -> Misbehaviour {
        let says = Says::Error { code: code.to_owned(), message: message.to_owned(), http };
        Misbehaviour { deed: Deed::Says(says), whom: Whom::All }
    }

    /// These bytes as they are; the connection is kept unless `close`.
    pub fn raw(bytes: impl Into<Vec<u8>>, close: bool) -> Misbehaviour {
        Misbehaviour { deed: Deed::Says(Says::Raw { bytes: bytes.into(), close }), whom: Whom::All }
    }

    /// The client's secrets in a spelling, at a place of the answer.
    pub fn echo(echo: Echo) -> Misbehaviour {
        Misbehaviour { deed: Deed::Echo(echo), whom: Whom::All }
    }

    pub fn next_requests(mut self, count: u32) -> Misbehaviour {
        self.whom = Whom::NextRequests(count);
        self
    }

    pub fn next_connections(mut self, count: u32) -> Misbehaviour {
        self.whom = Whom::NextConnections(count);
        self
    }

    /// From 0.0 to 1.0.
    pub fn share(mut self, share: f64) -> Misbehaviour {
        self.whom = Whom::Share(share);
        self
    }

    fn is_of_the_handshake(&self) -> bool {
        matches!(self.deed, Deed::Fault(fault) if fault.stage() == Stage::Handshake)
    }

    fn fits_request(&self, number_in_connection: u32) -> bool {
        let needs_kept = matches!(self.deed, Deed::Fault(fault) if fault.needs_a_kept_connection());
        !needs_kept || number_in_connection > 1
    }
}

/// The treatments in force; the oldest that fits is taken.
#[derive(Debug, Default)]
pub(crate) struct Misbehaviours {
    list: Vec<Misbehaviour>,
    drawn: u64,
}

impl Misbehaviours {
    pub fn add(&mut self, misbehaviour: Misbehaviour) {
        if !matches!(misbehaviour.whom, Whom::NextRequests(0) | Whom::NextConnections(0)) {
            self.list.push(misbehaviour);
        }
    }

    pub fn clear(&mut self) {
        self.list.clear();
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// What a connection just accepted will meet in all it does.
    pub fn for_connection(&mut self) -> Option<Deed> {
        self.take(|one| one.is_of_the_handshake() || matches!(one.whom, Whom::NextConnections(_)))
    }

    /// What a request meets.
    pub fn for_request(&mut self, number_in_connection: u32) -> Option<Deed> {
        self.take(|one| {
            !one.is_of_the_handshake()
                && !matches!(one.whom, Whom::NextConnections(_))
                && one.fits_request(number_in_connection)
        })
    }

    fn take(&mut self, fits: impl Fn(&Misbehaviour) -> bool) -> Option<Deed> {
        let Misbehaviours { list, drawn } = self;
        let chosen = list.iter_mut().filter(|one| fits(one)).find_map(|one| {
            let strikes = match &mut one.whom {
                Whom::All => true,
                Whom::NextRequests(left) | Whom::NextConnections(left) => {
                    *left = left.saturating_sub(1);
                    true
                }
                Whom::Share(share) => {
                    *drawn += 1;
                    ((splitmix64(*drawn) >> 11) as f64 / (1u64 << 53) as f64) < *share
                }
            };
            strikes.then(|| one.deed.clone())
        });
        list.retain(|one| !matches!(one.whom, Whom::NextRequests(0) | Whom::NextConnections(0)));
        chosen
    }
}
