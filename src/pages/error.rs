//! What went wrong, and what to do now.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};

/// The page for an error. `key` names its texts under `error` in the locale files. `request` is the
/// number of the request, shown for an error of the server: with it the log entry can be found.
pub fn page(reader: Reader, status: u16, key: &str, request: Option<&str>) -> Markup {
    let language = reader.language;
    let title = text(language, &format!("error.{key}_title"));
    let words = text(language, &format!("error.{key}"));
    let is_refused = matches!(status, 400 | 404 | 413 | 415);
    layout::page(
        reader,
        &Head {
            title: &title,
            description: &words,
            path: "/",
        },
        html! {
            // The script of the questionnaire reads these: `data-end` when another response has the
            // same id, `data-refused` when sending the same form again cannot succeed.
            div.narrow data-end[key == "conflict"] data-refused[is_refused] {
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
