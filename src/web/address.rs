//! The query of a page's address, decoded as strictly as a form.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::collection::label::is_label;
use crate::http::form::{self, FormError};
use crate::pages::layout::Reader;
use crate::web::error::{AppError, ErrorKind};
use crate::web::reader;

/// The query of an address. Of a repeated name the first counts. Unknown names are ignored, since
/// messengers add some to the links that they pass on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Address {
    /// `lang`: the language.
    pub lang: Option<String>,
    /// `text`: [`reader::LARGE`].
    pub text: Option<String>,
    /// `c`: the channel.
    pub channel: Option<String>,
    /// `r`: the id of a response.
    pub response: Option<String>,
    /// `size`: of a poster.
    pub size: Option<String>,
}

/// An address with bytes that are no text, or with a channel that can be none ([`is_label`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl From<FormError> for Unreadable {
    fn from(_: FormError) -> Unreadable {
        Unreadable
    }
}

impl Address {
    /// The address whose query is `query`.
    ///
    /// # Errors
    /// [`Unreadable`]: a channel that cannot be read must not be stored as another.
    pub fn of(query: &str) -> Result<Address, Unreadable> {
        let mut address = Address::default();
        for pair in query.split('&') {
            let part = match pair.split('=').next().unwrap_or_default() {
                "lang" => &mut address.lang,
                "text" => &mut address.text,
                "c" => &mut address.channel,
                "r" => &mut address.response,
                "size" => &mut address.size,
                _ => continue,
            };
            if part.is_none() {
                let decoded = form::decode(pair.as_bytes())?.pop();
                *part = decoded.map(|(_, value)| value.into_owned());
            }
        }
        match &address.channel {
            // Refused before a questionnaire is filled in, not after.
            Some(channel) if !is_label(channel) => Err(Unreadable),
            _ => Ok(address),
        }
    }

    /// The reader of the page by the address alone, not by the browser's settings: so any proxy may
    /// cache the page, and the answer to a form has the form's language. Chinese by default.
    pub fn reader(&self) -> Reader {
        reader::of(self.lang.as_deref(), self.text.as_deref())
    }

    /// The query of the same page for `reader`: the channel goes along.
    pub fn query(&self, reader: Reader) -> String {
        let mut query = reader.link("");
        if let Some(channel) = &self.channel {
            query.push_str(if query.is_empty() { "?c=" } else { "&c=" });
            query.push_str(&form::encode(channel));
        }
        // Without a question mark the form would post to the address, and language, it came from.
        if query.is_empty() {
            "?".to_owned()
        } else {
            query
        }
    }
}

impl FromRequest for Address {
    type Error = AppError;
    type Future = Ready<Result<Address, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = Address::of(request.query_string());
        ready(address.map_err(|_| ErrorKind::Address.into()))
    }
}
