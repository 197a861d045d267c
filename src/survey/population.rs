//! `population.csv`: the census margins that weights are raked to, each row with its source and whether the bureau verified it.

use std::collections::BTreeMap;

/// The population figures of a wave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Population {
    /// Dimension -> category -> figure, both sorted.
    pub dimensions: BTreeMap<String, BTreeMap<String, Figure>>,
    /// Distinct sources in file order.
    pub sources: Vec<String>,
    /// Whether any row is not verified.
    pub unverified: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Persons (or units), >= 0.
    pub population: f64,
    /// Verified by the bureau.
    pub verified: bool,
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
}

/// A row of population.csv that cannot be used.
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
    /// Every row that is not `dimension,category,population,source,verified` with a finite population >= 0, or stands twice.
    pub fn parse(source: &str) -> Result<Population, Vec<PopulationError>> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let mut population = Population::default();
        let mut errors = Vec::new();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(source.as_bytes());
        let headers = reader.headers().cloned().unwrap_or_default();
        for record in reader.records() {
            let fault = match record {
                Ok(record) => {
                    let line = record.position().map_or(1, csv::Position::line);
                    let row = record.deserialize::<Row>(Some(&headers));
                    let added = row
                        .map_err(|error| error.to_string())
                        .and_then(|row| population.add(&row));
                    added.map_err(|message| (line, message))
                }
                Err(error) => Err((
                    error.position().map_or(1, csv::Position::line),
                    error.to_string(),
                )),
            };
            if let Err((line, message)) = fault {
                let message =
                    format!("{message}; each row is dimension,category,population,source,verified");
                errors.push(PopulationError { line, message });
            }
        }
        if errors.is_empty() {
            Ok(population)
        } else {
            Err(errors)
        }
    }

    fn add(&mut self, row: &Row) -> Result<(), String> {
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
            verified,
        };
        let categories = self.dimensions.entry(row.dimension.clone()).or_default();
        if categories.insert(row.category.clone(), figure).is_some() {
            return Err(format!(
                "{} {} stands twice; keep one row",
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
