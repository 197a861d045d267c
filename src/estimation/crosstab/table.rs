//! A two-way table of weighted counts with its standard errors and tests.

use serde::Serialize;

/// A two-way table: every level of one variable (rows) by every level of another (columns).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crosstab {
    /// The variable of the rows and that of the columns.
    pub variables: [String; 2],
    /// Levels of the rows, in the order of their labels.
    pub rows: Vec<String>,
    /// Levels of the columns, in the order of their labels.
    pub columns: Vec<String>,
    /// Rows of the data with both answers and a weight above zero.
    pub n: u64,
    /// Degrees of freedom of the design: PSUs − strata with rows of the domain.
    pub df: f64,
    /// The cells, row by row.
    pub cells: Vec<Cell>,
    /// Tests of independence; `None` with fewer than two levels of a variable, or if the design
    /// leaves no degree of freedom.
    pub tests: Option<Tests>,
}

/// One cell of a two-way table. w are the final weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Level of the row.
    pub row: String,
    /// Level of the column.
    pub column: String,
    /// Rows of the data in the cell.
    pub n: u64,
    /// Σw in the cell.
    pub total: f64,
    /// Standard error of the total.
    pub total_std_error: f64,
    /// Σw in the cell over Σw in the table, 0 to 1.
    pub share: f64,
    /// Standard error of the share.
    pub share_std_error: f64,
    /// Σw in the cell over Σw in its row, 0 to 1.
    pub row_share: f64,
    /// Standard error of the share of the row.
    pub row_share_std_error: f64,
}

/// Tests of the hypothesis that rows and columns are independent.
///
/// The first three compare Pearson's X² with its distribution under a complex design (Rao & Scott
/// 1984, Ann. Stat. 12). The last two test the deviations from independence directly. Use the
/// second-order test unless there is a reason for another test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tests {
    /// X²/tr(Δ) against F with d₀ and d₀·df degrees of freedom, d₀ = tr(Δ)²/tr(Δ²).
    pub rao_scott_second_order: Test,
    /// X² over the mean design effect against chi-square with (R−1)(C−1) degrees of freedom.
    pub rao_scott_first_order: Test,
    /// X² against its distribution: a weighted sum of chi-squares, divided by a chi-square that
    /// stands for the estimation of the design effects. By the saddle point approximation.
    pub saddle_point: Test,
    /// Wald's test of the deviations from independence (Koch, Freeman & Freeman 1975).
    pub wald: Test,
    /// Wald's test, adjusted for few degrees of freedom.
    pub adjusted_wald: Test,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom: numerator and denominator of an F, or one of a chi-square, or none.
    pub df: Vec<f64>,
    /// Probability of a larger statistic under independence.
    pub p_value: f64,
}
