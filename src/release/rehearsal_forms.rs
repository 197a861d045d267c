//! Fictional forms that a questionnaire accepts: every drawn PSU, every choice, and shares as in the
//! population. Without randomness: the same forms each time.

use std::collections::BTreeMap;

use crate::questionnaire::answer::{self, Complete, Mode, Outcome};
use crate::questionnaire::{Areas, Choice, Kind, Question};
use crate::survey::categories::{self, Category};
use crate::survey::plan::Plan;
use crate::survey::{FrameUnit, Survey};

/// How often a form is corrected before it is given up.
const ATTEMPTS: usize = 40;

/// Fewest and most responses of a sample.
const SIZES: (f64, f64) = (480.0, 4_000.0);

/// Responses that the smallest category of the population has at least.
const SMALLEST: f64 = 4.0;

/// Answers by question.
type Given<'a> = BTreeMap<&'a str, String>;

/// Fills in forms of a survey.
pub(super) struct Forms<'a> {
    survey: &'a Survey,
    plan: &'a Plan,
    areas: &'a Areas,
    /// The categories of each dimension that the plan weights to, with their population.
    dimensions: Vec<Vec<(Category<'a>, f64)>>,
}

impl<'a> Forms<'a> {
    /// Forms of `survey`.
    pub(super) fn of(survey: &'a Survey, plan: &'a Plan, areas: &'a Areas) -> Forms<'a> {
        let base = Some(&plan.weighting.base);
        let names = plan.weighting.rake.iter().chain(base);
        let dimensions = names.filter_map(|name| {
            let figures = survey.population.dimensions.get(name)?;
            let found = categories::of_dimension(name, plan, &survey.questionnaire, areas)?;
            let mut ways: BTreeMap<String, f64> = BTreeMap::new();
            for (category, _) in &found {
                *ways.entry(category.clone()).or_insert(0.0) += 1.0;
            }
            let weighted = found.into_iter().map(|own| {
                let people = figures.get(&own.0).map_or(0.0, |figure| figure.population);
                let ways = ways.get(&own.0).copied().unwrap_or(1.0);
                (own, people / ways)
            });
            Some(weighted.collect())
        });
        Forms {
            survey,
            plan,
            areas,
            dimensions: dimensions.collect(),
        }
    }

    /// How many responses a sample needs so that no category is empty.
    pub(super) fn sample_size(&self) -> usize {
        let smallest = self.dimensions.iter().filter_map(|cells| {
            let total: f64 = cells.iter().map(|(_, people)| people).sum();
            let people = cells.iter().map(|(_, people)| *people);
            let least = people.filter(|people| *people > 0.0).reduce(f64::min)?;
            Some(least / total)
        });
        let needed = smallest
            .reduce(f64::min)
            .map_or(0.0, |share| SMALLEST / share);
        let size = needed.clamp(SIZES.0, SIZES.1).ceil();
        format!("{size:.0}").parse().unwrap_or(480)
    }

    /// The answers of the fictional respondent `number`, who lives in `unit`; `None` if no answers
    /// were found that the questionnaire accepts.
    pub(super) fn fill(
        &self,
        number: u64,
        mode: Mode,
        unit: Option<&FrameUnit>,
    ) -> Option<Complete> {
        let mut given = self.place(unit);
        for (index, cells) in (1_u64..).zip(&self.dimensions) {
            draw(cells, spread(number, index), &mut given);
        }
        let mut salts: BTreeMap<String, u64> = BTreeMap::new();
        for _ in 0..ATTEMPTS {
            let fields = self.fields(number, &given, &salts);
            let questionnaire = &self.survey.questionnaire;
            let all = || fields.iter().map(|(code, value)| (*code, value.as_str()));
            let asked = answer::asked(questionnaire, self.areas, mode, all());
            let fields = all().filter(|(code, _)| asked.contains(code));
            let wrong: Vec<String> = match answer::parse(questionnaire, self.areas, mode, fields) {
                Outcome::Complete(complete) => return Some(complete),
                Outcome::ScreenedOut { question, .. } => vec![question],
                Outcome::Faults(faults) => faults.into_iter().map(|fault| fault.code).collect(),
            };
            for question in wrong {
                *salts.entry(question).or_insert(0) += 1;
            }
        }
        None
    }

    /// What the place of a respondent answers.
    fn place(&self, unit: Option<&FrameUnit>) -> Given<'a> {
        let Some(unit) = unit else {
            return Given::new();
        };
        let variables = self.plan.variables.iter();
        let answers = variables.filter_map(|(name, variable)| {
            let question = self.survey.questionnaire.question(&variable.question)?;
            match question.kind {
                Kind::Area { .. } => Some((question.code.as_str(), unit.area.clone())),
                _ if name == "urban" => Some((question.code.as_str(), unit.urban.clone())),
                _ => None,
            }
        });
        answers.collect()
    }

    fn fields(
        &self,
        number: u64,
        given: &Given<'a>,
        salts: &BTreeMap<String, u64>,
    ) -> Vec<(&'a str, String)> {
        let mut fields = Vec::new();
        for (place, (_, question)) in (11_u64..).zip(self.survey.questionnaire.questions()) {
            let code = question.code.as_str();
            if let Some(answer) = given.get(code) {
                fields.push((code, answer.clone()));
                continue;
            }
            let salt = salts.get(code).copied().unwrap_or(0);
            let draw = hash(
                number
                    .wrapping_mul(31)
                    .wrapping_add(place)
                    .wrapping_add(salt << 32),
            );
            for answer in self.answers(question, draw, salt) {
                fields.push((code, answer));
            }
        }
        fields
    }

    /// An answer to a question; several for several choices.
    fn answers(&self, question: &Question, draw: u64, salt: u64) -> Vec<String> {
        let one = |codes: Vec<&str>| {
            let code = codes
                .get(pick(draw, codes.len()))
                .map(|code| (*code).to_owned());
            code.into_iter().collect()
        };
        match &question.kind {
            Kind::Single(choices) => one(choices.iter().map(|own| own.code.as_str()).collect()),
            Kind::Multiple {
                choices,
                min_choices,
                ..
            } => {
                let free: Vec<&Choice> = choices.iter().filter(|own| !own.exclusive).collect();
                let first = pick(draw, free.len());
                let wanted = usize::try_from((*min_choices).max(1)).unwrap_or(1);
                let chosen = free.iter().cycle().skip(first).take(wanted.min(free.len()));
                chosen.map(|own| own.code.clone()).collect()
            }
            Kind::Integer { min, max, .. } => {
                // Small numbers first, then the whole range, then the ends: a rule may want any.
                let low = (*min).max(0).min(*max);
                let small = i64::try_from(draw % 12).unwrap_or(0);
                let number = match salt % 4 {
                    0 | 1 => low.saturating_add(small).min(*max),
                    2 => *min,
                    _ => *max,
                };
                vec![number.to_string()]
            }
            Kind::Decimal { min, max, .. } => {
                let low = min.max(0.0).min(*max);
                let small = u32::try_from(draw % 12).map_or(0.0, f64::from);
                let number = match salt % 4 {
                    0 | 1 => (low + small).min(*max),
                    2 => *min,
                    _ => *max,
                };
                vec![number.to_string()]
            }
            Kind::Text { .. } => vec!["x".to_owned()],
            Kind::Area { kinds } => one(self
                .areas
                .of_kinds(kinds)
                .map(|area| area.code.as_str())
                .collect()),
            Kind::Note => Vec::new(),
        }
    }
}

/// Draws a category by its population, among those that agree with what is given, and adds its
/// answers.
fn draw<'a>(cells: &[(Category<'a>, f64)], at: f64, given: &mut Given<'a>) {
    let agrees = |category: &Category<'a>| {
        let mut answers = category.1.iter();
        answers.all(|(question, code)| given.get(question).is_none_or(|own| own == code))
    };
    let open: Vec<&(Category<'a>, f64)> = cells
        .iter()
        .filter(|(category, _)| agrees(category))
        .collect();
    let total: f64 = open.iter().map(|(_, people)| people).sum();
    let mut left = at * total;
    let chosen = open.iter().find(|(_, people)| {
        left -= people;
        left < 0.0
    });
    if let Some(((_, answers), _)) = chosen.or(open.last()) {
        let answers = answers.iter();
        given.extend(answers.map(|(question, code)| (*question, (*code).to_owned())));
    }
}

/// Spreads the respondents evenly over 0 to 1, unlike in every dimension (Kronecker sequence).
fn spread(number: u64, dimension: u64) -> f64 {
    const ROOTS: [f64; 8] = [
        0.414_213_562_373_095,
        0.732_050_807_568_877,
        0.236_067_977_499_790,
        0.645_751_311_064_591,
        0.316_624_790_355_400,
        0.605_551_275_463_989,
        0.123_105_625_617_661,
        0.358_898_943_540_674,
    ];
    let step = ROOTS
        .get(pick(dimension, ROOTS.len()))
        .copied()
        .unwrap_or(0.5);
    let number = u32::try_from(number + 1).map_or(0.0, f64::from);
    (number * step).fract()
}

fn pick(draw: u64, n: usize) -> usize {
    let n = u64::try_from(n.max(1)).unwrap_or(1);
    usize::try_from(draw % n).unwrap_or(0)
}

/// SplitMix64 (Steele, Lea and Flood 2014).
fn hash(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (number ^ (number >> 31)) >> 8
}
