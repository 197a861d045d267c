//! Stored responses as columns: exclusions counted, analysis variables made, base weights N_h / n_h given.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::collection::flag;
use crate::estimation::columns::{Column, Columns};
use crate::locale::in_every_language;
use crate::questionnaire::{Areas, Kind, Text};
use crate::release::base_weights::{Counted, Coverage, Positions};
use crate::release::channel_groups::ChannelGroups;
use crate::release::column_builder::ColumnBuilder;
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, HELD, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM,
    UNFLAGGED_WEIGHT, WITH_HELD_WEIGHT, answer, denominator, numerator,
};
use crate::release::row::{
    AT_ONCE, DatasetError, Excluded, Reader, Row, category, ratio_indicators, sum,
};
use crate::release::sample_design::{Part, SampleDesign};
use crate::store::{BlockShare, Held, StoredResponse};
use crate::survey::Survey;
use crate::survey::plan::{Combine, Plan};

/// The responses that figures rest on, as columns.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Analysis columns; one row per response that counts, in leaf order.
    pub columns: Columns,
    /// The same with the held responses among them; `None` if none is held.
    pub with_held: Option<WithHeld>,
    /// When the last response was received, the excluded ones included.
    pub updated: Timestamp,
    /// Responses before exclusions.
    pub n_received: u64,
    /// Responses left out, by reason in plan order.
    pub exclusions: Vec<(Text, u64)>,
    /// Responses used, by mode.
    pub n_by_mode: BTreeMap<String, u64>,
    /// Responses used, by the hash of the questionnaire version that they answered.
    pub n_by_version: BTreeMap<String, u64>,
    /// Responses used, by part.
    pub n_by_part: BTreeMap<Part, u64>,
    /// Responses used, by flag; a response may have several.
    pub n_by_flag: BTreeMap<&'static str, u64>,
    /// What the largest address block gave, by day; filled in by [`stored`](crate::release::stored).
    pub blocks: Vec<BlockShare>,
    /// Which responses used came the same way.
    pub channels: ChannelGroups,
    /// Drawn PSUs with and without responses; `None` without a frame.
    pub coverage: Option<Coverage>,
    /// Distinct values of the evidence rows.
    pub evidence: Vec<Vec<Text>>,
}

/// The rows of a dataset with those that are held.
#[derive(Debug, Clone)]
pub struct WithHeld {
    /// Analysis columns, also [`HELD`] and [`WITH_HELD_WEIGHT`]; one row per response, in leaf order. The
    /// base weights of held rows are 0.
    pub columns: Columns,
    /// Whether each row is held.
    pub is_held: Vec<bool>,
    /// How many held responses would otherwise count, by rule, in the order of the rules' ids; of several
    /// holds the oldest.
    pub n_by_rule: BTreeMap<String, u64>,
}

impl Dataset {
    /// The columns with the held responses among them.
    #[must_use]
    pub fn every_row(&self) -> &Columns {
        match &self.with_held {
            Some(with_held) => &with_held.columns,
            None => &self.columns,
        }
    }

    /// Whether a row of [`every_row`](Dataset::every_row) counts.
    #[must_use]
    pub fn counts(&self, row: usize) -> bool {
        let held = self.with_held.as_ref().map(|own| own.is_held.as_slice());
        !held.is_some_and(|held| held.get(row).copied().unwrap_or(false))
    }

    /// A value of each row that counts, in the places of [`every_row`](Dataset::every_row).
    #[must_use]
    pub fn spread(&self, of_counted: &[bool]) -> Vec<bool> {
        let Some(with_held) = &self.with_held else {
            return of_counted.to_vec();
        };
        let mut values = of_counted.iter().copied();
        let of_row = |is_held: &bool| !is_held && values.next().unwrap_or(false);
        with_held.is_held.iter().map(of_row).collect()
    }
}

/// Collects rows into columns.
pub struct Builder<'a> {
    survey: &'a Survey,
    plan: &'a Plan,
    reader: Reader<'a>,
    questions: Vec<(String, ColumnBuilder)>,
    /// Answers to all questions but texts; empty unless they are asked for.
    answers: Vec<(String, ColumnBuilder)>,
    variables: Vec<(String, ColumnBuilder)>,
    mode: ColumnBuilder,
    stratum: ColumnBuilder,
    psu: ColumnBuilder,
    part: ColumnBuilder,
    positions: Positions,
    design: SampleDesign,
    channels: ChannelGroups,
    counts: Vec<u64>,
    /// Responses left out because their times cannot be true.
    bad_times: u64,
    /// Responses that count, by flag.
    flags: BTreeMap<&'static str, u64>,
    incomplete: u64,
    held: Held,
    /// Held responses that would otherwise count, by rule.
    n_held: BTreeMap<String, u64>,
    n_received: u64,
    /// Microseconds UTC.
    last_received: i64,
    n_by_mode: BTreeMap<String, u64>,
    n_by_version: BTreeMap<String, u64>,
    n_by_part: BTreeMap<Part, u64>,
    /// Responses of a mode that the plan does not have.
    other_mode: u64,
    evidence: BTreeMap<Vec<Text>, u64>,
    /// What respondents wrote in it, each once.
    written: BTreeMap<String, Text>,
    /// Numerator and denominator columns of the ratio indicators, in plan order.
    ratios: Vec<(Vec<f64>, Vec<f64>)>,
}

impl<'a> Builder<'a> {
    /// A builder for the columns that `survey`'s plan reads, of about `rows` responses (see [`SampleDesign::new`]).
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(
        survey: &'a Survey,
        plan: &'a Plan,
        areas: &'a Areas,
        rows: u64,
    ) -> Result<Builder<'a>, DatasetError> {
        let mut questions: Vec<(String, ColumnBuilder)> = Vec::new();
        for (code, _) in plan.questions() {
            let taken = questions.iter().any(|(known, _)| known == code)
                || plan.variables.contains_key(code);
            if !taken {
                questions.push((code.to_owned(), ColumnBuilder::for_question(survey, code)));
            }
        }
        let reader = Reader::new(survey, areas)?;
        let variables = plan
            .variables
            .keys()
            .map(|name| (name.clone(), ColumnBuilder::category()))
            .collect();
        Ok(Builder {
            survey,
            plan,
            questions,
            answers: Vec::new(),
            variables,
            mode: ColumnBuilder::category(),
            stratum: ColumnBuilder::category(),
            psu: ColumnBuilder::category(),
            part: ColumnBuilder::category(),
            positions: Positions::default(),
            design: SampleDesign::new(survey, plan, &reader, rows),
            reader,
            channels: ChannelGroups::default(),
            counts: vec![0; plan.exclusions.len()],
            bad_times: 0,
            flags: BTreeMap::new(),
            incomplete: 0,
            held: Held::default(),
            n_held: BTreeMap::new(),
            n_received: 0,
            last_received: 0,
            n_by_mode: BTreeMap::new(),
            n_by_version: BTreeMap::new(),
            n_by_part: BTreeMap::new(),
            other_mode: 0,
            evidence: BTreeMap::new(),
            written: BTreeMap::new(),
            ratios: ratio_indicators(plan)
                .map(|_| (Vec::new(), Vec::new()))
                .collect(),
        })
    }

    /// The same with the [answers](crate::release::columns::answer) to all questions but texts.
    #[must_use]
    pub fn with_answers(mut self) -> Builder<'a> {
        let questions = self.survey.questionnaire.questions();
        let asked =
            questions.filter(|(_, own)| !matches!(own.kind, Kind::Note | Kind::Text { .. }));
        let columns = asked.map(|(_, question)| {
            let column = ColumnBuilder::for_question(self.survey, &question.code);
            (question.code.clone(), column)
        });
        self.answers = columns.collect();
        self
    }

    /// The same without the responses that are `held`.
    #[must_use]
    pub fn without(mut self, held: Held) -> Builder<'a> {
        self.held = held;
        self
    }

    /// Adds stored responses in leaf order. An excluded one is counted only; a held one is kept apart.
    ///
    /// # Errors
    /// As [`Reader::row`].
    pub fn push(&mut self, page: &[StoredResponse]) -> Result<(), DatasetError> {
        for part in page.chunks(AT_ONCE) {
            for row in self.reader.rows(part)? {
                self.push_row(row)?;
            }
        }
        Ok(())
    }

    fn push_row(&mut self, row: Row<'_>) -> Result<(), DatasetError> {
        let response = row.response;
        self.n_received += 1;
        self.last_received = self.last_received.max(response.received_at);
        match row.excluded {
            Some(Excluded::Rule(index)) => {
                if let Some(count) = self.counts.get_mut(index) {
                    *count += 1;
                }
                return Ok(());
            }
            Some(Excluded::Times) => {
                self.bad_times += 1;
                return Ok(());
            }
            None => {}
        }
        if !self.plan.modes.has(&response.mode) {
            self.other_mode += 1;
            return Ok(());
        }
        let Some(position) = self.design.position_of(self.plan, &row) else {
            self.incomplete += 1;
            return Ok(());
        };
        let is_held = self.held.contains(response.leaf_index);
        match is_held {
            true => {
                let rule = self.held.rule_of(response.leaf_index).to_owned();
                *self.n_held.entry(rule).or_insert(0) += 1;
            }
            false => self.count(&row, position.part),
        }
        for (code, column) in self.questions.iter_mut().chain(&mut self.answers) {
            column.push(row.answers.get(code.as_str()));
        }
        for ((_, column), value) in self.variables.iter_mut().zip(&row.variables) {
            column.push_label(value.as_deref());
        }
        self.mode.push_label(Some(&response.mode));
        self.stratum.push_label(Some(&position.stratum));
        self.psu.push_label(Some(&position.psu));
        self.part.push_label(Some(position.part.as_str()));
        self.positions.push(self.plan, &position, response, is_held);
        for (indicator, (above, below)) in ratio_indicators(self.plan).zip(&mut self.ratios) {
            above.push(sum(&indicator.terms, &row.answers));
            below.push(sum(&indicator.denominators, &row.answers));
        }
        Ok(())
    }

    /// Counts a response that is in the figures.
    fn count(&mut self, row: &Row<'_>, part: Part) {
        let response = row.response;
        *self.n_by_mode.entry(response.mode.clone()).or_insert(0) += 1;
        self.count_version(&response.questionnaire_hash);
        *self.n_by_part.entry(part).or_insert(0) += 1;
        for flag in flag::ALL {
            if flag::has(&response.flags, flag) {
                *self.flags.entry(flag).or_insert(0) += 1;
            }
        }
        self.channels.push(self.plan, part, response);
        self.push_evidence(&row.answers);
    }

    /// Adds the rows of the evidence table that a response gives.
    fn push_evidence(&mut self, answers: &Map<String, Value>) {
        for cells in self
            .plan
            .evidence
            .iter()
            .flat_map(|evidence| &evidence.rows)
        {
            let mut values = Vec::with_capacity(cells.len());
            for code in cells {
                values.push(self.shown(code, answers.get(code.as_str())));
            }
            // The shop is in every row. A row with only the shop is left out.
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
    }

    fn count_version(&mut self, hash: &str) {
        match self.n_by_version.get_mut(hash) {
            Some(n) => *n += 1,
            None => {
                self.n_by_version.insert(hash.to_owned(), 1);
            }
        }
    }

    /// An answer in words, for the evidence table.
    fn shown(&mut self, question: &str, answer: Option<&Value>) -> Text {
        let Some(code) = answer.and_then(category) else {
            return Text::default();
        };
        // Free text is not translated. Equal texts share one value, because many respondents name
        // the same brand.
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

    /// The base weight columns: that of the figures, and those of other choices.
    fn base_weights(&self) -> Result<Vec<(&'static str, Vec<f64>)>, DatasetError> {
        let positions = &self.positions;
        let weights = |counted| positions.weights(self.survey, self.plan, &self.reader, counted);
        let mut columns = vec![(BASE_WEIGHT, weights(Counted::All)?)];
        if self.plan.modes.combine != Combine::Pool {
            let pooled = positions.pooled_weights(self.survey, self.plan);
            columns.push((POOLED_WEIGHT, pooled));
            columns.push((ONSITE_WEIGHT, weights(Counted::SampledOnsite)?));
            columns.push((UNFLAGGED_WEIGHT, weights(Counted::SampledUnflagged)?));
        }
        if !self.n_held.is_empty() {
            columns.push((WITH_HELD_WEIGHT, weights(Counted::WithHeld)?));
        }
        Ok(columns)
    }

    /// The responses that were left out, by reason.
    fn exclusions(&self) -> Vec<(Text, u64)> {
        let rules = self.plan.exclusions.iter();
        let texts = rules.map(|exclusion| exclusion.text.clone());
        let by_rule = texts.zip(self.counts.iter().copied());
        let others = [
            ("results.exclusion_held", self.n_held.values().sum()),
            ("results.exclusion_times", self.bad_times),
            ("results.exclusion_mode", self.other_mode),
            ("results.exclusion_incomplete", self.incomplete),
        ];
        let others = others.into_iter().filter(|(_, n)| *n > 0);
        let others = others.map(|(key, n)| (in_every_language(key), n));
        by_rule.chain(others).collect()
    }

    /// The columns, with base weights.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for responses in a cell without a population figure.
    pub fn finish(self) -> Result<Dataset, DatasetError> {
        let weights = self.base_weights()?;
        let exclusions = self.exclusions();
        let yes_no = |is: bool| Some(if is { "1" } else { "0" });
        let flagged = Column::categories(self.positions.flagged().map(yes_no));
        let is_held: Vec<bool> = self.positions.held().collect();
        let has_held = !self.n_held.is_empty();
        let held = Column::categories(is_held.iter().copied().map(yes_no));
        let coverage = self.positions.coverage(self.survey);
        let mut columns = Columns::new();
        let mut push = |name: &str, column: Column| {
            columns
                .push(name, column)
                .map_err(|error| DatasetError::Columns(error.to_string()))
        };
        push(MODE, self.mode.column())?;
        push(PART, self.part.column())?;
        push(STRATUM, self.stratum.column())?;
        push(PSU, self.psu.column())?;
        push(FLAGGED, flagged)?;
        if has_held {
            push(HELD, held)?;
        }
        for (name, weights) in weights {
            push(name, Column::numbers(weights))?;
        }
        for (name, column) in self.variables.into_iter().chain(self.questions) {
            push(&name, column.column())?;
        }
        for (code, column) in self.answers {
            push(&answer(&code), column.column())?;
        }
        for (indicator, (above, below)) in ratio_indicators(self.plan).zip(self.ratios) {
            push(&numerator(indicator), Column::numbers(above))?;
            push(&denominator(indicator), Column::numbers(below))?;
        }
        let counts: Vec<bool> = is_held.iter().map(|own| !own).collect();
        let (columns, with_held) = match has_held {
            false => (columns, None),
            true => (
                columns.select(&counts),
                Some(WithHeld {
                    columns,
                    is_held,
                    n_by_rule: self.n_held,
                }),
            ),
        };
        Ok(Dataset {
            columns,
            with_held,
            updated: Timestamp::from_microsecond(self.last_received)
                .unwrap_or(Timestamp::UNIX_EPOCH),
            n_received: self.n_received,
            exclusions,
            n_by_mode: self.n_by_mode,
            n_by_version: self.n_by_version,
            n_by_part: self.n_by_part,
            n_by_flag: self.flags,
            blocks: Vec::new(),
            channels: self.channels,
            coverage,
            evidence: self.evidence.into_keys().collect(),
        })
    }
}
