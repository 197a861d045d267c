//! A whole specification: the TOML of `minyi estimate` and what the release module builds in memory.

use serde::{Deserialize, Serialize};

use crate::estimation::csv::Role;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};
use crate::estimation::spec::replicates::ReplicateSpec;
use crate::estimation::spec::weighting::WeightingSpec;
use crate::estimation::weighting::margins::{Margin, Margins};

/// A whole specification: how the sample was drawn, how it is weighted, what is estimated.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// How the sample was drawn.
    pub design: DesignSpec,
    /// How base weights become final weights; absent: they are final.
    #[serde(default)]
    pub weighting: Option<WeightingSpec>,
    /// Replicate weights instead of linearisation.
    #[serde(default)]
    pub replicates: Option<ReplicateSpec>,
    /// How on-site and online answers are combined.
    #[serde(default)]
    pub blend: Option<BlendSpec>,
    /// What is estimated, in the order of the output.
    #[serde(default, rename = "estimate")]
    pub estimates: Vec<EstimateSpec>,
}

impl Spec {
    /// Reads the TOML of a specification.
    ///
    /// # Errors
    /// `SPEC_INVALID` with the place and the reason.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::spec(error.to_string().trim_end().to_owned()))
    }

    /// The columns that an analysis reads, and how; a column needed both ways is read as labels.
    #[must_use]
    pub fn columns(&self, margins: &Margins) -> Vec<(String, Role)> {
        let want = |name: &str, role: Role, names: &mut Vec<(String, Role)>| match names
            .iter_mut()
            .find(|(known, _)| known == name)
        {
            Some((_, known)) if role == Role::Category => *known = role,
            Some(_) => {}
            None => names.push((name.to_owned(), role)),
        };
        let mut names = Vec::new();
        let design = &self.design;
        for name in design
            .weight
            .iter()
            .chain(design.fpc.iter().flat_map(|fpc| fpc.as_slice()))
        {
            want(name, Role::Number, &mut names);
        }
        for name in design
            .strata
            .iter()
            .chain(&design.psu)
            .flat_map(|names| names.as_slice())
        {
            want(name, Role::Category, &mut names);
        }
        if let Some(weighting) = &self.weighting {
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
                margin
                    .variables
                    .iter()
                    .filter(|name| *name != "(Intercept)")
                    .for_each(|name| want(name, role, &mut names));
            }
            if let Some(nonresponse) = &weighting.nonresponse {
                want(&nonresponse.respondent, Role::Number, &mut names);
                nonresponse
                    .classes
                    .iter()
                    .for_each(|name| want(name, Role::Category, &mut names));
            }
        }
        if let Some(blend) = &self.blend {
            want(&blend.mode, Role::Category, &mut names);
            blend
                .calibrators
                .iter()
                .chain(&blend.factor_by)
                .for_each(|name| want(name, Role::Category, &mut names));
            blend
                .volunteer_weight
                .iter()
                .for_each(|name| want(name, Role::Number, &mut names));
        }
        for estimate in &self.estimates {
            let role = if estimate.kind == Kind::Proportion {
                Role::Category
            } else {
                Role::Number
            };
            let variables = estimate
                .variable
                .iter()
                .chain(&estimate.denominator)
                .flat_map(|names| names.as_slice());
            variables.for_each(|name| want(name, role, &mut names));
            let items = estimate.sections.iter().flat_map(|section| &section.items);
            let domains = estimate
                .by
                .iter()
                .flat_map(|names| names.as_slice())
                .chain(estimate.restriction.keys());
            items
                .chain(domains)
                .for_each(|name| want(name, Role::Category, &mut names));
        }
        names
    }
}
