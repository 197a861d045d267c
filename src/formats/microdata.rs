//! Microdata for statisticians: one row per response, codebook, and the spec that gives the published figures again.

use std::collections::BTreeMap;
use std::io::Write;

use crate::estimation::{self, Spec};
use crate::formats::csv::{without_formula, writer};
use crate::questionnaire::Kind;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::release::columns::{BASE_WEIGHT, MODE, PSU, STRATUM, denominator, numerator};
use crate::release::row::{DatasetError, Reader, Row, category, ratio_indicators, sum};
use crate::release::sample_design::SampleDesign;
use crate::release::spec::{self, Scope};
use crate::release::stored::{self, NoFigures};
use crate::store::{Store, StoreError, StoredResponse};
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// Responses read from the database at a time.
const PAGE: i64 = 5_000;

/// What stands in the cells of choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// Codes.
    Codes,
    /// Labels, Chinese.
    Labels,
}

/// Why an export stopped.
#[derive(Debug)]
pub enum ExportError {
    /// The file could not be written.
    Io(std::io::Error),
    /// The responses could not be read.
    Read(NoFigures),
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExportError::Io(error) => write!(f, "{error}"),
            ExportError::Read(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<std::io::Error> for ExportError {
    fn from(error: std::io::Error) -> ExportError {
        ExportError::Io(error)
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> ExportError {
        ExportError::Io(std::io::Error::other(error))
    }
}

impl From<DatasetError> for ExportError {
    fn from(error: DatasetError) -> ExportError {
        ExportError::Read(NoFigures::Dataset(error))
    }
}

/// What an export wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Rows of responses used.
    pub rows: u64,
    /// Rows of responses that the plan excludes.
    pub excluded: u64,
}

/// Writes the responses of `survey` to `data` and the excluded ones, with their reason, to `excluded`.
///
/// Both are CSV with a byte order mark and CRLF. The columns are what every response carries, the questions (a
/// `multiple` has one column for each choice), the analysis variables of the plan, and the design: `stratum`, `psu`,
/// `base_weight` and, where the figures can be computed, the final `weight`. All rest on the responses that were stored when
/// the export began: it may run while they come in. `progress` is told the rows so far.
///
/// # Errors
/// See [`ExportError`].
pub fn csv(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    cells: Cells,
    data: impl Write,
    excluded: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let table = Table::new(catalogue, survey, cells);
    let unread = |error| ExportError::Read(NoFigures::Store(error));
    // What is there now, from the first row to the last weight, whatever comes in meanwhile: the log only grows.
    let counted = store.count(&survey.id).map_err(unread)?;
    let weights = weights(catalogue, survey, store, counted)?;
    let mut used = writer(data)?;
    let mut unused = writer(excluded)?;
    used.write_record(table.header(true))?;
    unused.write_record(table.header(false))?;
    let mut count = Exported {
        rows: 0,
        excluded: 0,
    };
    let mut place = 0;
    let reader = Reader::new(survey, &catalogue.areas)?;
    let sample_design = survey
        .plan
        .as_ref()
        .map(|plan| (plan, SampleDesign::new(survey, plan, &reader, counted)));
    let mut after = -1;
    let left =
        |count: &Exported| i64::try_from(counted - count.rows - count.excluded).unwrap_or(PAGE);
    while left(&count) > 0 {
        let page = store
            .scan(&survey.id, after, PAGE.min(left(&count)))
            .map_err(unread)?;
        let Some(last) = page.last() else { break };
        after = last.leaf_index;
        for response in &page {
            let row = reader.row(response)?;
            let design = sample_design
                .as_ref()
                .and_then(|(plan, design)| design.position_of(plan, &row));
            let reason = table.reason(&row, design.is_some());
            if reason.is_empty() {
                let design = design.map(|design| (design.stratum, design.psu));
                used.write_record(table.row(
                    &row,
                    design,
                    weights.as_ref().and_then(|weights| weights.get(place)),
                    "",
                ))?;
                place += 1;
                count.rows += 1;
            } else {
                unused.write_record(table.row(&row, None, None, &reason))?;
                count.excluded += 1;
            }
        }
        progress(count.rows + count.excluded);
    }
    used.flush()?;
    unused.flush()?;
    let read = count.rows + count.excluded;
    if read < counted {
        return Err(unread(StoreError::Incomplete { counted, read }));
    }
    Ok(count)
}

/// The codebook as CSV: one row for each variable, and one for each code of it.
///
/// # Errors
/// When it cannot be written.
pub fn codebook_csv(
    catalogue: &Catalogue,
    survey: &Survey,
    output: impl Write,
) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record([
        "variable",
        "kind",
        "label_zh",
        "label_en",
        "code",
        "code_label_zh",
        "code_label_en",
        "missing",
        "asked_if",
        "unit",
        "indicators",
        "section",
    ])?;
    for variable in codebook(&survey.questionnaire, &catalogue.areas) {
        let indicators: Vec<String> = variable
            .indicators
            .iter()
            .map(ToString::to_string)
            .collect();
        let head = [
            variable.name.clone(),
            variable.kind.to_owned(),
            without_formula(variable.label.get("zh")),
            without_formula(variable.label.get("en")),
        ];
        let tail = [
            variable.ask_if.join(" and "),
            variable.unit.get("zh").to_owned(),
            indicators.join(";"),
            variable.section.clone(),
        ];
        let plain = [String::new(), String::new(), String::new(), String::new()];
        writer.write_record(head.iter().chain(&plain).chain(&tail))?;
        for value in &variable.values {
            let code = [
                value.code.clone(),
                without_formula(value.label.get("zh")),
                without_formula(value.label.get("en")),
                if value.missing {
                    "1".to_owned()
                } else {
                    String::new()
                },
            ];
            writer.write_record(head.iter().chain(&code).chain(&tail))?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// Base weight, and final weight where the sample can be weighted.
type RowWeight = (f64, Option<f64>);

/// Base weight and final weight of every response used, in leaf order; nothing without a plan.
fn weights(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    counted: u64,
) -> Result<Option<Vec<RowWeight>>, ExportError> {
    let Some(plan) = &survey.plan else {
        return Ok(None);
    };
    let dataset =
        stored::dataset(catalogue, survey, plan, store, counted).map_err(ExportError::Read)?;
    let base = dataset
        .columns
        .get(BASE_WEIGHT)
        .and_then(|column| column.to_numbers(BASE_WEIGHT));
    let Ok(base) = base else { return Ok(None) };
    let base: Vec<f64> = base.decode();
    // A sample too thin to be weighted is exported all the same, with base weights only.
    let spec = Spec::parse(&spec::spec(survey, plan, Scope::Full, ""));
    let margins = spec::population_margins(plan, &survey.population);
    let weighted = match (spec, margins) {
        (Ok(spec), Ok(margins)) if spec.blend.is_some() => {
            estimation::analyse(&dataset.columns, &margins, &spec)
                .ok()
                .map(|analysis| analysis.weights)
        }
        (Ok(spec), Ok(margins)) => {
            estimation::analysis::weighted_design(&dataset.columns, &margins, &spec)
                .ok()
                .map(|(design, _)| design.weights.to_vec())
        }
        _ => None,
    };
    let last = |row: usize| {
        weighted
            .as_ref()
            .and_then(|weights| weights.get(row))
            .copied()
    };
    Ok(Some(
        base.into_iter()
            .enumerate()
            .map(|(row, base)| (base, last(row)))
            .collect(),
    ))
}

/// The columns of the export.
struct Table<'a> {
    survey: &'a Survey,
    cells: Cells,
    variables: Vec<Variable>,
    /// Analysis variables that are not a question of the same name.
    derived: Vec<(usize, String)>,
    /// Labels by variable and code, for [`Cells::Labels`].
    labels: BTreeMap<(String, String), String>,
}

impl<'a> Table<'a> {
    fn new(catalogue: &Catalogue, survey: &'a Survey, cells: Cells) -> Table<'a> {
        let variables = codebook(&survey.questionnaire, &catalogue.areas);
        let names = survey
            .plan
            .iter()
            .flat_map(|plan| plan.variables.keys())
            .enumerate();
        let derived = names
            .filter(|(_, name)| !variables.iter().any(|variable| variable.name == **name))
            .map(|(index, name)| (index, name.clone()))
            .collect();
        let labels = variables
            .iter()
            .filter(|variable| variable.choice.is_none())
            .flat_map(|variable| {
                let values = variable.values.iter();
                values.map(|value| {
                    (
                        (variable.name.clone(), value.code.clone()),
                        value.label.get("zh").to_owned(),
                    )
                })
            })
            .collect();
        Table {
            survey,
            cells,
            variables,
            derived,
            labels,
        }
    }

    fn header(&self, used: bool) -> Vec<String> {
        let own = [
            "response_id",
            "channel",
            "received_at",
            "duration",
            "enumerator",
            "flags",
            MODE,
        ];
        let mut header: Vec<String> = own.map(str::to_owned).to_vec();
        header.extend(self.variables.iter().map(|variable| variable.name.clone()));
        header.extend(self.derived.iter().map(|(_, name)| name.clone()));
        if !used {
            header.push("excluded".to_owned());
            return header;
        }
        if let Some(plan) = &self.survey.plan {
            for indicator in ratio_indicators(plan) {
                header.extend([numerator(indicator), denominator(indicator)]);
            }
            header.extend([STRATUM, PSU, BASE_WEIGHT, "weight"].map(str::to_owned));
        }
        header
    }

    fn row(
        &self,
        row: &Row<'_>,
        design: Option<(String, String)>,
        weight: Option<&RowWeight>,
        reason: &str,
    ) -> Vec<String> {
        let response: &StoredResponse = row.response;
        let received = jiff::Timestamp::from_microsecond(response.received_at);
        let mut cells = vec![
            response.id.clone(),
            without_formula(&response.channel),
            received.map_or_else(|_| String::new(), |time| time.to_string()),
            response
                .duration
                .map_or_else(String::new, |seconds| seconds.to_string()),
            without_formula(&response.enumerator),
            response.flags.clone(),
            response.mode.clone(),
        ];
        cells.extend(
            self.variables
                .iter()
                .map(|variable| self.cell(variable, row)),
        );
        cells.extend(self.derived.iter().map(|(index, _)| {
            row.variables
                .get(*index)
                .cloned()
                .flatten()
                .unwrap_or_default()
        }));
        if !reason.is_empty() {
            cells.push(reason.to_owned());
            return cells;
        }
        if let Some(plan) = &self.survey.plan {
            for indicator in ratio_indicators(plan) {
                cells.push(number(sum(&indicator.terms, &row.answers)));
                cells.push(number(sum(&indicator.denominators, &row.answers)));
            }
            let (stratum, psu) = design.unwrap_or_default();
            let (base, last) = weight.map_or((f64::NAN, None), |(base, last)| (*base, *last));
            cells.extend([
                stratum,
                psu,
                number(base),
                last.map_or_else(String::new, number),
            ]);
        }
        cells
    }

    fn cell(&self, variable: &Variable, row: &Row<'_>) -> String {
        let Some(answer) = row.answers.get(variable.question.as_str()) else {
            return String::new();
        };
        if let Some(choice) = &variable.choice {
            let chosen = answer.as_array().is_some_and(|chosen| {
                chosen
                    .iter()
                    .filter_map(category)
                    .any(|code| code == *choice)
            });
            return if chosen { "1" } else { "0" }.to_owned();
        }
        let code = category(answer).unwrap_or_default();
        if self.cells == Cells::Labels
            && let Some(label) = self.labels.get(&(variable.name.clone(), code.clone()))
        {
            return without_formula(label);
        }
        let kind = self
            .survey
            .questionnaire
            .question(&variable.question)
            .map(|question| &question.kind);
        if matches!(kind, Some(Kind::Text { .. })) {
            without_formula(&code)
        } else {
            code
        }
    }

    fn reason(&self, row: &Row<'_>, complete: bool) -> String {
        let Some(plan) = &self.survey.plan else {
            return String::new();
        };
        let code = |plan: &Plan| {
            row.excluded
                .and_then(|index| plan.exclusions.get(index))
                .map(|exclusion| exclusion.code.clone())
        };
        match code(plan) {
            Some(code) => code,
            None if complete => String::new(),
            None => "incomplete".to_owned(),
        }
    }
}

/// A number that reads back as the same number; empty where there is none.
fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}
