//! The cookies of the office.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};

/// One of the cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session.
    Session,
    /// That somebody logged in on this device before.
    KnownDevice,
}

impl Cookie {
    /// Its name. With https the prefix `__Host-` lets no other host and no plain connection set it.
    const fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Cookie::Session, true) => "__Host-minyi-session",
            (Cookie::Session, false) => "minyi-session",
            (Cookie::KnownDevice, true) => "__Host-minyi-device",
            (Cookie::KnownDevice, false) => "minyi-device",
        }
    }

    const fn lasts(self) -> &'static str {
        match self {
            // The server ends sessions; the browser forgets the cookie when it closes.
            Cookie::Session => "",
            Cookie::KnownDevice => "; Max-Age=7776000",
        }
    }

    /// The value that the request carries.
    #[must_use]
    pub fn read(self, request: &HttpRequest, is_https: bool) -> Option<String> {
        let name = self.name(is_https);
        let headers = request.headers().get_all(header::COOKIE);
        let pairs = headers.filter_map(|value| value.to_str().ok());
        let mut pairs = pairs.flat_map(|value| value.split(';'));
        let own = pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
        own.filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The header that sets it to `value`, which consists of letters and digits; removes it if the
    /// value is empty.
    #[must_use]
    pub fn set(self, value: &str, is_https: bool) -> HeaderValue {
        let secure = if is_https { "; Secure" } else { "" };
        let lasts = if value.is_empty() {
            "; Max-Age=0"
        } else {
            self.lasts()
        };
        let name = self.name(is_https);
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{lasts}");
        HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
    }
}
