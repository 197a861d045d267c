//! Which columns of a file a specification reads, and what their cells may be.

use super::estimate::{EstimateSpec, Kind, Label};
use super::{BlendSpec, Names, Spec, WeightingSpec};
use crate::estimation::csv::{Role, Wanted, is_marker};
use crate::estimation::weighting::margins::{Margin, Margins};

impl Spec {
    /// The columns that an analysis reads from a file.
    ///
    /// A cell that is not empty must be what every use of its column allows: a number where numbers
    /// are needed or counted; a label that does not stand for a missing value where labels group
    /// rows; one of the `codes` where an estimate has these. [`Spec::missing`] and, for the columns
    /// that an estimate names, its `missing` say which texts are missing values.
    #[must_use]
    pub fn columns(&self, margins: &Margins) -> Vec<Wanted> {
        let mut uses = Uses {
            missing: &self.missing,
            wanted: Vec::new(),
        };
        let all = |names: &Option<Names>| {
            let names = names.as_ref().map_or(&[][..], Names::as_slice);
            names.to_vec()
        };
        let design = &self.design;
        uses.want(design.weight.iter().chain(&all(&design.fpc)), Role::Number);
        uses.want(
            all(&design.strata).iter().chain(&all(&design.psu)),
            Role::Category,
        );
        if let Some(weighting) = &self.weighting {
            uses.weighting(weighting, margins);
        }
        if let Some(blend) = &self.blend {
            uses.blend(blend);
        }
        for estimate in &self.estimates {
            uses.estimate(estimate);
        }
        uses.wanted
    }
}

/// The columns that are used so far.
struct Uses<'a> {
    /// Texts that are missing values in every column.
    missing: &'a [String],
    wanted: Vec<Wanted>,
}

impl Uses<'_> {
    /// Columns that allow no missing value but those of every column.
    fn want<'n>(&mut self, names: impl IntoIterator<Item = &'n String>, role: Role) {
        for name in names {
            self.add(Wanted::new(name, role));
        }
    }

    /// One more use of a column: it allows what all of its uses allow.
    fn add(&mut self, mut new: Wanted) {
        new.missing.extend_from_slice(self.missing);
        let Some(known) = self.wanted.iter_mut().find(|known| known.name == new.name) else {
            self.wanted.push(new);
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

    fn weighting(&mut self, weighting: &WeightingSpec, margins: &Margins) {
        let used = |margin: &&Margin| {
            let dimensions = weighting.dimensions.as_ref();
            dimensions.is_none_or(|dimensions| dimensions.contains(&margin.name()))
        };
        for margin in margins.dimensions().iter().filter(used) {
            let names = margin
                .variables
                .iter()
                .filter(|name| *name != "(Intercept)");
            let numeric = margin.is_numeric();
            self.want(
                names,
                if numeric {
                    Role::Number
                } else {
                    Role::Category
                },
            );
        }
        if let Some(nonresponse) = &weighting.nonresponse {
            self.want([&nonresponse.respondent], Role::Number);
            self.want(&nonresponse.classes, Role::Category);
        }
    }

    fn blend(&mut self, blend: &BlendSpec) {
        let labels = [&blend.mode].into_iter().chain(&blend.calibrators);
        self.want(labels.chain(&blend.factor_by), Role::Category);
        self.want(&blend.volunteer_weight, Role::Number);
    }

    fn estimate(&mut self, spec: &EstimateSpec) {
        let texts: Vec<String> = spec
            .missing
            .iter()
            .filter(|label| matches!(label, Label::Text(_)))
            .map(Label::to_string)
            .collect();
        let allowed = spec.codes.iter().chain(&spec.missing);
        let codes: Vec<String> = if spec.codes.is_empty() {
            Vec::new()
        } else {
            allowed.map(Label::to_string).collect()
        };
        let variables = spec.variable.iter().chain(&spec.denominator);
        let items = spec.sections.iter().flat_map(|section| &section.items);
        for name in variables.flat_map(Names::as_slice).chain(items) {
            self.add(Wanted {
                name: name.clone(),
                role: role(spec),
                missing: texts.clone(),
                codes: codes.clone(),
            });
        }
        // A code that is missing in a variable may be a good label in a domain; "NA" is none.
        let markers: Vec<String> = texts.into_iter().filter(|text| is_marker(text)).collect();
        let domains = spec.by.iter().flat_map(Names::as_slice);
        for name in domains.chain(spec.restriction.keys()) {
            self.add(Wanted {
                missing: markers.clone(),
                ..Wanted::new(name, Role::Category)
            });
        }
    }
}

/// What the variables of an estimate hold.
fn role(spec: &EstimateSpec) -> Role {
    let counted = matches!(spec.kind, Kind::Proportion | Kind::Indicator);
    let codes = if spec.codes.is_empty() {
        &spec.counts
    } else {
        &spec.codes
    };
    let text = codes.iter().any(|code| matches!(code, Label::Text(_)));
    match (counted, text, spec.codes.is_empty()) {
        (true, true, _) => Role::Category,
        (true, false, _) | (false, _, false) => Role::Code,
        (false, _, true) => Role::Number,
    }
}
