//! What the box is called: by the settings, else by the machine.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio_rustls::rustls::pki_types::ServerName;

/// A name that a certificate can hold.
pub(super) fn checked(name: String) -> Result<String, String> {
    match ServerName::try_from(name.as_str()) {
        Ok(_) => Ok(name),
        Err(_) => Err(format!("{name:?} is neither the name nor the address of a machine")),
    }
}

/// What the certificate vouches for: what is set or what the machine is called, and what it calls itself.
pub(super) fn of_box(set: &BTreeSet<String>) -> BTreeSet<String> {
    let own = ["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()];
    let found = if set.is_empty() { of_machine() } else { set.iter().cloned().collect() };
    own.into_iter().chain(found).collect()
}

/// Addresses for people to open, the best first: what is set, else the addresses that the machine has there.
pub(super) fn urls(scheme: &str, listens: SocketAddr, set: &BTreeSet<String>) -> Vec<String> {
    let names = match (super::is_everywhere(listens), set.is_empty()) {
        (_, false) => set.iter().cloned().collect(),
        (true, true) => of_machine(),
        (false, true) => vec![listens.ip().to_string()],
    };
    let url = |name: String| match name.parse::<Ipv6Addr>() {
        Ok(address) => format!("{scheme}://[{address}]:{}", listens.port()),
        Err(_) => format!("{scheme}://{name}:{}", listens.port()),
    };
    names.into_iter().map(url).collect()
}

/// Its addresses, IPv4 before IPv6, then its name: in the network of a shop, seldom anybody knows names.
fn of_machine() -> Vec<String> {
    // A machine whose interfaces cannot be read has its name still.
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let outward =
        interfaces.iter().filter(|interface| !interface.is_loopback() && !interface.is_link_local());
    let mut addresses: Vec<IpAddr> = outward.map(|interface| interface.ip()).collect();
    addresses.sort();
    addresses.dedup();
    let name = rustix::system::uname().nodename().to_string_lossy().to_lowercase();
    let local = format!("{}.local", name.split('.').next().unwrap_or_default());
    let called =
        [name, local].into_iter().filter(|name| name != "localhost" && checked(name.clone()).is_ok());
    addresses.iter().map(IpAddr::to_string).chain(called).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_a_certificate_can_hold() {
        for good in ["box.example.com", "box", "192.0.2.7", "2001:db8::7"] {
            assert_eq!(checked(good.to_owned()), Ok(good.to_owned()));
        }
        for bad in ["", "https://box", "box:7443", "传菜", "a b"] {
            assert!(checked(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_set_comes_before_what_the_machine_is_called() {
        let set = BTreeSet::from(["192.0.2.7".to_owned(), "2001:db8::7".to_owned()]);
        let everywhere = "0.0.0.0:7443".parse().expect("an address");
        let there = "192.0.2.9:7443".parse().expect("an address");
        assert_eq!(urls("https", everywhere, &set), ["https://192.0.2.7:7443", "https://[2001:db8::7]:7443"]);
        assert_eq!(urls("https", there, &BTreeSet::new()), ["https://192.0.2.9:7443"]);
        assert!(of_box(&set).is_superset(&set));
        assert!(of_box(&BTreeSet::new()).contains("localhost"));
    }
}
