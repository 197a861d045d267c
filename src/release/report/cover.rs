//! What the survey is, and how its figures are made.

use crate::release::figures::Figures;
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{Words, in_size, line};
use crate::release::rounding::half_up;
use crate::survey::plan::{Combine, Indicator, IndicatorKind, SectionCombine};

/// Items and what they are.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let mut rows = survey(basis);
    rows.extend(sample(basis));
    let indicators = basis.plan.indicators.iter();
    rows.extend(indicators.map(|own| (words.of(&own.title), definition(basis, own))));
    rows.extend(provenance(words, &basis.snapshot.figures));
    let rows = rows.into_iter().filter(|(_, text)| !text.is_empty());
    Table {
        name: words.say("cover"),
        title: words.say("cover_title"),
        notes: vec![words.say("few_note"), words.say("rounding_note")],
        header: words.header(&["item", "content"]),
        rows: rows
            .map(|(item, text)| vec![Cell::Text(item), Cell::Text(text)])
            .collect(),
    }
}

/// The survey and its form.
fn survey(basis: Basis<'_>) -> Vec<(String, String)> {
    let words = basis.words;
    let form = &basis.survey.questionnaire;
    let approval = match form.approval_number.is_empty() {
        true => words.say("no_approval"),
        false => form.approval_number.clone(),
    };
    let period = words.say_with("from_to", &[("from", &form.opens), ("to", &form.closes)]);
    vec![
        (words.say("status"), words.say("internal")),
        (words.say("survey"), words.of(&form.title)),
        (words.say("wave"), form.wave.clone()),
        (words.say("form_number"), form.form_number.clone()),
        (words.say("agency"), words.of(&form.agency)),
        (words.say("approval_number"), approval),
        (words.say("valid_until"), form.valid_until.clone()),
        (words.say("period"), period),
        (words.say("universe"), words.of(&form.eligibility)),
    ]
}

/// The sample and its weights.
fn sample(basis: Basis<'_>) -> Vec<(String, String)> {
    let (words, figures) = (basis.words, &basis.snapshot.figures);
    let modes: Vec<String> = figures
        .n_by_mode
        .iter()
        .map(|(mode, n)| {
            let mode = words.of_results(&format!("mode_{mode}"));
            words.say_with("mode_n", &[("mode", &mode), ("n", &n.to_string())])
        })
        .collect();
    let combined = match basis.plan.modes.combine {
        Combine::Sampled => "combine_sampled",
        Combine::Calibrated => "combine_calibrated",
        Combine::Pool => "combine_pool",
    };
    let coverage = figures.coverage.map_or_else(String::new, |own| {
        let numbers = [
            ("drawn", own.drawn.to_string()),
            ("reached", own.reached.to_string()),
        ];
        let numbers = numbers.each_ref().map(|(name, n)| (*name, n.as_str()));
        words.say_with("psus", &numbers)
    });
    let unverified = match figures.population_unverified {
        true => words.say("population_unverified"),
        false => String::new(),
    };
    vec![
        (words.say("modes"), modes.join(&words.say("list"))),
        (words.say("valid"), figures.n.to_string()),
        (words.say("sampled"), figures.n_sampled.to_string()),
        (words.say("psus_drawn"), coverage),
        (words.say("combined"), words.say(combined)),
        (
            words.say("population"),
            figures.population_sources.join(&words.say("list")),
        ),
        (words.say("population_state"), unverified),
    ]
}

/// How an indicator is made, and its target.
fn definition(basis: Basis<'_>, indicator: &Indicator) -> String {
    let words = basis.words;
    let mut parts = Vec::new();
    match indicator.kind {
        IndicatorKind::Share => {
            let combine = match indicator.combine {
                SectionCombine::Mean => "definition_mean",
                SectionCombine::Any => "definition_any",
            };
            let counts = counted(basis, indicator).join(&words.say("list"));
            parts.push(words.say_with(combine, &[("counts", &counts)]));
        }
        IndicatorKind::Mean => parts.push(words.say("definition_quantity")),
        IndicatorKind::Ratio => parts.push(words.say("definition_ratio")),
    }
    if let Some(target) = line(indicator.target.filter(|_| !indicator.reference)) {
        let target = format!("{}", half_up(in_size(indicator.kind, target), 6));
        parts.push(words.say_with("definition_target", &[("target", &target)]));
    }
    if indicator.reference {
        parts.push(words.say("definition_reference"));
    }
    parts.push(words.of(&indicator.note));
    parts.retain(|part| !part.is_empty());
    parts.join(&words.of_results("space"))
}

/// The labels of the codes that count, as its first question has them.
fn counted(basis: Basis<'_>, indicator: &Indicator) -> Vec<String> {
    let question = indicator.questions().next();
    let question = question.and_then(|code| basis.survey.questionnaire.question(code));
    let choices = question.map_or(&[][..], |own| own.choices());
    let codes = crate::release::codes::labels(&indicator.counts);
    let codes = codes.iter().map(ToString::to_string);
    codes
        .map(|code| {
            let own = choices.iter().find(|choice| choice.code == code);
            own.map_or(code, |own| basis.words.of(&own.label))
        })
        .collect()
}

/// What the figures can be computed from again.
fn provenance(words: Words, figures: &Figures) -> Vec<(String, String)> {
    let hash = |key: &str, hash: &String| (words.say(key), hash.clone());
    vec![
        (words.say("updated"), figures.updated.clone()),
        hash("questionnaire_hash", &figures.questionnaire_hash),
        hash("plan_hash", &figures.plan_hash),
        hash("population_hash", &figures.population_hash),
        hash("frame_hash", &figures.frame_hash),
        (words.say("software"), format!("minyi {}", figures.software)),
    ]
}
