//! Opens surveys and databases for commands; a failure prints a message and gives the exit code.

use std::path::Path;

use jiff::Timestamp;

use crate::commands::settings::Place;
use crate::commands::{Exit, dry_run, file};
use crate::release::agreement;
use crate::store::{
    DatabaseUrl, FieldworkChange, PsuInChannel, Store, StoreError, SubmitError, Upkeep, UrlError,
};
use crate::survey::{Catalogue, FolderErrors};
use crate::web::Folders;

/// The surveys of `place`. Mistakes are printed as `file:line: what; cure`.
///
/// # Errors
/// The exit code when a file has a mistake.
pub fn catalogue(place: &Place) -> Result<Catalogue, Exit> {
    let folder = place.surveys();
    if let Err(error) = std::fs::read_dir(&folder) {
        let message = file::message(&folder, &error);
        eprintln!("minyi: {message}; --surveys names the folder of the survey folders");
        return Err(Exit::Input);
    }
    Catalogue::load(&folder).map_err(|errors| mistaken(&errors))
}

/// The surveys of `place` whose folders have no mistakes, for a server: one broken folder must not
/// keep the others from being served. Mistakes are printed as `file:line: what; cure`.
///
/// # Errors
/// The exit code when no survey can be served.
pub fn servable_catalogue(place: &Place) -> Result<Folders, Exit> {
    let folder = place.surveys();
    if std::fs::read_dir(&folder).is_err() {
        let catalogue = catalogue(place)?;
        return Ok(Folders {
            catalogue,
            mistakes: Vec::new(),
        });
    }
    let (catalogue, broken) =
        Catalogue::load_without_broken(&folder).map_err(|errors| mistaken(&errors))?;
    if !broken.0.is_empty() {
        eprintln!("{broken}");
        eprintln!(
            "minyi: the surveys of these folders are not served until they are corrected. \
             `minyi check` shows the same list."
        );
    }
    let mut mistakes = broken.0;
    mistakes.extend(dry_run::warn_of_plans(&folder, &catalogue));
    Ok(Folders {
        catalogue,
        mistakes,
    })
}

fn mistaken(errors: &FolderErrors) -> Exit {
    eprintln!("{errors}");
    eprintln!(
        "minyi: the survey folders have mistakes; nothing was started. `minyi check` shows the same \
         list."
    );
    Exit::Input
}

/// The surveys that have responses but no folder, with the number of their responses.
///
/// # Errors
/// When the database cannot be read.
pub fn orphans(store: &Store, catalogue: &Catalogue) -> Result<Vec<(String, u64)>, StoreError> {
    let mut surveys = store.surveys()?;
    surveys.retain(|(survey, n)| *n > 0 && !catalogue.surveys.contains_key(survey));
    Ok(surveys)
}

/// The database of `place` for writing. Makes the data folder if it does not exist.
///
/// # Errors
/// The exit code when it cannot be opened.
pub fn store(place: &Place, catalogue: &Catalogue) -> Result<Store, Exit> {
    store_with(place, catalogue, Upkeep::default())
}

/// [`store`] with the upkeep that a server needs.
///
/// # Errors
/// The exit code when it cannot be opened.
pub fn store_with(place: &Place, catalogue: &Catalogue, mut upkeep: Upkeep) -> Result<Store, Exit> {
    upkeep.psu_in_channel = psu_in_channel(catalogue);
    let url = database_url(place)?;
    if let Err(error) = data_folder(&place.data) {
        eprintln!("minyi: {}", file::message(&place.data, &error));
        return Err(file::exit(&error));
    }
    let opened = Store::open_with(&url, upkeep).and_then(|store| {
        keep_versions(&store, catalogue)?;
        Ok(store)
    });
    opened.map_err(|error| store_error(&error))
}

/// Stores questionnaire and plan of every survey that has no responses yet, or none of them stored,
/// if they are not the newest stored already. The first response freezes both.
///
/// # Errors
/// When the database cannot be written.
pub fn keep_versions(store: &Store, catalogue: &Catalogue) -> Result<(), StoreError> {
    let now = Timestamp::now().as_microsecond();
    for survey in catalogue.surveys.values() {
        let (hash, source) = (&survey.questionnaire_hash, &survey.questionnaire_source);
        store.keep_version(&survey.id, hash, source, now)?;
        let files = &survey.plan_files;
        if survey.plan.is_some() {
            store.keep_plan(&survey.id, &files.hash(), &files.to_json(), now)?;
        }
    }
    Ok(())
}

/// Takes the surveys out of `catalogue` whose questionnaire is not the one that stored responses
/// answered: every answer would get another meaning. Says of each what differs, how many answers are
/// at stake and what to do. A survey whose plan differs is served, but has no figures.
///
/// # Errors
/// The exit code when the database cannot be read, or no survey is left.
pub fn leave_out_changed(place: &Place, store: &Store, folders: &mut Folders) -> Result<(), Exit> {
    let Folders {
        catalogue,
        mistakes,
    } = folders;
    let unread = |error: StoreError| store_error(&error);
    let folder = place.surveys();
    let changed = agreement::settle(store, catalogue).map_err(unread)?;
    let plans = agreement::other_plans(store, catalogue).map_err(unread)?;
    for changed in &changed {
        catalogue.surveys.remove(&changed.survey);
        for line in changed.lines(&folder) {
            eprintln!("{line}");
            mistakes.push(line);
        }
        eprintln!("minyi: {} is not served", changed.survey);
    }
    for plan in &plans {
        let line = plan.line(&folder);
        eprintln!("{line}");
        mistakes.push(line);
    }
    match catalogue.surveys.is_empty() {
        true => {
            eprintln!("minyi: no survey is left to serve");
            Err(Exit::Input)
        }
        false => Ok(()),
    }
}

/// The surveys whose on-site responses had their PSU in `channel`, before the PSU had a column.
fn psu_in_channel(catalogue: &Catalogue) -> Vec<PsuInChannel> {
    let surveys = catalogue.surveys.values();
    let of = surveys.filter_map(|survey| {
        let plan = survey.plan.as_ref()?;
        plan.design.psu.as_ref()?;
        Some(PsuInChannel {
            survey: survey.id.clone(),
            modes: plan.modes.onsite.clone(),
        })
    });
    of.collect()
}

/// Makes the data folder. Only the owner of the folder has access, because the folder has answers.
///
/// # Errors
/// When it cannot be made.
pub fn data_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// The database of `place` for reading; a server may be running.
///
/// # Errors
/// The exit code when it cannot be opened.
pub fn reader(place: &Place) -> Result<Store, Exit> {
    let url = database_url(place)?;
    Store::open_reader(&url).map_err(|error| store_error(&error))
}

/// The URL of the database of `place`.
///
/// # Errors
/// The exit code when the URL is wrong.
pub fn database_url(place: &Place) -> Result<DatabaseUrl, Exit> {
    place.database().parse().map_err(|error: UrlError| {
        eprintln!("minyi: {error}");
        Exit::Usage
    })
}

/// Whether the database of `place` exists. A PostgreSQL server is taken to have one.
pub fn has_database(place: &Place) -> bool {
    match place.database().parse::<DatabaseUrl>() {
        Ok(url) => url.path().is_none_or(Path::exists),
        Err(_) => true,
    }
}

/// The changes of fieldwork that are stored; none without a database.
///
/// # Errors
/// The exit code when the database cannot be read.
pub fn fieldwork_changes(place: &Place) -> Result<Vec<FieldworkChange>, Exit> {
    if !has_database(place) {
        return Ok(Vec::new());
    }
    let changes = reader(place)?.fieldwork_changes();
    changes.map_err(|error| store_error(&error))
}

/// Prints why the store could not be opened; returns the exit code.
pub fn store_error(error: &StoreError) -> Exit {
    eprintln!("minyi: {error}");
    match error {
        StoreError::Locked { .. } | StoreError::InUse { .. } => Exit::Busy,
        StoreError::Newer { .. }
        | StoreError::Unfit { .. }
        | StoreError::Network { .. }
        | StoreError::OldSqlite { .. } => Exit::Config,
        StoreError::NotBuiltIn => Exit::Usage,
        StoreError::Missing { .. } => Exit::Input,
        _ => Exit::Io,
    }
}

/// Prints why responses could not be stored; returns the exit code.
pub fn submit_error(command: &str, error: &SubmitError) -> Exit {
    eprintln!("{command}: {error}; nothing was stored");
    match error {
        SubmitError::Conflict | SubmitError::NotText => Exit::Input,
        SubmitError::Busy => Exit::Busy,
        _ => Exit::Io,
    }
}

/// A time in UTC, from microseconds; empty if there is no such time.
pub fn utc(microseconds: i64) -> String {
    let time = Timestamp::from_microsecond(microseconds);
    time.map_or_else(|_| String::new(), |time| time.to_string())
}

/// Says what of a survey's questionnaire is not as it was when people answered. Where only the wording
/// differs, `command` may go on, with what is stored.
///
/// # Errors
/// The exit code when the database cannot be read, or more than the wording differs.
pub fn accept_wording(
    command: &str,
    (place, survey): (&Place, &str),
    store: &Store,
    catalogue: &mut Catalogue,
) -> Result<(), Exit> {
    let changes = agreement::settle(store, catalogue).map_err(|error| store_error(&error))?;
    for changed in changes.iter().filter(|own| own.survey == survey) {
        for line in changed.lines(&place.surveys()) {
            eprintln!("{line}");
        }
        if !changed.is_wording() {
            eprintln!("{command}: nothing was written");
            return Err(Exit::Input);
        }
    }
    Ok(())
}

/// Prints which surveys there are; returns the exit code.
pub fn no_such_survey(catalogue: &Catalogue, named: &str) -> Exit {
    let known: Vec<&str> = catalogue.surveys.keys().map(String::as_str).collect();
    eprintln!(
        "minyi: there is no survey `{named}`; the surveys are: {}",
        known.join(", ")
    );
    Exit::Input
}
