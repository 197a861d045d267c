//! The receipt after sending; thanks after screening out; the page of a survey outside its days.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::questionnaire::{Questionnaire, Text};

/// What a receipt shows. It shows no answer: others could demand a receipt that proves what was
/// answered.
pub struct Receipt<'a> {
    /// The questionnaire that was answered.
    pub questionnaire: &'a Questionnaire,
    /// Path and query of the receipt, without language and text size.
    pub path: &'a str,
    /// Responses to the survey so far, rounded down so that nobody learns who came between; 0 below
    /// a hundred.
    pub received: u64,
    /// Hash of the leaf, hex. Its first 16 digits are the receipt code.
    pub code: &'a str,
    /// URL to pass on, after the fieldwork: while the survey is open, a link that is passed on brings
    /// people whom nobody drew.
    pub pass_on: Option<&'a str>,
}

/// The receipt page.
pub fn page(reader: Reader, receipt: &Receipt<'_>) -> Markup {
    let language = reader.language;
    let title = text(language, "receipt.title");
    let code = receipt
        .code
        .get(..16)
        .unwrap_or(receipt.code)
        .to_ascii_uppercase();
    let groups: Vec<&str> = (0..4)
        .filter_map(|group| code.get(group * 4..group * 4 + 4))
        .collect();
    let received = receipt.received.to_string();
    let results = format!("/results/{}", receipt.questionnaire.id());
    let head = Head {
        title: &title,
        description: receipt.questionnaire.title.get(language.code()),
        path: receipt.path,
    };
    layout::page(
        reader,
        &head,
        html! {
            div.narrow.receipt {
                p.done aria-hidden="true" { "✓" }
                h1 { (receipt.questionnaire.thanks.get(language.code())) }
                @if receipt.received == 0 {
                    p { (text(language, "receipt.first")) }
                } @else {
                    p { (text_with(language, "receipt.number", &[("number", &received)])) }
                }
                div.code {
                    p.soft { (text(language, "receipt.code")) }
                    p { strong { @for group in groups { span { (group) } " " } } }
                    p.soft { (text(language, "receipt.meaning")) }
                }
                p { a href=(reader.link(&results)) { (text(language, "home.results_link")) } }
                @if let Some(url) = receipt.pass_on {
                    section.pass-on {
                        h2 { (text(language, "receipt.pass_on")) }
                        (layout::qr(url, &text(language, "receipt.qr")))
                        p { a.address href=(url) { (url) } }
                    }
                }
            }
        },
    )
}

/// The page for people whom the survey does not ask.
pub fn screened_out(reader: Reader, questionnaire: &Questionnaire, thanks: &Text) -> Markup {
    let language = reader.language;
    let words = if thanks.is_empty() {
        text(language, "form.screened_out")
    } else {
        thanks.get(language.code()).to_owned()
    };
    notice(
        reader,
        questionnaire,
        html! {
            div.narrow data-end {
                h1 { (words) }
                p.soft { (text(language, "receipt.nothing_stored")) }
            }
        },
    )
}

/// The page of a survey outside its days.
pub fn closed(reader: Reader, questionnaire: &Questionnaire, not_yet: bool) -> Markup {
    let language = reader.language;
    let (key, day) = if not_yet {
        ("form.not_yet", &questionnaire.opens)
    } else {
        ("form.closed", &questionnaire.closes)
    };
    let results = reader.link(&format!("/results/{}", questionnaire.id()));
    notice(
        reader,
        questionnaire,
        html! {
            div.narrow data-end {
                p.soft { (questionnaire.title.get(language.code())) }
                h1 { (text_with(language, key, &[("day", day)])) }
                p { (questionnaire.contact.get(language.code())) }
                p { a.button href=(results) { (text(language, "home.results_link")) } }
            }
        },
    )
}

/// A page of one notice. The script of the questionnaire deletes its draft when it finds
/// `data-end`. A page of some proxy or log-in gate does not have it.
fn notice(reader: Reader, questionnaire: &Questionnaire, body: Markup) -> Markup {
    let title = questionnaire.title.get(reader.language.code());
    let path = format!("/s/{}", questionnaire.id());
    let head = Head {
        title,
        description: title,
        path: &path,
    };
    layout::page(reader, &head, body)
}
