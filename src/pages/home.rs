//! The home page: open surveys and latest results.

use maud::{Markup, html};

use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};
use crate::pages::{results, title};
use crate::questionnaire::{ObservationUnit, Questionnaire};

/// The home page with the open surveys and the published figures.
pub fn page(
    reader: Reader,
    open: &[(&str, &Questionnaire)],
    published: &[results::Card<'_>],
) -> Markup {
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
                        @let address = reader.link(&format!("/s/{id}"));
                        @let closes = [("day", questionnaire.closes.as_str())];
                        li.card {
                            @let name = questionnaire.title.get(own);
                            h3.title {
                                a href=(address) aria-label=(name) { (title::title(name)) }
                            }
                            p.soft {
                                (questionnaire.duration.get(own)) " · "
                                (text_with(language, "home.until", &closes))
                            }
                            a.button href=(address) { (text(language, "home.answer")) }
                        }
                    }
                }
            }
            section {
                h2 { (text(language, "home.results")) }
                @if published.is_empty() { p.soft { (text(language, "home.none_published")) } }
                (results::release_cards(reader, published, |link| html! { h3.title { (link) } }))
            }
        },
    )
}
