//! What must be summed for the estimates of a specification.
//!
//! Estimates share study variables (an item is part of several indicators) and domains (all items
//! have the same counties). Each is made once and known by a key, the text of what defines it;
//! estimates refer to them by index.
#![expect(
    clippy::indexing_slicing,
    reason = "domains are numbered below their count"
)]

use crate::estimation::columns::Columns;
use crate::estimation::count::count;
use crate::estimation::domains::Domains;
use crate::estimation::error::Error;
use crate::estimation::moments::linearised::Combination;
use crate::estimation::spec::check::check;
use crate::estimation::spec::estimate::{Combine, EstimateSpec, Kind};
use crate::estimation::spec::label::Names;
use crate::estimation::spec::specification::EstimateIndex;
use crate::estimation::study_variable::{Dichotomy, StudyVariable};

/// The study variables and domains of a specification, each once, and which estimate needs which.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) variables: Vec<StudyVariable>,
    pub(super) domains: Vec<Domains>,
    /// For each of `domains`, the study variables that are needed there.
    pub(super) used: Vec<Vec<usize>>,
    pub(super) estimates: Vec<Planned<'a>>,
    variable_keys: Vec<String>,
    domain_keys: Vec<String>,
}

/// One estimate of a specification.
pub(super) struct Planned<'a> {
    pub(super) index: EstimateIndex,
    pub(super) spec: &'a EstimateSpec,
    /// The ratios that are added: study variable and coefficient.
    pub(super) terms: Vec<(usize, f64)>,
    /// The study variable whose answered rows are n.
    pub(super) counted: usize,
    /// Its domains, by index; the first also gives the whole.
    pub(super) domains: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// The plan of every estimate that is a single number.
    ///
    /// # Errors
    /// `SPEC_INVALID`, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
    pub(super) fn new(columns: &Columns, specs: &'a [EstimateSpec]) -> Result<Self, Error> {
        let mut plan = Self::default();
        for (at, spec) in specs.iter().enumerate() {
            check(spec)?;
            if spec.kind.is_single_number() {
                plan.add(columns, EstimateIndex(at), spec)?;
            }
        }
        Ok(plan)
    }

    /// Every estimate that is made from sums.
    pub(super) fn combinations(&self) -> Vec<Combination> {
        let estimates = self.estimates.iter();
        let linear = estimates.filter(|own| own.spec.kind != Kind::Quantile);
        linear
            .map(|own| Combination {
                domains: own.domains.clone(),
                terms: match own.spec.kind {
                    Kind::Total => vec![(own.counted, 1.0)],
                    _ => own.terms.clone(),
                },
                is_total: own.spec.kind == Kind::Total,
            })
            .collect()
    }

    /// Adds an estimate with its study variables and domains.
    fn add(
        &mut self,
        columns: &Columns,
        index: EstimateIndex,
        spec: &'a EstimateSpec,
    ) -> Result<(), Error> {
        let (terms, counted) = if spec.kind == Kind::Indicator {
            self.indicator(columns, spec)?
        } else {
            let variable = self.study_variable(columns, spec)?;
            (vec![(variable, 1.0)], variable)
        };
        let whole = [Names::Many(Vec::new())];
        let by = if spec.by.is_empty() {
            whole.as_slice()
        } else {
            spec.by.as_slice()
        };
        let mut domains = Vec::new();
        for by in by {
            domains.push(self.domains(columns, spec, by.as_slice())?);
        }
        // Quantiles are not made from sums.
        if spec.kind != Kind::Quantile {
            let variables = terms.iter().map(|(variable, _)| *variable);
            for variable in variables.chain([counted]) {
                for &domain in &domains {
                    if !self.used[domain].contains(&variable) {
                        self.used[domain].push(variable);
                    }
                }
            }
        }
        self.estimates.push(Planned {
            index,
            spec,
            terms,
            counted,
            domains,
        });
        Ok(())
    }

    /// The study variable of an estimate that is not an indicator.
    fn study_variable(&mut self, columns: &Columns, spec: &EstimateSpec) -> Result<usize, Error> {
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
        self.variable(key, || StudyVariable::new(columns, spec))
    }

    /// The terms of an indicator and the variable whose answered rows are n.
    ///
    /// # Formula
    ///
    /// ```text
    /// I = 1/S Σ_s p_s          p_s = 1/k_s Σ_i p_si (mean), or the share with any item (any)
    /// ```
    ///
    /// over S sections of k_s items. So each item of a section of kind `mean` has the coefficient
    /// 1/(S·k_s), a section of kind `any` 1/S. A row counts in n if any item is answered.
    fn indicator(
        &mut self,
        columns: &Columns,
        spec: &EstimateSpec,
    ) -> Result<(Vec<(usize, f64)>, usize), Error> {
        let codes = format!("{:?} {:?}", spec.counts, spec.missing);
        let sections = count(spec.sections.len());
        let mut terms = Vec::new();
        let mut all = Vec::new();
        for section in &spec.sections {
            let mut items = Vec::new();
            for item in &section.items {
                items.push(Dichotomy::new(columns, item, &spec.counts, &spec.missing)?);
            }
            all.extend(items.iter().cloned());
            match section.combine {
                Combine::Any => {
                    let key = format!("any {:?} {codes}", section.items);
                    let variable = self.variable(key, || Ok(StudyVariable::AnyOf(items)))?;
                    terms.push((variable, 1.0 / sections));
                }
                Combine::Mean => {
                    let coefficient = 1.0 / sections / count(items.len());
                    for (name, item) in section.items.iter().zip(items) {
                        let key = format!("item {name} {codes}");
                        let variable = self.variable(key, || Ok(StudyVariable::Share(item)))?;
                        terms.push((variable, coefficient));
                    }
                }
            }
        }
        let names: Vec<&String> = spec.sections.iter().flat_map(|own| &own.items).collect();
        let key = format!("any {names:?} {codes}");
        let counted = self.variable(key, || Ok(StudyVariable::AnyOf(all)))?;
        Ok((terms, counted))
    }

    /// The index of the study variable with a key, which is made if it is not known.
    fn variable(
        &mut self,
        key: String,
        make: impl FnOnce() -> Result<StudyVariable, Error>,
    ) -> Result<usize, Error> {
        if let Some(known) = self.variable_keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.variables.push(make()?);
        self.variable_keys.push(key);
        Ok(self.variables.len() - 1)
    }

    /// The index of the domains by some columns, within the restriction of an estimate.
    fn domains(
        &mut self,
        columns: &Columns,
        spec: &EstimateSpec,
        by: &[String],
    ) -> Result<usize, Error> {
        let key = format!("{by:?} {:?}", spec.restriction);
        if let Some(known) = self.domain_keys.iter().position(|known| *known == key) {
            return Ok(known);
        }
        self.domains
            .push(Domains::new(columns, by, &spec.restriction)?);
        self.domain_keys.push(key);
        self.used.push(Vec::new());
        Ok(self.domains.len() - 1)
    }
}
