//! What can be wrong with the input of an estimation, each with a stable code, a sentence and a detail for machines.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::{Value, json};

/// The kind of fault; its [`Code::as_str`] is what scripts and tests rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A population category has a target above zero and no respondent.
    MarginCategoryEmpty,
    /// A respondent's category is not in the population table.
    CategoryNotInPopulation,
    /// A category with a target of zero has respondents.
    ZeroTargetWithRespondents,
    /// The dimensions of the population table add up to different totals.
    MarginTotalsDisagree,
    /// A weighting variable is missing for some row.
    NaInWeightingVariable,
    /// Raking stopped without meeting every margin.
    RakingNotConverged,
    /// No weights within the bounds meet the margins.
    CalibrationInfeasible,
    /// The logit distance was asked for without finite bounds.
    CalibrationBoundsRequired,
    /// A stratum has one primary sampling unit only.
    LonelyPsu,
    /// The same PSU code occurs in two strata.
    PsuNotNested,
    /// Linear calibration gave a weight below zero.
    NegativeWeight,
    /// Nobody is in the domain of an estimate.
    EmptyDomain,
    /// The design leaves no degree of freedom.
    DfZero,
    /// A base weight is missing, negative or not finite.
    InvalidWeight,
    /// A design variable (stratum, PSU, fpc) is missing for some row.
    NaInDesignVariable,
    /// The finite population correction is impossible or varies within a stratum.
    InvalidFpc,
    /// Trimming cannot bring every weight within its limits.
    TrimInfeasible,
    /// A replicate method does not fit the design, or too many replicates fail.
    ReplicatesInvalid,
    /// The specification asks for something that does not exist or contradicts itself.
    SpecInvalid,
    /// A column named in the specification is not in the data.
    UnknownColumn,
    /// A value where a number is needed is not a number.
    NotANumber,
    /// A value is none of the codes of its variable, or a code that is counted is in no row.
    NotACode,
    /// Columns of different length.
    LengthMismatch,
    /// The population table cannot be read.
    MarginsInvalid,
    /// The data file cannot be read as a table.
    CsvInvalid,
}

impl Code {
    /// The code in upper snake case, e.g. `MARGIN_CATEGORY_EMPTY`.
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
    /// A fault with a sentence for people and a JSON object for machines.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>, detail: Value) -> Self {
        Self {
            code,
            message: message.into(),
            detail,
        }
    }

    /// The specification contradicts itself or asks for what does not exist.
    #[must_use]
    pub fn spec(message: impl Into<String>) -> Self {
        Self::new(Code::SpecInvalid, message, json!({}))
    }

    /// The same fault, of the data in a file: its message starts with the name of the file.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.message = format!("{file}: {}", self.message);
        if let Some(detail) = self.detail.as_object_mut() {
            detail.insert("file".to_owned(), file.into());
        }
        self
    }

    /// The kind of fault.
    #[must_use]
    pub const fn kind(&self) -> Code {
        self.code
    }

    /// The stable code in upper snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The particulars for machines: worst margin, categories, proposed merges, bounds, strata.
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
