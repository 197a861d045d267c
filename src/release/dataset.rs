//! Stored responses as columns: exclusions counted, analysis variables made, base weights N_h / n_h given.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::estimation::columns::{Column, Columns};
use crate::questionnaire::{Areas, Kind, Text};
use crate::release::place::{PART_ENDS, Places};
use crate::release::spec;
use crate::store::StoredResponse;
use crate::survey::Survey;
use crate::survey::plan::IndicatorKind;
use crate::survey::plan::{Indicator, Plan, Term, Variable};

/// Column of the mode a response came by.
pub const MODE: &str = "mode";
/// Column of the variance stratum.
pub const STRATUM: &str = "stratum";
/// Column of the primary sampling unit.
pub const PSU: &str = "psu";
/// Column of the weight before raking.
pub const BASE_WEIGHT: &str = "base_weight";

/// The responses that figures rest on, as columns.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Analysis columns; one row per response, in leaf order.
    pub columns: Columns,
    /// Responses before exclusions.
    pub n_received: u64,
    /// Responses left out, by reason in plan order.
    pub exclusions: Vec<(Text, u64)>,
    /// Responses used, by mode.
    pub n_by_mode: BTreeMap<String, u64>,
    /// Distinct values of the evidence rows.
    pub evidence: Vec<Vec<Text>>,
}

/// Why a dataset cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetError {
    /// A stored answer cannot be read: the database was altered or is damaged.
    Damaged {
        /// Leaf index of the response.
        leaf_index: i64,
    },
    /// Responses in a cell for which the population file has no figure.
    NoPopulation {
        /// Population dimension.
        dimension: String,
        /// Category.
        category: String,
    },
    /// A rule of the plan cannot be read.
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        message: String,
    },
    /// Columns of unequal length or name: a fault of ours.
    Columns(String),
}

impl std::fmt::Display for DatasetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DatasetError::Damaged { leaf_index } => {
                write!(
                    f,
                    "the response at leaf {leaf_index} cannot be read; the database was altered or is damaged"
                )
            }
            DatasetError::NoPopulation {
                dimension,
                category,
            } => {
                write!(
                    f,
                    "population.csv has no row {dimension},{category}, but there are responses; add the row"
                )
            }
            DatasetError::Rule { rule, message } => {
                write!(f, "plan.toml: exclusion rule `{rule}`: {message}")
            }
            DatasetError::Columns(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for DatasetError {}

/// One response as the builder and the exporter see it.
pub struct Row<'a> {
    /// As stored.
    pub response: &'a StoredResponse,
    /// Its answers by question code.
    pub answers: Map<String, Value>,
    /// Its analysis variables by name, in plan order; `None` where the answer is missing.
    pub variables: Vec<Option<String>>,
    /// Which exclusion of the plan it falls under.
    pub excluded: Option<usize>,
}

/// Reads responses one by one by a survey's plan.
pub struct Reader<'a> {
    survey: &'a Survey,
    areas: &'a Areas,
    rules: Vec<crate::questionnaire::Rule>,
}

impl<'a> Reader<'a> {
    /// A reader for `survey`.
    ///
    /// # Errors
    /// [`DatasetError::Rule`] for an exclusion rule that is none.
    pub fn new(survey: &'a Survey, areas: &'a Areas) -> Result<Reader<'a>, DatasetError> {
        let exclusions = survey.plan.iter().flat_map(|plan| &plan.exclusions);
        let rules = exclusions.map(|exclusion| {
            crate::questionnaire::Rule::of_response(&exclusion.rule).map_err(|mistake| {
                DatasetError::Rule {
                    rule: exclusion.rule.clone(),
                    message: mistake.to_string(),
                }
            })
        });
        Ok(Reader {
            survey,
            areas,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// One stored response as a row.
    ///
    /// # Errors
    /// [`DatasetError::Damaged`] if its answers are not the JSON they were stored as.
    pub fn row<'r>(&self, response: &'r StoredResponse) -> Result<Row<'r>, DatasetError> {
        let damaged = || DatasetError::Damaged {
            leaf_index: response.leaf_index,
        };
        let answers: Map<String, Value> =
            serde_json::from_str(&response.answers).map_err(|_| damaged())?;
        let variables = self
            .survey
            .plan
            .iter()
            .flat_map(|plan| plan.variables.values());
        let variables = variables
            .map(|variable| self.variable(variable, &answers))
            .collect();
        let seconds = response.duration;
        let excluded = self
            .rules
            .iter()
            .position(|rule| rule.holds_for_response(seconds, &response.mode));
        Ok(Row {
            response,
            answers,
            variables,
            excluded,
        })
    }

    /// The analysis variable that `answers` give, `None` where its answer is missing.
    pub(super) fn variable(
        &self,
        variable: &Variable,
        answers: &Map<String, Value>,
    ) -> Option<String> {
        let answer = category(answers.get(&variable.question)?)?;
        if self.is_missing(&variable.question, &answer) {
            return None;
        }
        if variable.to.as_deref() == Some("parent") {
            let area = self.areas.0.iter().find(|area| area.code == answer);
            return Some(
                area.and_then(|area| area.parent.clone().filter(|_| area.kind == "zone"))
                    .unwrap_or(answer),
            );
        }
        let group = variable.group.iter().find(|(_, codes)| {
            codes.iter().any(|code| match code {
                toml::Value::String(text) => *text == answer,
                other => other.to_string() == answer,
            })
        });
        Some(group.map_or(answer, |(name, _)| name.clone()))
    }

    fn is_missing(&self, question: &str, code: &str) -> bool {
        match self
            .survey
            .questionnaire
            .question(question)
            .map(|question| &question.kind)
        {
            Some(Kind::Single(choices)) => choices
                .iter()
                .any(|choice| choice.missing && choice.code == code),
            _ => false,
        }
    }
}

/// Collects rows into columns.
pub struct Builder<'a> {
    survey: &'a Survey,
    plan: &'a Plan,
    reader: Reader<'a>,
    questions: Vec<(String, Growing)>,
    variables: Vec<(String, Growing)>,
    mode: Growing,
    stratum: Growing,
    psu: Growing,
    cell: Growing,
    places: Places,
    counts: Vec<u64>,
    incomplete: u64,
    n_received: u64,
    n_by_mode: BTreeMap<String, u64>,
    evidence: BTreeMap<Vec<Text>, u64>,
    /// What respondents wrote in it, each once.
    written: BTreeMap<String, Text>,
    /// Numerator and denominator columns of the ratio indicators, in plan order.
    ratios: Vec<(Vec<f64>, Vec<f64>)>,
}

impl<'a> Builder<'a> {
    /// A builder for the columns that `survey`'s plan reads, of about `rows` responses (see [`Places::new`]).
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(
        survey: &'a Survey,
        plan: &'a Plan,
        areas: &'a Areas,
        rows: u64,
    ) -> Result<Builder<'a>, DatasetError> {
        let mut questions: Vec<(String, Growing)> = Vec::new();
        for (code, _) in plan.questions() {
            let taken = questions.iter().any(|(known, _)| known == code)
                || plan.variables.contains_key(code);
            if !taken {
                questions.push((code.to_owned(), Growing::for_question(survey, code)));
            }
        }
        let reader = Reader::new(survey, areas)?;
        let variables = plan
            .variables
            .keys()
            .map(|name| (name.clone(), Growing::category()))
            .collect();
        Ok(Builder {
            survey,
            plan,
            questions,
            variables,
            mode: Growing::category(),
            stratum: Growing::category(),
            psu: Growing::category(),
            cell: Growing::category(),
            places: Places::new(survey, plan, &reader, rows),
            reader,
            counts: vec![0; plan.exclusions.len()],
            incomplete: 0,
            n_received: 0,
            n_by_mode: BTreeMap::new(),
            evidence: BTreeMap::new(),
            written: BTreeMap::new(),
            ratios: ratio_indicators(plan)
                .map(|_| (Vec::new(), Vec::new()))
                .collect(),
        })
    }

    /// Adds one stored response, unless it is excluded; then it is counted.
    ///
    /// # Errors
    /// As [`Reader::row`].
    pub fn push(&mut self, response: &StoredResponse) -> Result<(), DatasetError> {
        let row = self.reader.row(response)?;
        self.n_received += 1;
        if let Some(count) = row.excluded.and_then(|index| self.counts.get_mut(index)) {
            *count += 1;
            return Ok(());
        }
        let Some(place) = self.places.of(self.plan, &row) else {
            self.incomplete += 1;
            return Ok(());
        };
        *self.n_by_mode.entry(response.mode.clone()).or_insert(0) += 1;
        for (code, column) in &mut self.questions {
            column.push(row.answers.get(code.as_str()));
        }
        for ((_, column), value) in self.variables.iter_mut().zip(&row.variables) {
            column.push_label(value.as_deref());
        }
        self.mode.push_label(Some(&response.mode));
        self.stratum.push_label(Some(&place.stratum));
        self.psu.push_label(Some(&place.psu));
        self.cell.push_label(Some(&place.cell));
        for (indicator, (above, below)) in ratio_indicators(self.plan).zip(&mut self.ratios) {
            above.push(sum(&indicator.terms, &row.answers));
            below.push(sum(&indicator.denominators, &row.answers));
        }
        for cells in self
            .plan
            .evidence
            .iter()
            .flat_map(|evidence| &evidence.rows)
        {
            let mut values = Vec::with_capacity(cells.len());
            for code in cells {
                values.push(self.shown(code, row.answers.get(code.as_str())));
            }
            // Every row names the shop; one that names nothing else is no evidence.
            let optional = |code: &String| {
                self.survey
                    .questionnaire
                    .question(code)
                    .is_some_and(|question| !question.required)
            };
            if cells
                .iter()
                .zip(&values)
                .any(|(code, value)| optional(code) && !value.is_empty())
            {
                *self.evidence.entry(values).or_insert(0) += 1;
            }
        }
        Ok(())
    }

    /// An answer in words, for the evidence table.
    fn shown(&mut self, question: &str, answer: Option<&Value>) -> Text {
        let Some(code) = answer.and_then(category) else {
            return Text::default();
        };
        // What a respondent wrote stands as it is in every language; the same brand is named by many.
        let mut written = |words: String| {
            let known = self.written.entry(words.clone());
            let text = || Text::from(BTreeMap::from([("zh".to_owned(), words)]));
            known.or_insert_with(text).clone()
        };
        match self
            .survey
            .questionnaire
            .question(question)
            .map(|question| &question.kind)
        {
            Some(Kind::Single(choices)) => {
                let choice = choices.iter().find(|choice| choice.code == code);
                choice.map_or_else(|| written(code.clone()), |choice| choice.label.clone())
            }
            _ => written(code),
        }
    }

    /// The columns, with base weights.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for responses in a cell without a population figure.
    pub fn finish(self) -> Result<Dataset, DatasetError> {
        let weights = base_weights(self.survey, self.plan, &self.cell)?;
        let mut columns = Columns::new();
        let mut push = |name: &str, column: Column| {
            columns
                .push(name, column)
                .map_err(|error| DatasetError::Columns(error.to_string()))
        };
        push(MODE, self.mode.column())?;
        push(STRATUM, self.stratum.column())?;
        push(PSU, self.psu.column())?;
        push(BASE_WEIGHT, Column::numbers(weights))?;
        for (name, column) in self.variables.into_iter().chain(self.questions) {
            push(&name, column.column())?;
        }
        for (indicator, (above, below)) in ratio_indicators(self.plan).zip(self.ratios) {
            push(&spec::numerator(indicator), Column::numbers(above))?;
            push(&spec::denominator(indicator), Column::numbers(below))?;
        }
        let texts = self
            .plan
            .exclusions
            .iter()
            .map(|exclusion| exclusion.text.clone());
        let mut exclusions: Vec<(Text, u64)> = texts.zip(self.counts).collect();
        if self.incomplete > 0 {
            exclusions.push((
                crate::locale::in_every_language("results.exclusion_incomplete"),
                self.incomplete,
            ));
        }
        Ok(Dataset {
            columns,
            n_received: self.n_received,
            exclusions,
            n_by_mode: self.n_by_mode,
            evidence: self.evidence.into_keys().collect(),
        })
    }
}

/// The ratio indicators of a plan.
pub fn ratio_indicators(plan: &Plan) -> impl Iterator<Item = &Indicator> {
    plan.indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Ratio)
}

/// Σ factor × answer over the answered terms (what a shop does not sell is left blank); NaN if none is answered.
pub fn sum(terms: &[Term], answers: &Map<String, Value>) -> f64 {
    let parts = terms
        .iter()
        .filter_map(|term| Some(term.factor * number(answers.get(term.question.as_str())?)?));
    parts.reduce(|sum, part| sum + part).unwrap_or(f64::NAN)
}

/// N_h / n_h for every row, from the cell it is in; 1 where the plan has no base dimension.
fn base_weights(survey: &Survey, plan: &Plan, cell: &Growing) -> Result<Vec<f64>, DatasetError> {
    let Growing::Category { levels, codes, .. } = cell else {
        return Ok(Vec::new());
    };
    if plan.weighting.base == "none" {
        return Ok(vec![1.0; codes.len()]);
    }
    let mut counts = vec![0.0_f64; levels.len()];
    for code in codes {
        if let Some(count) = usize::try_from(*code)
            .ok()
            .and_then(|index| counts.get_mut(index))
        {
            *count += 1.0;
        }
    }
    let figures = survey.population.dimensions.get(&plan.weighting.base);
    let weights: Result<Vec<f64>, DatasetError> = levels
        .iter()
        .zip(&counts)
        .map(|(level, count)| {
            let level = level
                .split_once(PART_ENDS)
                .map_or(level.as_str(), |(_, cell)| cell);
            let figure = figures.and_then(|figures| figures.get(level));
            figure
                .map(|figure| figure.population / count)
                .ok_or_else(|| DatasetError::NoPopulation {
                    dimension: plan.weighting.base.clone(),
                    category: level.to_owned(),
                })
        })
        .collect();
    let weights = weights?;
    let weight = |code: &u32| {
        usize::try_from(*code)
            .ok()
            .and_then(|index| weights.get(index))
            .copied()
    };
    Ok(codes
        .iter()
        .map(|code| weight(code).unwrap_or(f64::NAN))
        .collect())
}

/// A column that grows by rows.
enum Growing {
    Category {
        index: HashMap<String, u32>,
        levels: Vec<String>,
        codes: Vec<u32>,
    },
    Number(Vec<f64>),
}

impl Growing {
    fn category() -> Growing {
        Growing::Category {
            index: HashMap::new(),
            levels: Vec::new(),
            codes: Vec::new(),
        }
    }

    fn for_question(survey: &Survey, code: &str) -> Growing {
        match survey
            .questionnaire
            .question(code)
            .map(|question| &question.kind)
        {
            Some(Kind::Integer { .. } | Kind::Decimal { .. }) => Growing::Number(Vec::new()),
            _ => Growing::category(),
        }
    }

    fn push(&mut self, answer: Option<&Value>) {
        match self {
            Growing::Number(values) => values.push(answer.and_then(number).unwrap_or(f64::NAN)),
            Growing::Category { .. } => self.push_label(answer.and_then(category).as_deref()),
        }
    }

    fn push_label(&mut self, label: Option<&str>) {
        let Growing::Category {
            index,
            levels,
            codes,
        } = self
        else {
            return;
        };
        let code = match label {
            None => crate::estimation::columns::MISSING,
            Some(label) => match index.get(label) {
                Some(code) => *code,
                None => {
                    let code =
                        u32::try_from(levels.len()).unwrap_or(crate::estimation::columns::MISSING);
                    index.insert(label.to_owned(), code);
                    levels.push(label.to_owned());
                    code
                }
            },
        };
        codes.push(code);
    }

    fn column(self) -> Column {
        match self {
            Growing::Number(values) => Column::numbers(values),
            Growing::Category { codes, levels, .. } => Column::codes(codes, levels),
        }
    }
}

/// An answer as a category: a code, an area, a number as written; several choices joined by `;`.
pub fn category(answer: &Value) -> Option<String> {
    match answer {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(values) => {
            let parts: Option<Vec<String>> = values.iter().map(category).collect();
            parts.map(|parts| parts.join(";"))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn number(answer: &Value) -> Option<f64> {
    match answer {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
