//! A QR poster for one channel, to print on A4 or A5.

use maud::{Markup, html};

use crate::locale::{Language, text, text_with};
use crate::pages::layout::{self, Head};
use crate::questionnaire::Questionnaire;

/// The poster; `small` for A5.
pub fn page(
    language: Language,
    questionnaire: &Questionnaire,
    address: &str,
    channel: &str,
    small: bool,
) -> Markup {
    let title = questionnaire.title.get(language.code());
    let path = format!("/s/{}/poster", questionnaire.id());
    layout::page(
        language,
        &Head {
            title,
            description: title,
            path: &path,
        },
        html! {
            div.poster.a5[small] {
                p.soft { (questionnaire.agency.get(language.code())) }
                h1 { (title) }
                p { (questionnaire.duration.get(language.code())) " · " (text(language, "poster.anonymous")) }
                (layout::qr(address, &text(language, "receipt.qr")))
                p.address { (address) }
                @if !channel.is_empty() { p.soft { (text_with(language, "poster.channel", &[("channel", channel)])) } }
                @if questionnaire.approval_number.is_empty() { p.trial { (text(language, "form.trial")) } }
            }
        },
    )
}
