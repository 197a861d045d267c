//! Stored responses as columns: exclusions counted, analysis variables made, base weights N_h / n_h given.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use jiff::Timestamp;
use rayon::prelude::*;

use crate::estimation::columns::{Column, Columns, MISSING};
use crate::locale::in_every_language;
use crate::questionnaire::{Areas, Kind, Text};
use crate::release::base_weights::{Counted, Coverage, Positions};
use crate::release::channel_groups::ChannelGroups;
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM, UNFLAGGED_WEIGHT,
    answer, denominator, numerator,
};
use crate::release::counted_columns::CountedColumns;
use crate::release::interviews::{Interviews, interviews};
use crate::release::kept::WaveColumns;
use crate::release::placement::{Outcome, Placement};
use crate::release::row::{DatasetError, Excluded, Reader, ratio_indicators};
use crate::release::sample_design::{Part, SampleDesign};
use crate::store::{BlockShare, StoredResponse};
use crate::survey::Survey;
use crate::survey::plan::{Combine, Plan};

/// The responses that figures rest on, as columns.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Analysis columns; one row per response, in leaf order.
    pub columns: Columns,
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

/// Makes the columns of a wave.
pub struct Builder<'a> {
    survey: &'a Survey,
    plan: &'a Plan,
    reader: Reader<'a>,
    design: SampleDesign,
    wave: WaveColumns,
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

    /// Adds stored responses in leaf order.
    ///
    /// # Errors
    /// As [`WaveColumns::push`].
    pub fn push(&mut self, page: &[StoredResponse]) -> Result<(), DatasetError> {
        self.wave.push(page)
    }

    /// The columns, with base weights. An excluded response is counted only.
    ///
    /// # Errors
    /// [`DatasetError::NoPopulation`] for responses in a cell without a population figure.
    pub fn finish(self) -> Result<Dataset, DatasetError> {
        let placement = Placement::new(self.plan, &self.wave, &self.reader, &self.design);
        let counted = self.counted(&placement);
        let columns = self.columns(&placement, &counted)?;
        let own = CountedColumns::new(&self.wave, &counted.rows);
        let last_received = self.wave.received_at.iter().copied().max().unwrap_or(0);
        Ok(Dataset {
            columns,
            updated: Timestamp::from_microsecond(last_received).unwrap_or(Timestamp::UNIX_EPOCH),
            n_received: number(self.wave.len()),
            exclusions: self.exclusions(&placement),
            n_by_mode: own.count(&self.wave.mode),
            interviews: interviews(&self.wave, |row| {
                let outcome = placement.outcomes.get(row);
                outcome.is_some_and(|own| !matches!(own, Outcome::Excluded(_)))
            }),
            n_by_version: own.count(&self.wave.version),
            n_by_part: counted.n_by_part,
            n_by_flag: own.count_flags(),
            blocks: Vec::new(),
            channels: counted.channels,
            coverage: counted.positions.coverage(self.survey),
            evidence: self.evidence(&counted.rows),
        })
    }

    /// The rows that count, with what depends on each.
    fn counted(&self, placement: &Placement) -> CountedRows {
        let wave = &self.wave;
        let (modes, flags) = (wave.mode.decode_all(), wave.flags.decode_all());
        let channels = wave.channel.decode_all();
        let is_onsite = |mode: &String| self.plan.modes.onsite.contains(mode);
        let is_onsite: Vec<bool> = wave.mode.labels().iter().map(is_onsite).collect();
        let mut psus = Interned::default();
        let mut found = CountedRows::default();
        for (row, place) in placement.counted() {
            let Some(position) = placement.positions.get(at(place)) else {
                continue;
            };
            let own = |codes: &[u32]| codes.get(row).copied().unwrap_or(MISSING);
            let has_flag = !wave.flags.label(own(&flags)).is_empty();
            let onsite = is_onsite.get(at(own(&modes))).copied().unwrap_or(false);
            let psu = match &position.psu {
                Some(psu) => psus.number(psu),
                None => {
                    let id = wave.id.get(row).copied().unwrap_or_default();
                    psus.number(&self.design.own_psu(&position.stratum, id))
                }
            };
            let psu_label = psus.label(psu);
            found
                .positions
                .push(self.plan, (position, psu_label), (onsite, has_flag));
            let channel = wave.channel.label(own(&channels));
            let received_at = wave.received_at.get(row).copied().unwrap_or(0);
            let part = position.part;
            found
                .channels
                .push(self.plan, (part, channel), received_at, has_flag);
            *found.n_by_part.entry(part).or_insert(0) += 1;
            found.rows.push(row);
            found.places.push(place);
            found.psus.push(psu);
        }
        found.psu_labels = psus.labels;
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
        let flagged = counted.positions.flagged().map(|flag| match flag {
            true => Some("1"),
            false => Some("0"),
        });
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
        push(FLAGGED, Column::categories(flagged))?;
        for (name, weights) in self.base_weights(&counted.positions)? {
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
        positions: &Positions,
    ) -> Result<Vec<(&'static str, Vec<f64>)>, DatasetError> {
        let weights = |counted| positions.weights(self.survey, self.plan, &self.reader, counted);
        let mut columns = vec![(BASE_WEIGHT, weights(Counted::All)?)];
        if self.plan.modes.combine != Combine::Pool && !self.is_lean {
            let pooled = positions.pooled_weights(self.survey, self.plan);
            columns.push((POOLED_WEIGHT, pooled));
            columns.push((ONSITE_WEIGHT, weights(Counted::SampledOnsite)?));
            columns.push((UNFLAGGED_WEIGHT, weights(Counted::SampledUnflagged)?));
        }
        Ok(columns)
    }

    /// The responses that were left out, by reason.
    fn exclusions(&self, placement: &Placement) -> Vec<(Text, u64)> {
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

/// The rows that count.
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
}

/// Labels numbered in the order of their first use.
#[derive(Default)]
struct Interned {
    labels: Vec<String>,
    index: HashMap<String, u32, RandomState>,
}

impl Interned {
    fn number(&mut self, label: &str) -> u32 {
        if let Some(number) = self.index.get(label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(MISSING);
        self.index.insert(label.to_owned(), number);
        self.labels.push(label.to_owned());
        number
    }

    fn label(&self, number: u32) -> &str {
        self.labels.get(at(number)).map_or("", String::as_str)
    }
}

/// The column with `labels[code]` in each row, where labels may be equal.
fn merged(codes: &[u32], labels: Vec<String>) -> Column {
    let mut distinct = Interned::default();
    let to: Vec<u32> = labels.iter().map(|label| distinct.number(label)).collect();
    let codes = codes.iter().map(|code| to.get(at(*code)).copied());
    let codes = codes.map(|code| code.unwrap_or(MISSING)).collect();
    Column::codes(codes, distinct.labels)
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
