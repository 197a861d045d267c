//! Microdata for statisticians: one row per response, codebook, and the spec that gives the published figures again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use crate::collection::flag;
use crate::formats::csv::{without_formula, writer};
use crate::formats::design_columns::{DESIGN_COLUMNS, DesignColumns};
use crate::formats::export_error::ExportError;
use crate::formats::labelled_spec::Labels;
use crate::formats::number::cell as number;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::questionnaire::{Areas, Kind};
use crate::release::columns::{MODE, denominator, numerator};
use crate::release::row::{Excluded, Reader, Row, category, ratio_indicators, sum};
use crate::release::sample_design::SampleDesign;
use crate::release::stored::NoFigures;
use crate::release::versions::StoredVersions;
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

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Rows of responses used.
    pub rows: u64,
    /// Rows of responses that the plan excludes.
    pub excluded: u64,
    /// Rows by the hash of the questionnaire version that they answered.
    pub versions: BTreeMap<String, u64>,
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
    let unread = |error| ExportError::Read(NoFigures::Store(error));
    let versions = StoredVersions::read(store, &survey.id, &catalogue.areas).map_err(unread)?;
    let table = Table::new(catalogue, survey, cells, &versions);
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
        versions: BTreeMap::new(),
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
            let version = response.questionnaire_hash.clone();
            *count.versions.entry(version).or_insert(0) += 1;
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

/// The labels that stand in the cells of an export with [`Cells::Labels`] for responses to the version
/// with this hash. Empty if it is not stored: then codes stand there.
pub fn cell_labels(versions: &StoredVersions, hash: &str, areas: &Areas) -> Labels {
    let version = versions.answered(hash);
    let questionnaire = version.and_then(|version| version.questionnaire.as_ref());
    questionnaire.map_or_else(Labels::new, |own| labels_of(&codebook(own, areas)))
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

/// Every column that an export of `survey` can have, the excluded responses among them, except for
/// the answers.
pub fn columns_without_answers(survey: &Survey, areas: &Areas) -> BTreeSet<String> {
    let variables = codebook(&survey.questionnaire, areas);
    let derived = derived(survey, &variables);
    let mut columns: BTreeSet<String> = [true, false]
        .into_iter()
        .flat_map(|used| header(survey, &variables, &derived, used))
        .collect();
    if survey.plan.is_some() {
        columns.extend(DESIGN_COLUMNS.map(|(name, _, _)| name.to_owned()));
    }
    for variable in &variables {
        columns.remove(&variable.name);
    }
    columns
}

/// The analysis variables that are not a question of the same name, with their place in the plan.
fn derived(survey: &Survey, variables: &[Variable]) -> Vec<(usize, String)> {
    let names = survey.plan.iter().flat_map(|plan| plan.variables.keys());
    names
        .enumerate()
        .filter(|(_, name)| !variables.iter().any(|variable| variable.name == **name))
        .map(|(index, name)| (index, name.clone()))
        .collect()
}

/// The columns of the responses that are used, but for those of the design, or of the excluded ones.
fn header(
    survey: &Survey,
    variables: &[Variable],
    derived: &[(usize, String)],
    used: bool,
) -> Vec<String> {
    let own = [
        "response_id",
        "channel",
        "received_at",
        "duration",
        "enumerator",
        "flags",
        "version",
        MODE,
    ];
    let mut header: Vec<String> = own.map(str::to_owned).to_vec();
    header.extend(variables.iter().map(|variable| variable.name.clone()));
    header.extend(derived.iter().map(|(_, name)| name.clone()));
    if !used {
        header.push("excluded".to_owned());
        return header;
    }
    if let Some(plan) = &survey.plan {
        for indicator in ratio_indicators(plan) {
            header.extend([numerator(indicator), denominator(indicator)]);
        }
    }
    header
}

/// The columns of the export.
struct Table<'a> {
    survey: &'a Survey,
    cells: Cells,
    variables: Vec<Variable>,
    /// Analysis variables that are not a question of the same name.
    derived: Vec<(usize, String)>,
    /// Labels by variable and code of each stored version, for [`Cells::Labels`].
    labels: BTreeMap<String, Labels>,
    versions: &'a StoredVersions,
}

impl<'a> Table<'a> {
    fn new(
        catalogue: &Catalogue,
        survey: &'a Survey,
        cells: Cells,
        versions: &'a StoredVersions,
    ) -> Table<'a> {
        let variables = codebook(&survey.questionnaire, &catalogue.areas);
        let derived = derived(survey, &variables);
        let labels = versions.all().iter().map(|version| {
            let hash = &version.row.hash;
            (hash.clone(), cell_labels(versions, hash, &catalogue.areas))
        });
        let labels = labels.collect();
        Table {
            survey,
            cells,
            variables,
            derived,
            labels,
            versions,
        }
    }

    /// The label of a code in the version that was answered.
    fn label(&self, response: &StoredResponse, variable: &str, code: &str) -> Option<&String> {
        let version = self.versions.answered(&response.questionnaire_hash)?;
        let labels = self.labels.get(&version.row.hash)?;
        labels.get(&(variable.to_owned(), code.to_owned()))
    }

    fn header(&self, used: bool) -> Vec<String> {
        header(self.survey, &self.variables, &self.derived, used)
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
            response.questionnaire_hash.clone(),
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
            && let Some(label) = self.label(row.response, &variable.name, &code)
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
        let code = |plan: &Plan| match row.excluded? {
            Excluded::Rule(index) => Some(plan.exclusions.get(index)?.code.clone()),
            Excluded::Times => Some(flag::BAD_TIME.to_owned()),
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
