//! What a request proves itself with: the token of a device or a script.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::questionnaire::answer::Mode;
use crate::store::DeviceToken;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};

/// What a request proves itself with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing: the open web.
    None,
    /// A device token in force.
    Device(DeviceToken),
}

impl Credential {
    /// The credential of a request, from `Authorization: Bearer TOKEN`.
    ///
    /// # Errors
    /// A token that is unknown or revoked, another scheme; a database that does not answer.
    pub async fn of(app: &App, request: &HttpRequest) -> Result<Credential, AppError> {
        let Some(written) = request.headers().get(header::AUTHORIZATION) else {
            return Ok(Credential::None);
        };
        let written = written.to_str().unwrap_or_default();
        let token = written
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let token = token.ok_or(ErrorKind::Unauthorized)?;
        let store = app.store.clone();
        let found = actix_web::web::block(move || store.device_token(&token)).await;
        match found {
            Ok(Ok(Some(token))) => Ok(Credential::Device(token)),
            Ok(Ok(None)) => Err(ErrorKind::Unauthorized.into()),
            Ok(Err(_)) | Err(_) => Err(ErrorKind::Receipt.into()),
        }
    }

    /// The enumerator of a response to `survey` by `mode`: the name of the token. Empty online, which
    /// needs no token.
    ///
    /// # Errors
    /// A mode other than online without a token; a token for other modes or another survey.
    pub fn enumerator(&self, survey: &str, mode: Mode) -> Result<String, AppError> {
        match (self, mode) {
            (_, Mode::Online) => Ok(String::new()),
            (Credential::None, _) => Err(ErrorKind::Unauthorized.into()),
            (Credential::Device(token), mode) => {
                match token.has_mode(mode.as_str()) && token.has_survey(survey) {
                    true => Ok(token.name.clone()),
                    false => Err(ErrorKind::Forbidden.into()),
                }
            }
        }
    }
}
