//! What a person's background is: sex, age, schooling, traits that no census counts; what each changes.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::questionnaire::Kind;
use crate::survey::Survey;

/// Change of the chance of a positive answer in the first and the last category of a variable,
/// linear between.
const EFFECTS: [(&str, f64, f64); 4] = [
    ("sex", -0.004, 0.004),
    ("age", -0.060, 0.022),
    ("schooling", 0.018, -0.085),
    ("urban", -0.030, 0.014),
];

/// How much likelier the first and the last category of a variable are to answer the open link,
/// linear between.
const ONLINE: [(&str, f64, f64); 4] = [
    ("sex", 1.0, 1.3),
    ("age", 4.0, 0.5),
    ("schooling", 0.4, 6.0),
    ("urban", 2.5, 1.0),
];

/// How the members of a group of answers divide, in parts of the group, where the population file
/// has only the group. 大专 and 本科 are the counts of the 2020 census; the others follow the census
/// of 遂平县, less the children among 小学.
const WITHIN_GROUP: [(&str, f64); 5] = [
    ("primary", 0.32),
    ("junior", 0.50),
    ("senior", 0.18),
    ("college", 0.65),
    ("bachelor", 0.35),
];

/// An answer, its share of the population (0 to 1), and how much likelier those people are to answer
/// the open link.
type Answer = (&'static str, f64, f64);

/// Traits that no census counts, by question. They do not change other answers.
const TRAITS: [(&str, &[Answer]); 3] = [
    (
        "internet",
        &[
            ("daily", 0.68, 3.0),
            ("sometimes", 0.12, 1.0),
            ("never", 0.20, 0.05),
        ],
    ),
    ("surveyed", &[("1", 0.18, 4.0), ("0", 0.82, 1.0)]),
    ("civic", &[("1", 0.12, 2.0), ("0", 0.88, 1.0)]),
];

/// Chance that a drawn person is invited and answers online: in the first and the last category of
/// age, linear between.
const INVITED: (f64, f64) = (0.45, 0.05);

/// A background question and its answers.
pub struct Background<'a> {
    pub variable: &'a str,
    pub question: &'a str,
    categories: Vec<Category<'a>>,
}

pub struct Category<'a> {
    pub code: &'a str,
    /// Share of the population, 0 to 1.
    share: f64,
    pub effect: f64,
    online: f64,
    /// Chance that a drawn person of this category answers online.
    pub invited: f64,
}

impl<'a> Background<'a> {
    /// A category. Urban or rural follows from the place; the others are drawn: as in the population
    /// for the sampled, with the chances of the open link for the others.
    pub fn draw(
        &self,
        urban: &str,
        is_sampled: bool,
        random: &mut ChaCha8Rng,
    ) -> Option<&Category<'a>> {
        let mut categories = self.categories.iter();
        if self.variable == "urban" {
            return categories.find(|category| category.code == urban);
        }
        let weights = categories
            .map(|category| category.share * if is_sampled { 1.0 } else { category.online });
        let weights: Vec<f64> = weights.collect();
        self.categories.get(pick(random, &weights))
    }
}

/// The variables of the plan whose shares are known, categories in the order of the questionnaire's
/// choices.
pub fn backgrounds(survey: &Survey) -> Vec<Background<'_>> {
    let variables = survey.plan.iter().flat_map(|plan| &plan.variables);
    let found = variables.filter_map(|(variable, source)| {
        let trait_of = |(name, answers): &(&str, _)| (*name == source.question).then_some(*answers);
        if let Some(answers) = TRAITS.iter().find_map(trait_of) {
            return trait_background(survey, variable, &source.question, answers);
        }
        let question = survey.questionnaire.question(&source.question)?;
        let Kind::Single(choices) = &question.kind else {
            return None;
        };
        let shares = population(survey, variable)?;
        let total: f64 = shares.values().sum();
        let n_steps = u32::try_from(choices.len().saturating_sub(1).max(1)).unwrap_or(1);
        let places = (0_u32..).map(|rank| f64::from(rank) / f64::from(n_steps));
        let placed: Vec<(&str, f64)> = choices
            .iter()
            .map(|choice| choice.code.as_str())
            .zip(places)
            .collect();
        let categories = placed.iter().map(|(code, _)| {
            // All answers of a group have one place, so that weighting by group is enough.
            let group = source.category(code);
            let members = || {
                let placed = placed.iter();
                placed.filter(|(member, _)| source.category(member) == group)
            };
            let place = mean(members().map(|(_, place)| *place));
            let parts: f64 = members().map(|(member, _)| part_of_group(member)).sum();
            let share = shares.get(group).copied().unwrap_or(0.0) / total;
            Category {
                code,
                share: share * part_of_group(code) / parts,
                effect: along(&EFFECTS, variable, place, 0.0),
                online: along(&ONLINE, variable, place, 1.0),
                invited: INVITED.0 + (INVITED.1 - INVITED.0) * place,
            }
        });
        let mut categories: Vec<Category> = categories.collect();
        let effects = categories.iter();
        let mean: f64 = effects
            .map(|category| category.share * category.effect)
            .sum();
        for category in &mut categories {
            category.effect -= mean;
        }
        Some(Background {
            variable,
            question: &question.code,
            categories,
        })
    });
    found.collect()
}

/// A trait that no census counts; `None` if `question` has other answers.
fn trait_background<'a>(
    survey: &'a Survey,
    variable: &'a str,
    question: &'a str,
    answers: &[Answer],
) -> Option<Background<'a>> {
    let choices = survey.questionnaire.question(question)?.choices();
    let categories = answers.iter().map(|(code, share, online)| {
        let is_offered = choices.iter().any(|choice| choice.code == *code);
        is_offered.then_some(Category {
            code,
            share: *share,
            effect: 0.0,
            online: *online,
            invited: 0.0,
        })
    });
    Some(Background {
        variable,
        question,
        categories: categories.collect::<Option<_>>()?,
    })
}

/// The part that the answer `code` has in its group.
fn part_of_group(code: &str) -> f64 {
    let mut parts = WITHIN_GROUP.iter();
    let part = parts.find(|(member, _)| *member == code);
    part.map_or(1.0, |(_, part)| *part)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// Population by category of `variable`, from its own dimension or summed from `county*urban`.
fn population<'a>(survey: &'a Survey, variable: &str) -> Option<BTreeMap<&'a str, f64>> {
    let dimensions = &survey.population.dimensions;
    if let Some(figures) = dimensions.get(variable) {
        let figures = figures.iter();
        return Some(
            figures
                .map(|(category, figure)| (category.as_str(), figure.population))
                .collect(),
        );
    }
    let crossed = dimensions.get("county*urban");
    let crossed = crossed.filter(|_| variable == "urban")?;
    let mut shares = BTreeMap::new();
    for (category, figure) in crossed {
        let (_, urban) = category.split_once('*')?;
        *shares.entry(urban).or_insert(0.0) += figure.population;
    }
    Some(shares)
}

/// The value at `place` (0 first category, 1 last) on the line of `variable`.
fn along(lines: &[(&str, f64, f64)], variable: &str, place: f64, otherwise: f64) -> f64 {
    let mut lines = lines.iter();
    let line = lines.find(|(name, _, _)| *name == variable);
    line.map_or(otherwise, |(_, first, last)| first + (last - first) * place)
}

/// An index drawn with chances proportional to `weights`.
pub fn pick(random: &mut ChaCha8Rng, weights: &[f64]) -> usize {
    let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    weights.len().saturating_sub(1)
}
