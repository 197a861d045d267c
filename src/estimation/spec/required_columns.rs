//! Which columns of the data a specification needs, so that a reader can skip the others.
//!
//! Variables of the design, of the weighting and of domains are read as labels, weights and
//! measured values as numbers. A column that is needed both ways is read as labels, which can be
//! parsed as numbers later.

use crate::estimation::csv::Role;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::label::Names;
use crate::estimation::spec::weighting::WeightingSpec;
use crate::estimation::weighting::margins::{INTERCEPT, Margin, Margins};

/// The columns needed so far, in the order in which they were first asked for.
#[derive(Debug, Default)]
pub(super) struct RequiredColumns {
    columns: Vec<(String, Role)>,
}

impl RequiredColumns {
    /// The columns and how each is read.
    pub(super) fn into_vec(self) -> Vec<(String, Role)> {
        self.columns
    }

    /// Adds columns; one that is needed both as labels and as numbers is read as labels.
    fn add<'a>(&mut self, role: Role, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            match self.columns.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) if role == Role::Category => *known = role,
                Some(_) => {}
                None => self.columns.push((name.clone(), role)),
            }
        }
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

    /// What is estimated, and its domains.
    pub(super) fn add_estimate(&mut self, estimate: &EstimateSpec) {
        let role = if estimate.reads_labels() {
            Role::Category
        } else {
            Role::Number
        };
        self.add(role, all(&estimate.variable));
        self.add(role, all(&estimate.denominator));
        for section in &estimate.sections {
            self.add(Role::Category, &section.items);
        }
        for by in &estimate.by {
            self.add(Role::Category, by.as_slice());
        }
        self.add(Role::Category, estimate.restriction.keys());
    }
}

/// The names of an optional key.
fn all(names: &Option<Names>) -> &[String] {
    names.as_ref().map_or(&[], Names::as_slice)
}
