//! What a reader must know of what changed while responses came in: wordings and plans.

use maud::{Markup, html};

use super::number;
use super::view::View;
use crate::release::history::{EarlierPlan, Headline, Wording};

/// How many digits of a hash are shown.
const DIGITS: usize = 12;

/// The notes; empty if one questionnaire and one plan were in use from the first response.
pub fn notes(view: &View<'_>) -> Markup {
    let figures = view.figures;
    html! {
        @if figures.wordings.len() > 1 {
            div.trial #wordings role="note" {
                p {
                    (view.text_with("wordings", &[
                        ("n", &number::count(u64::try_from(figures.wordings.len()).unwrap_or(0))),
                    ]))
                }
                ul { @for wording in &figures.wordings { li { (line(view, wording)) } } }
            }
        }
        @for plan in &figures.earlier_plans {
            div.trial.earlier-plan role="note" {
                p { (changed(view, plan)) }
                (by_earlier(view, plan))
            }
        }
    }
}

fn short(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}

/// One wording: hash, days, number of responses, reasons.
fn line(view: &View<'_>, wording: &Wording) -> String {
    let days: Vec<String> = wording
        .since
        .iter()
        .map(|day| number::day(view.language, day))
        .collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let reasons: Vec<&str> = wording.reasons.iter().map(String::as_str).collect();
    let (days, reasons) = (view.list(&days), view.list(&reasons));
    let n = number::count(wording.n);
    let values = [
        ("hash", short(&wording.hash)),
        ("days", &days),
        ("n", &n),
        ("reason", &reasons),
    ];
    let key = match (wording.since.is_empty(), reasons.is_empty()) {
        (true, _) => "wording_not_stored",
        (false, true) => "wording_first",
        (false, false) => "wording_amended",
    };
    view.text_with(key, &values)
}

/// That a plan was changed: when, why, which files.
fn changed(view: &View<'_>, plan: &EarlierPlan) -> String {
    let files: Vec<String> = plan
        .files
        .iter()
        .map(|(name, hash)| format!("{name} {}", short(hash)))
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let day = number::day(view.language, &plan.until);
    view.text_with(
        "plan_changed",
        &[
            ("day", &day),
            ("reason", &plan.reason),
            ("files", &view.list(&files)),
        ],
    )
}

/// The headline figures by a plan before.
fn by_earlier(view: &View<'_>, plan: &EarlierPlan) -> Markup {
    html! {
        @if let Some(headlines) = &plan.headlines {
            p { (view.text_with("plan_before", &[("n", &number::count(headlines.n))])) }
            ul { @for headline in &headlines.indicators { li { (figure(view, headline)) } } }
        } @else {
            p { (view.text("plan_before_nothing")) }
        }
    }
}

fn figure(view: &View<'_>, headline: &Headline) -> String {
    let title = headline.title();
    let title = view.translated(&title);
    let verdict = headline.verdict.as_deref();
    let mut words = match headline.estimate {
        Some([estimate, lower, upper]) => {
            let kind = headline.kind;
            let decimals = number::decimals(kind, estimate, headline.target, 1);
            let bound = |bound: f64| number::value(kind, bound, decimals.max(2));
            let interval = [bound(lower), bound(upper)].join("–");
            let value = number::value(kind, estimate, decimals);
            let interval = view.text_with("interval_words", &[("interval", &interval)]);
            let interval = view.text_with("in_brackets", &[("words", &interval)]);
            let value = [value, interval].concat();
            view.text_with("sentence", &[("title", title), ("value", &value)])
        }
        None => view.text_with("sentence_suppressed", &[("title", title)]),
    };
    if headline.estimate.is_some()
        && let Some(verdict) = verdict
    {
        words.push_str(&view.text("then"));
        words.push_str(&view.text(&format!("verdict_{verdict}")));
        if let Some(line) = headline.target {
            let line = number::threshold(headline.kind, line);
            let line = view.text_with("target_line", &[("line", &line)]);
            words.push_str(&view.text_with("in_brackets", &[("words", &line)]));
        }
    }
    words
}
