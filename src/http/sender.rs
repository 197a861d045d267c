//! The sender of a request: the client's address, also behind trusted proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Tells senders apart by address.
pub struct Senders {
    /// Networks whose `X-Forwarded-For` and `X-Request-Id` are believed.
    trusted_proxies: Vec<IpNet>,
}

impl Senders {
    /// Senders behind these proxies.
    pub fn new(trusted_proxies: Vec<IpNet>) -> Senders {
        Senders { trusted_proxies }
    }

    /// The sender of `request`: an IPv4 address, or the IPv6 /56 that one customer of a network
    /// gets.
    ///
    /// `None` for requests from this machine itself, which are not limited. Behind an undeclared
    /// local proxy, all citizens would share this address and one limit.
    pub fn sender(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.address(request).map(customer)
    }

    /// The address of the sender of `request`; `None` as for [`Senders::sender`].
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        match self.trusts(peer) {
            true => self.forwarded_address(request.headers(), peer),
            false => Some(peer).filter(|peer| !peer.is_loopback()),
        }
    }

    /// Whether `request` comes directly from a trusted proxy.
    pub fn is_from_proxy(&self, request: &HttpRequest) -> bool {
        request
            .peer_addr()
            .is_some_and(|peer| self.trusts(peer.ip().to_canonical()))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The last hop in `X-Forwarded-For` that is not a trusted proxy. `None` if all hops are
    /// trusted proxies.
    ///
    /// The returned hop may have forged all hops before it, so they are never read. If a hop
    /// cannot be parsed, the request is counted against the proxy that wrote it; otherwise it would
    /// have no limit.
    fn forwarded_address(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
        let values: Vec<&[u8]> = headers
            .get_all(FORWARDED)
            .map(|value| value.as_bytes())
            .collect();
        let hops = values
            .iter()
            .rev()
            .flat_map(|value| value.rsplit(|byte| *byte == b','));
        let mut writer = peer;
        for hop in hops {
            let Some(address) = hop_address(hop) else {
                return Some(writer);
            };
            if !self.trusts(address) {
                return Some(address);
            }
            writer = address;
        }
        None
    }
}

/// The address of one hop. Some proxies add the port.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let address = bare.unwrap_or(hop).parse::<IpAddr>();
    let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
    address
        .or_else(|_| with_port())
        .ok()
        .map(|address| address.to_canonical())
}

/// What one customer of a network gets: an IPv4 address, or an IPv6 /56.
pub fn customer(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d & 0xff00, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    /// The sender of a request from `peer`, whose `X-Forwarded-For` is `forwarded` unless empty.
    fn sender(peer: &str, forwarded: &[u8]) -> Option<String> {
        let senders = Senders::new(vec![
            "10.0.0.0/8".parse().unwrap(),
            "127.0.0.1/32".parse().unwrap(),
        ]);
        let mut request = TestRequest::post().peer_addr(format!("{peer}:4000").parse().unwrap());
        if !forwarded.is_empty() {
            let value = HeaderValue::from_bytes(forwarded).unwrap();
            request = request.insert_header((FORWARDED, value));
        }
        let sender = senders.sender(&request.to_http_request());
        sender.map(|address| address.to_string())
    }

    #[test]
    fn a_forwarded_address_is_not_believed_unless_a_trusted_proxy_sends_it() {
        let forged = sender("203.0.113.9", b"198.51.100.7");
        assert_eq!(forged.as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn behind_a_trusted_proxy_the_sender_is_the_hop_that_the_proxy_saw() {
        for forwarded in [
            &b"198.51.100.7"[..],
            b"192.0.2.1, 198.51.100.7, 10.9.9.9",
            b"\xff, 198.51.100.7:49152",
            b"unknown, 198.51.100.7:49152",
            b", 198.51.100.7:49152",
            b"1.2.3, 198.51.100.7:49152",
            b"10.0.0.1, \xff\xfe, 198.51.100.7:49152",
        ] {
            let found = sender("10.1.2.3", forwarded);
            assert_eq!(found.as_deref(), Some("198.51.100.7"), "{forwarded:?}");
        }
        for port in [1024, 2024] {
            let forwarded = format!("[2001:db8::7]:{port}");
            let found = sender("10.1.2.3", forwarded.as_bytes());
            assert_eq!(found.as_deref(), Some("2001:db8::"), "{port}");
        }
        let unreadable = sender("10.1.2.3", b"_hidden7, 10.9.9.9");
        assert_eq!(unreadable.as_deref(), Some("10.9.9.9"));
    }

    #[test]
    fn one_customer_of_ipv6_is_one_sender() {
        for peer in ["[2001:db8:1:2200::1]", "[2001:db8:1:22ff:1::3e7]"] {
            let found = sender(peer, b"");
            assert_eq!(found.as_deref(), Some("2001:db8:1:2200::"), "{peer}");
        }
        let neighbour = sender("[2001:db8:1:2300::1]", b"");
        assert_eq!(neighbour.as_deref(), Some("2001:db8:1:2300::"));
    }

    #[test]
    fn this_machine_itself_is_no_sender() {
        assert_eq!(sender("127.0.0.1", b""), None);
        assert_eq!(sender("10.1.2.3", b""), None);
        assert_eq!(sender("[::1]", b""), None);
    }
}
