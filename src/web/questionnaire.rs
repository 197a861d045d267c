//! The citizen's pages: the questionnaire, the submission, the receipt.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use crate::collection::flag;
use crate::collection::{
    self, Answers, Fieldwork, Intake, InvitationCode, Response, Submission, Timing, response_id,
};
use crate::http::form::{self, Field};
use crate::http::limits::Limits;
use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::pages::questionnaire::{Attempt, InvitationField};
use crate::questionnaire::answer::{Fault, Mode};
use crate::questionnaire::{Text, is_reserved};
use crate::store::StoreError;
use crate::survey::Survey;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::credential::Credential;
use crate::web::door::Door;
use crate::web::error::{AppError, ErrorKind};
use crate::web::invitation::Invitation;
use crate::web::page::{html, html_with};
use crate::web::reader::LARGE;
use crate::web::surveys::{Surveys, invitation_field};

/// How long a page waits for a receipt from a database that does not answer.
const RECEIPT_DEADLINE: Duration = Duration::from_secs(10);

/// GET `/s/{survey}`.
///
/// # Errors
/// No such survey.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let reader = address.reader();
    // Not by an extractor, which would copy the id: this page is requested most.
    let id = request.match_info().query("survey");
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    match (
        surveys.fieldwork(survey, Timestamp::now()),
        surveys.questionnaire(id, reader),
    ) {
        (Fieldwork::Open, Some(document)) => Ok(document.respond(&request)),
        (fieldwork, _) => Ok(closed(reader, survey, fieldwork)),
    }
}

/// POST `/s/{survey}`.
///
/// # Errors
/// The checks of [`Door::read`]; a body that is not a form; a store that refuses the response.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    id: Path<String>,
    address: Address,
    limits: Data<Limits>,
    payload: Payload,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let now = Timestamp::now();
    let fieldwork = surveys.fieldwork(survey, now);
    if fieldwork != Fieldwork::Open {
        return Ok(closed(address.reader(), survey, fieldwork));
    }
    let door = Door {
        media_type: "application/x-www-form-urlencoded",
        bodies: &app.form_bodies,
        limits: &limits,
        surveys: &surveys,
    };
    let body = door.read(&app, &request, payload).await?;
    let fields = form::decode(&body).map_err(|_| ErrorKind::NotAForm)?;
    let form = Form {
        surveys: &surveys,
        survey,
        app: &app,
        fields: &fields,
        address: &address,
    };
    if let Some(language) = form.named("lang").and_then(Language::from_code) {
        return Ok(form.in_language(language));
    }
    let submitted = form.submit(&door, &request, &body, now).await;
    submitted.map_err(|error| error.for_reader(form.reader()))
}

/// GET `/s/{survey}/thanks`.
///
/// # Errors
/// No such receipt; a database that does not answer.
pub async fn thanks(
    app: Data<App>,
    id: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let token = address.response.as_deref();
    let response = token.and_then(|token| app.receipt_tokens.id(token));
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let response = response.ok_or(ErrorKind::NotFound)?;
    let store = app.store.clone();
    let counted = survey.id.clone();
    let lookup = actix_web::web::block(move || {
        let receipt = store.receipt_in(&counted, response)?;
        Ok::<_, StoreError>((receipt, store.count(&counted)?))
    });
    let (found, count) = match tokio::time::timeout(RECEIPT_DEADLINE, lookup).await {
        Ok(Ok(Ok(found))) => found,
        _ => return Err(ErrorKind::Receipt.into()),
    };
    let receipt = found.ok_or(ErrorKind::NotFound)?;
    let is_open = surveys.fieldwork(survey, Timestamp::now()) == Fieldwork::Open;
    let public_url = format!("{}/results/{id}", app.site.public_url);
    let view = pages::receipt::Receipt {
        questionnaire: &survey.questionnaire,
        path: &format!("/s/{id}/thanks?r={}", app.receipt_tokens.token(response)),
        received: rounded_down(count),
        code: &receipt.leaf_hash,
        pass_on: (!is_open).then_some(public_url.as_str()),
    };
    Ok(html(pages::receipt::page(address.reader(), &view)))
}

/// The largest number with two significant digits that is below `count`; 0 for numbers up to 100.
fn rounded_down(count: u64) -> u64 {
    let below = count.saturating_sub(1);
    match below.checked_ilog10() {
        Some(digits @ 2..) => below / 10_u64.pow(digits - 1) * 10_u64.pow(digits - 1),
        _ => 0,
    }
}

/// A form that was sent.
struct Form<'a> {
    surveys: &'a Surveys,
    survey: &'a Survey,
    app: &'a App,
    fields: &'a [Field<'a>],
    address: &'a Address,
}

/// Why a form does not give a response.
enum Refused {
    Faults(Vec<Fault>),
    /// It is not known which version of the questionnaire it was made from.
    Outdated,
    ScreenedOut(Text),
}

impl Form<'_> {
    /// The value of the first field with this name.
    fn named(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_ref())
    }

    /// The reader of the answer. Without script the text size is a field of the form.
    fn reader(&self) -> Reader {
        Reader {
            large: self.named("text") == Some(LARGE),
            ..self.address.reader()
        }
    }

    /// The value of a reserved field, if it is not empty.
    fn reserved(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(field, value)| field == name && !value.is_empty())
            .map(|(_, value)| value.as_ref())
    }

    /// The code of the invitation: the one that was typed, else that of the QR code. `None` if the
    /// person has neither, or has chosen to answer without it.
    fn code(&self) -> Option<&str> {
        match self.reserved("without_invitation") {
            Some(_) => None,
            None => {
                let of_link = self.address.invitation.as_deref();
                self.reserved("invitation")
                    .or(of_link)
                    .filter(|code| !code.trim().is_empty())
            }
        }
    }

    /// The first reserved field that occurs twice.
    fn repeated(&self) -> Option<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.fields.iter().filter(|(name, _)| is_reserved(name)) {
            if names.contains(&name.as_ref()) {
                return Some(name);
            }
            names.push(name);
        }
        None
    }

    /// Stores the form, with its invitation if it has one. Faults, and a code that cannot be used,
    /// give the same page with every value.
    async fn submit(
        &self,
        door: &Door<'_>,
        request: &HttpRequest,
        body: &[u8],
        now: Timestamp,
    ) -> Result<HttpResponse, AppError> {
        let (app, survey) = (self.app, self.survey);
        let version = self.reserved("version");
        let versions = &self.surveys.versions;
        versions.look_up(&app.store, survey, version).await;
        let code = self.code();
        let invitation = match code {
            Some(code) => app.invitation(&survey.id, code).await?,
            None => None,
        };
        let agent = request.headers().get(header::USER_AGENT);
        let agent = agent.map_or(&b""[..], |agent| agent.as_bytes());
        let response = match self.response(body, agent, now, invitation.as_ref()) {
            Ok(response) => response,
            Err(refused) => return Ok(self.respond(&refused)),
        };
        let credential = Credential::None;
        let stored = match (code, invitation) {
            // Only for answers without faults, so that a guess costs a whole submission.
            (Some(_), None) => {
                door.refuse_invitation(app, request, &credential, response)
                    .await
            }
            _ => door.store(app, request, &credential, response).await,
        };
        match stored {
            Ok(receipt) => {
                let token = app.receipt_tokens.token(receipt.id);
                Ok(see_receipt(&survey.id, self.reader(), &token))
            }
            Err(error) if error.is_invitation_spent() => Ok(self.without_invitation()),
            Err(error) => Err(error),
        }
    }

    /// Turns the form into a response.
    fn response(
        &self,
        body: &[u8],
        agent: &[u8],
        now: Timestamp,
        invitation: Option<&Invitation>,
    ) -> Result<Response, Refused> {
        let fault = |name: &str| Refused::Faults(vec![Fault::field(name)]);
        if let Some(name) = self.repeated() {
            return Err(fault(name));
        }
        let channel = self.reserved("channel").or(self.address.channel.as_deref());
        let channel = channel.unwrap_or_default();
        let id = match self.reserved("response_id") {
            Some(id) => response_id(id).ok_or_else(|| fault("response_id"))?,
            None => {
                let code = self.code().and_then(InvitationCode::parse);
                self.app
                    .derived_id(&self.survey.id, channel, now, body, agent, code.as_ref())
            }
        };
        let time = |name| {
            self.reserved(name)
                .and_then(|text| text.parse::<Timestamp>().ok())
        };
        let answers = self.fields.iter().filter(|(name, _)| !is_reserved(name));
        let answers: Vec<(&str, &str)> = answers
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        let version = self.reserved("version");
        let version = self.surveys.versions.find(self.survey, version);
        let version = version.ok_or(Refused::Outdated)?;
        let submission = Submission {
            version: &version,
            id,
            mode: Mode::Online,
            channel,
            psu: invitation.map_or("", |invitation| &invitation.psu),
            invitation: invitation.map(|invitation| &invitation.hash),
            enumerator: "",
            device: "",
            timing: Timing::new(now, time("started_at"), time("finished_at")),
            // People do not see this field, but programs fill in every field.
            flags: self.reserved("website").map_or("", |_| flag::HONEYPOT),
            answers: Answers::Form(&answers),
        };
        match collection::intake(self.survey, &self.surveys.catalogue.areas, &submission) {
            Intake::Accepted(response) => Ok(*response),
            Intake::Faults(faults) => Err(Refused::Faults(faults)),
            Intake::ScreenedOut { text, .. } => Err(Refused::ScreenedOut(text)),
        }
    }

    /// The same page in another language, with every value. Nothing is stored.
    fn in_language(&self, language: Language) -> HttpResponse {
        let reader = Reader {
            language,
            ..self.reader()
        };
        let attempt = Attempt {
            address: Some(self.address.query(reader)),
            ..Attempt::default()
        };
        self.filled_in(StatusCode::OK, reader, attempt)
    }

    /// The page for an invitation that cannot be used, with every value: the person may correct the
    /// code, or answer without it.
    fn without_invitation(&self) -> HttpResponse {
        let attempt = Attempt {
            invitation: InvitationField::Refused,
            ..Attempt::default()
        };
        self.filled_in(StatusCode::UNPROCESSABLE_ENTITY, self.reader(), attempt)
    }

    /// The page for a form that gives no response: the same page with its faults and every value,
    /// or thanks.
    fn respond(&self, refused: &Refused) -> HttpResponse {
        let reader = self.reader();
        match refused {
            Refused::ScreenedOut(thanks) => {
                let questionnaire = &self.survey.questionnaire;
                html(pages::receipt::screened_out(reader, questionnaire, thanks))
            }
            Refused::Faults(faults) => {
                let attempt = Attempt {
                    faults,
                    ..Attempt::default()
                };
                self.filled_in(StatusCode::UNPROCESSABLE_ENTITY, reader, attempt)
            }
            Refused::Outdated => {
                let attempt = Attempt {
                    is_outdated: true,
                    ..Attempt::default()
                };
                self.filled_in(StatusCode::CONFLICT, reader, attempt)
            }
        }
    }

    /// The questionnaire with the values that were sent. It must not be cached.
    fn filled_in(&self, status: StatusCode, reader: Reader, attempt: Attempt<'_>) -> HttpResponse {
        let attempt = Attempt {
            fields: self.fields,
            invitation: match attempt.invitation {
                InvitationField::Refused => InvitationField::Refused,
                _ => invitation_field(self.survey),
            },
            ..attempt
        };
        let (questionnaire, areas) = (&self.survey.questionnaire, &self.surveys.catalogue.areas);
        let version = &self.survey.questionnaire_hash;
        let page = pages::questionnaire::document(reader, questionnaire, areas, version, &attempt);
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, page.policy))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(page.html)
    }
}

fn see_receipt(id: &str, reader: Reader, token: &str) -> HttpResponse {
    let address = reader.link(&format!("/s/{id}/thanks?r={token}"));
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .finish()
}

fn closed(reader: Reader, survey: &Survey, fieldwork: Fieldwork) -> HttpResponse {
    let not_yet = fieldwork == Fieldwork::NotYet;
    let page = pages::receipt::closed(reader, &survey.questionnaire, not_yet);
    html_with(StatusCode::FORBIDDEN, page)
}

#[cfg(test)]
mod tests {
    use super::rounded_down;

    #[test]
    fn a_receipt_shows_only_two_digits_of_the_count() {
        let cases = [
            (0, 0),
            (99, 0),
            (100, 0),
            (101, 100),
            (12_345, 12_000),
            (12_001, 12_000),
        ];
        for (count, expected) in cases {
            assert_eq!(rounded_down(count), expected, "{count}");
        }
        assert_eq!(rounded_down(12_000), 11_000);
    }
}
