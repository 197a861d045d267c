//! What can be wrong with the input of an estimation.
//!
//! An [`Error`] has a stable [`Code`] that scripts and tests rely on, a sentence that says what is
//! wrong and what would cure it, and a detail for machines: categories, rows, strata, proposed
//! merges. Nothing that makes a figure wrong is only a warning.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Value, json};

/// The kind of fault; its [`Code::as_str`] is what scripts and tests rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A population category has a target above zero and no respondent, so no weight can represent
    /// it. Merge it with a neighbour; the detail proposes one.
    MarginCategoryEmpty,
    /// A respondent's category is not in the population table: a wrong code, or a row that the
    /// table lacks.
    CategoryNotInPopulation,
    /// A category with a target of zero has respondents: the table or the data are wrong.
    ZeroTargetWithRespondents,
    /// The dimensions of the population table add up to different totals, so no weights meet all of
    /// them. Correct the table, or set `rescale_margins`.
    MarginTotalsDisagree,
    /// A weighting variable is missing for some row with a weight. Impute it, or exclude the rows.
    NaInWeightingVariable,
    /// Raking stopped without meeting every margin. The margins contradict each other in the
    /// sample, as with cells that are empty by structure: merge categories.
    RakingNotConverged,
    /// No weights within the bounds meet the margins. The detail says which bounds would do.
    CalibrationInfeasible,
    /// The logit distance was asked for without finite bounds.
    CalibrationBoundsRequired,
    /// A stratum has one primary sampling unit only, so its variance is unknown. Merge strata, or
    /// choose a policy with `lonely_psu`.
    LonelyPsu,
    /// The same PSU code occurs in two strata. If codes start again in every stratum, set `nest`.
    PsuNotNested,
    /// Linear calibration gave a weight below zero. Use the exponential distance, or bounds.
    NegativeWeight,
    /// Nobody is in the domain of an estimate, or nobody there has an answer.
    EmptyDomain,
    /// The design leaves no degree of freedom: as many strata as PSUs among the rows of the domain.
    DfZero,
    /// A base weight is missing, negative, not finite or outside 1e-100 to 1e100, or no weight
    /// is above zero.
    InvalidWeight,
    /// A design variable (stratum, PSU, fpc) is missing for some row.
    NaInDesignVariable,
    /// The finite population correction is impossible (fewer units in the population than in the
    /// sample) or differs within a stratum.
    InvalidFpc,
    /// Trimming cannot bring every weight within its limits and keep the sum.
    TrimInfeasible,
    /// A replicate method does not fit the design, or more than 2 % of the replicates cannot be
    /// calibrated.
    ReplicatesInvalid,
    /// The specification asks for something that does not exist or contradicts itself.
    SpecInvalid,
    /// A column named in the specification is not in the data. The detail lists those that are.
    UnknownColumn,
    /// A disposition is not one of the codes of response rates (I, P, R, NC, O, UH, UO, NE).
    UnknownDisposition,
    /// A value where a number is needed is not a number.
    NotANumber,
    /// A value is none of the codes of its variable, or a code that counts is in no row.
    NotACode,
    /// Columns of different length.
    LengthMismatch,
    /// The population table cannot be read.
    MarginsInvalid,
    /// The data file cannot be read as a table.
    CsvInvalid,
}

impl Code {
    /// The code in upper snake case, such as `MARGIN_CATEGORY_EMPTY`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MarginCategoryEmpty => "MARGIN_CATEGORY_EMPTY",
            Self::CategoryNotInPopulation => "CATEGORY_NOT_IN_POPULATION",
            Self::ZeroTargetWithRespondents => "ZERO_TARGET_WITH_RESPONDENTS",
            Self::MarginTotalsDisagree => "MARGIN_TOTALS_DISAGREE",
            Self::NaInWeightingVariable => "NA_IN_WEIGHTING_VARIABLE",
            Self::RakingNotConverged => "RAKING_NOT_CONVERGED",
            Self::CalibrationInfeasible => "CALIBRATION_INFEASIBLE",
            Self::CalibrationBoundsRequired => "CALIBRATION_BOUNDS_REQUIRED",
            Self::LonelyPsu => "LONELY_PSU",
            Self::PsuNotNested => "PSU_NOT_NESTED",
            Self::NegativeWeight => "NEGATIVE_WEIGHT",
            Self::EmptyDomain => "EMPTY_DOMAIN",
            Self::DfZero => "DF_ZERO",
            Self::InvalidWeight => "INVALID_WEIGHT",
            Self::NaInDesignVariable => "NA_IN_DESIGN_VARIABLE",
            Self::InvalidFpc => "INVALID_FPC",
            Self::TrimInfeasible => "TRIM_INFEASIBLE",
            Self::ReplicatesInvalid => "REPLICATES_INVALID",
            Self::SpecInvalid => "SPEC_INVALID",
            Self::UnknownColumn => "UNKNOWN_COLUMN",
            Self::UnknownDisposition => "UNKNOWN_DISPOSITION",
            Self::NotANumber => "NOT_A_NUMBER",
            Self::NotACode => "NOT_A_CODE",
            Self::LengthMismatch => "LENGTH_MISMATCH",
            Self::MarginsInvalid => "MARGINS_INVALID",
            Self::CsvInvalid => "CSV_INVALID",
        }
    }
}

/// A fault of the input: what it is, where, and what would cure it.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    code: Code,
    message: String,
    detail: Value,
}

impl Error {
    /// A fault with a code, a sentence for people and a JSON object for machines.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>, detail: Value) -> Self {
        Self {
            code,
            message: message.into(),
            detail,
        }
    }

    /// The specification contradicts itself or asks for what does not exist: `SPEC_INVALID`,
    /// without detail.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::{Code, Error};
    ///
    /// let error = Error::spec("estimate x: a section needs items");
    /// assert_eq!((error.kind(), error.code()), (Code::SpecInvalid, "SPEC_INVALID"));
    /// assert_eq!(error.to_string(), "SPEC_INVALID: estimate x: a section needs items");
    /// ```
    #[must_use]
    pub fn spec(message: impl Into<String>) -> Self {
        Self::new(Code::SpecInvalid, message, json!({}))
    }

    /// The same fault, of the data in a file: its message starts with the name of the file, and its
    /// detail has it as `file`.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.message = format!("{file}: {}", self.message);
        if let Some(detail) = self.detail.as_object_mut() {
            detail.insert("file".to_owned(), file.into());
        }
        self
    }

    /// The kind of fault, for a `match`.
    #[must_use]
    pub const fn kind(&self) -> Code {
        self.code
    }

    /// The kind of fault in upper snake case, for output.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// The sentence for people: what is wrong, where, and what would cure it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The particulars for machines, always an object: the worst margin, categories with proposed
    /// merges, feasible bounds, strata, rows.
    #[must_use]
    pub const fn detail(&self) -> &Value {
        &self.detail
    }
}

/// `{"code", "message", "detail"}`.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 3)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("detail", &self.detail)?;
        fields.end()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.message)
    }
}

impl std::error::Error for Error {}
