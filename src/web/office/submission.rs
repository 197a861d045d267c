//! The fields and files of a form that the gate has checked.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::stream;

use crate::http::form;
use crate::web::error::{AppError, ErrorKind};

/// The name of the field with the form token.
pub const FORM_TOKEN: &str = "form_token";

/// A file that was chosen in a form.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// The name of the field.
    pub field: String,
    /// The file's name on the sender's device.
    pub name: String,
    /// The content.
    pub content: Bytes,
}

/// What a form holds.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    fields: Vec<(String, String)>,
    /// Files, without empty choices.
    pub files: Vec<UploadedFile>,
}

impl Submission {
    /// The value of the first field with this name; empty if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(own, _)| own == name);
        field.map_or("", |(_, value)| value)
    }

    /// The values of all fields with this name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = move |field: &&(String, String)| field.0 == name;
        let name_is = self.fields.iter().filter(own);
        name_is.map(|(_, value)| value.as_str())
    }

    /// All fields but the form token, in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields
            .filter(|(name, _)| name != FORM_TOKEN)
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`ErrorKind::NotAForm`].
    pub fn of_form(body: &[u8]) -> Result<Submission, AppError> {
        let fields = form::decode(body).map_err(|_| ErrorKind::NotAForm)?;
        let own = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            (name.into_owned(), value.into_owned())
        };
        Ok(Submission {
            fields: fields.into_iter().map(own).collect(),
            files: Vec::new(),
        })
    }

    /// Reads `multipart/form-data` with this boundary.
    ///
    /// # Errors
    /// [`ErrorKind::NotAForm`], also when a field is not UTF-8.
    pub async fn of_parts(body: Bytes, boundary: &str) -> Result<Submission, AppError> {
        let whole = stream::once(async { Ok::<_, std::io::Error>(body) });
        let mut parts = multer::Multipart::new(whole, boundary);
        let mut submission = Submission::default();
        let broken = |_| AppError::from(ErrorKind::NotAForm);
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let field = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let content = part.bytes().await.map_err(broken)?;
            match file {
                Some(name) if name.is_empty() && content.is_empty() => {}
                Some(name) => submission.files.push(UploadedFile {
                    field,
                    name,
                    content,
                }),
                None => {
                    let value = String::from_utf8(content.to_vec());
                    let value = value.map_err(|_| ErrorKind::NotAForm)?;
                    submission.fields.push((field, value));
                }
            }
            if submission.fields.len() + submission.files.len() > form::MAX_FIELDS {
                return Err(ErrorKind::NotAForm.into());
            }
        }
        Ok(submission)
    }
}

impl FromRequest for Submission {
    type Error = AppError;
    type Future = Ready<Result<Submission, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let checked = request.extensions_mut().remove::<Submission>();
        ready(checked.ok_or_else(|| ErrorKind::NotAForm.into()))
    }
}
