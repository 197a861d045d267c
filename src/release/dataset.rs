//! Stored responses as columns: exclusions counted, analysis variables made, base weights N_h / n_h given.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::estimation::columns::{Column, Columns, MISSING};
use crate::locale::in_every_language;
use crate::questionnaire::{Areas, Kind, Text};
use crate::release::base_weights::{Counted, Coverage, Positions, RowFlags};
use crate::release::channel_groups::ChannelGroups;
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, HELD, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM,
    UNFLAGGED_WEIGHT, WITH_HELD_WEIGHT, answer, denominator, numerator,
};
use crate::release::counted_columns::CountedColumns;
use crate::release::interviews::{Interviews, interviews};
use crate::release::kept::WaveColumns;
use crate::release::label_numbers::LabelNumbers;
use crate::release::placement::{Outcome, Placement};
use crate::release::row::{DatasetError, Excluded, Reader, ratio_indicators};
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
    /// Interviews that no rule excludes, by PSU and mode.
    pub interviews: Interviews,
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

/// Makes the columns of a wave.
pub struct Builder<'a> {
    survey: &'a Survey,
    plan: &'a Plan,
    reader: Reader<'a>,
    design: SampleDesign,
    wave: WaveColumns,
    held: Held,
    has_answers: bool,
    is_lean: bool,
}

impl<'a> Builder<'a> {
    /// A builder for the columns that `survey`'s plan reads, of about `rows` responses (see
    /// [`SampleDesign::new`]).
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(
        survey: &'a Survey,
        plan: &'a Plan,
        areas: &'a Areas,
        rows: u64,
    ) -> Result<Builder<'a>, DatasetError> {
        let reader = Reader::new(survey, areas)?;
        Ok(Builder {
            survey,
            plan,
            design: SampleDesign::new(survey, plan, &reader, rows),
            reader,
            wave: WaveColumns::new(survey),
            held: Held::default(),
            has_answers: false,
            is_lean: false,
        })
    }

    /// The same with the [answers](crate::release::columns::answer) to all questions but texts.
    #[must_use]
    pub fn with_answers(mut self) -> Builder<'a> {
        self.has_answers = true;
        self
    }

    /// The same without the base weights of other choices, which only the table of sensitivity needs.
    #[must_use]
    pub fn lean(mut self) -> Builder<'a> {
        self.is_lean = true;
        self
    }

    /// The same with the responses of `wave` in place of those that it has.
    #[must_use]
    pub fn with_wave(mut self, wave: WaveColumns) -> Builder<'a> {
        self.wave = wave;
        self
    }

    /// The same without the responses that are `held`.
    #[must_use]
    pub fn without(mut self, held: Held) -> Builder<'a> {
        self.held = held;
        self
    }

    /// Adds stored responses in leaf order.
    ///
    /// # Errors
    /// As [`WaveColumns::push`].
    pub fn push(&mut self, page: &[StoredResponse]) -> Result<(), DatasetError> {
        self.wave.push(page)
    }

    /// The columns, with base weights. An excluded response is counted only; a held one is kept apart.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for responses in a cell without a population figure.
    pub fn finish(self) -> Result<Dataset, DatasetError> {
        let placement = Placement::new(self.plan, &self.wave, &self.reader, &self.design);
        let counted = self.counted(&placement);
        let every_row = self.columns(&placement, &counted)?;
        let counts: Vec<bool> = counted.positions.held().map(|is_held| !is_held).collect();
        let rows = counted.rows.iter().zip(&counts);
        let rows: Vec<usize> = rows.filter(|(_, own)| **own).map(|(row, _)| *row).collect();
        let own = CountedColumns::new(&self.wave, &rows);
        let (columns, with_held) = match counted.n_held.is_empty() {
            true => (every_row, None),
            false => (
                every_row.select(&counts),
                Some(WithHeld {
                    columns: every_row,
                    is_held: counted.positions.held().collect(),
                    n_by_rule: counted.n_held.clone(),
                }),
            ),
        };
        let last_received = self.wave.received_at.iter().copied().max().unwrap_or(0);
        Ok(Dataset {
            columns,
            with_held,
            updated: Timestamp::from_microsecond(last_received).unwrap_or(Timestamp::UNIX_EPOCH),
            n_received: number(self.wave.len()),
            exclusions: self.exclusions(&placement, &counted),
            n_by_mode: own.count(&self.wave.mode),
            interviews: interviews(&self.wave, &self.held, |row| {
                let outcome = placement.outcomes.get(row);
                outcome.is_some_and(|own| !matches!(own, Outcome::Excluded(_)))
            }),
            n_by_version: own.count(&self.wave.version),
            n_by_part: counted.n_by_part,
            n_by_flag: own.count_flags(),
            blocks: Vec::new(),
            channels: counted.channels,
            coverage: counted.positions.coverage(self.survey),
            evidence: self.evidence(&rows),
        })
    }

    /// The rows that count or are held, with what depends on each.
    fn counted(&self, placement: &Placement) -> CountedRows {
        let wave = &self.wave;
        let (modes, flags) = (wave.mode.decode_all(), wave.flags.decode_all());
        let channels = wave.channel.decode_all();
        let is_onsite = |mode: &String| self.plan.modes.onsite.contains(mode);
        let onsite: Vec<bool> = wave.mode.labels().iter().map(is_onsite).collect();
        let mut psus = LabelNumbers::default();
        let mut found = CountedRows::default();
        for (row, place) in placement.counted() {
            let Some(position) = placement.positions.get(at(place)) else {
                continue;
            };
            let own = |codes: &[u32]| codes.get(row).copied().unwrap_or(MISSING);
            let is_flagged = !wave.flags.label(own(&flags)).is_empty();
            let is_onsite = onsite.get(at(own(&modes))).copied().unwrap_or(false);
            let psu = match &position.psu {
                Some(psu) => psus.number(psu),
                None => {
                    let id = wave.id.get(row).copied().unwrap_or_default();
                    psus.number(&self.design.own_psu(&position.stratum, id))
                }
            };
            let leaf = wave.leaf_index.get(row).copied().unwrap_or(-1);
            let is_held = self.held.contains(leaf);
            let flags_of_row = RowFlags {
                is_onsite,
                is_flagged,
                is_held,
            };
            let psu_label = psus.label(psu);
            found
                .positions
                .push(self.plan, (position, psu_label), flags_of_row);
            if is_held {
                let rule = self.held.rule_of(leaf).to_owned();
                *found.n_held.entry(rule).or_insert(0) += 1;
            } else {
                let channel = wave.channel.label(own(&channels));
                let received_at = wave.received_at.get(row).copied().unwrap_or(0);
                let part = position.part;
                found
                    .channels
                    .push(self.plan, (part, channel), received_at, is_flagged);
                *found.n_by_part.entry(part).or_insert(0) += 1;
            }
            found.rows.push(row);
            found.places.push(place);
            found.psus.push(psu);
        }
        found.psu_labels = psus.into_labels();
        found
    }

    /// All columns that an analysis reads.
    fn columns(
        &self,
        placement: &Placement,
        counted: &CountedRows,
    ) -> Result<Columns, DatasetError> {
        let own = CountedColumns::new(&self.wave, &counted.rows);
        let of_place = |label: &dyn Fn(u32) -> String| {
            let places = 0..u32::try_from(placement.positions.len()).unwrap_or(0);
            let labels: Vec<String> = places.map(label).collect();
            merged(&counted.places, labels)
        };
        let position = |place: u32| placement.positions.get(at(place));
        let yes_no = |is: bool| Some(if is { "1" } else { "0" });
        let flagged = Column::categories(counted.positions.flagged().map(yes_no));
        let mut columns = Columns::new();
        let mut push = |name: &str, column: Column| {
            columns
                .push(name, column)
                .map_err(|error| DatasetError::Columns(error.to_string()))
        };
        let part = |place| position(place).map_or("", |own| own.part.as_str());
        let stratum = |place| position(place).map_or("", |own| own.stratum.as_str());
        push(MODE, own.categories(&self.wave.mode))?;
        push(PART, of_place(&|place| part(place).to_owned()))?;
        push(STRATUM, of_place(&|place| stratum(place).to_owned()))?;
        push(
            PSU,
            Column::codes(counted.psus.clone(), counted.psu_labels.clone()),
        )?;
        push(FLAGGED, flagged)?;
        if !counted.n_held.is_empty() {
            let held = Column::categories(counted.positions.held().map(yes_no));
            push(HELD, held)?;
        }
        for (name, weights) in self.base_weights(counted)? {
            push(name, Column::numbers(weights))?;
        }
        for (name, column) in self.answered(placement, &own) {
            push(&name, column)?;
        }
        for indicator in ratio_indicators(self.plan) {
            let above = own.sums(self.survey, &indicator.terms);
            let below = own.sums(self.survey, &indicator.denominators);
            push(&numerator(indicator), Column::numbers(above))?;
            push(&denominator(indicator), Column::numbers(below))?;
        }
        Ok(columns)
    }

    /// The columns of analysis variables, of the questions that the plan reads, and of the answers if
    /// they are asked for. Made on all cores.
    fn answered(&self, placement: &Placement, own: &CountedColumns<'_>) -> Vec<(String, Column)> {
        enum Wanted<'w> {
            Variable(usize),
            Question(&'w str),
        }
        let variables = placement.variables.iter().enumerate();
        let mut wanted: Vec<(String, Wanted<'_>)> = variables
            .map(|(at, variable)| (variable.name.clone(), Wanted::Variable(at)))
            .collect();
        let mut taken = BTreeSet::new();
        for (code, _) in self.plan.questions() {
            if !self.plan.variables.contains_key(code) && taken.insert(code) {
                wanted.push((code.to_owned(), Wanted::Question(code)));
            }
        }
        if self.has_answers {
            let questions = self.survey.questionnaire.questions();
            let asked =
                questions.filter(|(_, own)| !matches!(own.kind, Kind::Note | Kind::Text { .. }));
            wanted.extend(
                asked.map(|(_, own)| (answer(&own.code), Wanted::Question(own.code.as_str()))),
            );
        }
        let column = |(name, wanted): (String, Wanted<'_>)| {
            let column = match wanted {
                Wanted::Question(code) => own.question(self.survey, code),
                Wanted::Variable(at) => placement
                    .variables
                    .get(at)
                    .map_or_else(|| own.missing(), |variable| own.variable(variable)),
            };
            (name, column)
        };
        wanted.into_par_iter().map(column).collect()
    }

    /// The base weight columns: that of the figures, and those of other choices.
    fn base_weights(
        &self,
        counted: &CountedRows,
    ) -> Result<Vec<(&'static str, Vec<f64>)>, DatasetError> {
        let positions = &counted.positions;
        let weights = |counted| positions.weights(self.survey, self.plan, &self.reader, counted);
        let mut columns = vec![(BASE_WEIGHT, weights(Counted::All)?)];
        if self.plan.modes.combine != Combine::Pool && !self.is_lean {
            let pooled = positions.pooled_weights(self.survey, self.plan);
            columns.push((POOLED_WEIGHT, pooled));
            columns.push((ONSITE_WEIGHT, weights(Counted::SampledOnsite)?));
            columns.push((UNFLAGGED_WEIGHT, weights(Counted::SampledUnflagged)?));
        }
        if !counted.n_held.is_empty() {
            columns.push((WITH_HELD_WEIGHT, weights(Counted::WithHeld)?));
        }
        Ok(columns)
    }

    /// The responses that were left out, by reason.
    fn exclusions(&self, placement: &Placement, counted: &CountedRows) -> Vec<(Text, u64)> {
        let mut by_rule = vec![0; self.plan.exclusions.len()];
        let (mut times, mut mode, mut incomplete) = (0, 0, 0);
        for outcome in &placement.outcomes {
            match outcome {
                Outcome::Excluded(Excluded::Rule(index)) => {
                    if let Some(count) = by_rule.get_mut(*index) {
                        *count += 1;
                    }
                }
                Outcome::Excluded(Excluded::Times) => times += 1,
                Outcome::OtherMode => mode += 1,
                Outcome::Incomplete => incomplete += 1,
                Outcome::Counts(_) => {}
            }
        }
        let rules = self.plan.exclusions.iter();
        let texts = rules.map(|exclusion| exclusion.text.clone());
        let others = [
            ("results.exclusion_held", counted.n_held.values().sum()),
            ("results.exclusion_times", times),
            ("results.exclusion_mode", mode),
            ("results.exclusion_incomplete", incomplete),
        ];
        let others = others.into_iter().filter(|(_, n)| *n > 0);
        let others = others.map(|(key, n)| (in_every_language(key), n));
        texts.zip(by_rule).chain(others).collect()
    }

    /// The distinct rows of the evidence table, sorted.
    fn evidence(&self, rows: &[usize]) -> Vec<Vec<Text>> {
        let tables = self.plan.evidence.iter();
        let mut found: BTreeSet<Vec<Text>> = BTreeSet::new();
        for cells in tables.flat_map(|evidence| &evidence.rows) {
            for answers in CountedColumns::new(&self.wave, rows).distinct(cells) {
                let shown = cells.iter().zip(&answers);
                let values: Vec<Text> = shown.map(|(code, own)| self.shown(code, own)).collect();
                // The shop is in every row. A row with only the shop is left out.
                let optional = |code: &String| {
                    let question = self.survey.questionnaire.question(code);
                    question.is_some_and(|question| !question.required)
                };
                let mut cells = cells.iter().zip(&values);
                if cells.any(|(code, value)| optional(code) && !value.is_empty()) {
                    found.insert(values);
                }
            }
        }
        found.into_iter().collect()
    }

    /// An answer in words, for the evidence table. Free text is not translated.
    fn shown(&self, question: &str, answer: &str) -> Text {
        if answer.is_empty() {
            return Text::default();
        }
        let written = || Text::from(BTreeMap::from([("zh".to_owned(), answer.to_owned())]));
        let question = self.survey.questionnaire.question(question);
        match question.map(|question| &question.kind) {
            Some(Kind::Single(choices)) => {
                let choice = choices.iter().find(|choice| choice.code == answer);
                choice.map_or_else(written, |choice| choice.label.clone())
            }
            _ => written(),
        }
    }
}

/// The rows that count or are held.
#[derive(Default)]
struct CountedRows {
    /// Their numbers among all rows.
    rows: Vec<usize>,
    /// The number of the position of each.
    places: Vec<u32>,
    /// The number of the PSU of each.
    psus: Vec<u32>,
    psu_labels: Vec<String>,
    positions: Positions,
    channels: ChannelGroups,
    n_by_part: BTreeMap<Part, u64>,
    /// Held responses that would otherwise count, by rule.
    n_held: BTreeMap<String, u64>,
}

/// The column with `labels[code]` in each row, where labels may be equal.
fn merged(codes: &[u32], labels: Vec<String>) -> Column {
    let mut distinct = LabelNumbers::default();
    let to: Vec<u32> = labels.iter().map(|label| distinct.number(label)).collect();
    let codes = codes.iter().map(|code| to.get(at(*code)).copied());
    let codes = codes.map(|code| code.unwrap_or(MISSING)).collect();
    Column::codes(codes, distinct.into_labels())
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
