//! Writes into survey folders: the approval, and the folder of the next wave.

use std::io::Write;
use std::path::Path;

use crate::questionnaire::{self, Areas, Questionnaire};
use crate::survey::approval::{Approval, with_approval};
use crate::survey::folder::{read, with_shared_scales};
use crate::survey::next_wave::{Open, Wave, next_wave};

/// Why nothing was written: each line says what and the cure.
pub type Refusal = Vec<String>;

/// Enters the approval of a survey into its questionnaire.toml. `folder` has the survey folders;
/// `last_day` is the last day in force, `YYYY-MM-DD`. Returns the questionnaire as it is now.
///
/// # Errors
/// All mistakes that the file would have, or that it cannot be written. Then it is as it was.
pub fn enter_approval(
    folder: &Path,
    survey: &str,
    approval: &Approval,
    last_day: &str,
    areas: &Areas,
) -> Result<Questionnaire, Refusal> {
    let own = folder.join(survey);
    let file = own.join("questionnaire.toml");
    let name = file.display().to_string();
    let source = read(&file).map_err(|error| vec![error])?;
    let source =
        with_approval(&source, approval).map_err(|error| vec![format!("{name}: {error}")])?;
    let whole = with_shared_scales(&source, &own, &name)?;
    let loaded = questionnaire::load(&whole, &name, areas).map_err(|mistakes| {
        let lines = mistakes.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>()
    })?;
    if last_day.get(..7) > Some(loaded.valid_until.as_str()) {
        return Err(vec![format!(
            "{name}:1: fieldwork goes on until {last_day}, after the form is valid until {}; close \
             it earlier, or have the form's validity extended",
            loaded.valid_until
        )]);
    }
    replace(&file, &source).map_err(|error| vec![format!("{name}: {error}")])?;
    Ok(loaded)
}

/// Makes the folder of the next wave of a survey beside its own, in `year` or the year after. Returns
/// its id and what has to be decided.
///
/// # Errors
/// Why it cannot be made. Then there is no new folder.
pub fn make_next_wave(
    folder: &Path,
    survey: &str,
    year: Option<i16>,
) -> Result<(String, Vec<Open>), Refusal> {
    let own = folder.join(survey);
    let plan_file = own.join("plan.toml");
    let one = |error: String| vec![error];
    let questionnaire = read(&own.join("questionnaire.toml")).map_err(one)?;
    let plan = match plan_file.is_file() {
        true => Some(read(&plan_file).map_err(one)?),
        false => None,
    };
    let wave = Wave {
        id: survey,
        questionnaire: &questionnaire,
        plan: plan.as_deref(),
        has_population: own.join("population.csv").is_file(),
        has_frame: own.join("frame.csv").is_file(),
    };
    let (year, next) =
        next_wave(wave, year).map_err(|error| vec![format!("{}: {error}", own.display())])?;
    let stem = survey.rsplit_once('-').map_or(survey, |(stem, _)| stem);
    let id = format!("{stem}-{year}");
    let made = folder.join(&id);
    let failed = |error: std::io::Error| {
        vec![match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!(
                    "{}: the folder is there already; change it by hand",
                    made.display()
                )
            }
            _ => format!("{}: {error}", made.display()),
        }]
    };
    std::fs::create_dir(&made).map_err(failed)?;
    // The questionnaire last: without it a server takes the folder for none.
    let written = next
        .plan
        .iter()
        .try_for_each(|plan| replace(&made.join("plan.toml"), plan))
        .and_then(|()| replace(&made.join("questionnaire.toml"), &next.questionnaire));
    if let Err(error) = written {
        let _ = std::fs::remove_dir_all(&made);
        return Err(failed(error));
    }
    Ok((id, next.open))
}

/// Puts a whole file in the place of another, so that nobody reads a part of it. It keeps the
/// permissions of the file.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let fresh = file.with_extension("toml.new");
    let written = std::fs::File::create(&fresh).and_then(|mut new| {
        if let Ok(metadata) = std::fs::metadata(file) {
            new.set_permissions(metadata.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&fresh, file)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    written
}
