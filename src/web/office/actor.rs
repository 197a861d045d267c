//! Who sends a request of the office.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use jiff::Timestamp;

use crate::pages::layout::Reader;
use crate::pages::office::frame::Frame;
use crate::staff::{Account, Action, AuditEntry, Session};
use crate::web::error::{AppError, ErrorKind};

/// A person with a session in force.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// The token that the forms of the session carry.
    pub form_token: String,
    /// Where the request comes from: a keyed hash of its address block.
    pub place: String,
    /// Language and text size.
    pub reader: Reader,
    /// Path and query of the request.
    pub path: String,
}

/// The person who sends the request. The gate has put it there.
#[derive(Debug, Clone)]
pub struct Actor(pub Rc<Person>);

impl Deref for Actor {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.0
    }
}

impl FromRequest for Actor {
    type Error = AppError;
    type Future = Ready<Result<Actor, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Actor>().cloned();
        ready(actor.ok_or_else(|| ErrorKind::LoggedOut.into()))
    }
}

impl Person {
    /// An entry of the audit record about what this person does to `subject` now.
    #[must_use]
    pub fn entry(&self, action: Action, subject: &str) -> AuditEntry {
        AuditEntry {
            happened_at: Timestamp::now().as_microsecond(),
            who: self.account.name.clone(),
            role: self.account.role.as_str().to_owned(),
            place: self.place.clone(),
            action,
            survey: String::new(),
            subject: subject.to_owned(),
            before: String::new(),
            after: String::new(),
            reason: String::new(),
        }
    }

    /// What the frame of a page needs to know.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            reader: self.reader,
            full_name: &self.account.full_name,
            role: self.account.role,
            form_token: &self.form_token,
            path: &self.path,
        }
    }
}
