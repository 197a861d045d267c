//! Every release, the calendar, and the feed.

use std::collections::BTreeSet;

use crate::collection::Fieldwork;
use crate::formats::release_feed::{FeedEntry, feed as atom};
use crate::locale::Language;
use crate::pages::layout::Reader;
use crate::pages::results::{
    self, ArchiveEntry, ArchiveRelease, Awaited, CalendarChange, CalendarLine, CalendarStatus, Card,
};
use crate::questionnaire::Text;
use crate::release::register::{Dated, Register, Registered};
use crate::survey::Survey;
use crate::web::app::App;
use crate::web::releases::now;
use crate::web::surveys::Surveys;

/// Months that the calendar looks ahead.
const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;

/// The latest release of each survey at `now` (microseconds UTC), in falling order of the surveys' ids.
fn latest(register: &Register, now: i64) -> Vec<&Registered> {
    let all = register.all().iter();
    let surveys: BTreeSet<&str> = all.map(|own| own.release.survey.as_str()).collect();
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
            title: in_language(&own.manifest.title, language),
            wave: &own.manifest.wave,
            finding: in_language(&own.manifest.finding, language),
        })
        .collect()
}

fn in_language(texts: &std::collections::BTreeMap<String, String>, language: Language) -> &str {
    texts.get(language.code()).map_or("", String::as_str)
}

/// GET `/results`: every survey that has a release, answers, or a date.
pub fn page(app: &App, reader: Reader) -> impl Into<String> {
    let (register, surveys, now) = (app.releases.register(), app.surveys(), now());
    let titles = titles(&register, &surveys);
    let entries = titles.iter().rev().map(|(survey, (title, wave))| {
        let newest = register.latest(survey, now);
        let releases = register.published(survey, now).rev();
        let releases = releases.map(|own| ArchiveRelease {
            number: own.number(),
            published_at: own.release.publish_at,
            reason: &own.release.reason,
        });
        let finding = newest.map(|own| in_language(&own.manifest.finding, reader.language));
        ArchiveEntry {
            survey,
            title,
            wave,
            releases: releases.collect(),
            finding: finding.unwrap_or_default(),
            next: next(&register, survey, now),
        }
    });
    let entries: Vec<ArchiveEntry<'_>> = entries.collect();
    results::archive(reader, &entries)
}

/// Title and wave of every survey that is served or has a release, by id.
fn titles(
    register: &Register,
    surveys: &Surveys,
) -> std::collections::BTreeMap<String, (Text, String)> {
    let released = register.all().iter().map(|own| {
        let of = (own.manifest.title(), own.manifest.wave.clone());
        (own.release.survey.clone(), of)
    });
    let served = surveys.catalogue.surveys.values().map(|survey| {
        let questionnaire = &survey.questionnaire;
        let of = (questionnaire.title.clone(), questionnaire.wave.clone());
        (survey.id.clone(), of)
    });
    released.chain(served).collect()
}

fn next(register: &Register, survey: &str, now: i64) -> Option<i64> {
    let next = register.next_date(survey, now);
    next.map(|own| own.announcement.publish_at)
}

/// The page of a survey before its first release.
pub fn not_yet(app: &App, reader: Reader, survey: &Survey) -> impl Into<String> {
    let questionnaire = &survey.questionnaire;
    let fieldwork = app.surveys().fieldwork(survey, jiff::Timestamp::now());
    let days = (questionnaire.opens.as_str(), questionnaire.closes.as_str());
    let is_fixed = !days.0.is_empty() && !days.1.is_empty();
    let awaited = Awaited {
        survey: &survey.id,
        title: &questionnaire.title,
        agency: &questionnaire.agency,
        period: is_fixed.then_some(days),
        is_open: fieldwork == Fieldwork::Open,
        next: next(&app.releases.register(), &survey.id, now()),
    };
    results::not_yet(reader, &awaited)
}

/// GET `/calendar`: what was published, and what will be in the next twelve months.
pub fn calendar(app: &App, reader: Reader) -> impl Into<String> {
    let (register, surveys, now) = (app.releases.register(), app.surveys(), now());
    let titles = titles(&register, &surveys);
    let dates = register.dates().iter();
    let dates = dates.filter(|own| own.announcement.publish_at < now + YEAR);
    let lines: Vec<CalendarLine<'_>> = dates
        .filter_map(|own| line(own, &register, &titles, now))
        .collect();
    results::calendar(reader, &lines)
}

fn line<'a>(
    own: &'a Dated,
    register: &Register,
    titles: &'a std::collections::BTreeMap<String, (Text, String)>,
    now: i64,
) -> Option<CalendarLine<'a>> {
    let date = &own.announcement;
    let number = u32::try_from(date.number).ok()?;
    let published = register.numbered(&date.survey, number, now);
    let status = match published {
        Some(release) => CalendarStatus::Published(release.number()),
        None if date.publish_at > now => CalendarStatus::Announced,
        None => CalendarStatus::Cancelled,
    };
    // The reason of a change stands at the date that it replaced.
    let reasons = own.earlier.iter().skip(1).chain([date]);
    let changes = own.earlier.iter().zip(reasons);
    Some(CalendarLine {
        survey: &date.survey,
        title: &titles.get(&date.survey)?.0,
        at: date.publish_at,
        status,
        changes: changes
            .map(|(was, by)| CalendarChange {
                was: was.publish_at,
                reason: &by.reason,
            })
            .collect(),
    })
}

/// The releases as a feed, the newest first.
pub fn feed(app: &App, language: Language) -> String {
    let (register, now) = (app.releases.register(), now());
    let all = register.all().iter();
    let public = all.filter(|own| own.is_public(now));
    let mut public: Vec<(&Registered, String)> = public
        .map(|own| {
            let path = own.path();
            (own, path)
        })
        .collect();
    public.sort_by_key(|(own, _)| std::cmp::Reverse(own.release.publish_at));
    let entries: Vec<FeedEntry<'_>> = public
        .iter()
        .map(|(own, path)| FeedEntry {
            path,
            digest: &own.release.digest,
            title: in_language(&own.manifest.title, language),
            finding: in_language(&own.manifest.finding, language),
            published_at: own.release.publish_at,
            reason: &own.release.reason,
        })
        .collect();
    atom(&app.site.public_url, language, &entries)
}
