//! `minyi check`: looks for mistakes in survey folders.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::Exit;
use crate::survey::{Catalogue, Survey};

/// Validate survey folders: every mistake with file, line and cure
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  minyi check                              every folder under ./surveys
  minyi check surveys/satisfaction-2026    one of them

Exit code 0: ready for collection. 1: mistakes are printed as file:line: what is wrong; the cure.")]
pub struct CheckArgs {
    /// Survey folders, folders of survey folders, or questionnaire.toml files
    #[arg(value_name = "FOLDER", default_value = "surveys")]
    pub folders: Vec<PathBuf>,
}

/// Checks every folder and prints all mistakes.
pub fn run(args: &CheckArgs) -> Exit {
    let mut mistakes = 0_usize;
    for folder in &args.folders {
        match check(folder) {
            Ok(ready) => ready.iter().for_each(|line| println!("{line}")),
            Err(found) => {
                mistakes += found.len();
                found.iter().for_each(|mistake| println!("{mistake}"));
            }
        }
    }
    if mistakes == 0 {
        return Exit::Fine;
    }
    eprintln!(
        "minyi check: {mistakes} mistake{}",
        if mistakes == 1 { "" } else { "s" }
    );
    Exit::Input
}

/// A line for each survey, or all mistakes.
fn check(folder: &Path) -> Result<Vec<String>, Vec<String>> {
    // The path of a questionnaire.toml means its folder.
    let folder = match folder.file_name() {
        Some(name) if name == "questionnaire.toml" => folder.parent().unwrap_or(Path::new(".")),
        _ => folder,
    };
    if folder.join("questionnaire.toml").is_file() {
        let beside = folder
            .canonicalize()
            .ok()
            .and_then(|path| path.parent().map(Path::to_path_buf));
        let areas = Catalogue::areas_of(beside.as_deref().unwrap_or(Path::new(".")))?;
        let survey = Survey::load(folder, &areas).map_err(|errors| errors.0)?;
        return Ok(vec![summary(&survey)]);
    }
    let catalogue = Catalogue::load(folder).map_err(|errors| errors.0)?;
    Ok(catalogue.surveys.values().map(summary).collect())
}

/// One line about a survey without mistakes.
fn summary(survey: &Survey) -> String {
    let questions: usize = survey
        .questionnaire
        .sections
        .iter()
        .map(|section| section.questions.len())
        .sum();
    let indicators = survey.plan.as_ref().map_or(0, |plan| plan.indicators.len());
    let mut notes = String::new();
    if survey.questionnaire.approval_number.is_empty() {
        notes.push_str(", no approval number (trial only)");
    }
    if survey.population.unverified {
        notes.push_str(", population figures not verified");
    }
    format!(
        "{}: {questions} questions, {indicators} indicators{notes}",
        survey.id
    )
}
