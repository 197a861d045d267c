//! Population margins: how many people each category has.
//!
//! A dimension is a variable (`sex`), several that are cross-classified (`county*area`), or a
//! numeric variable with its population total. All dimensions of categories must add up to the same
//! population; [`Cells`](crate::estimation::weighting::cells::Cells) checks that and the rest.

use serde_json::json;

use crate::estimation::error::{Code, Error};
use crate::estimation::spec::sensitivity::MarginChoice;
use crate::estimation::summation::in_order;

/// Variable of the margin that holds the size of the population itself: 1 in every row.
pub const INTERCEPT: &str = "(Intercept)";

/// What may separate the labels of a category of a cross-classification, in the order of trial.
const SEPARATORS: [char; 10] = ['*', ':', '|', '×', ',', '/', '.', '_', '-', ' '];

/// The population totals to which weights are adjusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Margins {
    dimensions: Vec<Margin>,
    /// The figures that are assumed, with what they could be instead.
    ranges: Vec<Range>,
}

/// What the population of a category could be instead.
#[derive(Debug, Clone, PartialEq)]
struct Range {
    variables: Vec<String>,
    labels: Vec<String>,
    low: f64,
    high: f64,
}

/// One dimension: a variable, or several that are cross-classified, with the population of each
/// category.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// Columns, more than one if they are cross-classified.
    pub variables: Vec<String>,
    /// Categories (one label per column) and their populations, in the order given. A numeric
    /// variable has one entry with an empty label and its population total.
    pub cells: Vec<(Vec<String>, f64)>,
}

impl Margin {
    /// The name of the dimension, such as `sex` or `county*area`.
    #[must_use]
    pub fn name(&self) -> String {
        self.variables.join("*")
    }

    /// Whether this is the total of a numeric variable instead of a table of categories: one cell
    /// without label.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(self.cells.as_slice(), [(labels, _)] if labels.iter().all(String::is_empty))
    }

    /// Sum of the populations.
    #[must_use]
    pub fn total(&self) -> f64 {
        in_order(self.cells.iter().map(|(_, population)| *population))
    }
}

impl Margins {
    /// No dimension.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a dimension.
    pub fn push(&mut self, margin: Margin) {
        self.dimensions.push(margin);
    }

    /// The dimensions in order.
    #[must_use]
    pub fn dimensions(&self) -> &[Margin] {
        &self.dimensions
    }

    /// Whether there is no dimension.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// The margins with the lowest or the highest figures where there is a range. The totals of the
    /// dimensions stay.
    ///
    /// # Formula
    ///
    /// ```text
    /// T_c = low_c               T_c ← T_c · (T − Σ low)/Σ T over the categories without a range
    /// ```
    #[must_use]
    pub fn chosen(&self, choice: MarginChoice) -> Self {
        let mut margins = self.clone();
        if choice == MarginChoice::Population {
            return margins;
        }
        for margin in &mut margins.dimensions {
            let of = |labels: &[String]| {
                let mut ranges = self.ranges.iter();
                let range = ranges
                    .find(|range| range.variables == margin.variables && range.labels == labels)?;
                Some(match choice {
                    MarginChoice::Low => range.low,
                    MarginChoice::High | MarginChoice::Population => range.high,
                })
            };
            let chosen: Vec<Option<f64>> =
                margin.cells.iter().map(|(labels, _)| of(labels)).collect();
            let fixed = in_order(chosen.iter().flatten().copied());
            let cells = margin.cells.iter().zip(&chosen);
            let free = in_order(
                cells
                    .filter(|(_, chosen)| chosen.is_none())
                    .map(|((_, population), _)| *population),
            );
            let scale = (margin.total() - fixed) / free;
            for ((_, population), chosen) in margin.cells.iter_mut().zip(&chosen) {
                *population = chosen.unwrap_or(*population * scale);
            }
        }
        margins
    }

    /// Whether a figure has a range.
    #[must_use]
    pub fn has_ranges(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Reads a CSV with the columns `dimension,category,population`, and `low,high` for figures that
    /// are assumed; others, such as `source,verified`, are not read.
    ///
    /// A cross-classification is written `county*area` with categories such as `C01*urban`; a
    /// numeric variable has one line with an empty category and its population total.
    ///
    /// # Errors
    ///
    /// `MARGINS_INVALID` with every bad line.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::Margins;
    ///
    /// let margins = Margins::parse(
    ///     "dimension,category,population\nsex,F,510\nsex,M,490\ncounty*area,C01*urban,1000\n",
    /// );
    /// let margins = margins.unwrap();
    /// assert_eq!(margins.dimensions()[0].total(), 1000.0);
    /// assert_eq!(margins.dimensions()[1].name(), "county*area");
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headers = reader
            .headers()
            .map_err(|error| invalid(vec![error.to_string()]))?;
        let fields = Fields::find(headers)?;
        let mut faults = Vec::new();
        let mut margins = Self::new();
        for (record, line) in reader.records().zip(2_u64..) {
            let added = record
                .map_err(|error| error.to_string())
                .and_then(|record| fields.parse(&record))
                .and_then(|entry| margins.add(entry));
            if let Err(fault) = added {
                faults.push(format!("line {line}: {fault}"));
            }
        }
        if !faults.is_empty() {
            return Err(invalid(faults));
        }
        if margins.is_empty() {
            return Err(invalid(vec!["there is no line of data".to_owned()]));
        }
        Ok(margins)
    }

    /// Adds a category to its dimension. The fault says that it is there already.
    fn add(&mut self, entry: Entry) -> Result<(), String> {
        let Entry {
            variables,
            labels,
            population,
            range,
        } = entry;
        if let Some((low, high)) = range {
            self.ranges.push(Range {
                variables: variables.clone(),
                labels: labels.clone(),
                low,
                high,
            });
        }
        let known = self
            .dimensions
            .iter_mut()
            .find(|margin| margin.variables == variables);
        let Some(margin) = known else {
            self.push(Margin {
                variables,
                cells: vec![(labels, population)],
            });
            return Ok(());
        };
        if margin.cells.iter().any(|(known, _)| *known == labels) {
            let (name, category) = (margin.name(), labels.join("*"));
            return Err(format!("{name} '{category}' is given twice"));
        }
        margin.cells.push((labels, population));
        Ok(())
    }
}

/// One line of the file.
struct Entry {
    variables: Vec<String>,
    labels: Vec<String>,
    population: f64,
    range: Option<(f64, f64)>,
}

/// The positions of the columns that are read.
struct Fields {
    dimension: usize,
    category: usize,
    population: usize,
    /// Of `low` and `high`.
    range: Option<(usize, usize)>,
}

impl Fields {
    /// The positions of the columns in the header.
    fn find(headers: &csv::StringRecord) -> Result<Self, Error> {
        let position = |name: &str| headers.iter().position(|header| header == name);
        match (
            position("dimension"),
            position("category"),
            position("population"),
        ) {
            (Some(dimension), Some(category), Some(population)) => Ok(Self {
                dimension,
                category,
                population,
                range: position("low").zip(position("high")),
            }),
            _ => Err(invalid(vec![
                "the header must have dimension, category and population".to_owned(),
            ])),
        }
    }

    /// Reads a line; the fault says what is wrong with it.
    fn parse(&self, record: &csv::StringRecord) -> Result<Entry, String> {
        let field = |at: usize| record.get(at).unwrap_or("");
        let (dimension, category) = (field(self.dimension), field(self.category));
        if dimension.is_empty() {
            return Err("no dimension".to_owned());
        }
        let text = field(self.population);
        let population = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let population = population.ok_or(format!("population '{text}' is not a number"))?;
        let variables = split(dimension, '*');
        let labels = split_category(category, variables.len()).ok_or_else(|| {
            let labels = variables.len();
            format!("category '{category}' does not have {labels} labels")
        })?;
        if population < 0.0 && !labels.iter().all(String::is_empty) {
            return Err(format!("population {population} is below zero"));
        }
        let range = match self.range.map(|(low, high)| (field(low), field(high))) {
            None | Some(("", "")) => None,
            Some((low, high)) => {
                let number = |text: &str| text.parse::<f64>().ok().filter(|own| own.is_finite());
                let range = number(low).zip(number(high));
                let range = range
                    .filter(|(low, high)| *low >= 0.0 && *low <= population && population <= *high);
                Some(range.ok_or(format!(
                    "low '{low}' and high '{high}' must be numbers on both sides of {population}"
                ))?)
            }
        };
        Ok(Entry {
            variables,
            labels,
            population,
            range,
        })
    }
}

fn split(text: &str, separator: char) -> Vec<String> {
    text.split(separator)
        .map(|label| label.trim().to_owned())
        .collect()
}

/// The `count` labels of a category: separated by `*`, or by the first of [`SEPARATORS`] that gives
/// that many labels, none of them empty.
fn split_category(text: &str, count: usize) -> Option<Vec<String>> {
    if count == 1 {
        return Some(vec![text.to_owned()]);
    }
    SEPARATORS
        .into_iter()
        .map(|separator| split(text, separator))
        .find(|labels| labels.len() == count && labels.iter().all(|label| !label.is_empty()))
}

fn invalid(faults: Vec<String>) -> Error {
    let message = format!(
        "the population margins cannot be read: {}",
        faults.join("; ")
    );
    Error::new(Code::MarginsInvalid, message, json!({"faults": faults}))
}
