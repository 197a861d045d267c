//! The home page: what can be answered, what was found.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::{results, title};
use crate::questionnaire::{ObservationUnit, Questionnaire};
use crate::release::figures::Figures;

/// The home page with the surveys that are open and the figures that were published.
pub fn page(reader: Reader, open: &[(&str, &Questionnaire)], published: &[&Figures]) -> Markup {
    let language = reader.language;
    let title = text(language, "home.title");
    let description = text(language, "home.description");
    let own = language.code();
    // Residents first, then shops.
    let shops =
        |(_, questionnaire): &&(&str, &Questionnaire)| questionnaire.unit == ObservationUnit::Shop;
    let residents = open.iter().filter(|survey| !shops(survey));
    let ordered = residents.rev().chain(open.iter().filter(shops));
    layout::page(
        reader,
        &Head {
            title: &title,
            description: &description,
            path: "/",
        },
        html! {
            section.hero {
                h1 { (title) }
                p.lead { (description) }
            }
            section {
                h2 { (text(language, "home.open")) }
                @if open.is_empty() { p.soft { (text(language, "home.none_open")) } }
                ul.cards {
                    @for (id, questionnaire) in ordered {
                        li.card {
                            h3.title { a href=(reader.link(&format!("/s/{id}"))) { (title::title(questionnaire.title.get(own))) } }
                            p.soft { (questionnaire.duration.get(own)) " · " (text_with(language, "home.until", &[("day", &questionnaire.closes)])) }
                            a.button href=(reader.link(&format!("/s/{id}"))) { (text(language, "home.answer")) }
                        }
                    }
                }
            }
            section {
                h2 { (text(language, "home.results")) }
                @if published.is_empty() { p.soft { (text(language, "home.none_published")) } }
                (results::cards(reader, published, |link| html! { h3.title { (link) } }))
            }
        },
    )
}
