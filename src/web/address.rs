//! The query of a page's URL, decoded as strictly as a form.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::collection::label::is_label;
use crate::http::form::{self, FormError};
use crate::pages::layout::Reader;
use crate::web::error::{AppError, ErrorKind};
use crate::web::reader;

/// The query of a page's URL. If a name is repeated, the first value counts. Unknown names are
/// ignored, since messengers add some to the links that they pass on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Address {
    /// `lang`: the language.
    pub lang: Option<String>,
    /// `text`: [`reader::LARGE`] for large text.
    pub text: Option<String>,
    /// `c`: the channel.
    pub channel: Option<String>,
    /// `i`: the code of an invitation.
    pub invitation: Option<String>,
    /// `r`: the id of a response.
    pub response: Option<String>,
    /// `size`: the paper size of a poster.
    pub size: Option<String>,
}

/// A query with invalid UTF-8, or with an invalid channel (see [`is_label`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl From<FormError> for Unreadable {
    fn from(_: FormError) -> Unreadable {
        Unreadable
    }
}

impl Address {
    /// Decodes a query.
    ///
    /// # Errors
    /// [`Unreadable`], so that a damaged channel is not stored as another one.
    pub fn of(query: &str) -> Result<Address, Unreadable> {
        let mut address = Address::default();
        for pair in query.split('&') {
            let value = match pair.split('=').next().unwrap_or_default() {
                "lang" => &mut address.lang,
                "text" => &mut address.text,
                "c" => &mut address.channel,
                "i" => &mut address.invitation,
                "r" => &mut address.response,
                "size" => &mut address.size,
                _ => continue,
            };
            if value.is_none() {
                let decoded = form::decode(pair.as_bytes())?.pop();
                *value = decoded.map(|(_, decoded)| decoded.into_owned());
            }
        }
        match &address.channel {
            // Refused here, before anyone fills in a questionnaire.
            Some(channel) if !is_label(channel) => Err(Unreadable),
            _ => Ok(address),
        }
    }

    /// The reader of the page. It depends on the URL alone and not on the browser's settings, so
    /// that any proxy may cache the page, and the answer to a form has the form's language. Chinese
    /// by default.
    pub fn reader(&self) -> Reader {
        reader::of(self.lang.as_deref(), self.text.as_deref())
    }

    /// The query of the same page for `reader`, with the same channel and invitation.
    pub fn query(&self, reader: Reader) -> String {
        let mut query = reader.link("");
        for (name, value) in [("c", &self.channel), ("i", &self.invitation)] {
            if let Some(value) = value {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                query.push_str(&form::encode(value));
            }
        }
        // An empty `action` would post the form to its own URL, with the language that it had.
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
