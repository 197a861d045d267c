//! What a figure and a table are made of, before they are written.

use crate::pages::chart::{Drawing, Sign};

/// A chart with everything around it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What is compared, such as 分县（区）.
    pub topic: String,
    /// The finding.
    pub headline: String,
    /// The finding for people who cannot see the chart.
    pub spoken: String,
    /// More about the finding, in order.
    pub notes: Vec<String>,
    /// The chart.
    pub drawing: Drawing,
    /// What its marks mean.
    pub legend: Vec<(Sign, String)>,
    /// The data.
    pub table: Table,
    /// What was asked, how to read the chart, how many answered.
    pub basis: Basis,
}

/// What a chart rests on.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// Questions behind the chart, as they were asked.
    pub questions: Vec<String>,
    /// How to read the chart; empty for none.
    pub reading: String,
    /// Answers behind it, where one number says that.
    pub n: Option<u64>,
}

/// A table whose rows have a heading each.
#[derive(Debug, Clone)]
pub struct Table {
    /// What, where, in what unit.
    pub caption: String,
    /// Headings of the columns; the first is above the headings of the rows.
    pub head: Vec<String>,
    /// Heading and cells of each row.
    pub rows: Vec<(String, Vec<String>)>,
}
