//! What went wrong, and what to do now.

use maud::{Markup, html};

use crate::locale::{Language, text};
use crate::pages::layout::{self, Head};

/// The page for an error; `key` names its texts under `error` in the locale files.
pub fn page(language: Language, status: u16, key: &str) -> Markup {
    let title = text(language, &format!("error.{key}_title"));
    let words = text(language, &format!("error.{key}"));
    layout::page(
        language,
        &Head {
            title: &title,
            description: &words,
            path: "/",
        },
        html! {
            div.narrow {
                p.soft { (status) }
                h1 { (title) }
                p { (words) }
                p { a href=(layout::link("/", language)) { (text(language, "error.home")) } }
            }
        },
    )
}
