//! Credentials that the program itself holds.

use std::rc::Rc;
use std::sync::Arc;

use crate::credentials::{Credentials, Identity, Source};
use crate::error::Result;
use crate::runtime::clock::Clock;
use crate::runtime::context::Call;

struct Fixed(Arc<Identity>);

impl Source for Fixed {
    fn identity(&self, _call: &Rc<Call>, _clock: &Clock) -> Result<Arc<Identity>> {
        Ok(self.0.clone())
    }

    fn at_hand(&self) -> Result<Arc<Identity>> {
        Ok(self.0.clone())
    }

    fn renew(&self, _stale: &Arc<Identity>, _call: &Rc<Call>, _clock: &Clock) -> bool {
        false
    }
}

/// # Errors
/// `InvalidArgument` that names the part that cannot be one.
pub fn credentials(secret_id: &str, secret_key: &str, token: Option<&str>) -> Result<Credentials> {
    Ok(from_identity(Identity::new(secret_id, secret_key, token)?))
}

pub(crate) fn from_identity(identity: Identity) -> Credentials {
    Credentials::new(Fixed(Arc::new(identity)))
}
