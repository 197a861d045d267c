//! Whose request it is, and how many submissions one address or one channel may send.
//!
//! The limit shapes floods; it is no proof of honesty. Reading is never limited, and a repeat after a 429 loses nothing:
//! the answers wait on the phone, the page's script asks again by itself.

use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Seconds of the sustained rate that may come at once: at 20 a second a hall of a thousand people who all press the
/// button in the same moment.
const BURST_SECONDS: u32 = 50;

/// How limits are set.
#[derive(Debug, Clone, Default)]
pub struct LimitSettings {
    /// Submissions a second from one address, and through one channel, that are taken for ever; 0: no limit.
    ///
    /// 20 a second are 72,000 an hour: a township behind the one address of its carrier is through within the hour, while
    /// one address cannot keep the writer busy, whose rate is a thousand times that.
    pub rate: u32,
    /// Networks whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
}

type Rates<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// The limits of a running server.
pub struct Limits {
    trusted_proxies: Vec<IpNet>,
    addresses: Option<Rates<IpAddr>>,
    /// By the hash of survey and channel: a made-up channel must not take more memory than a short one.
    channels: Option<Rates<u64>>,
    hasher: std::collections::hash_map::RandomState,
    clock: DefaultClock,
}

/// Too much came at once; how long until the next submission is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub Duration);

impl TooMany {
    /// Whole seconds to wait, as `Retry-After` says them.
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0.as_secs())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}

impl Limits {
    /// Limits as set.
    pub fn new(settings: LimitSettings) -> Limits {
        let quota = NonZeroU32::new(settings.rate).map(|rate| {
            let burst =
                rate.saturating_mul(NonZeroU32::new(BURST_SECONDS).unwrap_or(NonZeroU32::MIN));
            Quota::per_second(rate).allow_burst(burst)
        });
        Limits {
            trusted_proxies: settings.trusted_proxies,
            addresses: quota.map(RateLimiter::hashmap),
            channels: quota.map(RateLimiter::hashmap),
            hasher: std::collections::hash_map::RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Takes a submission from the sender of `request`, or says how long to wait.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn admit_sender(&self, request: &HttpRequest) -> Result<(), TooMany> {
        let (Some(rates), Some(sender)) = (&self.addresses, self.sender(request)) else {
            return Ok(());
        };
        rates
            .check_key(&sender)
            .map_err(|until| TooMany(until.wait_time_from(self.clock.now())))
    }

    /// Who sends `request`: what one customer of a network holds; none where senders cannot be told apart.
    pub fn sender(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.limited_address(request).map(network)
    }

    /// Takes a submission through a channel of a survey, or says how long to wait. The open link is no channel; nor is this
    /// machine's own traffic limited.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn admit_channel(
        &self,
        request: &HttpRequest,
        survey: &str,
        channel: &str,
    ) -> Result<(), TooMany> {
        let (Some(rates), false) = (&self.channels, channel.is_empty()) else {
            return Ok(());
        };
        if self.limited_address(request).is_none() {
            return Ok(());
        }
        rates
            .check_key(&self.hasher.hash_one((survey, channel)))
            .map_err(|until| TooMany(until.wait_time_from(self.clock.now())))
    }

    /// Removes addresses and channels whose burst has filled up again, so that memory does not grow.
    pub fn remove_idle(&self) {
        forget(self.addresses.as_ref());
        forget(self.channels.as_ref());
    }

    /// Whether `request` comes straight from a trusted proxy.
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

    /// The address to count `request` for; none for this machine's own, behind which everyone may stand: a proxy that no
    /// one has declared must not make one sender of a whole city.
    fn limited_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        if self.trusts(peer) {
            self.forwarded(request.headers(), peer)
        } else {
            Some(peer).filter(|peer| !peer.is_loopback())
        }
    }

    /// The last hop that is not a trusted proxy. What stands before it was written by that hop, and may be made up: it is
    /// never read. A hop that is no address counts for the proxy that wrote it, so that nothing unreadable goes unlimited.
    fn forwarded(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
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

/// The address of one hop, which some proxies write with its port.
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

fn forget<K: Hash + Eq + Clone>(rates: Option<&Rates<K>>) {
    if let Some(rates) = rates {
        rates.retain_recent();
        rates.shrink_to_fit();
    }
}

/// What one customer holds: an IPv4 address, or an IPv6 /56.
fn network(address: IpAddr) -> IpAddr {
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

    fn limits(rate: u32) -> Limits {
        Limits::new(LimitSettings {
            rate,
            trusted_proxies: vec![
                "10.0.0.0/8".parse().unwrap(),
                "127.0.0.1/32".parse().unwrap(),
            ],
        })
    }

    fn from(peer: &str, forwarded: &str) -> HttpRequest {
        let request = TestRequest::post().peer_addr(format!("{peer}:4000").parse().unwrap());
        match forwarded {
            "" => request.to_http_request(),
            value => request
                .insert_header(("X-Forwarded-For", value))
                .to_http_request(),
        }
    }

    fn taken(limits: &Limits, requests: impl Iterator<Item = HttpRequest>) -> usize {
        requests
            .filter(|request| limits.admit_sender(request).is_ok())
            .count()
    }

    #[test]
    fn a_forged_address_changes_nothing_for_who_is_no_trusted_proxy() {
        let forged = (0..1000).map(|n| from("203.0.113.9", &format!("198.51.100.{}", n % 250)));
        assert_eq!(taken(&limits(1), forged), 50);
    }

    #[test]
    fn behind_a_trusted_proxy_everyone_counts_alone_by_the_hop_that_the_proxy_saw() {
        let all = (0..1000).map(|n| from("10.1.2.3", &format!("198.51.{}.{}", n / 250, n % 250)));
        assert_eq!(taken(&limits(1), all), 1000);
        // The sender writes the first hop as it likes; the proxy adds the one it saw.
        let forged = (0..1000).map(|n| {
            from(
                "10.1.2.3",
                &format!("192.0.2.{}, 198.51.100.7, 10.9.9.9", n % 250),
            )
        });
        assert_eq!(taken(&limits(1), forged), 50);
    }

    #[test]
    fn what_stands_before_the_hop_that_the_proxy_saw_is_not_read_whatever_it_is() {
        for forged in [
            &b"\xff"[..],
            b"unknown",
            b"",
            b"1.2.3",
            b"10.0.0.1, \xff\xfe",
        ] {
            let made_up = |_| {
                let value = [forged, b", 198.51.100.7:49152"].concat();
                let request = TestRequest::post().peer_addr("10.1.2.3:4000".parse().unwrap());
                let value = HeaderValue::from_bytes(&value).unwrap();
                request.insert_header((FORWARDED, value)).to_http_request()
            };
            assert_eq!(taken(&limits(1), (0..1000).map(made_up)), 50, "{forged:?}");
        }
        let ports = (0..1000).map(|n| from("10.1.2.3", &format!("[2001:db8::7]:{}", 1024 + n)));
        assert_eq!(taken(&limits(1), ports), 50);
        let unreadable = (0..1000).map(|n| from("10.1.2.3", &format!("_hidden{n}, 10.9.9.9")));
        assert_eq!(taken(&limits(1), unreadable), 50);
    }

    #[test]
    fn one_customer_of_ipv6_is_one_sender() {
        let own = (0..1000).map(|n| from(&format!("[2001:db8:1:22{:02x}::{n:x}]", n % 256), ""));
        assert_eq!(taken(&limits(1), own), 50);
        let neighbours = (0..100).map(|n| from(&format!("[2001:db8:{n:x}:100::1]"), ""));
        assert_eq!(taken(&limits(1), neighbours), 100);
    }

    #[test]
    fn this_machine_is_never_limited_and_a_rate_of_zero_limits_no_one() {
        let own = (0..2000).map(|_| from("127.0.0.1", ""));
        assert_eq!(taken(&limits(1), own), 2000);
        let far = (0..2000).map(|_| from("203.0.113.9", ""));
        assert_eq!(taken(&limits(0), far), 2000);
    }

    #[test]
    fn a_channel_has_a_rate_of_its_own_and_the_open_link_has_none() {
        let limits = limits(1);
        let admitted = |channel: &str| {
            (0..200)
                .filter(|n| {
                    let request = from(&format!("203.0.113.{n}"), "");
                    limits
                        .admit_channel(&request, "satisfaction-2026", channel)
                        .is_ok()
                })
                .count()
        };
        assert_eq!(admitted("poster-7"), 50);
        assert_eq!(admitted("poster-8"), 50);
        assert_eq!(admitted(""), 200);
    }

    #[test]
    fn the_quiet_are_forgotten() {
        let limits = limits(1_000_000);
        for n in 0..100_000_u32 {
            let address = std::net::Ipv4Addr::from(0xC633_0000 + n);
            assert!(limits.admit_sender(&from(&address.to_string(), "")).is_ok());
        }
        let addresses = limits.addresses.as_ref().unwrap();
        assert!(!addresses.is_empty());
        std::thread::sleep(Duration::from_millis(20));
        limits.remove_idle();
        assert_eq!(addresses.len(), 0);
    }
}
