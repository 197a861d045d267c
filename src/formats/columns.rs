//! The columns of the microdata of a survey, described for every file format.

use crate::collection::flag;
use crate::formats::column::{Column, ColumnKind, ColumnValue, Measure, Source};
use crate::formats::column_names::short_names;
use crate::formats::design_columns::{DESIGN_COLUMNS, WEIGHT};
use crate::locale::in_every_language;
use crate::questionnaire::answer::Mode;
use crate::questionnaire::codebook::{Variable, codebook};
use crate::questionnaire::{Areas, Questionnaire, Text};
use crate::release::columns::{FLAGGED, HELD, MODE, PART, PSU, STRATUM, denominator, numerator};
use crate::release::labels::Labels;
use crate::release::row::ratio_indicators;
use crate::release::sample_design::Part;
use crate::release::versions::StoredVersions;
use crate::survey::plan::{Indicator, Plan};
use crate::survey::{Catalogue, Survey, categories};

/// The column that says why a response does not count.
pub const EXCLUDED: &str = "excluded";
/// The column with the time of receipt.
pub const RECEIVED_AT: &str = "received_at";

/// Columns that every response has, with their description.
pub const RESPONSE_COLUMNS: [(&str, &str, &str); 8] = [
    ("response_id", "问卷编号", "id of the response"),
    ("channel", "渠道", "channel inside the mode"),
    (RECEIVED_AT, "收到时间", "when it was received, UTC"),
    ("duration", "用时（秒）", "seconds from start to end"),
    ("enumerator", "访问员", "enumerator"),
    ("flags", "标记", "why it may need a review"),
    (
        "version",
        "问卷版本",
        "questionnaire version that was answered",
    ),
    (MODE, "调查方式", "how the answers were given"),
];

/// Most bytes of a text of four bytes a letter and at most 64 letters: channel, PSU, enumerator.
const LABEL_BYTES: usize = 4 * crate::collection::label::LONGEST_LABEL;

/// Bytes of a character in UTF-8, at most.
const BYTES_A_CHARACTER: usize = 4;

/// All columns in the order of a file, the excluded responses' reason last. `design` has the names of
/// the columns of the design that the export has.
#[must_use]
pub fn columns(
    catalogue: &Catalogue,
    survey: &Survey,
    versions: &StoredVersions,
    design: &[&str],
) -> Vec<Column> {
    let areas = &catalogue.areas;
    let variables = codebook(&survey.questionnaire, areas);
    let mut columns: Vec<Column> = RESPONSE_COLUMNS.iter().map(response_column).collect();
    columns.extend(variables.iter().map(answer_column));
    add_old_codes(&mut columns, versions, areas);
    if let Some(plan) = &survey.plan {
        let questionnaires = || {
            let stored = versions.all().iter();
            let stored = stored.filter_map(|version| version.questionnaire.as_ref());
            std::iter::once(&survey.questionnaire).chain(stored)
        };
        for (_, name) in derived(survey, &variables) {
            let labels = Labels::new(catalogue, survey, plan);
            let codes = questionnaires().flat_map(|own| levels(&name, plan, own, areas));
            columns.push(variable_column(&name, &labels, codes));
        }
        columns.extend(ratio_indicators(plan).flat_map(ratio_columns));
        columns.extend(
            DESIGN_COLUMNS
                .iter()
                .filter(|(name, _, _)| design.contains(name))
                .map(design_column),
        );
        columns.push(excluded_column(plan));
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let short = short_names(&names);
    for (column, short) in columns.iter_mut().zip(short) {
        column.short_name = short;
    }
    columns
}

/// The analysis variables that are not a question of the same name, with their place in the plan.
#[must_use]
pub fn derived(survey: &Survey, variables: &[Variable]) -> Vec<(usize, String)> {
    let names = survey.plan.iter().flat_map(|plan| plan.variables.keys());
    names
        .enumerate()
        .filter(|(_, name)| !variables.iter().any(|variable| variable.name == **name))
        .map(|(index, name)| (index, name.clone()))
        .collect()
}

/// A column of texts without codes.
fn column(name: &str, label: Text, kind: ColumnKind, source: Source) -> Column {
    Column {
        name: name.to_owned(),
        short_name: String::new(),
        label,
        kind,
        values: Vec::new(),
        measure: match kind {
            ColumnKind::Text | ColumnKind::Coded => Measure::Nominal,
            _ => Measure::Scale,
        },
        unit: Text::default(),
        question: None,
        choice: None,
        source,
        width: match kind {
            ColumnKind::Text => LABEL_BYTES,
            _ => 0,
        },
    }
}

fn coded(name: &str, label: Text, source: Source, values: Vec<ColumnValue>) -> Column {
    let width = values.iter().map(width_of).max().unwrap_or(0);
    let mut column = column(name, label, ColumnKind::Coded, source);
    column.values = values;
    column.width = width;
    column
}

fn width_of(value: &ColumnValue) -> usize {
    value.code.len().max(value.label.get("zh").len())
}

fn value(code: &str, label: Text) -> ColumnValue {
    ColumnValue {
        code: code.to_owned(),
        label,
        missing: false,
    }
}

fn text(zh: &str, en: &str) -> Text {
    let texts = [("zh", zh), ("en", en)].map(|(key, text)| (key.to_owned(), text.to_owned()));
    Text::from(std::collections::BTreeMap::from(texts))
}

fn response_column((name, zh, en): &(&str, &str, &str)) -> Column {
    let label = text(zh, en);
    match *name {
        RECEIVED_AT => column(name, label, ColumnKind::Time, Source::Response),
        "duration" => column(name, label, ColumnKind::Whole, Source::Response),
        MODE => {
            let modes = Mode::ALL.map(Mode::as_str);
            let modes =
                modes.map(|mode| value(mode, in_every_language(&format!("results.mode_{mode}"))));
            coded(name, label, Source::Response, modes.to_vec())
        }
        _ => column(name, label, ColumnKind::Text, Source::Response),
    }
}

fn answer_column(variable: &Variable) -> Column {
    let label = variable.label.clone();
    let mut own = match variable.kind {
        "integer" => column(&variable.name, label, ColumnKind::Whole, Source::Answer),
        "decimal" => {
            let kind = ColumnKind::Number(variable.decimals);
            column(&variable.name, label, kind, Source::Answer)
        }
        "text" => {
            let mut own = column(&variable.name, label, ColumnKind::Text, Source::Answer);
            let letters = variable.max_length.unwrap_or(0);
            own.width = usize::try_from(letters).unwrap_or(0) * BYTES_A_CHARACTER;
            own
        }
        _ => coded(&variable.name, label, Source::Answer, values_of(variable)),
    };
    if is_ordered(variable) {
        own.measure = Measure::Ordinal;
    }
    own.unit = variable.unit.clone();
    own.question = Some(variable.question.clone());
    own.choice.clone_from(&variable.choice);
    own
}

fn values_of(variable: &Variable) -> Vec<ColumnValue> {
    let own = variable.values.iter().map(|own| ColumnValue {
        code: own.code.clone(),
        label: match variable.choice {
            Some(_) => in_every_language(match own.code.as_str() {
                "0" => "formats.not_chosen",
                _ => "formats.chosen",
            }),
            None => own.label.clone(),
        },
        missing: own.missing,
    });
    own.collect()
}

/// Whether the categories have an order: age and education, and scales of at least three steps whose
/// codes rise or fall by one in the order of the questionnaire.
fn is_ordered(variable: &Variable) -> bool {
    if variable.kind != "single" {
        return false;
    }
    if matches!(variable.role.as_deref(), Some("age" | "education")) {
        return true;
    }
    let valid = variable.values.iter().filter(|value| !value.missing);
    let codes: Option<Vec<i64>> = valid.map(|value| value.code.parse().ok()).collect();
    let codes = codes.unwrap_or_default();
    let rises_by = |step: i64| {
        let mut pairs = codes.iter().zip(codes.iter().skip(1));
        pairs.all(|(first, second)| first.checked_add(step) == Some(*second))
    };
    codes.len() >= 3 && (rises_by(1) || rises_by(-1))
}

/// Adds the codes that only an earlier version of the questionnaire had.
fn add_old_codes(columns: &mut [Column], versions: &StoredVersions, areas: &Areas) {
    let stored = versions.all().iter();
    let stored = stored.filter_map(|version| version.questionnaire.as_ref());
    for variable in stored.flat_map(|own| codebook(own, areas)) {
        let mut columns = columns.iter_mut();
        let same = columns.find(|own| own.name == variable.name && own.kind == ColumnKind::Coded);
        let Some(column) = same else { continue };
        for old in values_of(&variable) {
            column.width = column.width.max(width_of(&old));
            if column.position(&old.code).is_none() {
                column.values.push(old);
            }
        }
    }
}

/// The categories that an analysis variable can have; none if they cannot be listed.
fn levels(name: &str, plan: &Plan, questionnaire: &Questionnaire, areas: &Areas) -> Vec<String> {
    let found = categories::of_dimension(name, plan, questionnaire, areas).unwrap_or_default();
    found.into_iter().map(|(category, _)| category).collect()
}

fn variable_column(name: &str, labels: &Labels<'_>, codes: impl Iterator<Item = String>) -> Column {
    let title = labels.title(name);
    let mut values: Vec<ColumnValue> = Vec::new();
    for code in codes {
        if !values.iter().any(|known| known.code == code) {
            values.push(value(&code, labels.label(name, &code)));
        }
    }
    match values.is_empty() {
        true => column(name, title, ColumnKind::Text, Source::Variable),
        false => coded(name, title, Source::Variable, values),
    }
}

fn ratio_columns(indicator: &Indicator) -> [Column; 2] {
    let label = |key: &str| {
        let part = in_every_language(key);
        let words =
            |language: &str| format!("{} {}", indicator.title.get(language), part.get(language));
        text(&words("zh"), &words("en"))
    };
    [
        (numerator(indicator), "formats.numerator"),
        (denominator(indicator), "formats.denominator"),
    ]
    .map(|(name, key)| column(&name, label(key), ColumnKind::Number(None), Source::Ratio))
}

fn design_column((name, zh, en): &(&str, &str, &str)) -> Column {
    let label = text(zh, en);
    match *name {
        PART => {
            let parts = Part::ALL.map(|part| {
                let key = format!("results.part_{}", part.as_str());
                value(part.as_str(), in_every_language(&key))
            });
            coded(name, label, Source::Design, parts.to_vec())
        }
        FLAGGED => {
            let flags = [("0", "formats.not_flagged"), ("1", "formats.flagged")];
            let flags = flags.map(|(code, key)| value(code, in_every_language(key)));
            coded(name, label, Source::Design, flags.to_vec())
        }
        HELD => {
            let held = [("0", "formats.not_held"), ("1", "formats.held")];
            let held = held.map(|(code, key)| value(code, in_every_language(key)));
            coded(name, label, Source::Design, held.to_vec())
        }
        STRATUM | PSU => column(name, label, ColumnKind::Text, Source::Design),
        WEIGHT => column(name, label, ColumnKind::Number(None), Source::Weight),
        _ => column(name, label, ColumnKind::Number(None), Source::Design),
    }
}

fn excluded_column(plan: &Plan) -> Column {
    let rules = plan.exclusions.iter();
    let rules = rules.map(|rule| value(&rule.code, rule.text.clone()));
    let mut values: Vec<ColumnValue> = rules.collect();
    for (code, key) in [
        (flag::BAD_TIME, "results.exclusion_times"),
        (OTHER_MODE, "results.exclusion_mode"),
        (INCOMPLETE, "results.exclusion_incomplete"),
    ] {
        if !values.iter().any(|known| known.code == code) {
            values.push(value(code, in_every_language(key)));
        }
    }
    coded(
        EXCLUDED,
        in_every_language("formats.excluded"),
        Source::Excluded,
        values,
    )
}

/// Reason of a response of a mode that the plan does not have.
pub const OTHER_MODE: &str = "other_mode";
/// Reason of a response without the answers that its weight rests on.
pub const INCOMPLETE: &str = "incomplete";
