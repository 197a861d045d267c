//! `population.csv`: the census margins to which weights are raked. Each row has its source, and
//! whether the bureau has verified it. A figure that rests on an assumption also has the lowest and
//! the highest value that it could have.

use std::collections::BTreeMap;

/// The population figures of a wave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Population {
    /// Figures by dimension and category, both sorted.
    pub dimensions: BTreeMap<String, BTreeMap<String, Figure>>,
    /// Distinct sources, in the order of the file.
    pub sources: Vec<String>,
    /// Whether any row is not verified.
    pub unverified: bool,
}

/// The population of one category.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Number of persons (or units), at least 0.
    pub population: f64,
    /// What the population could be instead, lowest and highest; `None` for a figure that is
    /// counted, not assumed. For a table of how much the results depend on it.
    pub range: Option<[f64; 2]>,
    /// Whether the bureau has verified it.
    pub verified: bool,
    /// Line in the file, from 1.
    pub line: u64,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    dimension: String,
    category: String,
    population: f64,
    #[serde(default)]
    source: String,
    verified: u8,
    #[serde(default)]
    low: Option<f64>,
    #[serde(default)]
    high: Option<f64>,
}

impl Row {
    /// The lowest and the highest value that the population could have.
    ///
    /// # Errors
    /// When one of them is missing, or they are not 0 <= low <= population <= high.
    fn range(&self) -> Result<Option<[f64; 2]>, String> {
        match (self.low, self.high) {
            (None, None) => Ok(None),
            (Some(low), Some(high))
                if low >= 0.0
                    && low <= self.population
                    && self.population <= high
                    && high.is_finite() =>
            {
                Ok(Some([low, high]))
            }
            (Some(low), Some(high)) => Err(format!(
                "{} {}: low and high must be numbers with 0 <= low <= population <= high, but they \
                 are {low}, {}, {high}; correct them, or leave both empty",
                self.dimension, self.category, self.population
            )),
            (low, _) => {
                let (given, missing) = match low {
                    Some(_) => ("low", "high"),
                    None => ("high", "low"),
                };
                Err(format!(
                    "{} {}: {given} is given but {missing} is empty; give both or none",
                    self.dimension, self.category
                ))
            }
        }
    }
}

/// What a row holds, for messages.
const COLUMNS: &str = "dimension,category,population,source,verified, and low,high where needed";

/// The columns that the file must have.
const NEEDED: [&str; 4] = ["dimension", "category", "population", "verified"];

/// A mistake in population.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationError {
    /// Line in the file, from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for PopulationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

impl std::error::Error for PopulationError {}

impl Population {
    /// Reads population.csv.
    ///
    /// # Errors
    /// Every row that is not `dimension,category,population,source,verified` with a finite
    /// population of at least 0; every row whose optional `low,high` are not both empty or around
    /// the population; and every second row for a category.
    pub fn parse(source: &str) -> Result<Population, Vec<PopulationError>> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let mut population = Population::default();
        let mut errors = Vec::new();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(source.as_bytes());
        let headers = reader.headers().cloned().unwrap_or_default();
        let lacks = |name: &&&str| !headers.iter().any(|own| own == **name);
        if let Some(column) = NEEDED.iter().find(lacks) {
            let message = format!("there is no column `{column}`; each row is {COLUMNS}");
            return Err(vec![PopulationError { line: 1, message }]);
        }
        for record in reader.records() {
            let fault = match record {
                Ok(record) => {
                    let line = record.position().map_or(1, csv::Position::line);
                    let row = record.deserialize::<Row>(Some(&headers));
                    let added = row
                        .map_err(|error| error.to_string())
                        .and_then(|row| population.add(&row, line));
                    added.map_err(|message| (line, message))
                }
                Err(error) => Err((
                    error.position().map_or(1, csv::Position::line),
                    error.to_string(),
                )),
            };
            if let Err((line, message)) = fault {
                let message = format!("{message}; each row is {COLUMNS}");
                errors.push(PopulationError { line, message });
            }
        }
        if errors.is_empty() {
            Ok(population)
        } else {
            Err(errors)
        }
    }

    fn add(&mut self, row: &Row, line: u64) -> Result<(), String> {
        if !row.population.is_finite() || row.population < 0.0 {
            return Err(format!(
                "{} {}: the population must be a number >= 0",
                row.dimension, row.category
            ));
        }
        if row.verified > 1 {
            return Err(format!(
                "{} {}: verified must be 0 or 1",
                row.dimension, row.category
            ));
        }
        let verified = row.verified == 1;
        let figure = Figure {
            population: row.population,
            range: row.range()?,
            verified,
            line,
        };
        let categories = self.dimensions.entry(row.dimension.clone()).or_default();
        if categories.insert(row.category.clone(), figure).is_some() {
            return Err(format!(
                "{} {} occurs twice; keep one row",
                row.dimension, row.category
            ));
        }
        self.unverified |= !verified;
        if !row.source.is_empty() && !self.sources.contains(&row.source) {
            self.sources.push(row.source.clone());
        }
        Ok(())
    }
}
