//! The fictional releases: the wave of 2025, that of 2026 and its revision; and what is announced.

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use uuid::Uuid;

use crate::publication::draft::{NoDraft, Wanted, draft};
use crate::publication::evidence::reviewed;
use crate::release::imprint::Imprint;
use crate::release::register::Register;
use crate::release::stored;
use crate::staff::release_approval::ReleaseDecision;
use crate::staff::{Action, AuditEntry, Role};
use crate::store::{Announcement, EvidenceReview, Store, StoreError, WantedDecision};
use crate::survey::Catalogue;

/// One release of the city.
struct Fictional {
    survey: &'static str,
    number: u32,
    day: Date,
    /// Of the stored responses it rests on so many tenths.
    tenths: u64,
    reason: &'static str,
}

/// The releases, in the order in which they were made.
const RELEASES: [Fictional; 3] = [
    Fictional {
        survey: "satisfaction-2025",
        number: 1,
        day: date(2025, 10, 28),
        tenths: 10,
        reason: "",
    },
    Fictional {
        survey: "satisfaction-2026",
        number: 1,
        day: date(2026, 9, 29),
        tenths: 6,
        reason: "",
    },
    Fictional {
        survey: "satisfaction-2026",
        number: 2,
        day: date(2026, 10, 27),
        tenths: 10,
        reason: "首次发布后又收到入户、纸质和网上答卷，按计划重新计算",
    },
];

/// What is announced, and in how many days.
const ANNOUNCED: [(&str, i32); 3] = [
    ("disposables-2026", 40),
    ("appliances-2026", 60),
    ("fixtures-2026", 60),
];

const STATISTICIAN: (&str, Role) = ("demo.wang", Role::Statistician);
const PUBLISHER: (&str, Role) = ("demo.li", Role::Publisher);

const HOUR: i64 = 3600 * 1_000_000;
const DAY: i64 = 24 * HOUR;

/// Stores the releases and the calendar, unless they are there. `public_url` is the URL of the site.
///
/// # Errors
/// When the database cannot be read or written, or a file cannot be made. A city with too few responses for
/// figures has no releases.
pub fn publish(
    catalogue: &Catalogue,
    store: &Store,
    public_url: &str,
    now: i64,
) -> Result<(), NoDraft> {
    if !store.announcements()?.is_empty() {
        return Ok(());
    }
    for fictional in &RELEASES {
        match one(catalogue, store, public_url, fictional) {
            Err(NoDraft::Figures(_)) => return Ok(()),
            made => made?,
        }
    }
    for (survey, days) in ANNOUNCED {
        let today = jiff::tz::offset(8).to_datetime(moment(now)).date();
        let day = today.checked_add(jiff::Span::new().days(days));
        announce(
            store,
            (survey, 1),
            half_past_nine(day.unwrap_or(today)),
            now,
        )?;
    }
    review(catalogue, store, now)?;
    Ok(())
}

fn one(
    catalogue: &Catalogue,
    store: &Store,
    public_url: &str,
    fictional: &Fictional,
) -> Result<(), NoDraft> {
    let Some(survey) = catalogue.surveys.get(fictional.survey) else {
        return Ok(());
    };
    let publish_at = half_past_nine(fictional.day);
    let key = (fictional.survey, i64::from(fictional.number));
    let next = RELEASES.iter().map(|own| half_past_nine(own.day));
    let wanted = Wanted {
        survey,
        imprint: Imprint {
            number: fictional.number,
            published_at: publish_at,
            reason: fictional.reason.to_owned(),
            next: next.filter(|next| *next > publish_at).min(),
            public_url: public_url.to_owned(),
        },
        responses: Some(store.count(fictional.survey)? * fictional.tenths / 10),
        log_size: None,
        is_provisional: false,
    };
    let made = draft(catalogue, store, &Register::read(store)?, &wanted)?;
    announce(store, key, publish_at, publish_at - 35 * DAY)?;
    let name = format!("{} {}", fictional.survey, fictional.number);
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string();
    let drafted_at = publish_at - 3 * DAY;
    let new = made.into_new(&id, (STATISTICIAN.0, drafted_at), publish_at);
    let digest = new.digest.clone();
    let number = fictional.number.to_string();
    let entry = |who: (&str, Role), action, at| AuditEntry {
        who: who.0.to_owned(),
        role: who.1.as_str().to_owned(),
        place: "5a1c07de".to_owned(),
        ..AuditEntry::by_terminal(action, &number, at).of_survey(fictional.survey)
    };
    let drafted = entry(STATISTICIAN, Action::ReleaseDrafted, drafted_at);
    store.add_release(new, drafted.because(fictional.reason))?;
    let steps = [
        (
            ReleaseDecision::Submit,
            STATISTICIAN,
            Action::ReleaseSubmitted,
        ),
        (
            ReleaseDecision::Approve,
            STATISTICIAN,
            Action::ReleaseApproved,
        ),
        (ReleaseDecision::Approve, PUBLISHER, Action::ReleaseApproved),
    ];
    for ((decision, who, action), hours) in steps.into_iter().zip(1..) {
        let at = drafted_at + hours * HOUR;
        let wanted = WantedDecision {
            release: id.clone(),
            decision,
            digest: digest.clone(),
            by: who.0.to_owned(),
            role: who.1,
            at,
            reason: String::new(),
        };
        // The rules allow each of these steps.
        let _ = store.decide_release(wanted, entry(who, action, at))?;
    }
    Ok(())
}

fn announce(
    store: &Store,
    (survey, number): (&str, i64),
    publish_at: i64,
    announced_at: i64,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        who: PUBLISHER.0.to_owned(),
        role: PUBLISHER.1.as_str().to_owned(),
        ..AuditEntry::by_terminal(Action::ReleaseAnnounced, &number.to_string(), announced_at)
    };
    let by = (PUBLISHER.0, announced_at);
    let new = Announcement::new((survey, number), publish_at, "", by);
    store.announce(new, entry.of_survey(survey))
}

/// Decides about the evidence of the city, which this program wrote.
fn review(catalogue: &Catalogue, store: &Store, now: i64) -> Result<(), StoreError> {
    for survey in catalogue.surveys.values() {
        let has_evidence = survey
            .plan
            .as_ref()
            .is_some_and(|plan| plan.evidence.is_some());
        if !has_evidence {
            continue;
        }
        let before = std::collections::BTreeMap::new();
        let extent = stored::Extent::now(store, survey, u64::MAX);
        let figures = extent
            .ok()
            .and_then(|extent| stored::figures(catalogue, survey, store, extent, &before).ok());
        let Some(evidence) = figures.and_then(|figures| figures.evidence) else {
            continue;
        };
        let rows = reviewed(&evidence, &survey.id, &[]).into_iter();
        let rows: Vec<EvidenceReview> = rows
            .map(|row| {
                let (by, item) = (
                    (STATISTICIAN.0, now),
                    (survey.id.as_str(), row.key.as_str()),
                );
                EvidenceReview::new(item, ("shown", "", ""), by)
            })
            .collect();
        let entry = AuditEntry {
            who: STATISTICIAN.0.to_owned(),
            role: STATISTICIAN.1.as_str().to_owned(),
            ..AuditEntry::by_terminal(Action::EvidenceReviewed, &rows.len().to_string(), now)
        };
        store.review_evidence(rows, entry.of_survey(&survey.id))?;
    }
    Ok(())
}

/// Half past nine in China on a day, microseconds UTC.
fn half_past_nine(day: Date) -> i64 {
    let at = day.to_datetime(Time::constant(9, 30, 0, 0));
    let at = jiff::tz::offset(8).to_timestamp(at);
    at.map_or(0, Timestamp::as_microsecond)
}

fn moment(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
