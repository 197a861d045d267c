//! The workbook in which questionnaires are typed: a heading of column names, lists of the codes in
//! the cells, a sheet of all codes, and notes. `formats::imported` reads it.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, Formula, Workbook,
    Worksheet, XlsxError,
};

use crate::locale::{Language, text, text_with};
use crate::questionnaire::answer::columns;
use crate::questionnaire::{Areas, Kind, Question, Text};
use crate::survey::Survey;

/// Rows of the sheet that have lists.
const ROWS: u32 = 5_000;

/// Longest message of Excel beside a cell, characters.
const LONGEST_MESSAGE: usize = 255;

/// What a column of the sheet takes.
struct Column<'a> {
    name: String,
    question: Option<&'a Question>,
    /// The entries of its list: code and label of each; empty if it has none.
    options: Vec<(String, Text)>,
}

/// The template of a survey, as the bytes of an XLSX file.
///
/// # Errors
/// When a text of the survey is longer than a workbook allows.
pub fn template(survey: &Survey, areas: &Areas, language: Language) -> Result<Vec<u8>, XlsxError> {
    let columns = columns_of(survey, areas);
    let mut workbook = Workbook::new();
    let sheet_of_codes = text(language, "paper.sheet_codes");
    let (codes, ranges) = codes(&columns, language, &sheet_of_codes)?;
    let mut sheet = Worksheet::new();
    sheet.set_name(text(language, "paper.sheet_rows"))?;
    let heading = heading();
    for ((index, column), range) in columns.iter().enumerate().zip(ranges) {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        sheet.write_string_with_format(0, index, &column.name, &heading)?;
        let width = if column.options.is_empty() { 14 } else { 18 };
        sheet.set_column_width(index, width)?;
        if let Some(rule) = validation(column, range.as_deref(), language)? {
            sheet.add_data_validation(1, index, ROWS, index, &rule)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    workbook.push_worksheet(sheet);
    workbook.push_worksheet(codes);
    workbook.push_worksheet(notes(survey, language)?);
    workbook.save_to_buffer()
}

/// All columns: the PSU of a survey with a frame, the interviewer, the time, then the answers.
fn columns_of<'a>(survey: &'a Survey, areas: &Areas) -> Vec<Column<'a>> {
    let own = |name: &str, options| Column {
        name: name.to_owned(),
        question: None,
        options,
    };
    let mut all = Vec::new();
    if !survey.frame.is_empty() {
        let drawn = survey.frame.iter().filter(|unit| unit.selected == 1);
        let psus = drawn.map(|unit| (unit.psu.clone(), Text::default()));
        all.push(own("psu", psus.collect()));
    }
    all.push(own("enumerator", Vec::new()));
    all.push(own("started_at", Vec::new()));
    for name in columns(&survey.questionnaire) {
        let code = name
            .split_once("__")
            .map_or(name.as_str(), |(code, _)| code);
        let question = survey.questionnaire.question(code);
        let options = question.map_or_else(Vec::new, |question| options(question, areas));
        all.push(Column {
            name,
            question,
            options,
        });
    }
    all
}

fn options(question: &Question, areas: &Areas) -> Vec<(String, Text)> {
    match &question.kind {
        Kind::Single(choices) => choices
            .iter()
            .map(|choice| (choice.code.clone(), choice.label.clone()))
            .collect(),
        Kind::Area { kinds } => areas
            .of_kinds(kinds)
            .map(|area| (area.code.clone(), area.name.clone()))
            .collect(),
        // One column for each choice.
        Kind::Multiple { .. } => ["1", "0"]
            .map(|code| (code.to_owned(), Text::default()))
            .to_vec(),
        _ => Vec::new(),
    }
}

/// The entry of a list: the code, and the label if there is one. `minyi import` reads both.
fn entry(code: &str, label: &Text, language: Language) -> String {
    match label.get(language.code()) {
        "" => code.to_owned(),
        label => format!("{code} {label}"),
    }
}

/// The sheet of all codes, and for each column the range of its entries there.
fn codes(
    columns: &[Column<'_>],
    language: Language,
    name: &str,
) -> Result<(Worksheet, Vec<Option<String>>), XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    let titles = [
        "code_column",
        "code_question",
        "code_entry",
        "code_code",
        "code_zh",
        "code_en",
    ];
    for (column, title) in (0_u16..).zip(titles) {
        let title = text(language, &format!("paper.{title}"));
        sheet.write_string_with_format(0, column, &title, &heading())?;
        sheet.set_column_width(
            column,
            [14, 48, 24, 14, 24, 36]
                .get(usize::from(column))
                .copied()
                .unwrap_or(14),
        )?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let (mut row, mut ranges) = (1_u32, Vec::with_capacity(columns.len()));
    for column in columns {
        let question = column
            .question
            .map(|question| question.text.get(language.code()));
        let question = question.unwrap_or_default();
        let first = row;
        for (code, label) in &column.options {
            sheet.write_string(row, 0, &column.name)?;
            sheet.write_string(row, 1, question)?;
            sheet.write_string(row, 2, entry(code, label, language))?;
            sheet.write_string(row, 3, code)?;
            sheet.write_string(row, 4, label.get("zh"))?;
            sheet.write_string(row, 5, label.get("en"))?;
            row += 1;
        }
        if column.options.is_empty() {
            sheet.write_string(row, 0, &column.name)?;
            sheet.write_string(row, 1, question)?;
            sheet.write_string(row, 2, limits(column, language))?;
            row += 1;
        }
        let name = name.replace('\'', "''");
        let range = format!("='{name}'!$C${}:$C${row}", first + 1);
        ranges.push((!column.options.is_empty()).then_some(range));
    }
    Ok((sheet, ranges))
}

/// In words, what a column without a list takes.
fn limits(column: &Column<'_>, language: Language) -> String {
    let words = |key: &str, values: &[(&str, &str)]| text_with(language, key, values);
    match column.question.map(|question| &question.kind) {
        None if column.name == "started_at" => text(language, "paper.column_started_at"),
        None => text(language, "paper.column_enumerator"),
        Some(Kind::Integer { min, max, .. }) => words(
            "paper.column_integer",
            &[("min", &min.to_string()), ("max", &max.to_string())],
        ),
        Some(Kind::Decimal {
            min, max, decimals, ..
        }) => words(
            "paper.column_decimal",
            &[
                ("min", &min.to_string()),
                ("max", &max.to_string()),
                ("decimals", &decimals.to_string()),
            ],
        ),
        Some(Kind::Text { max_length }) => {
            words("paper.column_text", &[("most", &max_length.to_string())])
        }
        Some(_) => String::new(),
    }
}

/// The rule of a column's cells; `None` if they take any text.
fn validation(
    column: &Column<'_>,
    range: Option<&str>,
    language: Language,
) -> Result<Option<DataValidation>, XlsxError> {
    let rule = DataValidation::new().set_error_style(DataValidationErrorStyle::Stop);
    let whole = |number: i64| i32::try_from(number).ok();
    let rule = match (range, column.question.map(|question| &question.kind)) {
        (Some(range), _) => rule.allow_list_formula(Formula::new(range)),
        (None, Some(Kind::Integer { min, max, .. })) => match (whole(*min), whole(*max)) {
            (Some(min), Some(max)) => {
                rule.allow_whole_number(DataValidationRule::Between(min, max))
            }
            _ => rule.allow_any_value(),
        },
        (None, Some(Kind::Decimal { min, max, .. })) => {
            rule.allow_decimal_number(DataValidationRule::Between(*min, *max))
        }
        (None, Some(Kind::Text { max_length })) => {
            rule.allow_text_length(DataValidationRule::LessThanOrEqualTo(*max_length))
        }
        _ => return Ok(None),
    };
    let question = column
        .question
        .map(|question| question.text.get(language.code()));
    let message: String = question
        .unwrap_or_default()
        .chars()
        .take(LONGEST_MESSAGE)
        .collect();
    let fault = text(language, "paper.not_in_list");
    Ok(Some(
        rule.set_input_message(message)?.set_error_message(fault)?,
    ))
}

/// The sheet of notes: what is typed where, the four marks, the version.
fn notes(survey: &Survey, language: Language) -> Result<Worksheet, XlsxError> {
    let questionnaire = &survey.questionnaire;
    let own = language.code();
    let approval = match questionnaire.approval_number.as_str() {
        "" => text(language, "form.no_approval"),
        number => number.to_owned(),
    };
    let mark = |key: &str, value: &str| format!("{}{value}", text(language, key));
    let version = survey.questionnaire_hash.get(..12).unwrap_or_default();
    let command = format!("minyi import {} FILE.xlsx", survey.id);
    let mut lines = vec![
        questionnaire.title.get(own).to_owned(),
        mark("form.form_number", &questionnaire.form_number),
        mark("form.agency", questionnaire.agency.get(own)),
        mark("form.approval", &approval),
        mark("form.valid_until", &questionnaire.valid_until),
        text_with(language, "paper.version", &[("version", version)]),
        String::new(),
    ];
    lines.extend((1..=6).map(|number| text(language, &format!("paper.note_{number}"))));
    lines.push(text_with(
        language,
        "paper.note_command",
        &[("command", &command)],
    ));
    let mut sheet = Worksheet::new();
    sheet.set_name(text(language, "paper.sheet_notes"))?;
    sheet.set_column_width(0, 100)?;
    let wrapped = Format::new().set_text_wrap();
    for (row, line) in (0..).zip(&lines) {
        sheet.write_string_with_format(row, 0, line, &wrapped)?;
    }
    Ok(sheet)
}

fn heading() -> Format {
    let green = Color::RGB(0x000b_6b4b);
    let format = Format::new().set_bold().set_font_color(Color::White);
    format.set_background_color(green)
}
