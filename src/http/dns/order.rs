//! In which order addresses are tried (RFC 8305, section 4). Pure.

use std::net::{IpAddr, SocketAddr};

/// The preferred address first, then the families by turns, beginning with that of the system's first; each family in the
/// system's order.
pub fn by_turns(addresses: &[SocketAddr], preferred: Option<IpAddr>, port: u16) -> Vec<SocketAddr> {
    let is_preferred = |address: &&SocketAddr| preferred == Some(address.ip());
    let mut ordered: Vec<SocketAddr> = addresses.iter().filter(is_preferred).copied().collect();
    let rest: Vec<SocketAddr> = addresses.iter().filter(|address| !is_preferred(address)).copied().collect();
    let starts_with_v6 = rest.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = rest.into_iter().partition(|address| address.is_ipv6() == starts_with_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        match (first.next(), second.next()) {
            (None, None) => break,
            (one, other) => ordered.extend(one.into_iter().chain(other)),
        }
    }
    for address in &mut ordered {
        address.set_port(port);
    }
    ordered
}
