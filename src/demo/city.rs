//! The fictional city: who lives there, what they think, and who answers in which mode.
//!
//! Everyone's chances are linear in what they are, and every effect has mean zero over the population, so the truth
//! behind each figure is known exactly. The open-web sample is skewed towards the young, the urban and the educated,
//! who are less satisfied and throw away more: the raw figure is wrong, the weighted one is not.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::questionnaire::{Kind, Question};
use crate::survey::plan::IndicatorKind;
use crate::survey::plan::{Indicator, Plan, SectionCombine, Term};
use crate::survey::{FrameUnit, Survey};

/// The answers of one fictional response, before they are parsed like any other.
#[derive(Debug, Clone)]
pub struct Filled {
    /// `onsite` or `online`.
    pub mode: &'static str,
    /// The door online; empty on site.
    pub channel: String,
    /// The PSU on site; empty online.
    pub psu: String,
    /// Form fields.
    pub fields: Vec<(String, String)>,
    /// Seconds it took.
    pub seconds: u32,
}

/// What is true of the city, by indicator code: what every estimate of it is held against.
pub type Truth = BTreeMap<String, f64>;

/// Effect on a positive answer from the first to the last category of a variable, linear between.
const EFFECTS: [(&str, f64, f64); 4] = [
    ("sex", -0.004, 0.004),
    ("age", -0.060, 0.022),
    ("education", 0.018, -0.085),
    ("urban", -0.030, 0.014),
];

/// How much likelier the first to the last category is to answer the open link, linear between.
const ONLINE: [(&str, f64, f64); 4] = [
    ("sex", 1.0, 1.3),
    ("age", 4.0, 0.5),
    ("education", 0.4, 6.0),
    ("urban", 2.5, 1.0),
];

/// Largest effect of a county, up or down.
const COUNTY_EFFECT: f64 = 0.012;

/// Chance that an answer follows the person's mood instead of a fresh thought, so that items of one person agree.
const PERSON_SHARE: f64 = 0.5;

/// Chance that an answer follows the village's mood, so that neighbours agree (their correlation is about the square).
const CLUSTER_SHARE: f64 = 0.16;

/// Share of the responses that are collected on site.
const ONSITE_SHARE: f64 = 0.5;

/// Share of items left at "don't know" or blank.
const ITEM_NONRESPONSE: f64 = 0.04;

/// The people of one wave.
pub struct City<'a> {
    survey: &'a Survey,
    random: ChaCha8Rng,
    backgrounds: Vec<Background>,
    selected: Vec<&'a FrameUnit>,
    cells: Vec<Cell>,
    county_effects: BTreeMap<String, f64>,
    counties: Vec<String>,
    /// County -> its zones.
    zones: BTreeMap<String, Vec<String>>,
    /// PSU and item -> the village's mood.
    moods: BTreeMap<(String, String), f64>,
    /// True share of positive answers by section.
    positive: BTreeMap<String, f64>,
    /// Items of sections in which one activity is enough.
    activities: BTreeSet<String>,
}

/// A county's urban or rural part.
struct Cell {
    county: String,
    urban: String,
    population: f64,
}

/// A background question: how its answers spread over the population and what they go with.
struct Background {
    variable: String,
    question: String,
    categories: Vec<Category>,
}

struct Category {
    code: String,
    share: f64,
    effect: f64,
    online: f64,
}

/// One person's circumstances.
struct Person {
    onsite: bool,
    psu: Option<String>,
    area: String,
    /// Category code by background question.
    background: Vec<(String, String)>,
    /// Sum of the effects: what is added to every chance of a positive answer.
    effect: f64,
    mood: f64,
}

impl<'a> City<'a> {
    /// The people of `survey`. `levels` gives the true share of positive answers by section or indicator code;
    /// codes it lacks get 0.9.
    pub fn new(
        survey: &'a Survey,
        areas: &crate::questionnaire::Areas,
        seed: u64,
        levels: &[(&str, f64)],
    ) -> City<'a> {
        let salt = survey.id.bytes().fold(seed ^ 0x6d69_6e79, |hash, byte| {
            hash.rotate_left(7).wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte)
        });
        let random = ChaCha8Rng::seed_from_u64(salt);
        let cells = cells(survey);
        // Counties differ from each other for years, so their effects hang on the seed alone, not on the wave.
        let mut lasting = ChaCha8Rng::seed_from_u64(seed);
        let mut county_effects = BTreeMap::new();
        for cell in &cells {
            county_effects
                .entry(cell.county.clone())
                .or_insert_with(|| lasting.random_range(-COUNTY_EFFECT..COUNTY_EFFECT));
        }
        centre_counties(&mut county_effects, &cells);
        let mut zones: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for area in &areas.0 {
            if let (Some(parent), "zone") = (&area.parent, area.kind.as_str()) {
                zones
                    .entry(parent.clone())
                    .or_default()
                    .push(area.code.clone());
            }
        }
        City {
            survey,
            random,
            backgrounds: backgrounds(survey),
            selected: survey
                .frame
                .iter()
                .filter(|unit| unit.selected == 1)
                .collect(),
            cells,
            county_effects,
            counties: areas
                .0
                .iter()
                .filter(|area| area.kind == "county")
                .map(|area| area.code.clone())
                .collect(),
            zones,
            moods: BTreeMap::new(),
            activities: activities(survey),
            positive: levels
                .iter()
                .map(|(code, level)| ((*code).to_owned(), *level))
                .collect(),
        }
    }

    /// What is true of the indicators of the plan.
    pub fn truth(&self) -> Truth {
        let mut truth = Truth::new();
        for indicator in self.survey.plan.iter().flat_map(|plan| &plan.indicators) {
            if let Some(value) = self.true_value(indicator) {
                truth.insert(indicator.code.clone(), value);
            }
        }
        truth
    }

    fn true_value(&self, indicator: &Indicator) -> Option<f64> {
        match indicator.kind {
            IndicatorKind::Share => {
                let levels = indicator.sections.iter().map(|section| {
                    match section.combine.unwrap_or(indicator.combine) {
                        SectionCombine::Any if self.is_activity(&section.items) => {
                            self.positive.get(&section.code).copied()
                        }
                        SectionCombine::Mean if !self.is_activity(&section.items) => {
                            let items = section.items.iter().map(|item| self.item_level(item));
                            Some(mean(items))
                        }
                        // Other readings of participation have no closed form; they are shown without a truth.
                        _ => None,
                    }
                });
                let levels: Option<Vec<f64>> = levels.collect();
                levels.map(|levels| mean(levels.into_iter()))
            }
            IndicatorKind::Mean => {
                let own = indicator.terms.iter();
                let terms = indicator
                    .sections
                    .iter()
                    .flat_map(|section| &section.terms)
                    .chain(own);
                Some(
                    terms
                        .map(|term| term.factor * self.count_level(&term.question))
                        .sum(),
                )
            }
            IndicatorKind::Ratio => Some(self.level(&indicator.code)),
        }
    }

    /// The true share of positive answers to an item: its section's level, a little off by item, mean kept by pairs.
    fn item_level(&self, item: &str) -> f64 {
        let section = self.section_of(item);
        let position = section
            .iter()
            .position(|code| *code == item)
            .unwrap_or_default();
        let width = 0.02 * if section.len() > 1 { 1.0 } else { 0.0 };
        let middle = (as_f64(section.len()) - 1.0) / 2.0;
        let offset = if middle > 0.0 {
            (as_f64(position) - middle) / middle * width
        } else {
            0.0
        };
        let section = self.section_code_of(item);
        self.level(if section.is_empty() { item } else { &section }) + offset
    }

    /// Whether the items are activities of which one is enough, as the plan reads them.
    fn is_activity(&self, items: &[String]) -> bool {
        items
            .first()
            .is_some_and(|first| self.activities.contains(first))
    }

    fn level(&self, code: &str) -> f64 {
        self.positive.get(code).copied().unwrap_or(0.9)
    }

    fn section_of(&self, item: &str) -> Vec<&str> {
        self.sections()
            .find(|section| section.items.iter().any(|code| code == item))
            .map_or_else(Vec::new, |section| {
                section.items.iter().map(String::as_str).collect()
            })
    }

    fn section_code_of(&self, item: &str) -> String {
        self.sections()
            .find(|section| section.items.iter().any(|code| code == item))
            .map_or_else(String::new, |section| section.code.clone())
    }

    fn sections(&self) -> impl Iterator<Item = &'a crate::survey::plan::IndicatorSection> {
        let plan = self.survey.plan.iter();
        plan.flat_map(|plan| {
            plan.indicators
                .iter()
                .filter(|indicator| !indicator.reference)
        })
        .flat_map(|indicator| &indicator.sections)
    }

    /// True mean of a counted item: a plain series that falls by a wave.
    fn count_level(&self, question: &str) -> f64 {
        let rank = self
            .terms()
            .iter()
            .position(|term| term.question == question)
            .unwrap_or_default();
        let base = [5.2, 3.4, 3.0, 2.2, 2.6, 1.8, 1.4, 2.9, 2.3, 0.25];
        base.get(rank % base.len()).copied().unwrap_or(1.0) * self.level("count")
    }

    fn terms(&self) -> Vec<&'a Term> {
        let plan = self.survey.plan.iter();
        plan.flat_map(|plan| {
            plan.indicators
                .iter()
                .filter(|indicator| indicator.kind == IndicatorKind::Mean)
                .take(1)
        })
        .flat_map(|indicator| {
            indicator
                .sections
                .iter()
                .flat_map(|section| &section.terms)
                .chain(&indicator.terms)
        })
        .collect()
    }

    /// One more response.
    pub fn respond(&mut self) -> Filled {
        let person = self.person();
        let mut fields = self.background_fields(&person);
        for section in self.sections().collect::<Vec<_>>() {
            if self.is_activity(&section.items) {
                self.take_part(&person, &section.items, &section.code, &mut fields);
            } else {
                for item in &section.items {
                    let chance = self.item_level(item) + person.effect;
                    let positive = self.agrees(&person, item, chance);
                    fields.push((item.clone(), self.rating(positive)));
                }
            }
        }
        for term in self.terms() {
            let mean = self.count_level(&term.question)
                * (1.0 - 3.0 * person.effect)
                * (0.4 + 1.2 * person.mood);
            let count = self.poisson(mean);
            fields.push((term.question.clone(), count.to_string()));
        }
        self.sell(&mut fields);
        let seconds = self
            .random
            .random_range(if person.onsite { 240..600 } else { 120..420 });
        let channel = match person.psu {
            Some(_) => "",
            None => ["wechat", "site", "poster"]
                .get(self.random.random_range(0..3_usize))
                .copied()
                .unwrap_or_default(),
        };
        let mode = if person.onsite { "onsite" } else { "online" };
        Filled {
            mode,
            channel: channel.to_owned(),
            psu: person.psu.unwrap_or_default(),
            fields,
            seconds,
        }
    }

    /// What a shop sells: of each kind some, and of these the true share that counts; what does not is its evidence.
    fn sell(&mut self, fields: &mut Vec<(String, String)>) {
        let plan = self.survey.plan.iter();
        let ratios = plan.flat_map(|plan| {
            plan.indicators
                .iter()
                .filter(|found| found.kind == IndicatorKind::Ratio)
        });
        let mut failing = Vec::new();
        for indicator in ratios {
            for (above, below) in indicator.terms.iter().zip(&indicator.denominators) {
                if !self.random.random_bool(0.75) {
                    continue;
                }
                let all: u32 = self.random.random_range(8..60);
                let level = self.level(&indicator.code);
                let counted = (0..all).filter(|_| self.random.random_bool(level)).count();
                fields.push((below.question.clone(), all.to_string()));
                fields.push((above.question.clone(), counted.to_string()));
                if u32::try_from(counted).unwrap_or(all) < all {
                    failing.push(above.question.clone());
                }
            }
        }
        self.list_failing(&failing, fields);
    }

    /// Names some of the models that fail, in the rows of the plan's evidence.
    fn list_failing(&mut self, failing: &[String], fields: &mut Vec<(String, String)>) {
        let rows = self
            .survey
            .plan
            .iter()
            .flat_map(|plan| &plan.evidence)
            .flat_map(|evidence| &evidence.rows);
        for (row, failed) in rows.zip(failing) {
            for code in row {
                let value = match self
                    .survey
                    .questionnaire
                    .question(code)
                    .map(|question| (&question.kind, question.required))
                {
                    Some((Kind::Single(choices), _)) => choices
                        .iter()
                        .find(|choice| failed.starts_with(&choice.code))
                        .map(|choice| choice.code.clone()),
                    Some((Kind::Text { .. }, false)) => {
                        Some(format!("DEMO-{}", self.random.random_range(100..999_u32)))
                    }
                    _ => None,
                };
                fields.extend(value.map(|value| (code.clone(), value)));
            }
        }
    }

    fn person(&mut self) -> Person {
        let onsite = !self.selected.is_empty() && self.random.random_bool(ONSITE_SHARE);
        let (psu, county, urban) = if onsite {
            let index = self.random.random_range(0..self.selected.len());
            match self.selected.get(index) {
                Some(unit) => (
                    Some(unit.psu.clone()),
                    unit.area.clone(),
                    unit.urban.clone(),
                ),
                None => (None, String::new(), String::new()),
            }
        } else {
            let skew =
                |cell: &Cell| cell.population * if cell.urban == "urban" { 2.5 } else { 1.0 };
            let weights: Vec<f64> = self.cells.iter().map(skew).collect();
            let index = pick(&mut self.random, &weights);
            match self.cells.get(index) {
                Some(cell) => (None, cell.county.clone(), cell.urban.clone()),
                None => (None, String::new(), String::new()),
            }
        };
        let mut effect = self.county_effects.get(&county).copied().unwrap_or(0.0);
        let mut background = Vec::new();
        for variable in &self.backgrounds {
            let category = if variable.variable == "urban" {
                variable
                    .categories
                    .iter()
                    .find(|category| category.code == urban)
            } else {
                let skew = |category: &Category| {
                    category.share * if onsite { 1.0 } else { category.online }
                };
                let weights: Vec<f64> = variable.categories.iter().map(skew).collect();
                variable.categories.get(pick(&mut self.random, &weights))
            };
            if let Some(category) = category {
                effect += category.effect;
                background.push((variable.question.clone(), category.code.clone()));
            }
        }
        let county = if county.is_empty() {
            self.any_county()
        } else {
            county
        };
        let zones = self.zones.get(&county).cloned().unwrap_or_default();
        let area = match zones.get(self.random.random_range(0..8_usize)) {
            Some(zone) if urban == "urban" => zone.clone(),
            _ => county.clone(),
        };
        Person {
            onsite,
            psu,
            area,
            background,
            effect,
            mood: self.random.random(),
        }
    }

    /// A county for those whom no frame places.
    fn any_county(&mut self) -> String {
        let index = self.random.random_range(0..self.counties.len().max(1));
        self.counties.get(index).cloned().unwrap_or_default()
    }

    fn background_fields(&mut self, person: &Person) -> Vec<(String, String)> {
        let mut fields = person.background.clone();
        let questions = self
            .survey
            .questionnaire
            .sections
            .iter()
            .flat_map(|section| &section.questions);
        let planned: Vec<&str> = self
            .sections()
            .flat_map(|section| &section.items)
            .map(String::as_str)
            .chain(self.terms().into_iter().map(|term| term.question.as_str()))
            .chain(self.survey.plan.iter().flat_map(shop_questions))
            .collect();
        for question in questions {
            let known = fields.iter().any(|(code, _)| *code == question.code)
                || planned.contains(&question.code.as_str());
            if !known {
                self.other_answer(question, person, &mut fields);
            }
        }
        fields
    }

    /// An answer to a question that no indicator rests on.
    fn other_answer(
        &mut self,
        question: &Question,
        person: &Person,
        fields: &mut Vec<(String, String)>,
    ) {
        match &question.kind {
            Kind::Area { .. } => fields.push((question.code.clone(), person.area.clone())),
            // Whoever answers a screening question here belongs to the population: the first choice says so.
            Kind::Single(choices) if question.screen_out_if.is_some() => {
                fields.extend(
                    choices
                        .first()
                        .map(|choice| (question.code.clone(), choice.code.clone())),
                );
            }
            Kind::Single(choices) => {
                let positive = self.agrees(
                    person,
                    &question.code,
                    self.level(&question.code) + person.effect,
                );
                let substantive: Vec<_> = choices.iter().filter(|choice| !choice.missing).collect();
                let half = substantive.len().div_ceil(2);
                let index = if is_rating(
                    &substantive
                        .iter()
                        .map(|choice| choice.code.as_str())
                        .collect::<Vec<_>>(),
                ) {
                    fields.push((question.code.clone(), self.rating(positive)));
                    return;
                } else if positive {
                    self.random.random_range(0..half)
                } else {
                    self.random.random_range(0..substantive.len())
                };
                fields.extend(
                    substantive
                        .get(index)
                        .map(|choice| (question.code.clone(), choice.code.clone())),
                );
            }
            Kind::Multiple { choices, .. } => {
                let index = self.random.random_range(0..choices.len().max(1));
                fields.extend(
                    choices
                        .get(index)
                        .map(|choice| (question.code.clone(), choice.code.clone())),
                );
            }
            Kind::Integer { min, .. } if question.required => {
                fields.push((question.code.clone(), min.to_string()))
            }
            Kind::Decimal { min, .. } if question.required => {
                fields.push((question.code.clone(), min.to_string()))
            }
            Kind::Text { .. } if question.required => {
                let number = self.random.random_range(1..900_u32);
                fields.push((question.code.clone(), format!("示例商店{number}")));
            }
            Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Text { .. } | Kind::Note => {}
        }
    }

    /// Whether the answer is positive, with exactly that chance over all people, alike within a person and a village.
    fn agrees(&mut self, person: &Person, item: &str, chance: f64) -> bool {
        let draw: f64 = self.random.random();
        let value = if draw < PERSON_SHARE {
            person.mood
        } else if draw < PERSON_SHARE + CLUSTER_SHARE && person.psu.is_some() {
            let fresh: f64 = self.random.random();
            let key = (person.psu.clone().unwrap_or_default(), item.to_owned());
            *self.moods.entry(key).or_insert(fresh)
        } else {
            self.random.random()
        };
        value < chance
    }

    /// A code of the satisfaction scale: 4 or 5 if positive.
    fn rating(&mut self, positive: bool) -> String {
        let draw: f64 = self.random.random();
        let code = if self.random.random_bool(ITEM_NONRESPONSE) {
            "9"
        } else if positive {
            if draw < 0.45 { "5" } else { "4" }
        } else if draw < 0.62 {
            "3"
        } else if draw < 0.9 {
            "2"
        } else {
            "1"
        };
        code.to_owned()
    }

    /// Taking part in a category: at least one of its activities, or none.
    fn take_part(
        &mut self,
        person: &Person,
        items: &[String],
        category: &str,
        fields: &mut Vec<(String, String)>,
    ) {
        let takes_part = self.agrees(person, category, self.level(category) + person.effect);
        let sure = self.random.random_range(0..items.len().max(1));
        for (index, item) in items.iter().enumerate() {
            let yes = takes_part && (index == sure || self.random.random_bool(0.55));
            let unknown = index != sure && self.random.random_bool(ITEM_NONRESPONSE);
            let (yes_code, no_code, unknown_code) = self.yes_no(item);
            let code = if unknown && unknown_code.is_some() {
                unknown_code.unwrap_or_default()
            } else if yes {
                yes_code
            } else {
                no_code
            };
            fields.push((item.clone(), code));
        }
    }

    /// Codes for yes, no and don't know of a participation item.
    fn yes_no(&self, item: &str) -> (String, String, Option<String>) {
        let choices = match self
            .survey
            .questionnaire
            .question(item)
            .map(|question| &question.kind)
        {
            Some(Kind::Single(choices)) => choices.as_slice(),
            _ => &[],
        };
        let mut substantive = choices.iter().filter(|choice| !choice.missing);
        let yes = substantive
            .next()
            .map_or_else(String::new, |choice| choice.code.clone());
        let no = substantive
            .next()
            .map_or_else(String::new, |choice| choice.code.clone());
        (
            yes,
            no,
            choices
                .iter()
                .find(|choice| choice.missing)
                .map(|choice| choice.code.clone()),
        )
    }

    /// A Poisson number (Knuth, TAOCP 2, 3.4.1, algorithm for small means).
    fn poisson(&mut self, mean: f64) -> u32 {
        let limit = libm::exp(-mean.clamp(0.0, 60.0));
        let mut product: f64 = self.random.random();
        let mut count = 0;
        while product > limit && count < 200 {
            product *= self.random.random::<f64>();
            count += 1;
        }
        count
    }
}

/// Questions that [`City::sell`] answers: the parts of ratios, and what stands in evidence rows.
fn shop_questions(plan: &Plan) -> Vec<&str> {
    let ratios = plan
        .indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Ratio);
    let parts = ratios.flat_map(|indicator| indicator.terms.iter().chain(&indicator.denominators));
    let evidence = plan
        .evidence
        .iter()
        .flat_map(|evidence| &evidence.rows)
        .flatten();
    parts
        .map(|term| term.question.as_str())
        .chain(evidence.map(String::as_str))
        .collect()
}

fn activities(survey: &Survey) -> BTreeSet<String> {
    let indicators = survey.plan.iter().flat_map(|plan| &plan.indicators);
    indicators
        .flat_map(|indicator| {
            indicator
                .sections
                .iter()
                .map(|section| (section.combine.unwrap_or(indicator.combine), section))
        })
        .filter(|(combine, _)| *combine == SectionCombine::Any)
        .flat_map(|(_, section)| section.items.iter().cloned())
        .collect()
}

/// The county parts of the population, or none where the wave is not weighted.
fn cells(survey: &Survey) -> Vec<Cell> {
    let Some(categories) = survey.population.dimensions.get("county*urban") else {
        return Vec::new();
    };
    categories
        .iter()
        .filter_map(|(category, figure)| {
            let (county, urban) = category.split_once('*')?;
            Some(Cell {
                county: county.to_owned(),
                urban: urban.to_owned(),
                population: figure.population,
            })
        })
        .collect()
}

/// The variables of the plan that the population file spreads, in the order of the questionnaire's choices.
fn backgrounds(survey: &Survey) -> Vec<Background> {
    let Some(plan) = &survey.plan else {
        return Vec::new();
    };
    plan.variables
        .iter()
        .filter_map(|(variable, source)| {
            let question = survey.questionnaire.question(&source.question)?;
            let Kind::Single(choices) = &question.kind else {
                return None;
            };
            let shares = shares(survey, variable)?;
            let total: f64 = shares.values().sum();
            let last = as_f64(choices.len().saturating_sub(1).max(1));
            let mut categories: Vec<Category> = choices
                .iter()
                .enumerate()
                .map(|(rank, choice)| {
                    let place = as_f64(rank) / last;
                    Category {
                        code: choice.code.clone(),
                        share: shares.get(&choice.code).copied().unwrap_or(0.0) / total,
                        effect: along(&EFFECTS, variable, place, 0.0),
                        online: along(&ONLINE, variable, place, 1.0),
                    }
                })
                .collect();
            let mean: f64 = categories
                .iter()
                .map(|category| category.share * category.effect)
                .sum();
            categories
                .iter_mut()
                .for_each(|category| category.effect -= mean);
            Some(Background {
                variable: variable.clone(),
                question: question.code.clone(),
                categories,
            })
        })
        .collect()
}

/// Population by category of `variable`, from its own dimension or summed out of `county*urban`.
fn shares(survey: &Survey, variable: &str) -> Option<BTreeMap<String, f64>> {
    let dimensions = &survey.population.dimensions;
    if let Some(figures) = dimensions.get(variable) {
        return Some(
            figures
                .iter()
                .map(|(category, figure)| (category.clone(), figure.population))
                .collect(),
        );
    }
    let crossed = dimensions
        .get("county*urban")
        .filter(|_| variable == "urban")?;
    let mut shares = BTreeMap::new();
    for (category, figure) in crossed {
        let (_, urban) = category.split_once('*')?;
        *shares.entry(urban.to_owned()).or_insert(0.0) += figure.population;
    }
    Some(shares)
}

/// The value at `place` (0 first category, 1 last) on the line of `variable`.
fn along(lines: &[(&str, f64, f64)], variable: &str, place: f64, otherwise: f64) -> f64 {
    lines
        .iter()
        .find(|(name, _, _)| *name == variable)
        .map_or(otherwise, |(_, first, last)| first + (last - first) * place)
}

/// Shifts the effects so that their mean over the population is zero.
fn centre_counties(effects: &mut BTreeMap<String, f64>, cells: &[Cell]) {
    let total: f64 = cells.iter().map(|cell| cell.population).sum();
    let weighted = cells
        .iter()
        .map(|cell| cell.population * effects.get(&cell.county).copied().unwrap_or(0.0));
    let mean = weighted.sum::<f64>() / total.max(1.0);
    effects.values_mut().for_each(|effect| *effect -= mean);
}

/// Index drawn with chances proportional to `weights`.
fn pick(random: &mut ChaCha8Rng, weights: &[f64]) -> usize {
    let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    weights.len().saturating_sub(1)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Whether the codes are those of the five-step satisfaction scale.
fn is_rating(codes: &[&str]) -> bool {
    let mut sorted = codes.to_vec();
    sorted.sort_unstable();
    sorted == ["1", "2", "3", "4", "5"]
}
