//! What stands behind the figures: evidence, quality, method, downloads.

use maud::{Markup, html};

use super::figure::{Table, table};
use super::finding::{self, suppressed};
use super::number;
use super::sheet::Sheet;
use crate::pages::title::title;
use crate::release::figures::{IndicatorFigures, WeightingSummary};
use crate::survey::plan::IndicatorKind;

/// Most failing units on the page: more are counted.
const MOST_EVIDENCE: usize = 500;

/// Failing units behind a "100 %" target.
pub fn evidence(sheet: &Sheet<'_>) -> Markup {
    let Some(evidence) = &sheet.figures.evidence else {
        return html! {};
    };
    let count = evidence.rows.len().to_string();
    html! {
        section.plain #evidence {
            h2.title { (title(sheet.own(&evidence.title))) }
            @if evidence.rows.is_empty() { p { (sheet.say("no_evidence")) } } @else {
                p { (sheet.fill("evidence_count", &[("n", &count)])) }
                details.fold open[evidence.rows.len() <= 30] {
                    summary { span.name { (sheet.say("evidence_table")) } span.soft { (count) } }
                    div.scroll tabindex="0" role="region" aria-label=(sheet.own(&evidence.title)) {
                        table.words {
                            caption { (sheet.own(&evidence.title)) }
                            thead { tr { @for column in &evidence.columns { th scope="col" { (sheet.own(column)) } } } }
                            tbody { @for row in evidence.rows.iter().take(MOST_EVIDENCE) { tr { @for cell in row { td { (sheet.written(cell)) } } } } }
                        }
                    }
                    @if evidence.rows.len() > MOST_EVIDENCE {
                        p.soft { (sheet.fill("evidence_more", &[("n", &number::count(u64::try_from(MOST_EVIDENCE).unwrap_or(0)))])) }
                    }
                }
            }
        }
    }
}

/// How the figures were made, and how good they are.
pub fn method(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let figures = sheet.figures;
    let received = [
        ("received", &number::count(figures.n_received)),
        ("used", &number::count(figures.n)),
    ];
    let received = received.map(|(name, value)| (name, value.as_str()));
    let weights = figures.weighting.as_ref().map_or_else(
        || sheet.say("method_unweighted"),
        |weighting| weights(sheet, weighting),
    );
    html! {
        section.plain #method {
            h2 { (sheet.say("method")) }
            dl.method {
                div {
                    dt { (sheet.say("method_sample")) }
                    dd {
                        (sheet.fill("method_received", &received))
                        @if figures.exclusions.iter().any(|(_, n)| *n > 0) {
                            ul { @for (reason, n) in figures.exclusions.iter().filter(|(_, n)| *n > 0) {
                                li { (sheet.fill("method_excluded", &[("reason", sheet.own(reason)), ("n", &number::count(*n))])) }
                            } }
                        }
                    }
                }
                div { dt { (sheet.say("method_weights_title")) } dd { (weights) } }
                div { dt { (sheet.say("method_variance_title")) } dd { (sheet.say(if figures.weighting.is_some() { "method_variance" } else { "method_variance_plain" })) } }
                div { dt { (sheet.say("method_interval_title")) } dd { (sheet.say("method_interval")) } }
                div { dt { (sheet.say("method_verdict_title")) } dd { (sheet.say("method_verdict")) } }
                div { dt { (sheet.say("method_suppression_title")) } dd { (sheet.say("method_suppression")) } }
                @if !figures.population_sources.is_empty() {
                    div {
                        dt { (sheet.say("method_sources")) }
                        dd { ul { @for source in &figures.population_sources { li { (source) } } } }
                    }
                }
            }
            (table(&quality(sheet, headlines)))
            p.soft { (sheet.say("deff_note")) " " (sheet.say("rounding")) }
        }
    }
}

fn weights(sheet: &Sheet<'_>, weighting: &WeightingSummary) -> String {
    let known = [
        "county",
        "area",
        "zone",
        "mode",
        "sex",
        "age",
        "education",
        "urban",
        "occupation",
    ];
    let name = |variable: &str| {
        if known.contains(&variable) {
            sheet.say(&format!("domain_{variable}"))
        } else {
            variable.to_owned()
        }
    };
    let margins: Vec<String> = weighting
        .rake
        .iter()
        .map(|margin| margin.split('*').map(name).collect::<Vec<_>>().join("×"))
        .collect();
    let margins: Vec<&str> = margins.iter().map(String::as_str).collect();
    let parts = match weighting.onsite_share {
        Some(share) => sheet.fill(
            "method_parts_mixed",
            &[("share", &number::value(IndicatorKind::Share, share, 1))],
        ),
        None if weighting.onsite_alone => sheet.say("method_parts_onsite"),
        None => String::new(),
    };
    let weights = sheet.fill(
        "method_weights",
        &[
            ("margins", &sheet.list(&margins)),
            ("sweeps", &weighting.sweeps.to_string()),
            ("deff", &number::fixed(weighting.kish_deff, 2)),
            ("n_effective", &number::plain(weighting.n_effective, 0)),
            ("low", &number::fixed(weighting.g_range.0, 2)),
            ("high", &number::fixed(weighting.g_range.1, 2)),
        ],
    );
    [weights, parts].concat()
}

/// n, precision and degrees of freedom of every headline.
fn quality(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures]) -> Table {
    let keys = [
        "n_valid",
        "estimate",
        "std_error",
        "interval",
        "decision",
        "deff",
        "n_effective",
        "df",
    ];
    let rows = headlines
        .iter()
        .map(|indicator| {
            let whole = &indicator.whole;
            let hidden = suppressed(whole);
            let open = |words: String| if hidden { "*".to_owned() } else { words };
            let optional = |value: Option<f64>, decimals| {
                open(value.map_or_else(|| "—".to_owned(), |value| number::plain(value, decimals)))
            };
            let line = number::line(indicator.target);
            let bound = |bound: f64| {
                number::value(
                    indicator.kind,
                    bound,
                    number::decimals(indicator.kind, bound, line, 2),
                )
            };
            let decision = whole.decision.map_or_else(
                || "—".to_owned(),
                |(lower, upper)| format!("{}–{}", bound(lower), bound(upper)),
            );
            let cells = vec![
                open(number::count(whole.n)),
                number::shown(indicator.kind, whole, line, 2),
                open(number::value(indicator.kind, whole.std_error, 3)),
                number::interval(indicator.kind, whole, 2),
                open(decision),
                optional(whole.design_effect, 2),
                optional(whole.n_effective, 0),
                optional(Some(whole.df), 0),
            ];
            (sheet.own(&indicator.title).to_owned(), cells)
        })
        .collect();
    Table {
        caption: sheet.say("quality"),
        head: std::iter::once(sheet.say("indicator"))
            .chain(keys.map(|key| sheet.say(key)))
            .collect(),
        rows,
    }
}

/// The tables to take away, words for the press, and how to cite and check the figures.
pub fn take_away(sheet: &Sheet<'_>, headlines: &[&IndicatorFigures], public_url: &str) -> Markup {
    let figures = sheet.figures;
    let path = format!("/results/{}", figures.survey);
    let address = format!("{public_url}{path}");
    let cite = [
        ("agency", sheet.own(&figures.agency)),
        ("title", sheet.own(&figures.title)),
        ("wave", &figures.wave),
        ("address", &address),
        ("software", &figures.software),
    ];
    html! {
        section.plain #download {
            h2 { (sheet.say("download")) }
            p {
                a.button href={ (path) ".csv" } download { (sheet.say("download_csv")) } " "
                a.button.quiet href={ (path) ".json" } { (sheet.say("download_json")) }
            }
            p.soft { (sheet.say("download_note")) " " (sheet.say("download_wechat")) }
            h3 { (sheet.say("press")) }
            blockquote.press {
                @if figures.demonstration { p { strong { (sheet.say("press_demonstration")) } } }
                p { (finding::press(sheet, headlines)) }
            }
            h3 { (sheet.say("cite")) }
            p { (sheet.fill("cite_text", &cite)) }
            details.fold {
                summary { span.name { (sheet.say("check")) } }
                p.soft { (sheet.say("check_note")) }
                dl.hashes {
                    dt { "plan.toml" } dd { code { (figures.plan_hash) } }
                    dt { "population.csv" } dd { code { (figures.population_hash) } }
                    @if !figures.frame_hash.is_empty() {
                        dt { "frame.csv" } dd { code { (figures.frame_hash) } }
                    }
                    dt { "questionnaire.toml" } dd { code { (figures.questionnaire_hash) } }
                    dt { "minyi" } dd { code { (figures.software) } }
                }
            }
        }
    }
}
