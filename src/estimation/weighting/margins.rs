//! Population margins: how many people each category has.

use serde_json::json;

use crate::estimation::error::{Code, Error};
use crate::estimation::summation::in_order;

/// The population totals to which weights are adjusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Margins {
    dimensions: Vec<Margin>,
}

/// One dimension: a variable or a cross of variables, with the population of each of its categories.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// Columns, more than one for a cross.
    pub variables: Vec<String>,
    /// Categories (one label per column) and populations, in the order given. A numeric variable has one entry with the
    /// empty label and its population total.
    pub cells: Vec<(Vec<String>, f64)>,
}

impl Margin {
    /// The name of the dimension, `county*area` for a cross.
    #[must_use]
    pub fn name(&self) -> String {
        self.variables.join("*")
    }

    /// Whether this is the total of a numeric variable rather than a table of categories.
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

    /// Reads a CSV with the columns `dimension,category,population` (further columns such as `source,verified` are for
    /// people). A cross is written `county*area` with categories `C01*urban`.
    ///
    /// # Errors
    /// `MARGINS_INVALID` with every bad line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut faults = Vec::new();
        let headers = reader
            .headers()
            .map_err(|error| invalid(vec![error.to_string()]))?
            .clone();
        let place = |name: &str| headers.iter().position(|header| header == name);
        let (Some(dimension), Some(category), Some(population)) =
            (place("dimension"), place("category"), place("population"))
        else {
            return Err(invalid(vec![
                "the header must have dimension, category and population".to_owned(),
            ]));
        };
        let mut margins = Self::new();
        for (record, line) in reader.records().zip(2_u64..) {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    faults.push(format!("line {line}: {error}"));
                    continue;
                }
            };
            let field = |at: usize| record.get(at).unwrap_or("");
            let name = field(dimension);
            if name.is_empty() {
                faults.push(format!("line {line}: no dimension"));
                continue;
            }
            let number = match field(population).parse::<f64>() {
                Ok(number) if number.is_finite() => number,
                _ => {
                    faults.push(format!(
                        "line {line}: population {:?} is not a number",
                        field(population)
                    ));
                    continue;
                }
            };
            let variables: Vec<String> =
                name.split('*').map(|part| part.trim().to_owned()).collect();
            let Some(labels) = split_category(field(category), variables.len()) else {
                faults.push(format!(
                    "line {line}: category {:?} has not {} parts",
                    field(category),
                    variables.len()
                ));
                continue;
            };
            if number < 0.0 && !labels.iter().all(String::is_empty) {
                faults.push(format!("line {line}: population {number} is below zero"));
                continue;
            }
            let known = margins
                .dimensions
                .iter_mut()
                .find(|margin| margin.variables == variables);
            match known {
                Some(margin) if margin.cells.iter().any(|(known, _)| *known == labels) => {
                    faults.push(format!(
                        "line {line}: {name} {:?} is given twice",
                        field(category)
                    ));
                }
                Some(margin) => margin.cells.push((labels, number)),
                None => margins.push(Margin {
                    variables,
                    cells: vec![(labels, number)],
                }),
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
}

/// The labels of a category of a cross; `*` separates, and where no label holds them, `:`, `|`, `/` or `,` may.
fn split_category(text: &str, parts: usize) -> Option<Vec<String>> {
    if parts == 1 {
        return Some(vec![text.to_owned()]);
    }
    ['*', ':', '|', '×', ',', '/', '.', '_', '-', ' ']
        .into_iter()
        .find_map(|separator| {
            let labels: Vec<String> = text
                .split(separator)
                .map(|label| label.trim().to_owned())
                .collect();
            (labels.len() == parts && labels.iter().all(|label| !label.is_empty()))
                .then_some(labels)
        })
}

fn invalid(faults: Vec<String>) -> Error {
    let message = format!(
        "the population margins cannot be read: {}",
        faults.join("; ")
    );
    Error::new(Code::MarginsInvalid, message, json!({"faults": faults}))
}
