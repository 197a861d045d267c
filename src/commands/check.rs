//! `minyi check`: looks for mistakes in survey folders.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::{Exit, dry_run};
use crate::questionnaire::{self, Areas, differences};
use crate::survey::{Catalogue, Survey};

/// Validate survey folders: every mistake with file, line and cure
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  minyi check                              every folder under ./surveys
  minyi check surveys/satisfaction-2026    one of them

It prints warnings, and what changed in each questionnaire since the wave before.

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
        let own = folder.canonicalize();
        let beside = own
            .ok()
            .and_then(|path| path.parent().map(Path::to_path_buf));
        let beside = beside.unwrap_or_else(|| PathBuf::from("."));
        let areas = Catalogue::areas_of(&beside)?;
        // The waves beside it may be unfit: then there is nothing to compare with.
        let others = Catalogue::load_without_broken(&beside);
        let others = others.map(|(others, _)| others).unwrap_or_default();
        let (survey, warnings) = dry_run::fit(folder, &areas, &others)?;
        return Ok(findings(folder, &survey, &others, &areas, &warnings));
    }
    let (catalogue, fit) = dry_run::all_fit(folder)?;
    let lines = fit.iter().flat_map(|(survey, warnings)| {
        let path = folder.join(&survey.id);
        findings(&path, survey, &catalogue, &catalogue.areas, warnings)
    });
    Ok(lines.collect())
}

/// What there is to say of a fit survey: its size, warnings, what changed since the wave before.
fn findings(
    folder: &Path,
    survey: &Survey,
    catalogue: &Catalogue,
    areas: &Areas,
    of_plan: &[String],
) -> Vec<String> {
    let mut lines = vec![summary(survey)];
    let file = folder.join("questionnaire.toml").display().to_string();
    let warnings = questionnaire::warnings(&survey.questionnaire_source, &file, areas);
    let warnings = warnings.iter().map(ToString::to_string);
    let warnings = warnings.chain(of_plan.iter().cloned());
    lines.extend(warnings.map(|warning| format!("  warning: {warning}")));
    let before = catalogue.surveys.values().rfind(|other| {
        let (this, other) = (&survey.questionnaire, &other.questionnaire);
        other.survey == this.survey && other.wave < this.wave
    });
    if let Some(before) = before {
        let found = differences(&before.questionnaire, &survey.questionnaire);
        let differ = match found.len() {
            1 => "1 difference".to_owned(),
            n => format!("{n} differences"),
        };
        lines.push(format!("  {differ} from {}", before.id));
        lines.extend(found.iter().map(|difference| format!("    {difference}")));
    }
    lines
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
