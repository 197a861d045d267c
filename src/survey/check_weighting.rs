//! Checks what a plan says about modes, variables, weights, strata and exclusions.

use std::collections::BTreeSet;

use crate::questionnaire::answer::Mode;
use crate::questionnaire::rule::Literal;
use crate::questionnaire::{Kind, Question, Questionnaire, Rule};
use crate::survey::check_report::Report;
use crate::survey::lines::Step;
use crate::survey::plan::{Combine, Plan};

/// Names of columns that the program adds; a variable with such a name would be a second column.
const COLUMNS: [&str; 10] = [
    "mode",
    "part",
    "stratum",
    "psu",
    "flagged",
    "base_weight",
    "pooled_weight",
    "onsite_weight",
    "unflagged_weight",
    "weight",
];

/// Durations that interviews have, seconds. A rule that excludes them all excludes everyone.
const DURATIONS: [i64; 10] = [5, 20, 60, 120, 300, 600, 1_200, 3_600, 7_200, 14_400];

/// Reports modes that do not exist or are in both lists.
pub(super) fn modes(report: &mut Report<'_>, plan: &Plan) {
    let mut seen = BTreeSet::new();
    for (key, modes) in [
        ("onsite", &plan.modes.onsite),
        ("online", &plan.modes.online),
    ] {
        for (place, mode) in modes.iter().enumerate() {
            let at = ["modes".into(), key.into(), place.into()];
            if Mode::from_name(mode).is_none() {
                let known: Vec<&str> = Mode::ALL.iter().map(|mode| mode.as_str()).collect();
                let what = format!(
                    "there is no mode `{mode}`, so its responses would not count; use one of {}",
                    known.join(", ")
                );
                report.mistake(&at, &what);
            } else if key == "onsite" && mode == Mode::Online.as_str() {
                let what = "the mode `online` has no enumerator; write it under online";
                report.mistake(&at, what);
            }
            if !seen.insert(mode) {
                let what = format!("the mode `{mode}` is named twice; keep one");
                report.mistake(&at, &what);
            }
        }
    }
    if seen.is_empty() {
        let what = "no mode counts, so there are no figures; write onsite = [\"onsite\"] or \
                    online = [\"online\"]";
        report.mistake(&["modes".into()], what);
    }
}

/// Reports variables that cannot be made from the answers to their question.
pub(super) fn variables(report: &mut Report<'_>, plan: &Plan, questionnaire: &Questionnaire) {
    for (name, variable) in &plan.variables {
        let at = ["variables".into(), name.into()];
        if COLUMNS.contains(&name.as_str()) {
            let what = format!(
                "variables.{name}: an export has a column of this name already; give the variable \
                 another name"
            );
            report.mistake(&at, &what);
        }
        let to = [&at[..], &["to".into()]].concat();
        let question = questionnaire.question(&variable.question);
        match (&variable.to, question.map(|question| &question.kind)) {
            (Some(word), _) if word != "parent" => {
                let what = format!(
                    "variables.{name}: to = \"{word}\" means nothing; write to = \"parent\", or \
                     remove it"
                );
                report.mistake(&to, &what);
            }
            (Some(_), Some(kind)) if !matches!(kind, Kind::Area { .. }) => {
                let what = format!(
                    "variables.{name}: only areas have a parent, but `{}` is of the kind `{}`; \
                     remove to = \"parent\"",
                    variable.question,
                    kind.name()
                );
                report.mistake(&to, &what);
            }
            _ => {}
        }
    }
    for (name, place) in uses(plan) {
        let of = plan.variables.get(name.as_str());
        let question = of.and_then(|variable| questionnaire.question(&variable.question));
        if let Some(question) = question {
            categories(report, &place, &name, question);
        }
    }
}

/// Reports a variable without categories.
fn categories(report: &mut Report<'_>, place: &[Step<'_>], name: &str, question: &Question) {
    let why = match question.kind {
        Kind::Single(_) | Kind::Area { .. } | Kind::Integer { .. } => return,
        Kind::Note => "nobody answers a note",
        Kind::Text { .. } => "each text that somebody writes would be a category, and be published",
        Kind::Multiple { .. } => "each combination of choices would be a category",
        Kind::Decimal { .. } => "each number would be a category",
    };
    let what = format!(
        "the variable `{name}` has no categories: `{}` is of the kind `{}`, and {why}; use a question \
         of the kind `single` or `area`",
        question.code,
        question.kind.name()
    );
    report.mistake(place, &what);
}

/// The variables whose categories the plan uses, with the place.
fn uses(plan: &Plan) -> Vec<(String, Vec<Step<'_>>)> {
    let mut found: Vec<(String, Vec<Step<'_>>)> = needed(plan);
    for (place, indicator) in plan.indicators.iter().enumerate() {
        for (domain, name) in indicator.domains.iter().enumerate() {
            let at = vec![
                "indicator".into(),
                place.into(),
                "domains".into(),
                domain.into(),
            ];
            found.push((name.clone(), at));
        }
    }
    found
}

/// The variables without which a response has no weight or no stratum, with the place.
fn needed(plan: &Plan) -> Vec<(String, Vec<Step<'_>>)> {
    let mut found = Vec::new();
    let weighting = &plan.weighting;
    let at = |table: &'static str, key: &'static str, place: usize| {
        vec![Step::Key(table), Step::Key(key), Step::Index(place)]
    };
    for (place, dimension) in weighting.rake.iter().enumerate() {
        for part in dimension.split('*') {
            found.push((part.to_owned(), at("weighting", "rake", place)));
        }
    }
    if !["none", "frame"].contains(&weighting.base.as_str()) {
        for part in weighting.base.split('*') {
            found.push((part.to_owned(), vec!["weighting".into(), "base".into()]));
        }
    }
    for (place, name) in weighting.calibrators.iter().enumerate() {
        found.push((name.clone(), at("weighting", "calibrators", place)));
    }
    for (place, name) in plan.design.strata.iter().enumerate() {
        found.push((name.clone(), at("design", "strata", place)));
    }
    found
}

/// Reports weights and strata that cannot be made.
pub(super) fn weighting(report: &mut Report<'_>, plan: &Plan, questionnaire: &Questionnaire) {
    for (name, place) in needed(plan) {
        let Some(variable) = plan.variables.get(name.as_str()) else {
            // An unknown calibrator is reported when the plan is read.
            if name != "mode" && !plan.weighting.calibrators.contains(&name) {
                let what = format!(
                    "`{name}` is not a variable of the plan, so no response has a weight; add it \
                     under [variables]"
                );
                report.mistake(&place, &what);
            }
            continue;
        };
        if let Some(question) = questionnaire.question(&variable.question) {
            asked_of_all(report, &place, &name, question, plan);
        }
    }
    twice(report, "rake", &plan.weighting.rake);
    twice(report, "calibrators", &plan.weighting.calibrators);
    if let Some([low, high]) = plan.weighting.bounds
        && !((0.0..1.0).contains(&low) && high > 1.0 && high.is_finite())
    {
        let what =
            format!("the bounds {low} and {high} do not lie around 1; write bounds = [0.3, 3]");
        report.mistake(&["weighting".into(), "bounds".into()], &what);
    }
}

/// Reports a variable of the weights that some are never asked.
fn asked_of_all(
    report: &mut Report<'_>,
    place: &[Step<'_>],
    name: &str,
    question: &Question,
    plan: &Plan,
) {
    let code = &question.code;
    if question.interviewer_only && !plan.modes.online.is_empty() {
        let what = format!(
            "nobody is asked `{code}` online, so no response by the open link has a value of \
             `{name}`, and none would count; use a question that everyone is asked"
        );
        report.mistake(place, &what);
    } else if !question.required || question.ask_if.is_some() {
        let what = format!(
            "`{code}` need not be answered, and who does not answer it is left out of the figures; \
             make it required, without ask_if"
        );
        report.warning(place, &what);
    }
}

fn twice(report: &mut Report<'_>, key: &str, names: &[String]) {
    let mut seen = BTreeSet::new();
    for (place, name) in names.iter().enumerate() {
        if !seen.insert(name) {
            let what = format!("`{name}` is named twice; keep one");
            report.mistake(&["weighting".into(), key.into(), place.into()], &what);
        }
    }
}

/// Reports exclusions that are no rules, exclude everyone, or nobody.
pub(super) fn exclusions(report: &mut Report<'_>, plan: &Plan) {
    let mut codes = BTreeSet::new();
    for (place, exclusion) in plan.exclusions.iter().enumerate() {
        let at = ["exclusion".into(), place.into(), "rule".into()];
        let code = &exclusion.code;
        if !codes.insert(code) {
            let what = format!("two exclusions have the code `{code}`; rename one");
            report.mistake(&["exclusion".into(), place.into(), "code".into()], &what);
        }
        let rule = match Rule::of_response(&exclusion.rule) {
            Ok(rule) => rule,
            Err(mistake) => {
                let what = format!(
                    "exclusion {code}: {}; write a rule about `duration` (seconds) and `mode`, such \
                     as \"duration < 30\"",
                    mistake.message
                );
                report.mistake(&at, &what);
                continue;
            }
        };
        unknown_modes(report, &at, code, &rule);
        let modes = || plan.modes.onsite.iter().chain(&plan.modes.online);
        let of_all = |mode: &String| {
            let mut durations = DURATIONS.into_iter();
            durations.all(|seconds| rule.holds_for_response(Some(seconds), mode))
        };
        if modes().next().is_some() && modes().all(of_all) {
            let what = format!(
                "exclusion {code}: `{}` excludes everyone whose interview takes from 5 seconds to 4 \
                 hours; correct the rule",
                exclusion.rule
            );
            report.mistake(&at, &what);
        }
    }
}

fn unknown_modes(report: &mut Report<'_>, at: &[Step<'_>], code: &str, rule: &Rule) {
    rule.each_equality(&mut |named, literal| {
        if let (true, Literal::Text(mode)) = (named.code == "mode", literal)
            && Mode::from_name(mode).is_none()
        {
            let what = format!(
                "exclusion {code}: there is no mode '{mode}'; use 'online', 'onsite', \
                 'paper', 'phone' or 'intercept'"
            );
            report.mistake(at, &what);
        }
    });
}

/// Reports minimums that no sample can reach.
pub(super) fn minimums(report: &mut Report<'_>, plan: &Plan, people: Option<f64>) {
    let Some(people) = people else {
        return;
    };
    let is_too_many = |n: u64| n.to_string().parse::<f64>().is_ok_and(|n| n > people);
    if let Some(n) = plan.weighting.minimum_sampled.filter(|n| is_too_many(*n)) {
        let what = format!(
            "minimum_sampled {n} is more than the population of {people}, so there would never be a \
             verdict; correct one of them"
        );
        report.mistake(&["weighting".into(), "minimum_sampled".into()], &what);
    }
    for (place, indicator) in plan.indicators.iter().enumerate() {
        if let Some(n) = indicator.minimum_sample.filter(|n| is_too_many(*n)) {
            let what = format!(
                "indicator {}: minimum_sample {n} is more than the population of {people}, so there \
                 would never be a verdict; correct one of them",
                indicator.code
            );
            let at = ["indicator".into(), place.into(), "minimum_sample".into()];
            report.mistake(&at, &what);
        }
    }
}

/// Whether the volunteers have a sample to be compared with.
pub(super) fn combine(report: &mut Report<'_>, plan: &Plan) {
    if plan.modes.combine == Combine::Calibrated && plan.weighting.calibrators.is_empty() {
        let what = "combine = \"calibrated\" ties the volunteers to the sample by calibrators, but \
                    there are none; add calibrators under [weighting], or write combine = \"sampled\"";
        report.mistake(&["modes".into(), "combine".into()], what);
    }
}
