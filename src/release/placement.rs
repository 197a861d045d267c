//! What becomes of each response of a wave: left out, or its position in the sample design.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::collection::flag;
use crate::estimation::columns::{MISSING, blocks};
use crate::release::kept::{LabelColumn, NO_DURATION, WaveColumns};
use crate::release::row::{Excluded, Placed, Reader};
use crate::release::sample_design::{Position, SampleDesign};
use crate::survey::plan::{Plan, Variable};

/// What becomes of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The plan excludes it.
    Excluded(Excluded),
    /// The plan does not have its mode.
    OtherMode,
    /// An answer that weighting needs is missing.
    Incomplete,
    /// It counts; the number of its position.
    Counts(u32),
}

/// An analysis variable of a wave.
pub(super) struct VariableColumn {
    /// Its name in the plan.
    pub(super) name: String,
    /// The categories.
    pub(super) categories: Vec<String>,
    /// For each label of `answers` the number of its category, or [`MISSING`].
    pub(super) of_label: Vec<u32>,
    /// The question it is made from.
    pub(super) question: String,
}

impl VariableColumn {
    fn new(
        (name, variable): (&String, &Variable),
        wave: &WaveColumns,
        reader: &Reader<'_>,
    ) -> VariableColumn {
        let mut categories: Vec<String> = Vec::new();
        let labels = wave.answers_to(&variable.question);
        let labels = labels.map_or(&[][..], LabelColumn::labels);
        let number = |label: &String| {
            let Some(category) = reader.category(variable, label) else {
                return MISSING;
            };
            let known = categories.iter().position(|known| *known == category);
            let at = known.unwrap_or(categories.len());
            if known.is_none() {
                categories.push(category);
            }
            u32::try_from(at).unwrap_or(MISSING)
        };
        let of_label = labels.iter().map(number).collect();
        VariableColumn {
            name: name.clone(),
            of_label,
            categories,
            question: variable.question.clone(),
        }
    }

    /// The category of an answer, by its label's number.
    pub(super) fn category_of(&self, label: u32) -> u32 {
        let at = usize::try_from(label).unwrap_or(usize::MAX);
        self.of_label.get(at).copied().unwrap_or(MISSING)
    }

    fn name_of(&self, category: u32) -> Option<String> {
        let at = usize::try_from(category).unwrap_or(usize::MAX);
        self.categories.get(at).cloned()
    }
}

/// What becomes of each response of a wave.
pub(super) struct Placement {
    /// One for each row.
    pub(super) outcomes: Vec<Outcome>,
    /// The positions of the rows that count.
    pub(super) positions: Vec<Position>,
    /// The analysis variables in plan order.
    pub(super) variables: Vec<VariableColumn>,
}

/// Mode, PSU and analysis variables of a row, as numbers.
type Key = Vec<u32>;

impl Placement {
    /// Decides for every row of `wave`. Rows that are alike in all that matters are decided once.
    pub(super) fn new(
        plan: &Plan,
        wave: &WaveColumns,
        reader: &Reader<'_>,
        design: &SampleDesign,
    ) -> Placement {
        let variables = plan.variables.iter();
        let variables: Vec<VariableColumn> = variables
            .map(|variable| VariableColumn::new(variable, wave, reader))
            .collect();
        let mut placement = Placement {
            outcomes: Vec::with_capacity(wave.len()),
            positions: Vec::new(),
            variables,
        };
        let needed = placement.needed(plan, wave);
        let mut exclusions = Exclusions::new(plan, wave, reader);
        let mut known: HashMap<Key, Outcome, RandomState> = HashMap::default();
        let mut key: Key = Vec::new();
        for range in blocks(wave.len()) {
            let modes = wave.mode.decode(range.clone());
            let psus = wave.psu.decode(range.clone());
            let flags = wave.flags.decode(range.clone());
            let decode = |(at, column): &(usize, &LabelColumn)| (*at, column.decode(range.clone()));
            let answers: Vec<(usize, Vec<u32>)> = needed.iter().map(decode).collect();
            let rows = modes.iter().zip(&psus).zip(&flags).zip(range.clone());
            for (in_block, (((&mode, &psu), &flags), row)) in rows.enumerate() {
                let duration = wave.duration.get(row).copied().unwrap_or(NO_DURATION);
                if let Some(outcome) = exclusions.outcome(duration, mode, flags) {
                    placement.outcomes.push(outcome);
                    continue;
                }
                key.clear();
                key.extend([mode, psu]);
                for (variable, labels) in &answers {
                    let label = labels.get(in_block).copied().unwrap_or(MISSING);
                    let variable = placement.variables.get(*variable);
                    key.push(variable.map_or(MISSING, |own| own.category_of(label)));
                }
                let outcome = match known.get(&key) {
                    Some(outcome) => *outcome,
                    None => {
                        let outcome = placement.decide(plan, wave, design, &needed, &key);
                        known.insert(key.clone(), outcome);
                        outcome
                    }
                };
                placement.outcomes.push(outcome);
            }
        }
        placement
    }

    /// The numbers of the variables that positions depend on, each with the answers it is made from.
    fn needed<'w>(&self, plan: &Plan, wave: &'w WaveColumns) -> Vec<(usize, &'w LabelColumn)> {
        let base = match plan.weighting.base.as_str() {
            "none" | "frame" => "",
            dimension => dimension,
        };
        let rake = plan.weighting.rake.iter().map(String::as_str);
        let dimensions = rake.chain([base]).flat_map(|own| own.split('*'));
        let others = plan.weighting.calibrators.iter().chain(&plan.design.strata);
        let names: Vec<&str> = dimensions.chain(others.map(String::as_str)).collect();
        let variables = self.variables.iter().enumerate();
        variables
            .filter(|(_, own)| names.contains(&own.name.as_str()))
            .filter_map(|(at, own)| Some((at, wave.answers_to(&own.question)?)))
            .collect()
    }

    /// The outcome for all rows with this key.
    fn decide(
        &mut self,
        plan: &Plan,
        wave: &WaveColumns,
        design: &SampleDesign,
        needed: &[(usize, &LabelColumn)],
        key: &[u32],
    ) -> Outcome {
        let &[mode, psu, ref categories @ ..] = key else {
            return Outcome::Incomplete;
        };
        let mut variables: Vec<Option<String>> = vec![None; self.variables.len()];
        for ((at, _), category) in needed.iter().zip(categories) {
            let name = self
                .variables
                .get(*at)
                .and_then(|own| own.name_of(*category));
            if let Some(variable) = variables.get_mut(*at) {
                *variable = name;
            }
        }
        let placed = Placed {
            mode: wave.mode.label(mode),
            psu: wave.psu.label(psu),
            variables: &variables,
        };
        let Some(position) = design.position_of(plan, placed) else {
            return Outcome::Incomplete;
        };
        let known = self.positions.iter().position(|known| *known == position);
        let at = known.unwrap_or(self.positions.len());
        if known.is_none() {
            self.positions.push(position);
        }
        Outcome::Counts(u32::try_from(at).unwrap_or(MISSING))
    }

    /// The rows that count, each with the number of its position.
    pub(super) fn counted(&self) -> impl Iterator<Item = (usize, u32)> {
        let rows = self.outcomes.iter().enumerate();
        rows.filter_map(|(row, outcome)| match outcome {
            Outcome::Counts(position) => Some((row, *position)),
            _ => None,
        })
    }
}

/// Finds rows that are left out whatever they answered.
struct Exclusions<'a> {
    reader: &'a Reader<'a>,
    wave: &'a WaveColumns,
    /// For each label of the modes whether the plan has it.
    has_mode: Vec<bool>,
    /// For each label of the flags whether the times cannot be true.
    has_bad_time: Vec<bool>,
    known: HashMap<(i64, u32, bool), Option<Excluded>, RandomState>,
}

impl<'a> Exclusions<'a> {
    fn new(plan: &Plan, wave: &'a WaveColumns, reader: &'a Reader<'a>) -> Exclusions<'a> {
        let modes = wave.mode.labels().iter();
        let flags = wave.flags.labels().iter();
        Exclusions {
            reader,
            wave,
            has_mode: modes.map(|mode| plan.modes.has(mode)).collect(),
            has_bad_time: flags
                .map(|flags| flag::has(flags, flag::BAD_TIME))
                .collect(),
            known: HashMap::default(),
        }
    }

    fn outcome(&mut self, duration: i64, mode: u32, flags: u32) -> Option<Outcome> {
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let has_bad_time = self.has_bad_time.get(at(flags)).copied().unwrap_or(false);
        let (reader, wave) = (self.reader, self.wave);
        let known = self.known.entry((duration, mode, has_bad_time));
        let excluded = *known.or_insert_with(|| {
            let duration = Some(duration).filter(|duration| *duration != NO_DURATION);
            reader.excluded(duration, wave.mode.label(mode), has_bad_time)
        });
        if let Some(excluded) = excluded {
            return Some(Outcome::Excluded(excluded));
        }
        let has_mode = self.has_mode.get(at(mode)).copied().unwrap_or(false);
        (!has_mode).then_some(Outcome::OtherMode)
    }
}
