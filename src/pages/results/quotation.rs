//! Files to take, how to cite a release, whether it may be quoted, whom to ask, how it is revised.

use maud::{Markup, html};

use super::downloads::sources;
use super::number;
use super::press;
use super::view::View;
use crate::release::figures::IndicatorFigures;
use crate::release::imprint::Imprint;

/// The section.
pub fn section(view: &View<'_>, imprint: &Imprint, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = view.figures;
    html! {
        section.plain #quote {
            h2 { (view.word("quote")) }
            (files(view, imprint))
            h3 { (view.word("may_quote")) }
            p {
                (view.word(match figures.demonstration {
                    true => "may_quote_not",
                    false => "may_quote_yes",
                }))
                " " (view.word("conditions"))
            }
            h3 { (view.text("cite")) }
            p.citation { (citation(view, imprint)) }
            h3 { (view.text("press")) }
            blockquote.press {
                @if figures.demonstration { p { strong { (view.text("press_demonstration")) } } }
                p { (press::paragraph(view, headlines)) }
            }
            p {
                (crate::locale::text(view.language, "objection.lead")) " "
                a href=(view.file(&format!("{}/objection", imprint.path(&figures.survey)))) {
                    (crate::locale::text(view.language, "objection.title"))
                }
            }
            (about(view, imprint))
            details.fold {
                summary { span.name { (view.text("check")) } }
                p.soft { (view.text("check_note")) " "
                    a href=(format!("{}/release.json", imprint.path(&figures.survey))) { "release.json" }
                }
                dl.hashes {
                    @for (name, hash) in sources(figures) { dt { (name) } dd { code { (hash) } } }
                }
            }
        }
    }
}

/// The files of the release.
fn files(view: &View<'_>, imprint: &Imprint) -> Markup {
    let path = imprint.path(&view.figures.survey);
    let file = |name: &str| view.file(&format!("{path}/{name}"));
    html! {
        p {
            a.button href=(file("bulletin.pdf")) { (view.word("bulletin")) } " "
            a.button.quiet href=(file("figures.xlsx")) download { (view.word("workbook")) } " "
            a.button.quiet href=(file("figures.csv")) download { (view.text("download_csv")) } " "
            a.button.quiet href=(file("figures.json")) { (view.text("download_json")) } " "
            a.button.quiet href=(file("card.png")) download { (view.word("card")) } " "
            a.button.quiet href=(file("card-square.png")) download { (view.word("card_square")) }
        }
        p.soft { (view.word("files_note")) " " (view.text("download_wechat")) }
    }
}

/// How to cite the release, with its absolute address.
fn citation(view: &View<'_>, imprint: &Imprint) -> String {
    let figures = view.figures;
    let day = number::day(view.language, &number::day_of(imprint.published_at));
    let values = [
        ("agency", view.translated(&figures.agency)),
        ("title", view.translated(&figures.title)),
        ("n", &imprint.number.to_string()),
        ("day", &day),
        ("address", &view.file(&imprint.address(&figures.survey))),
    ];
    view.word_with("citation", &values)
}

/// Status, contact, revisions, dates.
fn about(view: &View<'_>, imprint: &Imprint) -> Markup {
    let figures = view.figures;
    let status = match figures.demonstration {
        true => "status_demonstration",
        false if figures.indicators.iter().all(|own| own.trend.len() < 2) => "status_first_year",
        false => "status_official",
    };
    let moment = number::moment(view.language, imprint.published_at);
    let number = imprint.number.to_string();
    let published = [("n", number.as_str()), ("moment", &moment)];
    let survey = view.link(&format!("/results/{}", figures.survey));
    html! {
        dl.method {
            div { dt { (view.word("status")) } dd { (view.word(status)) } }
            div {
                dt { (view.word("contact")) }
                dd {
                    (view.word_with("contact_text", &[
                        ("agency", view.translated(&figures.agency)),
                    ]))
                }
            }
            div {
                dt { (view.word("revisions")) }
                dd {
                    (view.word_with("revisions_text", &published)) " "
                    a href=(survey) { (view.word("all_releases")) }
                }
            }
        }
    }
}
