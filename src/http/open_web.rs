//! How many online responses the open web may give: those that came through no announced channel
//! and prove nothing. They are counted by address and by network.
//!
//! # Source
//!
//! 30 at once and 6 a minute from one address are a family, or a small office; 600 an hour are a
//! large office. Nobody who answers honestly needs more, apart from a township behind one address
//! of its carrier, which can be given its own number.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

/// Minutes of the rate of an address that may come at once: 30 responses at 6 a minute.
const BURST_MINUTES: u32 = 5;

/// What a network may send in an hour, as a multiple of what an address may send in a minute: 600
/// at 6 a minute. A minute of 60 such addresses.
pub const NETWORK_RATIO: u32 = 100;

/// A network with its own number of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRate {
    /// The network.
    pub network: IpNet,
    /// Responses an hour from all of it, and as many at once.
    pub an_hour: NonZeroU32,
}

impl FromStr for NetworkRate {
    type Err = String;

    /// Reads `CIDR=N`.
    fn from_str(written: &str) -> Result<NetworkRate, String> {
        let rate = written.split_once('=').and_then(|(network, an_hour)| {
            let network = network.trim();
            let address = || network.parse::<IpAddr>().map(IpNet::from);
            Some(NetworkRate {
                network: network.parse().or_else(|_| address()).ok()?,
                an_hour: an_hour.trim().parse().ok()?,
            })
        });
        rate.ok_or_else(|| {
            "write a network and its responses an hour, such as 203.0.113.0/24=5000".to_owned()
        })
    }
}

/// The limits of a running server for the open web.
pub struct OpenWeb {
    by_address: Option<Rates>,
    by_network: Option<Rates>,
    /// Networks with their own number, the smallest first.
    own: Vec<(IpNet, DefaultDirectRateLimiter)>,
    clock: DefaultClock,
}

type Rates = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>;

impl OpenWeb {
    /// `a_minute` responses from one address, 0 for no limit; `own` are networks with their own
    /// number.
    pub fn new(a_minute: u32, own: &[NetworkRate]) -> OpenWeb {
        let a_minute = NonZeroU32::new(a_minute);
        let by_address = a_minute.map(|rate| {
            let burst = NonZeroU32::new(BURST_MINUTES).unwrap_or(NonZeroU32::MIN);
            Quota::per_minute(rate).allow_burst(rate.saturating_mul(burst))
        });
        let mut own: Vec<NetworkRate> = own.to_vec();
        own.sort_by_key(|rate| std::cmp::Reverse(rate.network.prefix_len()));
        let own = own.into_iter().map(|rate| {
            let limiter = RateLimiter::direct(Quota::per_hour(rate.an_hour));
            (rate.network, limiter)
        });
        OpenWeb {
            by_address: by_address.map(RateLimiter::hashmap),
            by_network: an_hour(a_minute).map(RateLimiter::hashmap),
            own: own.collect(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a response from `address`, which belongs to the sender `sender`.
    ///
    /// # Errors
    /// The time until the next one is accepted.
    pub fn admit(&self, address: IpAddr, sender: IpAddr) -> Result<(), Duration> {
        let now = || self.clock.now();
        let own = self.own.iter().find(|(own, _)| own.contains(&address));
        if let Some((_, limiter)) = own {
            return limiter.check().map_err(|until| until.wait_time_from(now()));
        }
        for (rates, key) in [
            (&self.by_address, sender),
            (&self.by_network, network(address)),
        ] {
            let Some(rates) = rates else { continue };
            rates
                .check_key(&key)
                .map_err(|until| until.wait_time_from(now()))?;
        }
        Ok(())
    }

    /// Removes addresses and networks that may send a whole burst again.
    pub fn remove_idle(&self) {
        for rates in [&self.by_address, &self.by_network].into_iter().flatten() {
            rates.retain_recent();
            rates.shrink_to_fit();
        }
    }
}

/// What a network may send in an hour, and at once, if an address may send `a_minute`.
pub fn an_hour(a_minute: Option<NonZeroU32>) -> Option<Quota> {
    let ratio = NonZeroU32::new(NETWORK_RATIO).unwrap_or(NonZeroU32::MIN);
    a_minute.map(|rate| Quota::per_hour(rate.saturating_mul(ratio)))
}

/// The network of an address: an IPv4 /24 or an IPv6 /48.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::sender::customer;

    /// How many of the responses from these addresses are admitted.
    fn n_admitted(open: &OpenWeb, addresses: impl Iterator<Item = String>) -> usize {
        let parsed = addresses.map(|address| address.parse::<IpAddr>().unwrap());
        parsed
            .filter(|address| open.admit(*address, customer(*address)).is_ok())
            .count()
    }

    #[test]
    fn an_address_sends_thirty_at_once_and_then_one_in_ten_seconds() {
        let open = OpenWeb::new(6, &[]);
        let one = || (0..100).map(|_| "203.0.113.9".to_owned());
        assert_eq!(n_admitted(&open, one()), 30);
        let address = "203.0.113.9".parse().unwrap();
        let wait = open.admit(address, address).unwrap_err();
        assert!((9..=10).contains(&wait.as_secs()), "{wait:?}");
        let neighbour = (0..100).map(|_| "203.0.113.10".to_owned());
        assert_eq!(n_admitted(&open, neighbour), 30);
    }

    #[test]
    fn a_network_sends_six_hundred_whatever_number_of_addresses_it_has() {
        let open = OpenWeb::new(6, &[]);
        let v4 = (0..1000).map(|n| format!("203.0.113.{}", n % 250));
        assert_eq!(n_admitted(&open, v4), 600);
        let v6 = (0..1000).map(|n| format!("2001:db8:1:{:x}00::1", n % 250));
        assert_eq!(n_admitted(&open, v6), 600);
        assert_eq!(
            n_admitted(&open, ["198.51.100.1".to_owned()].into_iter()),
            1
        );
        // 65,536 addresses of one customer are one.
        let one = (0..100).map(|n| format!("2001:db8:2:100::{n}"));
        assert_eq!(n_admitted(&open, one), 30);
    }

    #[test]
    fn a_listed_network_has_its_own_number_and_the_smaller_of_two_counts() {
        let own: Vec<NetworkRate> = ["203.0.113.0/24=2000", "203.0.113.7=1000"]
            .iter()
            .map(|written| written.parse().unwrap())
            .collect();
        let open = OpenWeb::new(6, &own);
        let one = (0..3000).map(|_| "203.0.113.7".to_owned());
        assert_eq!(n_admitted(&open, one), 1000);
        let other = (0..3000).map(|_| "203.0.113.8".to_owned());
        assert_eq!(n_admitted(&open, other), 2000);
        for wrong in ["203.0.113.0/24", "203.0.113.0/24=0", "x=5", "10.0.0.0/8=-1"] {
            assert!(wrong.parse::<NetworkRate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_a_number_there_is_no_limit() {
        let open = OpenWeb::new(0, &[]);
        let one = (0..5000).map(|_| "203.0.113.9".to_owned());
        assert_eq!(n_admitted(&open, one), 5000);
    }
}
