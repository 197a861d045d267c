//! What the address of a page may say behind its question mark, decoded as strictly as a form.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest};

use crate::locale::Language;
use crate::pages::layout::Reader;
use crate::release;
use crate::web::error::{self, ErrorPage};
use crate::web::form::{self, FormError};

/// What `text` says in an address or a form for large text.
pub const LARGE: &str = "large";

/// The query of an address. Each name counts where it stands first; names that no page knows are passed over, since links
/// travel through messengers that add some.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Address {
    /// `lang`: the language.
    pub lang: Option<String>,
    /// `text`: [`LARGE`].
    pub text: Option<String>,
    /// `c`: the channel.
    pub channel: Option<String>,
    /// `r`: the id of a response.
    pub response: Option<String>,
    /// `size`: of a poster.
    pub size: Option<String>,
}

/// An address with bytes that are no text, or with a channel that can be none ([`release::is_label`]).
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
            // Told before a questionnaire is filled in, not after.
            Some(channel) if !release::is_label(channel) => Err(Unreadable),
            _ => Ok(address),
        }
    }

    /// The reader of the page by the address alone, never by the browser, so that any proxy may keep it and the answer to a
    /// form speaks as the form did. Chinese where the address names no language.
    pub fn reader(&self) -> Reader {
        let language = self.lang.as_deref().and_then(Language::from_code);
        Reader {
            language: language.unwrap_or(Language::ZH),
            large: self.text.as_deref() == Some(LARGE),
        }
    }

    /// The query of the same page for `reader`: the channel goes along.
    pub fn query(&self, reader: Reader) -> String {
        let mut query = reader.link("");
        if let Some(channel) = &self.channel {
            query.push_str(if query.is_empty() { "?c=" } else { "&c=" });
            query.push_str(&form::encode(channel));
        }
        // An empty address is none: without a question mark the form would go back to the language it came from.
        if query.is_empty() {
            "?".to_owned()
        } else {
            query
        }
    }
}

impl FromRequest for Address {
    type Error = actix_web::Error;
    type Future = Ready<Result<Address, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Address::of(request.query_string()).map_err(|_| {
            let page = error::page(error::reader(request.query_string()), ErrorPage::Address);
            InternalError::from_response("an address that cannot be read", page).into()
        }))
    }
}
