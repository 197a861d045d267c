//! After sending: a receipt. After being screened out: thanks.

use maud::{Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Head};
use crate::questionnaire::{Questionnaire, Text};

/// What a receipt shows. Never an answer: a receipt that proved what was answered could be demanded by others.
pub struct Receipt<'a> {
    /// The questionnaire that was answered.
    pub questionnaire: &'a Questionnaire,
    /// Which response of the log it is, from 1.
    pub number: u64,
    /// The leaf's hash, hex; its start is the receipt code.
    pub code: &'a str,
    /// Address of the questionnaire, to pass on.
    pub survey_url: &'a str,
}

/// The receipt page.
pub fn page(language: Language, receipt: &Receipt<'_>) -> Markup {
    let title = text(language, "receipt.title");
    let code = receipt
        .code
        .get(..16)
        .unwrap_or(receipt.code)
        .to_ascii_uppercase();
    let groups: Vec<&str> = (0..4)
        .filter_map(|group| code.get(group * 4..group * 4 + 4))
        .collect();
    let number = receipt.number.to_string();
    let path = format!("/s/{}/thanks", receipt.questionnaire.id());
    let head = Head {
        title: &title,
        description: receipt.questionnaire.title.get(language.code()),
        path: &path,
    };
    layout::page(
        language,
        &head,
        html! {
            div.narrow.receipt {
                p.done aria-hidden="true" { "✓" }
                h1 { (receipt.questionnaire.thanks.get(language.code())) }
                p { (text_with(language, "receipt.number", &[("number", &number)])) }
                p.code { span.soft { (text(language, "receipt.code")) } br; strong { (groups.join(" ")) } }
                p.soft { (text(language, "receipt.meaning")) }
                hr;
                h2 { (text(language, "receipt.pass_on")) }
                (layout::qr(receipt.survey_url, &text(language, "receipt.qr")))
                p.soft { (receipt.survey_url) }
            }
        },
    )
}

/// The page for those whom the survey does not ask.
pub fn screened_out(language: Language, questionnaire: &Questionnaire, thanks: &Text) -> Markup {
    let title = questionnaire.title.get(language.code());
    let path = format!("/s/{}", questionnaire.id());
    let words = if thanks.is_empty() {
        text(language, "form.screened_out")
    } else {
        thanks.get(language.code()).to_owned()
    };
    layout::page(
        language,
        &Head {
            title,
            description: title,
            path: &path,
        },
        html! { div.narrow { h1 { (words) } p.soft { (text(language, "receipt.nothing_stored")) } } },
    )
}

/// The page of a survey outside its days.
pub fn closed(language: Language, questionnaire: &Questionnaire, not_yet: bool) -> Markup {
    let title = questionnaire.title.get(language.code());
    let path = format!("/s/{}", questionnaire.id());
    let (key, day) = if not_yet {
        ("form.not_yet", &questionnaire.opens)
    } else {
        ("form.closed", &questionnaire.closes)
    };
    layout::page(
        language,
        &Head {
            title,
            description: title,
            path: &path,
        },
        html! {
            div.narrow {
                h1 { (title) }
                p { (text_with(language, key, &[("day", day)])) }
                p { a href=(layout::link(&format!("/results/{}", questionnaire.id()), language)) { (text(language, "home.results_link")) } }
            }
        },
    )
}
