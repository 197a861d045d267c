//! What went wrong, and what to do now.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};

/// The page for an error; `key` names its texts under `error` in the locale files.
/// `request` is told to whoever asks us for help with a fault of ours.
pub fn page(reader: Reader, status: u16, key: &str, request: Option<&str>) -> Markup {
    let language = reader.language;
    let title = text(language, &format!("error.{key}_title"));
    let words = text(language, &format!("error.{key}"));
    layout::page(
        reader,
        &Head {
            title: &title,
            description: &words,
            path: "/",
        },
        html! {
            // For the script of the questionnaire: the answer that stands here already is another one, so this is the end; or
            // this form will not be taken, and sending it again by itself would not change that.
            div.narrow data-end[key == "conflict"] data-refused[matches!(status, 400 | 404 | 413 | 415)] {
                p.soft { (status) }
                h1 { (title) }
                p { (words) }
                @if let Some(request) = request.filter(|request| !request.is_empty()) {
                    p.soft { (text_with(language, "error.request", &[("id", request)])) }
                }
                p { a href=(reader.link("/")) { (text(language, "error.home")) } }
            }
        },
    )
}
