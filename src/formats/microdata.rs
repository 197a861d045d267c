//! Microdata for statisticians: one row per response, codebook, and the spec that gives the published figures again.

use std::io::Write;

use crate::estimation;
use crate::estimation::Column;
use crate::formats::csv::{without_formula, writer};
use crate::formats::labelled_spec::Labels;
use crate::questionnaire::Kind;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, PSU, STRATUM, UNFLAGGED_WEIGHT,
    denominator, numerator,
};
use crate::release::margins::margins;
use crate::release::row::{DatasetError, Reader, Row, category, ratio_indicators, sum};
use crate::release::sample_design::SampleDesign;
use crate::release::spec::{PlanSpec, Scope};
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
    let design = DesignColumns::new(catalogue, survey, store, counted)?;
    let mut used = writer(data)?;
    let mut unused = writer(excluded)?;
    let mut header = table.header(true);
    header.extend(design.names());
    used.write_record(header)?;
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
            let position = sample_design
                .as_ref()
                .and_then(|(plan, design)| design.position_of(plan, &row));
            let reason = table.reason(&row, position.is_some());
            if reason.is_empty() {
                let mut cells = table.row(&row, "");
                cells.extend(design.row(place));
                used.write_record(cells)?;
                place += 1;
                count.rows += 1;
            } else {
                unused.write_record(table.row(&row, &reason))?;
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
    for (name, zh, en) in DESIGN_COLUMNS.iter().filter(|_| survey.plan.is_some()) {
        writer.write_record(own_column(name, "design", (zh, en)))?;
    }
    for (name, variable) in survey.plan.iter().flat_map(|plan| &plan.variables) {
        let title = variable.title.clone().unwrap_or_default();
        let question = format!("= {}", variable.question);
        let words = |language| match title.get(language) {
            "" => question.clone(),
            words => words.to_owned(),
        };
        let words = (words("zh"), words("en"));
        writer.write_record(own_column(name, "variable", (&words.0, &words.1)))?;
    }
    for (name, zh, en) in OWN_COLUMNS {
        writer.write_record(own_column(name, "response", (zh, en)))?;
    }
    writer.flush()?;
    Ok(())
}

/// Columns that every response has.
const OWN_COLUMNS: [(&str, &str, &str); 7] = [
    ("response_id", "问卷编号", "id of the response"),
    ("channel", "渠道", "channel inside the mode"),
    ("received_at", "收到时间", "when it was received, UTC"),
    ("duration", "用时（秒）", "seconds from start to end"),
    ("enumerator", "访问员", "enumerator"),
    ("flags", "标记", "why it may need a review"),
    (MODE, "调查方式", "how the answers were given"),
];

/// A line of the codebook for a column that is not a question.
fn own_column(name: &str, kind: &str, (zh, en): (&str, &str)) -> [String; 12] {
    let mut line: [String; 12] = Default::default();
    let values = [name, kind, zh, en];
    for (cell, value) in line.iter_mut().zip(values) {
        *cell = value.to_owned();
    }
    line
}

/// The sample frame as CSV.
///
/// # Errors
/// When it cannot be written.
pub fn frame_csv(survey: &Survey, output: impl Write) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record(["psu", "area", "urban", "population", "selected"])?;
    for unit in &survey.frame {
        writer.write_record([
            without_formula(&unit.psu),
            unit.area.clone(),
            unit.urban.clone(),
            number(unit.population),
            unit.selected.to_string(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

/// The areas as CSV.
///
/// # Errors
/// When it cannot be written.
pub fn areas_csv(catalogue: &Catalogue, output: impl Write) -> Result<(), ExportError> {
    let mut writer = writer(output)?;
    writer.write_record(["code", "name_zh", "name_en", "kind", "parent"])?;
    for area in &catalogue.areas.0 {
        writer.write_record([
            area.code.clone(),
            without_formula(area.name.get("zh")),
            without_formula(area.name.get("en")),
            area.kind.clone(),
            area.parent.clone().unwrap_or_default(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}

/// Columns of the design with their description, in the order of the file.
pub const DESIGN_COLUMNS: [(&str, &str, &str); 9] = [
    (PART, "抽样样本或自愿填答", "sampled or volunteer"),
    (FLAGGED, "有疑点标记", "1 if the response has flags"),
    (STRATUM, "方差层", "variance stratum"),
    (PSU, "初级抽样单元", "primary sampling unit"),
    (BASE_WEIGHT, "基础权数", "weight before raking"),
    (
        POOLED_WEIGHT,
        "视为同一样本时的基础权数",
        "weight before raking if all were one sample",
    ),
    (
        ONSITE_WEIGHT,
        "只计访问员访问时的基础权数",
        "weight before raking if only the interviewed counted",
    ),
    (
        UNFLAGGED_WEIGHT,
        "不计有标记问卷时的基础权数",
        "weight before raking without the flagged",
    ),
    ("weight", "最终权数", "final weight"),
];

/// The design of every response used, in leaf order; no columns without a plan.
#[derive(Default)]
struct DesignColumns {
    columns: Vec<(&'static str, DesignColumn)>,
}

enum DesignColumn {
    Labels(Vec<u32>, Vec<String>),
    Numbers(Vec<f64>),
}

impl DesignColumns {
    fn new(
        catalogue: &Catalogue,
        survey: &Survey,
        store: &Store,
        counted: u64,
    ) -> Result<DesignColumns, ExportError> {
        let Some(plan) = &survey.plan else {
            return Ok(DesignColumns::default());
        };
        let dataset =
            stored::dataset(catalogue, survey, plan, store, counted).map_err(ExportError::Read)?;
        let mut columns = Vec::new();
        for (name, _, _) in DESIGN_COLUMNS {
            let Ok(column) = dataset.columns.get(name) else {
                continue;
            };
            let column = match column {
                Column::Numeric(numbers) => DesignColumn::Numbers(numbers.decode()),
                Column::Category(category) => {
                    DesignColumn::Labels(category.decode(), category.levels.to_vec())
                }
            };
            columns.push((name, column));
        }
        // A sample too thin to be weighted is exported all the same, without final weights.
        let spec = PlanSpec::new(survey, plan, Scope::Full, "").spec;
        let spec = estimation::Spec {
            sensitivity: None,
            ..spec
        };
        let weighted = margins(plan, &survey.population).and_then(|margins| match spec.blend {
            Some(_) => Ok(estimation::analyse(&dataset.columns, &margins, &spec)?.weights),
            None => {
                let (design, _) =
                    estimation::analysis::weighted_design(&dataset.columns, &margins, &spec)?;
                Ok(design.weights.to_vec())
            }
        });
        let weights = weighted.unwrap_or_default();
        columns.push(("weight", DesignColumn::Numbers(weights)));
        Ok(DesignColumns { columns })
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().map(|(name, _)| (*name).to_owned())
    }

    /// The cells of a row; empty where there is no value.
    fn row(&self, row: usize) -> impl Iterator<Item = String> {
        self.columns.iter().map(move |(_, column)| match column {
            DesignColumn::Labels(codes, labels) => {
                let code = codes.get(row).and_then(|code| usize::try_from(*code).ok());
                let label = code.and_then(|code| labels.get(code));
                label.cloned().unwrap_or_default()
            }
            DesignColumn::Numbers(values) => values
                .get(row)
                .map_or_else(String::new, |value| number(*value)),
        })
    }
}

/// The labels that stand in the cells of an export with [`Cells::Labels`].
pub fn cell_labels(catalogue: &Catalogue, survey: &Survey) -> Labels {
    let variables = codebook(&survey.questionnaire, &catalogue.areas);
    labels_of(&variables)
}

fn labels_of(variables: &[Variable]) -> Labels {
    variables
        .iter()
        .filter(|variable| variable.choice.is_none())
        .flat_map(|variable| {
            let values = variable.values.iter();
            values.map(|value| {
                (
                    (variable.name.clone(), value.code.clone()),
                    without_formula(value.label.get("zh")),
                )
            })
        })
        .collect()
}

/// The columns of the export.
struct Table<'a> {
    survey: &'a Survey,
    cells: Cells,
    variables: Vec<Variable>,
    /// Analysis variables that are not a question of the same name.
    derived: Vec<(usize, String)>,
    /// Labels by variable and code, for [`Cells::Labels`].
    labels: Labels,
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
        let labels = labels_of(&variables);
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
        }
        header
    }

    fn row(&self, row: &Row<'_>, reason: &str) -> Vec<String> {
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
            return label.clone();
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
        if !plan.modes.has(&row.response.mode) && row.excluded.is_none() {
            return "other_mode".to_owned();
        }
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
