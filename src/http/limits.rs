//! Limits how many submissions a sender may make, and how many responses a channel or the open web.
//!
//! The limits slow floods down; they do not prevent cheating. Reading is never limited. A refused
//! sender loses nothing: the answers stay on the phone, and the page's script sends them again by
//! itself.
//!
//! | limit | counts | against |
//! |---|---|---|
//! | [`Limits::admit_sender`] | every submission, before its body is read | floods of requests |
//! | [`Limits::admit`] | complete responses, before they are stored | one person with many votes |

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use crate::http::open_web::{self, NetworkRate, OpenWeb};
use crate::http::sender::Senders;

/// Seconds of the sustained rate that may come at once. At 20 a second this is a hall of a thousand
/// people who all press the button in the same moment.
const BURST_SECONDS: u32 = 50;

/// Settings of the limits.
#[derive(Debug, Clone, Default)]
pub struct LimitSettings {
    /// Sustained submissions a second from one address, whatever they are; 0 for no limit.
    ///
    /// 20 a second are 72,000 an hour. So one address cannot occupy the writer, which stores a
    /// thousand times as many.
    pub rate: u32,
    /// Responses a minute from one address of the open web, 5 times as many at once; 100 times as
    /// many an hour from one network, and through one announced channel. 0 for no limit.
    pub open_rate: u32,
    /// Networks with their own number of responses of the open web.
    pub network_rates: Vec<NetworkRate>,
    /// Networks whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// A channel that its survey has announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The survey, such as `satisfaction-2026`.
    pub survey: String,
    /// The channel, as in `?c=`.
    pub channel: String,
    /// Its own number of responses an hour, and as many at once.
    pub an_hour: Option<NonZeroU32>,
}

/// What a response came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance<'a> {
    /// It has an invitation, or a device token sent it. It is not counted again.
    Credentialed,
    /// An open link. A channel that was not announced is the open web, or an invented one would
    /// be a way around the limit.
    Link {
        /// The survey.
        survey: &'a str,
        /// The channel that the response names; empty for none.
        channel: &'a str,
    },
}

/// An announced channel.
struct Channel {
    /// Its own number of responses an hour.
    an_hour: Option<NonZeroU32>,
    /// `None` for one without a limit.
    rate: Option<DefaultDirectRateLimiter>,
}

type Rates<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// The limits of a running server.
pub struct Limits {
    senders: Senders,
    sender_rates: Option<Rates<IpAddr>>,
    open_web: OpenWeb,
    /// Announced channels, by survey and channel.
    channels: RwLock<HashMap<(String, String), Arc<Channel>>>,
    /// The limit of an announced channel without its own number.
    usual: Option<Quota>,
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
    /// Limits with these settings, for these announced channels.
    pub fn new(settings: &LimitSettings, announced: impl IntoIterator<Item = Announced>) -> Limits {
        let quota = NonZeroU32::new(settings.rate).map(|rate| {
            let burst =
                rate.saturating_mul(NonZeroU32::new(BURST_SECONDS).unwrap_or(NonZeroU32::MIN));
            Quota::per_second(rate).allow_burst(burst)
        });
        let usual = open_web::an_hour(NonZeroU32::new(settings.open_rate));
        let limits = Limits {
            senders: Senders::new(settings.trusted_proxies.clone()),
            sender_rates: quota.map(RateLimiter::hashmap),
            open_web: OpenWeb::new(settings.open_rate, &settings.network_rates),
            channels: RwLock::default(),
            usual,
            clock: DefaultClock::default(),
        };
        limits.announce(announced);
        limits
    }

    /// From now on these channels are announced. A channel that was announced before with the same
    /// number an hour goes on with its count.
    pub fn announce(&self, announced: impl IntoIterator<Item = Announced>) {
        let mut channels = self
            .channels
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *channels);
        for Announced {
            survey,
            channel,
            an_hour,
        } in announced
        {
            let name = (survey, channel);
            let same = before.remove(&name).filter(|own| own.an_hour == an_hour);
            let fresh = || {
                let quota = an_hour.map(Quota::per_hour).or(self.usual);
                let rate = quota.map(RateLimiter::direct);
                Arc::new(Channel { an_hour, rate })
            };
            channels.insert(name, same.unwrap_or_else(fresh));
        }
    }

    /// The announced channel with this name.
    fn channel(&self, survey: &str, channel: &str) -> Option<Arc<Channel>> {
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels
            .get(&(survey.to_owned(), channel.to_owned()))
            .map(Arc::clone)
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

    /// Counts a complete response that is about to be stored. Responses from this machine itself
    /// are not counted.
    ///
    /// # Errors
    /// [`TooMany`] if the announced channel is over its limit, or else the sender or its network
    /// over those of the open web.
    pub fn admit(&self, request: &HttpRequest, entrance: Entrance<'_>) -> Result<(), TooMany> {
        let Entrance::Link { survey, channel } = entrance else {
            return Ok(());
        };
        let (Some(address), Some(sender)) = (self.address(request), self.sender(request)) else {
            return Ok(());
        };
        match self.channel(survey, channel) {
            Some(channel) => match &channel.rate {
                Some(rate) => rate
                    .check()
                    .map_err(|until| TooMany(until.wait_time_from(self.clock.now()))),
                None => Ok(()),
            },
            None => self.open_web.admit(address, sender).map_err(TooMany),
        }
    }

    /// See [`Senders::sender`].
    pub fn sender(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.senders.sender(request)
    }

    /// See [`Senders::address`].
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.senders.address(request)
    }

    /// See [`Senders::is_from_proxy`].
    pub fn is_from_proxy(&self, request: &HttpRequest) -> bool {
        self.senders.is_from_proxy(request)
    }

    /// Removes senders that may send a whole burst again, so that memory does not grow.
    pub fn remove_idle(&self) {
        if let Some(rates) = &self.sender_rates {
            rates.retain_recent();
            rates.shrink_to_fit();
        }
        self.open_web.remove_idle();
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn limits(rate: u32) -> Limits {
        let announced = |channel: &str, an_hour| Announced {
            survey: "satisfaction-2026".to_owned(),
            channel: channel.to_owned(),
            an_hour: NonZeroU32::new(an_hour),
        };
        let settings = LimitSettings {
            rate,
            open_rate: rate,
            network_rates: Vec::new(),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        };
        Limits::new(
            &settings,
            [announced("poster-7", 0), announced("hall", 250)],
        )
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

    /// How many responses are admitted, each from an address of a network of its own.
    fn n_through(limits: &Limits, channel: &str, n: u32) -> usize {
        let requests = (0..n).map(|n| from(&format!("203.{}.{}.7", n / 250, n % 250), ""));
        let entrance = Entrance::Link {
            survey: "satisfaction-2026",
            channel,
        };
        requests
            .filter(|request| limits.admit(request, entrance).is_ok())
            .count()
    }

    #[test]
    fn an_announced_channel_has_its_own_limit_whoever_sends() {
        let limits = limits(1);
        assert_eq!(n_through(&limits, "poster-7", 300), 100);
        assert_eq!(n_through(&limits, "hall", 300), 250);
        assert_eq!(n_through(&limits, "", 300), 300);
    }

    #[test]
    fn an_invented_channel_is_the_open_web() {
        let limits = limits(1);
        let admitted = |channel: &str, survey: &str| {
            let entrance = Entrance::Link { survey, channel };
            limits.admit(&from("198.51.100.9", ""), entrance).is_ok()
        };
        let n = (0..20).filter(|n| admitted(&format!("invented-{n}"), "satisfaction-2026"));
        assert_eq!(n.count(), 5);
        // Announced by another survey.
        assert!(!admitted("hall", "disposables-2026"));
        assert!(admitted("hall", "satisfaction-2026"));
        let device = limits.admit(&from("198.51.100.9", ""), Entrance::Credentialed);
        assert_eq!(device, Ok(()));
        let own = limits.admit(
            &from("127.0.0.1", ""),
            Entrance::Link {
                survey: "",
                channel: "",
            },
        );
        assert_eq!(own, Ok(()));
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
