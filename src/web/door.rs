//! What both HTTP doors do before and after their own parsing, in one order: origin, media type, rate
//! of the sender, size and time of the body; then, after the intake, rate of the channel, store.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;

use crate::collection::Response;
use crate::http::body::{Bodies, Body};
use crate::http::limits::Limits;
use crate::http::origin::is_cross_site;
use crate::store::Receipt;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};

/// One door of the running server.
pub struct Door<'a> {
    /// The media type that it takes.
    pub media_type: &'static str,
    /// What its bodies may cost.
    pub bodies: &'a Bodies,
    /// How much a sender may send.
    pub limits: &'a Limits,
}

impl<'a> Door<'a> {
    /// Reads a body, after the checks that need no content.
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

    /// Stores a response that the intake accepted.
    ///
    /// # Errors
    /// More than the channel may send; a store that does not take it.
    pub async fn store(
        &self,
        app: &App,
        request: &HttpRequest,
        response: Response,
    ) -> Result<Receipt, AppError> {
        self.limits
            .admit_channel(request, &response.survey, &response.channel)?;
        Ok(app.submit(response).await?)
    }
}

/// Whether the body is declared as `media_type`; parameters such as a charset are ignored.
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
