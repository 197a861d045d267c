//! Which columns of a file a specification needs, and what their cells may be.
//!
//! Variables of the design, of the weighting and of domains are read as labels, weights and
//! measured values as numbers, codes as labels that are numbers. A cell that is not empty must be
//! what every use of its column allows.

use std::collections::BTreeMap;

use crate::estimation::csv::{Role, Wanted, is_marker};
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};
use crate::estimation::spec::label::{Label, Labels, Names};
use crate::estimation::spec::sensitivity::SensitivitySpec;
use crate::estimation::spec::weighting::WeightingSpec;
use crate::estimation::weighting::margins::{INTERCEPT, Margin, Margins};

/// The columns needed so far, in the order in which they were first asked for.
#[derive(Debug)]
pub(super) struct RequiredColumns<'a> {
    /// Texts that are missing values in every column.
    missing: &'a [String],
    columns: Vec<Wanted>,
}

impl<'a> RequiredColumns<'a> {
    /// No columns yet. The texts `missing` are missing values in every column.
    pub(super) const fn new(missing: &'a [String]) -> Self {
        Self {
            missing,
            columns: Vec::new(),
        }
    }

    /// The columns and how each is read.
    pub(super) fn into_vec(self) -> Vec<Wanted> {
        self.columns
    }

    /// Adds columns in which only those missing values are allowed that every column allows.
    fn add<'n>(&mut self, role: Role, names: impl IntoIterator<Item = &'n String>) {
        for name in names {
            self.add_use(Wanted::new(name, role));
        }
    }

    /// Adds a use of a column. The column allows what all of its uses allow: needed as labels and
    /// as numbers, it holds labels that are numbers.
    fn add_use(&mut self, mut new: Wanted) {
        new.missing.extend_from_slice(self.missing);
        let mut columns = self.columns.iter_mut();
        let Some(known) = columns.find(|known| known.name == new.name) else {
            self.columns.push(new);
            return;
        };
        if known.role != new.role {
            known.role = Role::Code;
        }
        known.missing.retain(|text| new.missing.contains(text));
        if known.codes.is_empty() {
            known.codes = new.codes;
        } else if !new.codes.is_empty() {
            known.codes.retain(|code| new.codes.contains(code));
        }
    }

    /// What tells the rows that are used.
    pub(super) fn add_kept(&mut self, keep: &BTreeMap<String, Labels>) {
        self.add(Role::Category, keep.keys());
    }

    /// Weights and population sizes are numbers; strata and units are labels.
    pub(super) fn add_design(&mut self, design: &DesignSpec) {
        self.add(Role::Number, &design.weight);
        self.add(Role::Number, all(&design.fpc));
        self.add(Role::Category, all(&design.strata));
        self.add(Role::Category, all(&design.psu));
    }

    /// The variables of the margins that are used, and those of the nonresponse adjustment.
    pub(super) fn add_weighting(&mut self, weighting: &WeightingSpec, margins: &Margins) {
        let used = |margin: &&Margin| {
            weighting
                .dimensions
                .as_ref()
                .is_none_or(|dimensions| dimensions.contains(&margin.name()))
        };
        for margin in margins.dimensions().iter().filter(used) {
            let role = if margin.is_numeric() {
                Role::Number
            } else {
                Role::Category
            };
            let variables = margin.variables.iter();
            self.add(role, variables.filter(|name| *name != INTERCEPT));
        }
        if let Some(nonresponse) = &weighting.nonresponse {
            self.add(Role::Number, [&nonresponse.respondent]);
            self.add(Role::Category, &nonresponse.classes);
        }
    }

    /// The mode, the calibrators and the volunteers' weights.
    pub(super) fn add_blend(&mut self, blend: &BlendSpec) {
        self.add(Role::Category, [&blend.mode]);
        self.add(Role::Category, &blend.calibrators);
        self.add(Role::Category, &blend.factor_by);
        self.add(Role::Number, &blend.volunteer_weight);
    }

    /// The weights and the kept codes of scenarios.
    pub(super) fn add_sensitivity(&mut self, sensitivity: &SensitivitySpec) {
        for scenario in &sensitivity.scenarios {
            self.add(Role::Number, &scenario.weight);
            self.add(Role::Category, scenario.keep.keys());
        }
    }

    /// What is estimated, and its domains.
    pub(super) fn add_estimate(&mut self, estimate: &EstimateSpec) {
        let texts: Vec<String> = estimate
            .missing
            .iter()
            .filter(|label| matches!(label, Label::Text(_)))
            .map(Label::to_string)
            .collect();
        let codes: Vec<String> = if estimate.codes.is_empty() {
            Vec::new()
        } else {
            let allowed = estimate.codes.iter().chain(&estimate.missing);
            allowed.map(Label::to_string).collect()
        };
        // A code that is missing in a variable may be a good label in a domain; "NA" is not.
        let is_marker = |text: &&String| is_marker(text);
        let markers: Vec<String> = texts.iter().filter(is_marker).cloned().collect();
        let missing = match estimate.kind {
            // Response rates tell a code that is outside the base from a case without a code.
            Kind::ResponseRates => &markers,
            _ => &texts,
        };
        let variables = all(&estimate.variable)
            .iter()
            .chain(all(&estimate.denominator));
        let items = estimate.sections.iter().flat_map(|section| &section.items);
        for name in variables.chain(items) {
            self.add_use(Wanted {
                name: name.clone(),
                role: role(estimate),
                missing: missing.clone(),
                codes: codes.clone(),
            });
        }
        let by = estimate.by.iter().flat_map(Names::as_slice);
        for name in by.chain(estimate.restriction.keys()) {
            self.add_use(Wanted {
                missing: markers.clone(),
                ..Wanted::new(name, Role::Category)
            });
        }
    }
}

/// What the variables of an estimate hold.
fn role(estimate: &EstimateSpec) -> Role {
    let counts_codes = match estimate.kind {
        Kind::Crosstab | Kind::ResponseRates => return Role::Category,
        Kind::Proportion | Kind::Indicator => true,
        Kind::Contrast => !estimate.counts.is_empty(),
        Kind::Mean | Kind::Total | Kind::Ratio | Kind::Quantile => false,
    };
    if !counts_codes {
        return if estimate.codes.is_empty() {
            Role::Number
        } else {
            Role::Code
        };
    }
    let codes = if estimate.codes.is_empty() {
        &estimate.counts
    } else {
        &estimate.codes
    };
    let has_text = codes.iter().any(|code| matches!(code, Label::Text(_)));
    if has_text { Role::Category } else { Role::Code }
}

/// The names of an optional key.
fn all(names: &Option<Names>) -> &[String] {
    names.as_ref().map_or(&[], Names::as_slice)
}
