//! `minyi export --research`: a file for researchers, in which nobody can be recognised.

use std::io::Write;
use std::path::Path;

use crate::commands::output::Output;
use crate::commands::{Exit, description, file};
use crate::disclosure::research_file::SMALLEST_CLASS;
use crate::formats::export_error::ExportError;
use crate::formats::microdata::{Cells, Microdata};
use crate::formats::research_csv::{Contents, ResearchCsv};
use crate::locale::{Language, text, text_with};
use crate::questionnaire::ObservationUnit;
use crate::store::Store;
use crate::survey::{Catalogue, Survey};

/// Writes the file, what it is in words, and its description, and prints what was left out.
pub fn run(
    (catalogue, survey, store): (&Catalogue, &Survey, &Store),
    seed: Option<&str>,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Exit {
    if survey.questionnaire.unit != ObservationUnit::Person {
        eprintln!(
            "minyi export: a file for researchers is made only of surveys of persons: a shop can be \
             recognised by what it sells"
        );
        return Exit::Input;
    }
    match write((catalogue, survey, store), seed, output, progress) {
        Ok(contents) => {
            say(&contents, output);
            Exit::Fine
        }
        Err(error) => {
            eprintln!("minyi export: {error}");
            match error {
                ExportError::Io(error) => file::exit(&error),
                ExportError::Read(_) => Exit::Io,
                ExportError::Form(_) => Exit::Input,
            }
        }
    }
}

fn say(contents: &Contents, output: &Path) {
    println!(
        "{} rows in {}, drawn from {}; {} left out",
        contents.rows,
        output.display(),
        contents.drawn_from,
        contents.left_out
    );
    for (column, n) in &contents.taken_away {
        println!("{n} values of {column} taken away");
    }
    println!("seed {}", contents.seed);
    eprintln!(
        "minyi export: keep the seed in the office: who knows it and the log knows the order of the rows"
    );
}

/// All files are complete before the first one is moved to its place.
fn write(
    (catalogue, survey, store): (&Catalogue, &Survey, &Store),
    seed: Option<&str>,
    output: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Contents, ExportError> {
    let microdata = Microdata::open(catalogue, survey, store)?;
    let mut writer = ResearchCsv::new(survey, seed, Output::create(output)?);
    microdata.write(&mut writer, progress)?;
    let (data, contents) = writer.into_parts();
    let name = format!("{}-README.txt", description::stem_of(output));
    let mut words = Output::create(&output.with_file_name(name))?;
    words.write_all(readme(survey, &contents).as_bytes())?;
    let package =
        description::data_package(survey, &contents.columns, output, (Cells::Codes, "utf-8"))?;
    package.finish()?;
    words.finish()?;
    data.finish()?;
    Ok(contents)
}

/// What the file is, for its receiver, in Chinese and then in English.
fn readme(survey: &Survey, contents: &Contents) -> String {
    let mut words = String::from("\u{feff}");
    for language in [Language::ZH, Language::EN] {
        let taken: Vec<String> = contents
            .taken_away
            .iter()
            .map(|(column, n)| format!("{column} {n}"))
            .collect();
        let values = [
            (
                "survey",
                survey.questionnaire.title.get(language.code()).to_owned(),
            ),
            ("rows", contents.rows.to_string()),
            ("left_out", contents.left_out.to_string()),
            ("taken", taken.join(", ")),
            ("least", SMALLEST_CLASS.to_string()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        for key in [
            "title", "half", "classes", "taken", "removed", "weights", "duty",
        ] {
            words.push_str(&text_with(language, &format!("research.{key}"), &values));
            words.push_str("\r\n");
        }
        words.push_str("\r\n");
        words.push_str(&text(language, "research.columns"));
        words.push_str("\r\n");
        for column in &contents.columns {
            let label = column.label.get(language.code());
            words.push_str(&format!("{}: {label}\r\n", column.name));
        }
        words.push_str("\r\n");
    }
    words
}
