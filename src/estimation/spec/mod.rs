//! What is to be estimated, as data: the TOML of `minyi estimate`, one file per section.
//!
//! | file | section |
//! |---|---|
//! | [`specification`] | the whole |
//! | [`design`] | `[design]` |
//! | [`weighting`] | `[weighting]` |
//! | [`replicates`] | `[replicates]` |
//! | [`blend`] | `[blend]` |
//! | [`sensitivity`] | `[sensitivity]` |
//! | [`estimate`], [`check`] | `[[estimate]]`, and which of its keys go together |
//! | [`label`] | names of columns and codes, one or several |

pub mod blend;
pub mod check;
pub mod design;
pub mod estimate;
pub mod label;
pub mod replicates;
mod required_columns;
pub mod sensitivity;
pub mod specification;
pub mod weighting;

pub use blend::{BlendChoice, BlendFactor, BlendSpec};
pub use design::{DesignSpec, LonelyPsu};
pub use estimate::{
    Combine, DegreesOfFreedom, EstimateSpec, Kind, Probabilities, QuantileRule, SectionSpec,
};
pub use label::{Label, Labels, Names};
pub use replicates::{ReplicateMethod, ReplicateSpec};
pub use sensitivity::{MarginChoice, Scenario, SensitivitySpec};
pub use specification::{EstimateIndex, Spec};
pub use weighting::{Compat, Distance, NonresponseSpec, TrimSpec, WeightingMethod, WeightingSpec};
