//! The provisional figures, for staff only.

use maud::{Markup, html};

use crate::pages::office::frame::Frame;
use crate::pages::results::{self, Absence};
use crate::questionnaire::Questionnaire;
use crate::release::figures::Figures;

/// The figures as the results page shows them, marked as not published.
#[must_use]
pub fn page(frame: Frame<'_>, public_url: &str, figures: &Figures) -> Markup {
    let title = figures.title.get(frame.language().code());
    let body = html! {
        p.unpublished role="note" { (frame.text("office.unpublished")) }
        (results::article(frame.reader, public_url, figures))
    };
    frame.page(title, body)
}

/// The page of a survey without figures; `why` is `None` while they are being computed.
#[must_use]
pub fn none_yet(frame: Frame<'_>, questionnaire: &Questionnaire, why: Option<Absence>) -> Markup {
    let title = questionnaire.title.get(frame.language().code());
    let key = why.map_or("error.computing", Absence::key);
    let body = html! {
        h1 { (title) }
        p { (frame.text(key)) }
    };
    frame.page(title, body)
}
