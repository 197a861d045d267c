//! Figures from fictional responses: finds what a plan cannot compute before anybody has answered.

use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::{Disclosed, Reason};
use crate::estimation;
use crate::questionnaire::{self, answer::Mode};
use crate::release::compute::{ComputeError, figures};
use crate::release::dataset::Builder;
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::rehearsal_forms::Forms;
use crate::store::StoredResponse;
use crate::survey::plan::{Combine, IndicatorKind, Plan};
use crate::survey::{Catalogue, FrameUnit, Survey};

/// Seconds that a fictional interview takes at least.
const SECONDS: i64 = 300;

/// What is wrong with figures from fictional responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Where it is.
    pub place: Place,
    /// What is wrong, and the cure.
    pub what: String,
    /// Whether real responses could be free of it.
    pub is_by_chance: bool,
}

/// Where an obstacle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The rules of the questionnaire.
    Questionnaire,
    /// The plan as a whole.
    Plan,
    /// An indicator of the plan, counted from 0.
    Indicator(usize),
}

impl Obstacle {
    fn of_all(what: String) -> Obstacle {
        Obstacle {
            place: Place::Plan,
            what,
            is_by_chance: false,
        }
    }
}

/// Computes the figures of `survey` from fictional responses, and says what is in the way. Nothing
/// without a plan.
#[must_use]
pub fn obstacles(catalogue: &Catalogue, survey: &Survey) -> Vec<Obstacle> {
    let Some(plan) = &survey.plan else {
        return Vec::new();
    };
    let warned: Vec<String> =
        questionnaire::warnings(&survey.questionnaire_source, "", &catalogue.areas)
            .iter()
            .map(|warning| warning.message.clone())
            .collect();
    let responses = responses(catalogue, survey, plan);
    if responses.is_empty() {
        return vec![Obstacle {
            place: Place::Questionnaire,
            what:
                "no form could be filled in that the questionnaire accepts, so there would be no \
                   response; correct its screen_out_if and valid_if"
                    .to_owned(),
            is_by_chance: warned.is_empty(),
        }];
    }
    let silent = silent_questions(survey, plan, &responses, &warned);
    if !silent.is_empty() {
        return silent;
    }
    match rehearse(catalogue, survey, plan, &responses) {
        Ok(figures) => judge(&figures, survey),
        Err(obstacle) => vec![obstacle],
    }
}

/// The questions of indicators that no fictional response answers. That is no chance if it is
/// `warned` of their rules.
fn silent_questions(
    survey: &Survey,
    plan: &Plan,
    responses: &[StoredResponse],
    warned: &[String],
) -> Vec<Obstacle> {
    let mut answered: BTreeSet<String> = BTreeSet::new();
    for response in responses {
        let answers = serde_json::from_str::<serde_json::Map<_, _>>(&response.answers);
        answered.extend(
            answers
                .unwrap_or_default()
                .into_iter()
                .map(|(code, _)| code),
        );
    }
    let mut found = Vec::new();
    for (place, indicator) in plan.indicators.iter().enumerate() {
        for code in indicator
            .questions()
            .filter(|code| !answered.contains(*code))
        {
            let mut questions = survey.questionnaire.questions();
            let section = questions.find(|(_, question)| question.code == code);
            let section = section.map_or("", |(section, _)| section.code.as_str());
            let names = [format!("question `{code}`"), format!("section `{section}`")];
            let names_it = |own: &String| names.iter().any(|name| own.contains(name));
            found.push(Obstacle {
                place: Place::Indicator(place),
                what: format!(
                    "indicator {}: no fictional response answers `{code}`; correct the ask_if of \
                     the question or of its section",
                    indicator.code
                ),
                is_by_chance: !warned.iter().any(names_it),
            });
        }
    }
    found
}

/// The figures of fictional responses.
///
/// # Errors
/// What keeps them from being computed.
fn rehearse(
    catalogue: &Catalogue,
    survey: &Survey,
    plan: &Plan,
    responses: &[StoredResponse],
) -> Result<Figures, Obstacle> {
    let rows = u64::try_from(responses.len()).unwrap_or(u64::MAX);
    let unreadable = |error: &dyn std::fmt::Display| Obstacle::of_all(error.to_string());
    let mut builder =
        Builder::new(survey, plan, &catalogue.areas, rows).map_err(|error| unreadable(&error))?;
    builder
        .push(responses)
        .map_err(|error| unreadable(&error))?;
    let dataset = builder.finish().map_err(|error| unreadable(&error))?;
    figures(catalogue, survey, &dataset, &BTreeMap::new()).map_err(|error| refused(&error, plan))
}

/// What the estimation refuses, and of which indicator.
fn refused(error: &ComputeError, plan: &Plan) -> Obstacle {
    use estimation::Code;
    let ComputeError::Estimation(found) = error else {
        return Obstacle::of_all(format!(
            "{error}: every fictional response is left out; correct exclusions, modes and the \
             variables of [weighting]"
        ));
    };
    let mut indicators = plan.indicators.iter();
    let named = |code: &str| {
        let mut words = found.message().split([' ', ':', '/', '`', ',']);
        words.any(|word| word == code)
    };
    let by_chance = [Code::RakingNotConverged, Code::CalibrationInfeasible];
    Obstacle {
        place: indicators
            .position(|indicator| named(&indicator.code))
            .map_or(Place::Plan, Place::Indicator),
        what: format!(
            "figures from fictional responses cannot be computed: {}",
            found.message()
        ),
        is_by_chance: by_chance.contains(&found.kind()),
    }
}

/// What is wrong with figures that were computed.
fn judge(figures: &Figures, survey: &Survey) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for (place, indicator) in figures.indicators.iter().enumerate() {
        let mut say = |what: String| {
            found.push(Obstacle {
                place: Place::Indicator(place),
                what: format!("indicator {}: {what}", indicator.code),
                is_by_chance: false,
            });
        };
        if is_empty(&indicator.whole) {
            say("fictional responses give it no value; correct its items or terms".to_owned());
        }
        for table in indicator
            .domains
            .iter()
            .filter(|table| table.rows.is_empty())
        {
            say(format!(
                "the domain `{}` has no level; correct its variable",
                table.dimension
            ));
        }
        for (code, share) in constant_items(indicator, survey) {
            say(format!(
                "the item `{code}` is {share} whatever is answered; correct counts"
            ));
        }
    }
    found
}

fn is_empty(estimate: &Disclosed) -> bool {
    let few = Reason::FewAnswers;
    matches!(estimate, Disclosed::Suppressed { reason, .. } if *reason == few)
}

/// Items of a share whose estimate is exactly 0 or 1 although every choice was made.
fn constant_items<'f>(
    indicator: &'f IndicatorFigures,
    survey: &Survey,
) -> Vec<(&'f str, &'static str)> {
    let sections = indicator.sections.iter().flat_map(|section| &section.items);
    let constant = sections.filter_map(|item| {
        let question = survey.questionnaire.question(&item.code)?;
        let estimate = item.estimate.shown()?.estimate;
        let is_share = indicator.kind == IndicatorKind::Share && !question.choices().is_empty();
        match estimate {
            _ if !is_share => None,
            0.0 => Some((item.code.as_str(), "0 %")),
            1.0 => Some((item.code.as_str(), "100 %")),
            _ => None,
        }
    });
    constant.collect()
}

/// Fictional responses: from every drawn PSU, and volunteers where the link is open.
fn responses(catalogue: &Catalogue, survey: &Survey, plan: &Plan) -> Vec<StoredResponse> {
    let forms = Forms::of(survey, plan, &catalogue.areas);
    let drawn: Vec<&FrameUnit> = survey
        .frame
        .iter()
        .filter(|unit| unit.selected == 1)
        .collect();
    let size = forms.sample_size();
    let modes = |names: &[String]| -> Vec<Mode> {
        names
            .iter()
            .filter_map(|name| Mode::from_name(name))
            .collect()
    };
    let (onsite, online) = (modes(&plan.modes.onsite), modes(&plan.modes.online));
    let sampled_by = if onsite.is_empty() { &online } else { &onsite };
    let mut found = Vec::new();
    let sampled = size
        .next_multiple_of(drawn.len().max(1))
        .max(2 * drawn.len());
    for (number, mode) in sampled_by.iter().cycle().take(sampled).enumerate() {
        let unit = drawn.get(number % drawn.len().max(1)).copied();
        let psu = match unit {
            Some(unit) => unit.psu.clone(),
            None if plan.design.psu.is_some() => format!("p{}", number % 40),
            None => String::new(),
        };
        found.extend(response(&forms, survey, found.len(), *mode, (psu, unit)));
    }
    if plan.modes.combine != Combine::Pool {
        for (number, mode) in online.iter().cycle().take(size / 2).enumerate() {
            let place = number.wrapping_mul(7_919) % survey.frame.len().max(1);
            let unit = survey.frame.get(place);
            let place = (String::new(), unit);
            found.extend(response(&forms, survey, found.len(), *mode, place));
        }
    }
    found
}

fn response(
    forms: &Forms<'_>,
    survey: &Survey,
    number: usize,
    mode: Mode,
    (psu, unit): (String, Option<&FrameUnit>),
) -> Option<StoredResponse> {
    let leaf_index = i64::try_from(number).ok()?;
    let answers = forms.fill(u64::try_from(number).ok()?, mode, unit)?;
    let seconds = SECONDS + leaf_index % 600;
    Some(StoredResponse {
        id: format!("00000000-0000-4000-8000-{number:012}"),
        survey: survey.id.clone(),
        questionnaire_hash: survey.questionnaire_hash.clone(),
        mode: mode.as_str().to_owned(),
        channel: String::new(),
        psu,
        area: unit.map_or_else(String::new, |unit| unit.area.clone()),
        received_at: seconds * 1_000_000,
        started_at: Some(0),
        finished_at: Some(seconds * 1_000_000),
        duration: Some(seconds),
        enumerator: String::new(),
        device: String::new(),
        flags: String::new(),
        answers: answers.canonical_json(),
        nonce: String::new(),
        leaf_index,
    })
}
