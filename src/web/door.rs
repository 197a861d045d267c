//! The checks that forms and the API share, in one order: origin, media type, rate of the sender,
//! size and time of the body; then, after the intake, rate of the entrance and the store.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use jiff::Timestamp;

use crate::collection::Response;
use crate::collection::fieldwork::local_day;
use crate::http::body::{Body, BodyReader};
use crate::http::limits::{Entrance, Limits};
use crate::http::origin::is_cross_site;
use crate::release::scores::{IndicatorScores, scores};
use crate::store::Receipt;
use crate::web::app::App;
use crate::web::credential::Credential;
use crate::web::error::{AppError, ErrorKind};
use crate::web::surveys::Surveys;

/// One way in for responses: the form or the API.
pub struct Door<'a> {
    /// The media type of its bodies.
    pub media_type: &'static str,
    /// Reads its bodies.
    pub bodies: &'a BodyReader,
    /// The limits for senders, channels and the open web.
    pub limits: &'a Limits,
    /// The surveys that the request took.
    pub surveys: &'a Surveys,
}

impl<'a> Door<'a> {
    /// Checks a request and reads its body.
    ///
    /// # Errors
    /// The first check that fails.
    pub async fn read(
        &self,
        app: &App,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Body<'a>, AppError> {
        if is_cross_site(request, &app.site.public_url) {
            return Err(ErrorKind::CrossSite.into());
        }
        if !has_media_type(request, self.media_type) {
            return Err(ErrorKind::MediaType(self.media_type).into());
        }
        self.limits.admit_sender(request)?;
        let sender = || self.limits.sender(request);
        Ok(self.bodies.read(request, payload, sender).await?)
    }

    /// Stores a response that the intake accepted and that `credential` sent.
    ///
    /// # Errors
    /// When the channel or the open web is over its limit, or the store refuses the response.
    pub async fn store(
        &self,
        app: &App,
        request: &HttpRequest,
        credential: &Credential,
        response: Response,
    ) -> Result<Receipt, AppError> {
        let entrance = entrance(credential, &response);
        self.limits.admit(request, entrance)?;
        let counted = self.counted(request, entrance, &response);
        let receipt = app.submit(response).await?;
        if let Some((address, survey, scores)) = counted.filter(|_| !receipt.repeated) {
            let today = local_day(Timestamp::now());
            app.blocks.count(today, address, survey, &scores);
        }
        Ok(receipt)
    }

    /// What to answer to a response whose invitation cannot be used: see
    /// [`App::refuse_invitation`]. It is counted like a response of the open web, so that codes
    /// cannot be guessed faster.
    ///
    /// # Errors
    /// When the sender is over its limit; those of [`App::refuse_invitation`].
    pub async fn refuse_invitation(
        &self,
        app: &App,
        request: &HttpRequest,
        credential: &Credential,
        response: Response,
    ) -> Result<Receipt, AppError> {
        self.limits
            .admit(request, entrance(credential, &response))?;
        Ok(app.refuse_invitation(response.survey, response.id).await?)
    }

    /// What is counted of a response by its address block: those of the open link only.
    fn counted(
        &self,
        request: &HttpRequest,
        entrance: Entrance<'_>,
        response: &Response,
    ) -> Option<(IpAddr, &'a str, IndicatorScores<'a>)> {
        let Entrance::Link { survey, .. } = entrance else {
            return None;
        };
        let (address, survey) = (self.limits.address(request)?, self.surveys.survey(survey)?);
        Some((address, &survey.id, scores(survey, &response.answers)))
    }
}

/// What `response` came through. Online only an invitation gives a PSU.
fn entrance<'r>(credential: &Credential, response: &'r Response) -> Entrance<'r> {
    match credential {
        Credential::None if response.psu.is_empty() => Entrance::Link {
            survey: &response.survey,
            channel: &response.channel,
        },
        Credential::None | Credential::Device(_) => Entrance::Credentialed,
    }
}

/// Whether Content-Type is `media_type`. Parameters such as a charset are ignored.
fn has_media_type(request: &HttpRequest, media_type: &str) -> bool {
    let declared = request.headers().get(header::CONTENT_TYPE);
    let declared = declared.map_or(&b""[..], |kind| kind.as_bytes());
    let kind = declared
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    kind.trim_ascii()
        .eq_ignore_ascii_case(media_type.as_bytes())
}
