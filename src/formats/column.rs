//! One column of exported microdata, as every file format needs it: name, labels, codes, kind.

use crate::formats::export_error::ExportError;
use crate::questionnaire::Text;

/// A column of the microdata.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name in CSV, XLSX, JSON and Parquet; ASCII.
    pub name: String,
    /// Name in SPSS and Stata: ASCII, at most 32 bytes, unique whatever the case; see
    /// [`short_names`](crate::formats::column_names::short_names).
    pub short_name: String,
    /// What the column holds, in words: the question, for an answer.
    pub label: Text,
    /// What its cells are.
    pub kind: ColumnKind,
    /// The codes of a [`ColumnKind::Coded`] column in the order of the questionnaire; else empty.
    pub values: Vec<ColumnValue>,
    /// Measure level.
    pub measure: Measure,
    /// Unit of measure; may be empty.
    pub unit: Text,
    /// Code of the question; `None` for a column that is not an answer.
    pub question: Option<String>,
    /// Code of the choice, in the columns of a `multiple`: 1 is chosen and 0 is not.
    pub choice: Option<String>,
    /// Where the column comes from.
    pub source: Source,
    /// Most bytes (UTF-8) of a text in the column; 0 for numbers and times. An upper bound, until
    /// [`Microdata::measure`](crate::formats::microdata::Microdata::measure) has read all rows.
    pub width: usize,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Texts.
    Text,
    /// Whole numbers.
    Whole,
    /// Numbers with this many digits after the point; `None` for as many as there are.
    Number(Option<u32>),
    /// Times, microseconds UTC.
    Time,
    /// Codes from `values`.
    Coded,
}

/// A code that a column can hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnValue {
    /// The code as stored.
    pub code: String,
    /// What it means.
    pub label: Text,
    /// "Don't know" or "refused": user-missing in statistical programs.
    pub missing: bool,
}

/// Measure level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Categories without order.
    Nominal,
    /// Categories in order.
    Ordinal,
    /// Numbers and times.
    Scale,
}

impl Measure {
    /// `nominal`, `ordinal` or `scale`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::Nominal => "nominal",
            Measure::Ordinal => "ordinal",
            Measure::Scale => "scale",
        }
    }
}

/// Where a column comes from. The columns of a file are in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// What every response carries.
    Response,
    /// An answer.
    Answer,
    /// An analysis variable of the plan.
    Variable,
    /// Numerator or denominator of a ratio indicator.
    Ratio,
    /// The sample design.
    Design,
    /// The final weight.
    Weight,
    /// Why the response does not count; empty for responses that count.
    Excluded,
}

impl Column {
    /// The position of `code` in `values`.
    #[must_use]
    pub fn position(&self, code: &str) -> Option<usize> {
        self.values.iter().position(|value| value.code == code)
    }

    /// Whether all codes are whole numbers, so that programs can store them as numbers. `1` is one,
    /// `01` is not: it would come back as another code.
    #[must_use]
    pub fn has_numeric_codes(&self) -> bool {
        let is_number = |code: &str| code.parse::<i32>().is_ok_and(|n| n.to_string() == code);
        !self.values.is_empty() && self.values.iter().all(|value| is_number(&value.code))
    }

    /// Whether this is the weight that figures are computed with.
    #[must_use]
    pub fn is_weight(&self) -> bool {
        self.source == Source::Weight
    }
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// There is none.
    Empty,
    /// There is none: the rules of the questionnaire did not lead to the question.
    NotAsked,
    /// A text.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// A number; `written` is how the respondent wrote it, such as `12.50`.
    Number {
        /// The number; finite.
        value: f64,
        /// As the respondent wrote it.
        written: Option<&'a str>,
    },
    /// Microseconds UTC.
    Time(i64),
    /// A code of the column.
    Code {
        /// Its position in [`Column::values`].
        place: usize,
        /// The code.
        code: &'a str,
        /// Its Chinese label in the version of the questionnaire that the respondent read; the code if
        /// that version is not stored.
        label: &'a str,
    },
}

/// Writes rows into a file of one format.
pub trait RowWriter {
    /// Begins the file. `title` is that of the survey, Chinese.
    ///
    /// # Errors
    /// When it cannot be written.
    fn begin(&mut self, title: &str, columns: &[Column]) -> Result<(), ExportError>;

    /// Writes a row, with one cell for each column.
    ///
    /// In a coded column, a code that no stored version of the questionnaire has is a
    /// [`Cell::Whole`] or a [`Cell::Text`].
    ///
    /// # Errors
    /// When it cannot be written.
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError>;

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(&mut self) -> Result<(), ExportError>;
}

impl<'a> Cell<'a> {
    /// A text; empty if it has no letters.
    #[must_use]
    pub fn of_text(text: &'a str) -> Cell<'a> {
        match text {
            "" => Cell::Empty,
            text => Cell::Text(text),
        }
    }

    /// A number; empty if it is not finite.
    #[must_use]
    pub fn of_number(value: f64) -> Cell<'a> {
        match value.is_finite() {
            true => Cell::Number {
                value,
                written: None,
            },
            false => Cell::Empty,
        }
    }

    /// The bytes of the text in it: of code or label, whichever is longer; 0 for numbers and times.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Cell::Text(text) => text.len(),
            Cell::Code { code, label, .. } => code.len().max(label.len()),
            _ => 0,
        }
    }
}
