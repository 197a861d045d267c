//! What stands behind the figures: evidence, composition, method, downloads.

use maud::{Markup, html};

use super::number;
use crate::locale::{Language, text, text_with};
use crate::release::figures::{Figures, IndicatorKind};

/// Failing units behind a "100 %" target.
pub fn evidence(language: Language, figures: &Figures) -> Markup {
    let Some(evidence) = &figures.evidence else {
        return html! {};
    };
    let own = language.code();
    html! {
        section {
            h2 { (evidence.title.get(own)) }
            @if evidence.rows.is_empty() { p { (text(language, "results.no_evidence")) } } @else {
                p.soft { (text_with(language, "results.evidence_count", &[("n", &evidence.rows.len().to_string())])) }
                details open[evidence.rows.len() <= 20] {
                    summary { (text(language, "results.table")) }
                    div.scroll { table {
                        thead { tr { @for column in &evidence.columns { th scope="col" { (column.get(own)) } } } }
                        tbody { @for row in &evidence.rows { tr { @for cell in row { td { (cell) } } } } }
                    } }
                }
            }
        }
    }
}

/// The items by the plan indicator they speak of: each department sees its own.
pub fn by_plan_indicator(language: Language, figures: &Figures) -> Markup {
    let own = language.code();
    html! {
        @if !figures.by_plan_indicator.is_empty() {
            section {
                h2 { (text(language, "results.by_department")) }
                p.soft { (text(language, "results.by_department_note")) }
                @for table in &figures.by_plan_indicator {
                    details {
                        summary { (table.name.get(own)) " — " span.soft { (table.lead.get(own)) } }
                        div.scroll { table {
                            thead { tr { th scope="col" { (text(language, "results.item")) } th scope="col" { (text(language, "results.estimate")) } th scope="col" { (text(language, "results.interval")) } th scope="col" { "n" } } }
                            tbody { @for item in &table.items { tr {
                                @let kind = if item.distribution.is_empty() { IndicatorKind::Mean } else { IndicatorKind::Share };
                                th scope="row" { (item.text.get(own)) }
                                td { (number::shown(kind, &item.estimate, 2)) }
                                td { (number::interval(kind, &item.estimate, 1)) }
                                td { (number::count(item.estimate.n)) }
                            } } }
                        } }
                    }
                }
            }
        }
    }
}

/// Who answered, before and after weighting, beside the census.
pub fn composition(language: Language, figures: &Figures) -> Markup {
    let Some(weighting) = &figures.weighting else {
        return html! {};
    };
    let own = language.code();
    html! {
        section {
            h2 { (text(language, "results.composition")) }
            p.soft { (text(language, "results.composition_note")) }
            details {
                summary { (text(language, "results.table")) }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { (text(language, "results.group")) } th scope="col" { "n" } th scope="col" { (text(language, "results.share_raw")) }
                        th scope="col" { (text(language, "results.share_weighted")) } th scope="col" { (text(language, "results.share_census")) }
                    } }
                    tbody { @for row in &weighting.composition { tr {
                        th scope="row" { (row.dimension.get(own)) "：" (row.category.get(own)) }
                        td { (number::count(row.n)) }
                        td { (number::fixed(row.unweighted * 100.0, 1)) "%" }
                        td { (number::fixed(row.weighted * 100.0, 1)) "%" }
                        td { (number::fixed(row.population * 100.0, 1)) "%" }
                    } } }
                } }
            }
        }
    }
}

/// How the figures were made.
pub fn method(language: Language, figures: &Figures) -> Markup {
    let own = language.code();
    html! {
        section #method {
            h2 { (text(language, "results.method")) }
            ul {
                li { (text_with(language, "results.method_received", &[("received", &number::count(figures.n_received)), ("used", &number::count(figures.n))])) }
                @for (reason, n) in figures.exclusions.iter().filter(|(_, n)| *n > 0) {
                    li { (text_with(language, "results.method_excluded", &[("reason", reason.get(own)), ("n", &number::count(*n))])) }
                }
                @if let Some(weighting) = &figures.weighting {
                    li { (text_with(language, "results.method_weights", &[
                        ("margins", &weighting.rake.join("、")),
                        ("sweeps", &weighting.sweeps.to_string()),
                        ("deff", &number::fixed(weighting.kish_deff, 2)),
                        ("low", &number::fixed(weighting.g_range.0, 2)),
                        ("high", &number::fixed(weighting.g_range.1, 2)),
                    ])) }
                } @else { li { (text(language, "results.method_unweighted")) } }
                li { (text(language, "results.method_variance")) }
                li { (text(language, "results.method_interval")) }
                li { (text(language, "results.method_verdict")) }
                li { (text(language, "results.method_suppression")) }
                @if !figures.population_sources.is_empty() {
                    li { (text(language, "results.method_sources")) (figures.population_sources.join("；")) }
                }
            }
            p.soft { (text(language, "results.rounding")) }
        }
    }
}

/// The tables to take away, and how to cite and check them.
pub fn download(language: Language, figures: &Figures) -> Markup {
    let path = format!("/results/{}", figures.survey);
    let cite = text_with(
        language,
        "results.cite_text",
        &[
            ("agency", figures.agency.get(language.code())),
            ("title", figures.title.get(language.code())),
            ("path", &path),
        ],
    );
    html! {
        section #download {
            h2 { (text(language, "results.download")) }
            p {
                a.button href={ (path) ".csv" } download { "CSV" } " "
                a.button href={ (path) ".json" } { "JSON-stat" }
            }
            p { (text(language, "results.cite")) (cite) }
            dl.hashes {
                dt { "plan.toml" } dd { code { (figures.plan_hash) } }
                dt { "population.csv" } dd { code { (figures.population_hash) } }
                dt { "questionnaire.toml" } dd { code { (figures.questionnaire_hash) } }
                dt { "minyi" } dd { code { (figures.software) } }
            }
        }
    }
}
