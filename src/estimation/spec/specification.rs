//! A whole specification: the TOML of `minyi estimate` and what the release builds in memory.
//!
//! # Results are found by position
//!
//! Names of estimates are the user's text. A program that builds a specification keeps the
//! [`EstimateIndex`] that [`Spec::add`] returns, and finds its results with
//! [`estimates_of`](crate::estimation::analysis::estimates_of) and
//! [`find`](crate::estimation::analysis::find).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::csv::Wanted;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::label::Labels;
use crate::estimation::spec::replicates::ReplicateSpec;
use crate::estimation::spec::required_columns::RequiredColumns;
use crate::estimation::spec::sensitivity::SensitivitySpec;
use crate::estimation::spec::weighting::WeightingSpec;
use crate::estimation::weighting::margins::Margins;

/// How the sample was drawn, how it is weighted and what is estimated.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Texts that are missing values in every column of a file, besides the empty cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Rows that the figures rest on: column → codes. The others are as if they were not in the data,
    /// but for scenarios with `every_row`. Absent: all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep: BTreeMap<String, Labels>,
    /// How the sample was drawn.
    pub design: DesignSpec,
    /// How base weights become final weights. Absent: they are final.
    #[serde(default)]
    pub weighting: Option<WeightingSpec>,
    /// Variances from replicate weights. Absent: by linearisation.
    #[serde(default)]
    pub replicates: Option<ReplicateSpec>,
    /// How a probability sample and volunteers are combined. Absent: all rows are one sample.
    #[serde(default)]
    pub blend: Option<BlendSpec>,
    /// What else the figures could be. Absent: only the figures.
    #[serde(default)]
    pub sensitivity: Option<SensitivitySpec>,
    /// What is estimated, in the order of the output.
    #[serde(default, rename = "estimate")]
    pub estimates: Vec<EstimateSpec>,
}

/// Position of an estimate in [`Spec::estimates`], from 0. Results carry it, so that they can be
/// found without their names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EstimateIndex(pub usize);

impl Spec {
    /// Reads the TOML of a specification. Unknown keys are refused.
    ///
    /// # Errors
    ///
    /// `SPEC_INVALID` with the line, the key and what was expected.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::Spec;
    ///
    /// let spec = Spec::parse(
    ///     "[design]\nweight = \"w\"\n\
    ///      [[estimate]]\nname = \"s\"\nkind = \"mean\"\nvariable = \"y\"\n",
    /// );
    /// assert_eq!(spec.unwrap().estimates.len(), 1);
    /// assert_eq!(Spec::parse("[design]\nweigth = \"w\"").unwrap_err().code(), "SPEC_INVALID");
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::spec(error.to_string().trim_end().to_owned()))
    }

    /// Adds an estimate and returns the index under which its results are found.
    pub fn add(&mut self, estimate: EstimateSpec) -> EstimateIndex {
        self.estimates.push(estimate);
        EstimateIndex(self.estimates.len() - 1)
    }

    /// The columns that an analysis reads from a file, each once. Everything else in the file can
    /// be skipped.
    ///
    /// A cell that is not empty must be what every use of its column allows: a number where numbers
    /// are needed or counted; a label that does not stand for a missing value where labels group
    /// rows; one of the `codes` where an estimate has these. [`Spec::missing`] and, for the columns
    /// that an estimate names, its `missing` say which texts are missing values.
    ///
    /// * `margins`: the population margins; their variables are needed too
    #[must_use]
    pub fn columns(&self, margins: &Margins) -> Vec<Wanted> {
        let mut required = RequiredColumns::new(&self.missing);
        required.add_kept(&self.keep);
        required.add_design(&self.design);
        if let Some(weighting) = &self.weighting {
            required.add_weighting(weighting, margins);
        }
        if let Some(blend) = &self.blend {
            required.add_blend(blend);
        }
        if let Some(sensitivity) = &self.sensitivity {
            required.add_sensitivity(sensitivity);
        }
        for estimate in &self.estimates {
            required.add_estimate(estimate);
        }
        required.into_vec()
    }
}
