//! What the handlers of the office share: its keys, and limits for log-ins.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Semaphore;

use crate::collection::InvitationKey;
use crate::http::body::BodyReader;
use crate::staff::password;
use crate::survey::hex;
use crate::web::background::in_background;

/// Passwords checked at the same time: each takes 19 MiB and a core for some milliseconds.
const CHECKS_AT_ONCE: usize = 2;

/// Log-ins that may wait for their check.
const WAITING: usize = 32;

/// What the handlers of the office share.
pub struct OfficeState {
    /// The key of one-time codes, recovery codes and places. It is derived from a file of the data
    /// folder, so it is not in the database.
    key: String,
    /// Whether the public URL is https.
    pub is_https: bool,
    /// Reads forms.
    pub(super) form_bodies: BodyReader,
    /// Reads forms with files.
    pub(super) upload_bodies: BodyReader,
    /// A permit for each download that is made.
    pub(super) downloads: Arc<Semaphore>,
    /// A permit for each effect of a hold that is computed.
    pub(super) effects: Arc<Semaphore>,
    accounts: DefaultKeyedRateLimiter<String>,
    known_devices: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    checks: Arc<Semaphore>,
    waiting: Semaphore,
}

/// Why a password is not checked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChecked {
    /// Too many attempts for this account or from this address.
    TooMany,
    /// Too many log-ins at once.
    Busy,
}

impl OfficeState {
    /// The state of a server with this key and this public URL.
    #[must_use]
    pub fn new(key: &InvitationKey, public_url: &str) -> OfficeState {
        const FIVE: NonZeroU32 = NonZeroU32::new(5).unwrap();
        const TWENTY: NonZeroU32 = NonZeroU32::new(20).unwrap();
        const THIRTY: NonZeroU32 = NonZeroU32::new(30).unwrap();
        // Five at once and one every 96 minutes: at most 20 on a day. Never a lock: whoever logged in
        // on a device before has a limit of their own there.
        let account = Quota::with_period(Duration::from_secs(96 * 60));
        let account = account.unwrap_or(Quota::per_hour(FIVE)).allow_burst(FIVE);
        OfficeState {
            key: key.derived("office"),
            is_https: public_url.starts_with("https://"),
            form_bodies: BodyReader::new(256 * 1024, Duration::from_secs(20), 4 * 1024 * 1024),
            upload_bodies: BodyReader::new(
                6 * 1024 * 1024,
                Duration::from_secs(60),
                24 * 1024 * 1024,
            ),
            downloads: Arc::new(Semaphore::new(1)),
            effects: Arc::new(Semaphore::new(1)),
            accounts: RateLimiter::keyed(account),
            known_devices: RateLimiter::keyed(Quota::per_hour(THIRTY)),
            addresses: RateLimiter::keyed(Quota::per_hour(TWENTY)),
            checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// The key of one-time codes and recovery codes.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// HMAC-SHA256 of `parts` under the key, the first `bytes` bytes, hex.
    fn mac(&self, parts: &[&str], bytes: usize) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else {
            return String::new();
        };
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex(mac.finalize().into_bytes().into_iter().take(bytes))
    }

    /// What the audit record shows of an address: a keyed hash of its /24 or /48, so that two entries
    /// can be compared, and the address is not kept.
    #[must_use]
    pub fn place(&self, address: Option<IpAddr>) -> String {
        let block = match address {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}")
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}")
            }
            None => "this machine".to_owned(),
        };
        self.mac(&["place", &block], 4)
    }

    /// The value of the cookie of a device on which the account `id` logged in.
    #[must_use]
    pub fn known_device(&self, id: &str) -> String {
        self.mac(&["device", id], 16)
    }

    /// Checks a password against a hash, within the limits. `name` is the account name as it was
    /// typed, whether there is such an account or not. `known` is the account's id if the device is
    /// known to it.
    ///
    /// # Errors
    /// See [`NotChecked`].
    pub async fn check_password(
        &self,
        name: &str,
        known: Option<&str>,
        address: Option<IpAddr>,
        password: String,
        hash: String,
    ) -> Result<bool, NotChecked> {
        let is_admitted = match known {
            Some(id) => self.known_devices.check_key(&id.to_owned()).is_ok(),
            None => {
                let address =
                    address.is_none_or(|address| self.addresses.check_key(&address).is_ok());
                address && self.accounts.check_key(&name.to_owned()).is_ok()
            }
        };
        if !is_admitted {
            return Err(NotChecked::TooMany);
        }
        self.verify(password, hash).await
    }

    /// Checks a password against a hash when a core is free for it.
    ///
    /// # Errors
    /// [`NotChecked::Busy`].
    pub async fn verify(&self, password: String, hash: String) -> Result<bool, NotChecked> {
        self.when_free(move || password::verify(&password, &hash))
            .await
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// [`NotChecked::Busy`].
    pub async fn hash(&self, password: String) -> Result<String, NotChecked> {
        let hash = self.when_free(move || {
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).ok()?;
            password::hash(&password, salt)
        });
        hash.await?.ok_or(NotChecked::Busy)
    }

    async fn when_free<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotChecked> {
        let _place = self.waiting.try_acquire().map_err(|_| NotChecked::Busy)?;
        let permit = Arc::clone(&self.checks).acquire_owned().await;
        let permit = permit.map_err(|_| NotChecked::Busy)?;
        metrics::counter!("minyi_password_checks_total").increment(1);
        let checked = in_background(move || {
            // Until the end, also if the client has gone.
            let _permit = permit;
            work()
        });
        checked.await.ok_or(NotChecked::Busy)
    }

    /// Forgets accounts and addresses whose limits are full again.
    pub fn remove_idle(&self) {
        self.accounts.retain_recent();
        self.known_devices.retain_recent();
        self.addresses.retain_recent();
    }
}

/// 256 random bits, hex.
///
/// # Errors
/// When the system has no randomness.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(bytes))
}
