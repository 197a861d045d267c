//! `minyi check`: looks for mistakes in survey folders.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::settings::Place;
use crate::commands::{Exit, dry_run, open};
use crate::questionnaire::{self, Areas, differences};
use crate::release::agreement;
use crate::store::{Store, StoreError};
use crate::survey::{Catalogue, Survey};

/// Validate survey folders: every mistake with file, line and cure
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  minyi check                              every folder under ./surveys
  minyi check surveys/satisfaction-2026    one of them
  minyi check --data /var/lib/minyi        also whether they agree with the stored answers

It prints warnings, and what changed in each questionnaire since the wave before. With --data it names
every question that is not as it was when people answered, with the number of their answers.

Exit code 0: ready for collection. 1: mistakes are printed as file:line: what is wrong; the cure.")]
pub struct CheckArgs {
    /// Survey folders, folders of survey folders, or questionnaire.toml files
    #[arg(value_name = "FOLDER", default_value = "surveys")]
    pub folders: Vec<PathBuf>,
    /// Folder of the data: also compares the folders with the answers that are stored there
    #[arg(long, env = "MINYI_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Database with the answers: sqlite:PATH or postgres://… [default: minyi.sqlite in --data]
    #[arg(long, env = "MINYI_DATABASE", value_name = "URL")]
    pub database: Option<String>,
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
    match disagreements(args) {
        Ok(found) => {
            mistakes += found.len();
            found.iter().for_each(|line| println!("{line}"));
        }
        Err(exit) => return exit,
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

/// What disagrees with the stored answers, one line each; none without `--data`.
fn disagreements(args: &CheckArgs) -> Result<Vec<String>, Exit> {
    let Some(place) = place(args) else {
        return Ok(Vec::new());
    };
    if !open::has_database(&place) {
        let data = place.data.display();
        eprintln!("minyi check: there is no database in {data}, so no answers to compare with");
        return Ok(Vec::new());
    }
    let store = open::reader(&place)?;
    let unread = |error: StoreError| open::store_error(&error);
    let mut lines = Vec::new();
    for folder in &args.folders {
        let folder = survey_folder(folder);
        let one = folder.join("questionnaire.toml").is_file();
        let beside = if one {
            beside(folder)
        } else {
            folder.to_owned()
        };
        // Folders with mistakes are listed already.
        let Ok((mut catalogue, _)) = Catalogue::load_without_broken(&beside) else {
            continue;
        };
        if one {
            let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            catalogue.surveys.retain(|id, _| name.ends_with(id));
        } else {
            lines.extend(orphans(&store, &catalogue, &beside).map_err(unread)?);
        }
        let changed = agreement::settle(&store, &mut catalogue).map_err(unread)?;
        lines.extend(changed.iter().flat_map(|changed| changed.lines(&beside)));
        let plans = agreement::other_plans(&store, &catalogue).map_err(unread)?;
        lines.extend(plans.iter().map(|plan| plan.line(&beside)));
    }
    Ok(lines)
}

fn orphans(store: &Store, catalogue: &Catalogue, folder: &Path) -> Result<Vec<String>, StoreError> {
    let orphans = open::orphans(store, catalogue)?;
    let line = |(survey, n): &(String, u64)| {
        format!(
            "{}: {n} responses are stored, but there is no such folder without mistakes; put the \
             folder back, as it was when people answered",
            folder.join(survey).display()
        )
    };
    Ok(orphans.iter().map(line).collect())
}

/// Where the answers are, if the command line says so.
fn place(args: &CheckArgs) -> Option<Place> {
    if args.data.is_none() && args.database.is_none() {
        return None;
    }
    Some(Place {
        data: args.data.clone().unwrap_or_default(),
        surveys: None,
        database: args.database.clone(),
    })
}

/// The folder of a survey; the path of a questionnaire.toml means its folder.
fn survey_folder(path: &Path) -> &Path {
    match path.file_name() {
        Some(name) if name == "questionnaire.toml" => path.parent().unwrap_or(Path::new(".")),
        _ => path,
    }
}

/// The folder that a survey folder lies in.
fn beside(folder: &Path) -> PathBuf {
    let own = folder.canonicalize();
    let beside = own
        .ok()
        .and_then(|path| path.parent().map(Path::to_path_buf));
    beside.unwrap_or_else(|| PathBuf::from("."))
}

/// A line for each survey, or all mistakes.
fn check(folder: &Path) -> Result<Vec<String>, Vec<String>> {
    let folder = survey_folder(folder);
    if folder.join("questionnaire.toml").is_file() {
        let beside = beside(folder);
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
