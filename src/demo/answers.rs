//! What a person answers: ratings, activities, counts, and all questions without an indicator.
//!
//! An answer is positive with exactly the chance that the truth says, plus the person's effect. The
//! answers of one person and of one village agree more often than by chance, as real ones do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::demo::persons::Person;
use crate::demo::shops;
use crate::demo::truth::Truth;
use crate::questionnaire::{Choice, Kind, Question};
use crate::survey::Survey;
use crate::survey::plan::IndicatorSection;

/// Chance that an answer follows the person's mood.
const PERSON_SHARE: f64 = 0.5;

/// Chance that an answer on site follows the village's mood; the correlation between neighbours is
/// about its square.
const CLUSTER_SHARE: f64 = 0.16;

/// Share of items answered with "don't know".
const ITEM_NONRESPONSE: f64 = 0.04;

/// Chance that a person who takes part does each further activity.
const FURTHER_ACTIVITY: f64 = 0.55;

/// Form fields: question codes and what is filled in.
pub type Fields<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// How the persons of one wave answer.
pub struct Answers<'a> {
    survey: &'a Survey,
    /// Village and item, and the number from 0 to 1 that decides a part of its answers.
    village_moods: BTreeMap<(&'a str, &'a str), f64>,
}

impl<'a> Answers<'a> {
    /// Answers to the questionnaire of `survey`.
    pub fn of(survey: &'a Survey) -> Answers<'a> {
        Answers {
            survey,
            village_moods: BTreeMap::new(),
        }
    }

    /// The answers of `person` to all questions but those that [`shops::sales`] answers.
    pub fn of_person(
        &mut self,
        person: &Person<'a>,
        truth: &Truth<'a>,
        random: &mut ChaCha8Rng,
    ) -> Fields<'a> {
        let background = person.background.iter();
        let mut fields: Fields = background
            .map(|(question, code)| (*question, Cow::Borrowed(*code)))
            .collect();
        self.fill_others(person, truth, random, &mut fields);
        for section in truth.sections() {
            if truth.is_activity(section) {
                self.take_part(person, truth, section, random, &mut fields);
                continue;
            }
            for item in &section.items {
                let chance = truth.item(item) + person.effect;
                let positive = self.is_positive(person, item, chance, random);
                fields.push((item, rating(positive, random).into()));
            }
        }
        for term in truth.counted() {
            let mean = truth.mean_count(&term.question)
                * (1.0 - 3.0 * person.effect)
                * (0.4 + 1.2 * person.mood);
            let count = poisson(mean, random);
            fields.push((&term.question, count.to_string().into()));
        }
        fields
    }

    /// Answers the questions that no background variable and no indicator covers.
    fn fill_others(
        &mut self,
        person: &Person<'a>,
        truth: &Truth<'a>,
        random: &mut ChaCha8Rng,
        fields: &mut Fields<'a>,
    ) {
        let items = truth.sections().flat_map(|section| &section.items);
        let counted = truth.counted().map(|term| term.question.as_str());
        let sold = truth.plan().into_iter().flat_map(shops::questions);
        let planned: Vec<&str> = items
            .map(String::as_str)
            .chain(counted)
            .chain(sold)
            .collect();
        for (_, question) in self.survey.questionnaire.questions() {
            let is_filled = fields.iter().any(|(code, _)| *code == question.code);
            if is_filled || planned.contains(&question.code.as_str()) {
                continue;
            }
            let answer = self.other(question, person, truth, random);
            fields.extend(answer.map(|answer| (question.code.as_str(), answer)));
        }
    }

    /// An answer to a question that no indicator uses; `None` leaves it empty.
    fn other(
        &mut self,
        question: &'a Question,
        person: &Person<'a>,
        truth: &Truth<'a>,
        random: &mut ChaCha8Rng,
    ) -> Option<Cow<'a, str>> {
        match &question.kind {
            Kind::Area { .. } => Some(person.area.into()),
            // The first choice of a screening question says that the person belongs to the
            // population.
            Kind::Single(choices) if question.screen_out_if.is_some() => code(choices.first()),
            Kind::Single(choices) => {
                let chance = truth.level(&question.code) + person.effect;
                let positive = self.is_positive(person, &question.code, chance, random);
                choose(choices, positive, random)
            }
            Kind::Multiple { choices, .. } => {
                code(choices.get(random.random_range(0..choices.len().max(1))))
            }
            Kind::Integer { min, .. } if question.required => Some(min.to_string().into()),
            Kind::Decimal { min, .. } if question.required => Some(min.to_string().into()),
            Kind::Text { .. } if question.required => {
                let number = random.random_range(1..900_u32);
                Some(format!("示例商店{number}").into())
            }
            Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Text { .. } | Kind::Note => None,
        }
    }

    /// Answers a section of activities: at least one of them for those who take part, else none.
    fn take_part(
        &mut self,
        person: &Person<'a>,
        truth: &Truth<'a>,
        section: &'a IndicatorSection,
        random: &mut ChaCha8Rng,
        fields: &mut Fields<'a>,
    ) {
        let chance = truth.level(&section.code) + person.effect;
        let takes_part = self.is_positive(person, &section.code, chance, random);
        let certain = random.random_range(0..section.items.len().max(1));
        for (index, item) in section.items.iter().enumerate() {
            let does = takes_part && (index == certain || random.random_bool(FURTHER_ACTIVITY));
            let is_unknown = index != certain && random.random_bool(ITEM_NONRESPONSE);
            let question = self.survey.questionnaire.question(item);
            let choices = question.map_or(&[][..], Question::choices);
            let mut substantive = choices.iter().filter(|choice| !choice.missing);
            let (yes, no) = (substantive.next(), substantive.next());
            let unknown = choices.iter().find(|choice| choice.missing && is_unknown);
            let chosen = unknown.or(if does { yes } else { no });
            fields.push((item, code(chosen).unwrap_or_default()));
        }
    }

    /// Whether an answer is positive: over all persons with exactly that chance.
    fn is_positive(
        &mut self,
        person: &Person<'a>,
        item: &'a str,
        chance: f64,
        random: &mut ChaCha8Rng,
    ) -> bool {
        let draw: f64 = random.random();
        let value = match person.psu {
            _ if draw < PERSON_SHARE => person.mood,
            Some(psu) if draw < PERSON_SHARE + CLUSTER_SHARE => {
                let fresh: f64 = random.random();
                *self.village_moods.entry((psu, item)).or_insert(fresh)
            }
            _ => random.random(),
        };
        value < chance
    }
}

fn code(choice: Option<&Choice>) -> Option<Cow<'_, str>> {
    choice.map(|choice| Cow::Borrowed(choice.code.as_str()))
}

/// One of the choices: a rating on the satisfaction scale; else one of the first half where the
/// answer is positive, any of them where it is not.
fn choose<'a>(
    choices: &'a [Choice],
    positive: bool,
    random: &mut ChaCha8Rng,
) -> Option<Cow<'a, str>> {
    let substantive = choices.iter().filter(|choice| !choice.missing);
    let substantive: Vec<&Choice> = substantive.collect();
    if is_satisfaction_scale(&substantive) {
        return Some(rating(positive, random).into());
    }
    let most = match positive {
        true => substantive.len().div_ceil(2),
        false => substantive.len(),
    };
    let place = random.random_range(0..most.max(1));
    code(substantive.get(place).copied())
}

/// Codes of the questions that are answered on the satisfaction scale.
pub(super) fn rated(survey: &Survey) -> impl Iterator<Item = &str> {
    let questions = survey.questionnaire.questions();
    questions.filter_map(|(_, question)| {
        let choices = question.choices().iter();
        let substantive: Vec<&Choice> = choices.filter(|choice| !choice.missing).collect();
        is_satisfaction_scale(&substantive).then_some(question.code.as_str())
    })
}

/// Whether the codes are those of the five-step satisfaction scale.
fn is_satisfaction_scale(choices: &[&Choice]) -> bool {
    let mut codes: Vec<&str> = choices.iter().map(|choice| choice.code.as_str()).collect();
    codes.sort_unstable();
    codes == ["1", "2", "3", "4", "5"]
}

/// A code of the satisfaction scale: 4 or 5 if positive, 9 for "don't know".
fn rating(positive: bool, random: &mut ChaCha8Rng) -> &'static str {
    let draw: f64 = random.random();
    match draw {
        _ if random.random_bool(ITEM_NONRESPONSE) => "9",
        draw if positive && draw < 0.45 => "5",
        _ if positive => "4",
        draw if draw < 0.62 => "3",
        draw if draw < 0.9 => "2",
        _ => "1",
    }
}

/// A Poisson number (Knuth, TAOCP 2, 3.4.1, algorithm for small means).
fn poisson(mean: f64, random: &mut ChaCha8Rng) -> u32 {
    let limit = libm::exp(-mean.clamp(0.0, 60.0));
    let mut product: f64 = random.random();
    let mut count = 0;
    while product > limit && count < 200 {
        product *= random.random::<f64>();
        count += 1;
    }
    count
}
