//! Limits how many submissions a sender or a channel may make.
//!
//! The limits slow floods down; they do not prevent cheating. Reading is never limited. A refused
//! sender loses nothing: the answers stay on the phone, and the page's script sends them again by
//! itself.

use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;

use crate::http::sender::Senders;

/// Seconds of the sustained rate that may come at once. At 20 a second this is a hall of a thousand
/// people who all press the button in the same moment.
const BURST_SECONDS: u32 = 50;

/// Settings of the limits.
#[derive(Debug, Clone, Default)]
pub struct LimitSettings {
    /// Sustained submissions a second from one address, and through one channel; 0 for no limit.
    ///
    /// 20 a second are 72,000 an hour. So a township behind one address of its carrier needs an
    /// hour, while one address cannot occupy the writer, which stores a thousand times as many.
    pub rate: u32,
    /// Networks whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
}

type Rates<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// The limits of a running server.
pub struct Limits {
    senders: Senders,
    sender_rates: Option<Rates<IpAddr>>,
    /// By the hash of survey and channel, so that a long invented channel takes no more memory than
    /// a short one.
    channel_rates: Option<Rates<u64>>,
    hasher: std::collections::hash_map::RandomState,
    clock: DefaultClock,
}

/// Too many submissions came at once. Holds the time until the next one is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub Duration);

impl TooMany {
    /// Whole seconds to wait, for `Retry-After`.
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0.as_secs())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}

impl Limits {
    /// Limits with these settings.
    pub fn new(settings: LimitSettings) -> Limits {
        let quota = NonZeroU32::new(settings.rate).map(|rate| {
            let burst =
                rate.saturating_mul(NonZeroU32::new(BURST_SECONDS).unwrap_or(NonZeroU32::MIN));
            Quota::per_second(rate).allow_burst(burst)
        });
        Limits {
            senders: Senders::new(settings.trusted_proxies),
            sender_rates: quota.map(RateLimiter::hashmap),
            channel_rates: quota.map(RateLimiter::hashmap),
            hasher: std::collections::hash_map::RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a submission for the sender of `request`.
    ///
    /// # Errors
    /// [`TooMany`] if the sender is over its limit.
    pub fn admit_sender(&self, request: &HttpRequest) -> Result<(), TooMany> {
        let (Some(rates), Some(sender)) = (&self.sender_rates, self.sender(request)) else {
            return Ok(());
        };
        rates
            .check_key(&sender)
            .map_err(|until| TooMany(until.wait_time_from(self.clock.now())))
    }

    /// Counts a submission for a channel of a survey. The open link and requests from this machine
    /// itself are not limited.
    ///
    /// # Errors
    /// [`TooMany`] if the channel is over its limit.
    pub fn admit_channel(
        &self,
        request: &HttpRequest,
        survey: &str,
        channel: &str,
    ) -> Result<(), TooMany> {
        let (Some(rates), false) = (&self.channel_rates, channel.is_empty()) else {
            return Ok(());
        };
        if self.sender(request).is_none() {
            return Ok(());
        }
        rates
            .check_key(&self.hasher.hash_one((survey, channel)))
            .map_err(|until| TooMany(until.wait_time_from(self.clock.now())))
    }

    /// See [`Senders::sender`].
    pub fn sender(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.senders.sender(request)
    }

    /// See [`Senders::is_from_proxy`].
    pub fn is_from_proxy(&self, request: &HttpRequest) -> bool {
        self.senders.is_from_proxy(request)
    }

    /// Removes senders and channels that may send a whole burst again, so that memory does not
    /// grow.
    pub fn remove_idle(&self) {
        remove_idle(self.sender_rates.as_ref());
        remove_idle(self.channel_rates.as_ref());
    }
}

fn remove_idle<K: Hash + Eq + Clone>(rates: Option<&Rates<K>>) {
    if let Some(rates) = rates {
        rates.retain_recent();
        rates.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn limits(rate: u32) -> Limits {
        Limits::new(LimitSettings {
            rate,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
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

    fn n_admitted(limits: &Limits, requests: impl Iterator<Item = HttpRequest>) -> usize {
        requests
            .filter(|request| limits.admit_sender(request).is_ok())
            .count()
    }

    #[test]
    fn one_sender_may_send_a_burst_and_others_are_not_affected() {
        let limits = limits(1);
        let one = (0..1000).map(|_| from("203.0.113.9", ""));
        assert_eq!(n_admitted(&limits, one), 50);
        let others = (0..250).map(|n| from("10.1.2.3", &format!("198.51.100.{n}")));
        assert_eq!(n_admitted(&limits, others), 250);
    }

    #[test]
    fn this_machine_is_never_limited_and_a_rate_of_zero_limits_no_one() {
        let own = (0..2000).map(|_| from("127.0.0.1", ""));
        assert_eq!(n_admitted(&limits(1), own), 2000);
        let other = (0..2000).map(|_| from("203.0.113.9", ""));
        assert_eq!(n_admitted(&limits(0), other), 2000);
    }

    #[test]
    fn each_channel_has_its_own_limit_and_the_open_link_has_none() {
        let limits = limits(1);
        let n_admitted = |channel: &str| {
            (0..200)
                .filter(|n| {
                    let request = from(&format!("203.0.113.{n}"), "");
                    limits
                        .admit_channel(&request, "satisfaction-2026", channel)
                        .is_ok()
                })
                .count()
        };
        assert_eq!(n_admitted("poster-7"), 50);
        assert_eq!(n_admitted("poster-8"), 50);
        assert_eq!(n_admitted(""), 200);
    }

    #[test]
    fn idle_senders_are_removed() {
        let limits = limits(1_000_000);
        for n in 0..100_000_u32 {
            let address = std::net::Ipv4Addr::from(0xC633_0000 + n);
            assert!(limits.admit_sender(&from(&address.to_string(), "")).is_ok());
        }
        let rates = limits.sender_rates.as_ref().unwrap();
        assert!(!rates.is_empty());
        std::thread::sleep(Duration::from_millis(20));
        limits.remove_idle();
        assert_eq!(rates.len(), 0);
    }
}
