//! The form to print on A4: the same questions in the same order as on the phone, with codes.
//!
//! The marks and the version are in the head and foot of a table, because browsers repeat both on
//! every sheet. There is no script.

use maud::{DOCTYPE, Markup, html};

use super::items::Items;
use crate::locale::{Language, text, text_with};
use crate::pages::assets;
use crate::pages::layout::trusted;
use crate::questionnaire::{Areas, Questionnaire, Text};

/// How many digits of the version's hash stand on each sheet.
pub const VERSION_DIGITS: usize = 12;

/// Boxes for the number of the form.
const NUMBER_BOXES: usize = 8;

/// A printable form.
pub struct Printed {
    /// The page.
    pub html: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// The form of `questionnaire`, whose version has the hash `version`.
pub fn form(
    language: Language,
    questionnaire: &Questionnaire,
    areas: &Areas,
    version: &str,
) -> Printed {
    let style = assets::paper_style();
    let sheet = Sheet {
        language,
        questionnaire,
        version: version.get(..VERSION_DIGITS).unwrap_or(version),
    };
    let items = Items::new(language, questionnaire, areas);
    let markup = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                title { (sheet.own(&questionnaire.title)) }
                style { (trusted(style)) }
            }
            body {
                @if questionnaire.approval_number.is_empty() {
                    div.water aria-hidden="true" { (sheet.text("paper.watermark")) }
                }
                main { table.sheet role="presentation" {
                    thead { tr { td { (sheet.top()) } } }
                    tfoot { tr { td { (sheet.foot()) } } }
                    tbody { tr { td {
                        (sheet.front())
                        div.items { (items.all()) }
                        p.end { (sheet.text("paper.thanks")) }
                    } } }
                } }
            }
        }
    };
    Printed {
        html: markup.into_string(),
        policy: format!(
            "default-src 'none'; style-src {}; frame-ancestors 'none'; base-uri 'none'",
            assets::policy_hash(style)
        ),
    }
}

/// What is not a question.
struct Sheet<'a> {
    language: Language,
    questionnaire: &'a Questionnaire,
    version: &'a str,
}

impl Sheet<'_> {
    fn text(&self, key: &str) -> String {
        text(self.language, key)
    }

    fn own<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    /// The head of every sheet: the title, and the four marks at the right.
    fn top(&self) -> Markup {
        let q = self.questionnaire;
        let approval = match q.approval_number.as_str() {
            "" => self.text("form.no_approval"),
            number => number.to_owned(),
        };
        let (year, month) = q
            .valid_until
            .split_once('-')
            .unwrap_or((&q.valid_until, ""));
        let month = month.trim_start_matches('0');
        let until = [("year", year), ("month", month)];
        html! {
            div.top {
                p.short { (self.own(&q.title)) }
                ul.mark {
                    li { (self.text("form.form_number")) (q.form_number) }
                    li { (self.text("form.agency")) (self.own(&q.agency)) }
                    li { (self.text("form.approval")) (approval) }
                    li {
                        (self.text("form.valid_until"))
                        (text_with(self.language, "form.month", &until))
                    }
                }
            }
        }
    }

    /// The foot of every sheet: the version, and that the form is a trial if it is.
    fn foot(&self) -> Markup {
        let version = [("version", self.version)];
        html! {
            p.foot {
                (text_with(self.language, "paper.version", &version))
                @if self.questionnaire.approval_number.is_empty() {
                    " · " (self.text("paper.trial_foot"))
                }
            }
        }
    }

    /// The beginning of the first sheet: who asks and why, how to fill in, the interviewer's block.
    fn front(&self) -> Markup {
        let q = self.questionnaire;
        let facts = [&q.intro, &q.eligibility, &q.confidentiality, &q.contact];
        html! {
            h1 { (self.own(&q.title)) }
            p.intro { @for fact in facts { (self.own(fact)) " " } }
            p.how { (self.text("paper.how")) }
            (self.block())
        }
    }

    /// What the interviewer fills in.
    fn block(&self) -> Markup {
        let field = |key: &str| html! { span.label { (self.text(key)) } span.line {} };
        html! {
            div.block {
                p.title { (self.text("paper.block")) }
                div {
                    span.label { (self.text("paper.number")) }
                    span.boxes { @for _ in 0..NUMBER_BOXES { i {} } }
                }
                div { (field("paper.psu")) }
                div { (field("paper.enumerator")) }
                div { span.label { (self.text("paper.date")) } span { (self.text("paper.date_line")) } }
                div { span.label { (self.text("paper.time")) } span { (self.text("paper.time_line")) } }
                div { (field("paper.supervisor")) }
            }
        }
    }
}
