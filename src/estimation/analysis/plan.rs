//! What must be summed for the estimates of a specification.

use crate::estimation::columns::Columns;
use crate::estimation::count::count;
use crate::estimation::domain::Partition;
use crate::estimation::error::Error;
use crate::estimation::interval::Method;
use crate::estimation::series::{Answers, Series};
use crate::estimation::spec::estimate::{Combine, EstimateSpec, Kind};
use crate::estimation::spec::label::Names;

/// What is to be summed for the estimates.
pub(super) struct Plan<'a> {
    pub(super) series: Vec<Series>,
    pub(super) keys: Vec<String>,
    pub(super) partitions: Vec<Partition>,
    pub(super) partition_keys: Vec<String>,
    pub(super) used: Vec<Vec<usize>>,
    pub(super) estimates: Vec<Planned<'a>>,
}

pub(super) struct Planned<'a> {
    pub(super) spec: &'a EstimateSpec,
    pub(super) parts: Vec<(usize, f64)>,
    /// The series whose answered rows are n.
    pub(super) counted: usize,
    /// Partitions: the first also gives the whole.
    pub(super) places: Vec<usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(columns: &Columns, specs: &'a [EstimateSpec]) -> Result<Self, Error> {
        let mut plan = Self {
            series: Vec::new(),
            keys: Vec::new(),
            partitions: Vec::new(),
            partition_keys: Vec::new(),
            used: Vec::new(),
            estimates: Vec::new(),
        };
        for spec in specs {
            check(spec)?;
            let (parts, counted) = plan.parts(columns, spec)?;
            let mut places = Vec::new();
            let none = Names::Many(Vec::new());
            for by in if spec.by.is_empty() {
                std::slice::from_ref(&none)
            } else {
                &spec.by
            } {
                places.push(plan.partition(columns, spec, by.as_slice())?);
            }
            if spec.kind != Kind::Quantile {
                for &place in &places {
                    for series in parts.iter().map(|(series, _)| *series).chain([counted]) {
                        if !plan.used[place].contains(&series) {
                            plan.used[place].push(series);
                        }
                    }
                }
            }
            plan.estimates.push(Planned {
                spec,
                parts,
                counted,
                places,
            });
        }
        Ok(plan)
    }

    pub(super) fn parts(
        &mut self,
        columns: &Columns,
        spec: &EstimateSpec,
    ) -> Result<(Vec<(usize, f64)>, usize), Error> {
        if spec.kind != Kind::Indicator {
            let key = format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                spec.kind == Kind::Proportion,
                spec.variable,
                spec.factors,
                spec.denominator,
                spec.denominator_factors,
                spec.counts,
                spec.missing
            );
            let series = self.series(key, || Series::of(columns, spec))?;
            return Ok((vec![(series, 1.0)], series));
        }
        let sections = count(spec.sections.len());
        let mut parts = Vec::new();
        let mut every = Vec::new();
        for section in &spec.sections {
            let items: Vec<Answers> = section
                .items
                .iter()
                .map(|item| Answers::new(columns, item, &spec.counts, &spec.missing))
                .collect::<Result<_, _>>()?;
            every.extend(items.iter().cloned());
            let codes = format!("{:?} {:?}", spec.counts, spec.missing);
            match section.combine {
                Combine::Any => {
                    let series = self.series(format!("any {:?} {codes}", section.items), || {
                        Ok(Series::AnyOf(items))
                    })?;
                    parts.push((series, 1.0 / sections));
                }
                Combine::Mean => {
                    let width = count(items.len());
                    for (item, answers) in section.items.iter().zip(items) {
                        let series = self.series(format!("item {item} {codes}"), || {
                            Ok(Series::Share(answers))
                        })?;
                        parts.push((series, 1.0 / sections / width));
                    }
                }
            }
        }
        let all: Vec<&String> = spec
            .sections
            .iter()
            .flat_map(|section| &section.items)
            .collect();
        let counted = self.series(
            format!("any {all:?} {:?} {:?}", spec.counts, spec.missing),
            || Ok(Series::AnyOf(every)),
        )?;
        Ok((parts, counted))
    }

    pub(super) fn series(
        &mut self,
        key: String,
        make: impl FnOnce() -> Result<Series, Error>,
    ) -> Result<usize, Error> {
        if let Some(known) = self.keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.series.push(make()?);
        self.keys.push(key);
        Ok(self.series.len() - 1)
    }

    pub(super) fn partition(
        &mut self,
        columns: &Columns,
        spec: &EstimateSpec,
        by: &[String],
    ) -> Result<usize, Error> {
        let key = format!("{by:?} {:?}", spec.restriction);
        if let Some(known) = self.partition_keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.partitions
            .push(Partition::new(columns, by, &spec.restriction)?);
        self.partition_keys.push(key);
        self.used.push(Vec::new());
        Ok(self.partitions.len() - 1)
    }
}

pub(super) fn check(spec: &EstimateSpec) -> Result<(), Error> {
    let fault = |what: &str| Err(Error::spec(format!("estimate {}: {what}", spec.name)));
    let share = |value: f64| value > 0.0 && value < 1.0;
    if !share(spec.level) || !share(spec.alpha) {
        return fault("level and alpha must lie between 0 and 1");
    }
    if (spec.kind == Kind::Indicator) == spec.sections.is_empty() {
        return fault("an indicator has sections, nothing else has");
    }
    if spec.sections.iter().any(|section| section.items.is_empty()) {
        return fault("a section needs items");
    }
    if spec.kind == Kind::Indicator && spec.variable.is_some() {
        return fault("an indicator names its items in sections, not a variable");
    }
    if !matches!(spec.kind, Kind::Proportion | Kind::Indicator) && !spec.counts.is_empty() {
        return fault("counts belongs to proportions and indicators");
    }
    if !matches!(spec.kind, Kind::Proportion | Kind::Indicator)
        && spec.interval.is_some_and(|method| method != Method::Wald)
    {
        return fault("this interval is for proportions and indicators; others use t");
    }
    Ok(())
}
