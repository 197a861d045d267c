//! Visits to the cases of a survey: the form to record them, the cases of a PSU, counts and response
//! rates.

use maud::{Markup, html};

use crate::collection::disposition::{VISIT_MODES, VisitOutcome};
use crate::locale::text_with;
use crate::pages::office::frame::{Frame, fault};
use crate::questionnaire::Questionnaire;
use crate::questionnaire::answer::Mode;
use crate::release::dispositions::{GroupRates, PsuCases, SurveyCases};
use crate::release::public_lines::Measured;

/// One row of the form, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedRow {
    /// The number of the case.
    pub case: String,
    /// The how many-th attempt.
    pub attempt: String,
    /// Word of the outcome.
    pub outcome: String,
}

/// The form, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedForm {
    /// The PSU.
    pub psu: String,
    /// The mode.
    pub mode: String,
    /// The day of all rows.
    pub day: String,
    /// The enumerator of all rows.
    pub enumerator: String,
    /// Whether stored attempts are corrected.
    pub corrects: bool,
    /// The rows.
    pub rows: Vec<TypedRow>,
}

/// A case of the PSU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// Its number.
    pub case: i64,
    /// What finally became of it.
    pub outcome: VisitOutcome,
    /// How many visits it has.
    pub visits: usize,
    /// The last visit, in Beijing.
    pub last: String,
}

/// What happened to the form that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// None was sent.
    No,
    /// So many visits are new, and so many were known.
    Stored(usize, usize),
    /// What is wrong, each in words; nothing was stored.
    Faults(Vec<String>),
}

/// What the page shows.
pub struct Visits<'a> {
    /// The questionnaire.
    pub questionnaire: &'a Questionnaire,
    /// The drawn PSUs, each with the name of its area.
    pub psus: Vec<(String, String)>,
    /// The form.
    pub form: TypedForm,
    /// What happened to the form.
    pub sent: Sent,
    /// The cases of the chosen PSU and mode.
    pub cases: Vec<CaseLine>,
    /// The cases of all PSUs, counted.
    pub counted: SurveyCases,
    /// Response rates.
    pub groups: Vec<GroupRates>,
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, visits: &Visits<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let title = say("title");
    let body = html! {
        h1 { (title) }
        p.soft { (visits.questionnaire.title.get(frame.language().code())) }
        p { (say("lead")) }
        @match &visits.sent {
            Sent::No => "",
            Sent::Stored(new, known) => p.well role="status" {
                @let (new, known) = (new.to_string(), known.to_string());
                (text_with(frame.language(), "visits.saved", &[("new", &new), ("known", &known)]))
            },
            Sent::Faults(faults) => @for what in faults { (fault(what)) },
        }
        @if visits.psus.is_empty() {
            p.well { (say("no_frame")) }
        } @else {
            (choose(&frame, visits))
            (record(&frame, visits))
            (cases(&frame, visits))
            (counts(&frame, &visits.counted))
            (rates(&frame, visits))
        }
    };
    frame.page(&title, body)
}

fn selects(frame: &Frame<'_>, visits: &Visits<'_>, prefix: &str) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let (psu, mode) = (format!("{prefix}-psu"), format!("{prefix}-mode"));
    html! {
        label for=(psu) { (say("psu")) }
        select id=(psu) name="psu" {
            @for (code, area) in &visits.psus {
                option value=(code) selected[*code == visits.form.psu] { (code) " " (area) }
            }
        }
        label for=(mode) { (say("mode")) }
        select id=(mode) name="mode" {
            @for own in VISIT_MODES {
                option value=(own.as_str()) selected[own.as_str() == visits.form.mode] {
                    (mode_name(frame, own))
                }
            }
        }
    }
}

fn mode_name(frame: &Frame<'_>, mode: Mode) -> String {
    frame.text(&format!("office.mode_{mode}"))
}

fn outcome_name(frame: &Frame<'_>, outcome: VisitOutcome) -> String {
    frame.text(&format!("visits.outcome_{}", outcome.as_str()))
}

/// The form that chooses the PSU whose cases are listed.
fn choose(frame: &Frame<'_>, visits: &Visits<'_>) -> Markup {
    let path = format!("/office/{}/visits", visits.questionnaire.id());
    html! {
        form.stack method="get" action=(path) {
            @if frame.reader.link("/").contains("lang=") {
                input type="hidden" name="lang" value=(frame.language().code());
            }
            (selects(frame, visits, "show"))
            button.quiet type="submit" { (frame.text("visits.choose")) }
        }
    }
}

fn record(frame: &Frame<'_>, visits: &Visits<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let path = format!("/office/{}/visits", visits.questionnaire.id());
    let headings = ["case", "attempt", "outcome"].map(&say);
    let form = &visits.form;
    html! {
        h2 { (say("record")) }
        (frame.form(&path, "stack", html! {
            (selects(frame, visits, "record"))
            label for="day" { (say("day")) }
            input id="day" name="day" value=(form.day) required maxlength="40" aria-describedby="day-note";
            p.soft #day-note { (say("day_note")) }
            label for="enumerator" { (say("enumerator")) }
            input id="enumerator" name="enumerator" value=(form.enumerator) maxlength="64" autocapitalize="none";
            p.soft { (say("record_note")) }
            (frame.table(&say("record"), &headings, html! {
                @for row in &form.rows { tr {
                    td { input name="case" value=(row.case) size="6" inputmode="numeric" aria-label=(say("case")); }
                    td { input name="attempt" value=(row.attempt) size="3" inputmode="numeric" aria-label=(say("attempt")); }
                    td { select name="outcome" aria-label=(say("outcome")) {
                        @for own in VisitOutcome::ALL {
                            option value=(own.as_str()) selected[own.as_str() == row.outcome] {
                                (outcome_name(frame, own))
                            }
                        }
                    } }
                } }
            }))
            label {
                input type="checkbox" name="corrects" value="yes" checked[form.corrects];
                " " (say("corrects"))
            }
            button.button type="submit" { (say("save")) }
        }))
    }
}

/// The cases of the chosen PSU.
fn cases(frame: &Frame<'_>, visits: &Visits<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let title = say("cases");
    let headings = ["case", "final", "visits", "last"].map(&say);
    html! {
        h2 { (title) " " (visits.form.psu) }
        @if visits.cases.is_empty() { p { (say("none")) } } @else {
            (frame.table(&title, &headings, html! {
                @for own in &visits.cases { tr {
                    th scope="row" { (own.case) }
                    td { (outcome_name(frame, own.outcome)) }
                    td.number { (own.visits) }
                    td.time { (own.last) }
                } }
            }))
        }
    }
}

/// The cases of every PSU by what became of them.
fn counts(frame: &Frame<'_>, counted: &SurveyCases) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let title = say("counts");
    let mut headings = ["psu", "mode", "issued"].map(&say).to_vec();
    headings.extend(VisitOutcome::ALL.map(|own| outcome_name(frame, own)));
    headings.extend(["claimed", "differs"].map(&say));
    let differing: Vec<&PsuCases> = counted.psus.iter().filter(|own| !own.agrees()).collect();
    let unknown = counted.psus.iter().filter(|own| !own.is_known()).count();
    let names: Vec<&str> = differing.iter().map(|own| own.psu.as_str()).collect();
    let (n, names, unknown_n) = (
        names.len().to_string(),
        names.join(", "),
        unknown.to_string(),
    );
    html! {
        h2 { (title) }
        @if !differing.is_empty() {
            (fault(&text_with(frame.language(), "visits.differs_note", &[("n", &n), ("psus", &names)])))
        }
        @if unknown > 0 {
            p.well { (text_with(frame.language(), "visits.unknown_psus", &[("n", &unknown_n)])) }
        }
        @if counted.psus.is_empty() { p { (say("none")) } } @else {
            (frame.table(&title, &headings, html! {
                @for own in &counted.psus { tr {
                    th scope="row" { (own.psu) }
                    td { (mode_name(frame, own.mode)) }
                    td.number { (own.counts.issued()) }
                    @for (_, n) in own.counts.counts() { td.number { (n) } }
                    td.number { (own.claimed_interviews) }
                    td { @if !own.agrees() { (say("differs")) } }
                } }
            }))
        }
    }
}

/// The rates that the page shows, by their AAPOR names.
const SHOWN: [&str; 10] = [
    "RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1", "COOP2", "REF1", "CON1",
];

fn rates(frame: &Frame<'_>, visits: &Visits<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("visits.{key}"));
    let title = say("rates");
    let mut headings = vec![say("group"), String::new(), say("n_psus")];
    headings.extend(SHOWN.map(str::to_owned));
    headings.push("e".to_owned());
    html! {
        h2 { (title) }
        @if visits.groups.is_empty() { p { (say("none")) } } @else {
            p.soft { (say("rates_note")) }
            (frame.table(&title, &headings, html! {
                @for own in &visits.groups {
                    @for (key, outcomes) in [
                        ("unweighted", &own.rates.unweighted), ("weighted", &own.rates.weighted),
                    ] { tr {
                        th scope="row" {
                            @if own.dimension.is_empty() { (say("all")) }
                            (own.label.get(frame.language().code()))
                        }
                        td { (say(key)) }
                        td.number { (own.psus) }
                        @for (name, rate) in outcomes.rates.named() {
                            @if SHOWN.contains(&name) { td.number { (Measured::percent(rate).text()) } }
                        }
                        td.number { (Measured::percent(outcomes.e).text()) }
                    } }
                }
            }))
        }
    }
}
