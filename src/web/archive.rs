//! Every release, the calendar, and the feed.

use std::collections::BTreeSet;

use crate::locale::Language;
use crate::pages::layout::Reader;
use crate::pages::results::{self, Absence, Card};
use crate::release::register::{Register, Registered};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::releases::now;

/// The latest release of each survey at `now` (microseconds UTC), in falling order of the surveys' ids.
pub fn latest(register: &Register, now: i64) -> Vec<&Registered> {
    let surveys: BTreeSet<&str> = register
        .all()
        .iter()
        .map(|own| own.release.survey.as_str())
        .collect();
    let surveys = surveys.into_iter().rev();
    surveys
        .filter_map(|survey| register.latest(survey, now))
        .collect()
}

/// The latest releases as cards.
pub fn cards(register: &Register, language: Language, now: i64) -> Vec<Card<'_>> {
    let latest = latest(register, now).into_iter();
    latest
        .map(|own| Card {
            path: format!("/results/{}", own.release.survey),
            title: own
                .manifest
                .title
                .get(language.code())
                .map_or("", String::as_str),
            wave: &own.manifest.wave,
            finding: own
                .manifest
                .finding
                .get(language.code())
                .map_or("", String::as_str),
        })
        .collect()
}

/// GET `/results`.
pub fn page(app: &App, reader: Reader) -> impl Into<String> {
    let register = app.releases.register();
    results::index(reader, &cards(&register, reader.language, now()))
}

/// The page of a survey without a release.
pub fn not_yet(_: &App, reader: Reader, survey: &Survey) -> impl Into<String> {
    results::none_yet(
        reader,
        &survey.id,
        &survey.questionnaire.title,
        Absence::FewResponses,
    )
}

/// GET `/calendar`.
pub fn calendar(app: &App, reader: Reader) -> impl Into<String> {
    page(app, reader)
}

/// The feed.
pub fn feed(_: &App, _: Language) -> String {
    String::new()
}
