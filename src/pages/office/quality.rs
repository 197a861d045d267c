//! The office's page of a survey's quality: what the rules found, and holding and freeing responses.

use maud::{Markup, html};

use crate::locale::{Language, rule_name, text, text_with};
use crate::pages::assets;
use crate::pages::office::frame::{Frame, fault, local_time, role_name};
use crate::pages::results::number;
use crate::quality::{Finding, NearDuplicateRates, Subject};
use crate::questionnaire::Text;
use crate::release::figures::Figures;
use crate::release::hold_effect::{HeadlineEffect, HoldEffect};
use crate::staff::Role;
use crate::staff::hold_review::{HoldDecision, HoldState};
use crate::survey::plan::{IndicatorKind, Plan};

/// What the page shows.
pub struct QualityPage<'a> {
    /// `satisfaction-2026`.
    pub survey: &'a str,
    /// Its title.
    pub title: &'a Text,
    /// Its plan, for the names of indicators.
    pub plan: Option<&'a Plan>,
    /// The figures, with the numbers of responses; `None` without figures, and for a role that does not read
    /// them.
    pub figures: Option<&'a Figures>,
    /// What the rules found; `None` before they were applied.
    pub findings: Option<&'a [Finding]>,
    /// How many responses the rules looked at.
    pub looked_at: u64,
    /// How often responses are alike.
    pub near_duplicates: Option<NearDuplicateRates>,
    /// What was written into the form by hand.
    pub wanted: &'a WantedHold,
    /// Proposals, the newest first.
    pub reviews: &'a [ReviewLine],
}

/// What a form asks to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedHold {
    /// `responses`, `channel`, `enumerator` or `day`.
    pub subject: String,
    /// The channel, the enumerator, the day; of responses their numbers, ids or receipt codes.
    pub label: String,
    /// Id of the rule that found it; empty for what a person found.
    pub rule: String,
    /// Version of the rule.
    pub rule_version: i64,
    /// Why.
    pub reason: String,
}

/// A proposal that the person has to confirm.
pub struct Confirm<'a> {
    /// What is held.
    pub wanted: &'a WantedHold,
    /// The id of the proposal that it becomes.
    pub id: String,
    /// How many responses.
    pub responses: u64,
    /// How many leaves the log had, and how many responses the figures rest on.
    pub basis: (u64, u64),
    /// Digest of responses and effect.
    pub digest: &'a str,
    /// What it changes; `None` without figures.
    pub effect: Option<&'a HoldEffect>,
    /// Whether it is another effect than the person confirmed.
    pub is_changed: bool,
}

/// A proposal.
pub struct ReviewLine {
    /// Its id.
    pub id: String,
    /// What it concerns: kind and label.
    pub subject: (String, String),
    /// The rule that found it; empty for what a person found.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// How many responses.
    pub responses: u64,
    /// Who proposed it, role, when in microseconds UTC.
    pub proposed: (String, Option<Role>, i64),
    /// What it changes.
    pub effect: Option<HoldEffect>,
    /// Where it is.
    pub state: HoldState,
    /// What was decided: word, who, role, when, reason.
    pub steps: Vec<(String, String, Option<Role>, i64, String)>,
    /// What the reader may decide now.
    pub allowed: Vec<HoldDecision>,
    /// Whether the reader waits for another person because he or she proposed it.
    pub is_own: bool,
}

/// Whether a role reads figures that are not published.
#[must_use]
pub fn reads_figures(role: Role) -> bool {
    matches!(role, Role::Statistician | Role::Publisher)
}

fn say(frame: &Frame<'_>, key: &str) -> String {
    frame.text(&format!("holds.{key}"))
}

fn path(survey: &str) -> String {
    format!("/office/{survey}/quality")
}

/// The page. `refused`: why the form that was sent changes nothing.
#[must_use]
pub fn page(frame: Frame<'_>, view: &QualityPage<'_>, refused: Option<&str>) -> Markup {
    let title = say(&frame, "title");
    let name = view.title.get(frame.language().code());
    let proposes = matches!(frame.role, Role::Statistician | Role::Supervisor);
    let of = |is: &dyn Fn(HoldState) -> bool| -> Vec<&ReviewLine> {
        view.reviews.iter().filter(|own| is(own.state)).collect()
    };
    let open = of(&HoldState::is_open);
    let held = of(&|state| state == HoldState::Held);
    let past = of(&|state| !state.is_open() && state != HoldState::Held);
    let body = html! {
        h1 { (title) }
        p { a href=(frame.reader.link(&format!("/office/{}", view.survey))) { (name) } }
        @if let Some(message) = refused { (fault(message)) }
        p.soft { (say(&frame, "note")) }
        @if let Some(figures) = view.figures { (rates(&frame, figures)) }
        h2 { (say(&frame, "open")) }
        @if open.is_empty() { p.soft { (say(&frame, "open_none")) } }
        @for line in open { (review(&frame, view, line)) }
        h2 { (say(&frame, "findings")) }
        @match view.findings {
            None if view.plan.is_none() => p.well { (say(&frame, "no_plan")) },
            None => {
                p #live .well data-every="3" { (say(&frame, "findings_not_yet")) }
                script src=(assets::live_script_path()) defer {}
            },
            Some([]) => p.soft { (say(&frame, "findings_none")) },
            Some(findings) => @for (place, own) in findings.iter().enumerate() {
                (finding(&frame, view.survey, (place, own), proposes))
            },
        }
        @if view.findings.is_some() { p.soft { (looked_at(&frame, view)) } }
        @if proposes { (by_hand(&frame, view)) }
        h2 { (say(&frame, "in_force")) }
        @if held.is_empty() { p.soft { (say(&frame, "in_force_none")) } }
        @for line in held { (review(&frame, view, line)) }
        @if !past.is_empty() {
            h2 { (say(&frame, "past")) }
            @for line in past { (review(&frame, view, line)) }
        }
    };
    frame.page(&title, body)
}

/// Issued, received, valid, and the share of valid ones.
fn rates(frame: &Frame<'_>, figures: &Figures) -> Markup {
    let issued = match figures.issued {
        0 => say(frame, "not_known"),
        issued => number::count(issued),
    };
    let share = figures.valid_share().unwrap_or(f64::NAN);
    let share = number::value(IndicatorKind::Share, share, 1);
    html! {
        dl.facts {
            div { dt { (say(frame, "issued")) } dd { (issued) } }
            div { dt { (say(frame, "received")) } dd { (number::count(figures.n_received)) } }
            div { dt { (say(frame, "valid")) } dd { (number::count(figures.n)) } }
            div { dt { (say(frame, "valid_share")) } dd { (share) } }
        }
    }
}

/// What a proposal or finding concerns, in words.
fn subject_words(language: Language, (kind, label): (&str, &str)) -> String {
    let name = text(language, &format!("holds.subject_{kind}"));
    match (kind, label) {
        ("channel", "") => text(language, "holds.open_link"),
        (_, "") => name,
        _ => format!("{name} {label}"),
    }
}

/// Kind and label of what a finding concerns, as forms and the database have them.
#[must_use]
pub fn subject_of(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::Responses => ("responses", ""),
        Subject::Channel(label) => ("channel", label),
        Subject::Enumerator(label) => ("enumerator", label),
        Subject::Day(label) => ("day", label),
    }
}

fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// How many responses the rules looked at, and how often they are alike.
fn looked_at(frame: &Frame<'_>, view: &QualityPage<'_>) -> String {
    let n = number::count(view.looked_at);
    let language = frame.language();
    let Some(rates) = view.near_duplicates else {
        return text_with(language, "holds.looked_at_few", &[("n", &n)]);
    };
    let share = |share: f64| number::value(IndicatorKind::Share, share, 1);
    let values = [
        ("n", &*n),
        ("limit", &share(rates.limit)),
        ("flagged", &share(rates.flagged)),
        ("fixed", &share(rates.fixed_flagged)),
        ("honest", &share(rates.fixed_honest)),
    ];
    text_with(language, "holds.looked_at", &values)
}

fn finding(
    frame: &Frame<'_>,
    survey: &str,
    (place, own): (usize, &Finding),
    proposes: bool,
) -> Markup {
    let language = frame.language();
    let (kind, label) = subject_of(&own.subject);
    let n = number::count(u64::try_from(own.rows.len()).unwrap_or(u64::MAX));
    let measures = own.measures.iter().map(|measure| {
        let name = text(language, &format!("quality_measure.{}", measure.key));
        // Most measures are counts.
        let is_whole = libm::trunc(measure.value) == measure.value;
        let decimals = if is_whole { 0 } else { 2 };
        format!("{name} {}", number::plain(measure.value, decimals))
    });
    let measures: Vec<String> = measures.collect();
    html! {
        section.card {
            h3 { (rule_name(language, own.rule)) " · " (subject_words(language, (kind, label))) }
            p { (text_with(language, "holds.n_responses", &[("n", &n)])) }
            @if !measures.is_empty() { p.soft { (measures.join(" · ")) } }
            @if own.is_proposed && proposes {
                (frame.form(&path(survey), "stack", html! {
                    (hidden("do", "preview"))
                    (hidden("subject", kind)) (hidden("label", label))
                    (hidden("rule", own.rule)) (hidden("rule_version", &own.version.to_string()))
                    (frame.reason(&format!("finding-{place}")))
                    button.quiet type="submit" { (say(frame, "do_preview")) }
                }))
            }
        }
    }
}

/// The form for what no rule found.
fn by_hand(frame: &Frame<'_>, view: &QualityPage<'_>) -> Markup {
    let wanted = view.wanted;
    html! {
        h2 { (say(frame, "by_hand")) }
        (frame.form(&path(view.survey), "stack", html! {
            (hidden("do", "preview"))
            label for="hold-subject" { (say(frame, "subject")) }
            select id="hold-subject" name="subject" {
                @for kind in ["channel", "enumerator", "day", "responses"] {
                    option value=(kind) selected[wanted.subject == kind] {
                        (say(frame, &format!("subject_{kind}")))
                    }
                }
            }
            label for="hold-label" { (say(frame, "label")) }
            input id="hold-label" name="label" value=(wanted.label) maxlength="2000"
                aria-describedby="hold-label-note";
            p.soft id="hold-label-note" { (say(frame, "label_note")) }
            label for="hold-reason" { (frame.text("office.reason")) }
            input id="hold-reason" name="reason" value=(wanted.reason) required maxlength="300";
            button.button type="submit" { (say(frame, "do_preview")) }
        }))
    }
}

/// The page on which a proposal is confirmed.
#[must_use]
pub fn confirm_page(frame: Frame<'_>, view: &QualityPage<'_>, confirm: &Confirm<'_>) -> Markup {
    let language = frame.language();
    let wanted = confirm.wanted;
    let title = say(&frame, "confirm");
    let n = number::count(confirm.responses);
    let subject = subject_words(language, (&wanted.subject, &wanted.label));
    let (log_size, limit) = (confirm.basis.0.to_string(), confirm.basis.1.to_string());
    let body = html! {
        h1 { (title) }
        p { a href=(frame.reader.link(&path(view.survey))) { (say(&frame, "back")) } }
        @if confirm.is_changed { (fault(&say(&frame, "changed"))) }
        p { strong { (subject) } " · " (text_with(language, "holds.n_responses", &[("n", &n)])) }
        p.soft { (rule_name(language, &wanted.rule)) " · " (wanted.reason) }
        (effect(&frame, view.plan, confirm.effect))
        p.soft { (say(&frame, "confirm_note")) }
        (frame.form(&path(view.survey), "stack", html! {
            (hidden("do", "propose"))
            (hidden("id", &confirm.id))
            (hidden("subject", &wanted.subject)) (hidden("label", &wanted.label))
            (hidden("rule", &wanted.rule))
            (hidden("rule_version", &wanted.rule_version.to_string()))
            (hidden("reason", &wanted.reason))
            (hidden("log_size", &log_size)) (hidden("limit", &limit))
            (hidden("digest", confirm.digest))
            button.button type="submit" { (say(&frame, "do_propose")) }
        }))
    };
    frame.page(&title, body)
}

/// The headlines before and after, for those who read figures.
fn effect(frame: &Frame<'_>, plan: Option<&Plan>, effect: Option<&HoldEffect>) -> Markup {
    if !reads_figures(frame.role) {
        return html! { p.soft { (say(frame, "effect_hidden")) } };
    }
    let Some(effect) = effect else {
        return html! { p.soft { (say(frame, "effect_none")) } };
    };
    let language = frame.language();
    let (before, after) = (number::count(effect.n.0), number::count(effect.n.1));
    let rows = effect.indicators.iter().flat_map(|own| {
        let indicator = plan.and_then(|plan| {
            let mut all = plan.indicators.iter();
            all.find(|indicator| indicator.code == own.code)
        });
        let kind = indicator.map_or(IndicatorKind::Mean, |indicator| indicator.kind);
        let title = indicator.map_or(own.code.as_str(), |indicator| {
            indicator.title.get(language.code())
        });
        let volunteers = text(language, "results.part_volunteer");
        let volunteer = own.volunteer.as_ref();
        let volunteer = volunteer.map(|both| (format!("{title} · {volunteers}"), kind, both));
        [Some((title.to_owned(), kind, &own.headline)), volunteer]
    });
    let rows: Vec<_> = rows.flatten().collect();
    html! {
        div.numbers { (frame.table(&say(frame, "effect"), &[
            say(frame, "figure"), say(frame, "before"), say(frame, "after"),
        ], html! {
            tr { th scope="row" { (say(frame, "valid")) } td.number { (before) } td.number { (after) } }
            @for (title, kind, (before, after)) in rows { tr {
                th scope="row" { (title) }
                td.number { (figure(language, kind, before)) }
                td.number { (figure(language, kind, after)) }
            } }
        })) }
    }
}

/// `93.3% (92.1–94.4), met`.
fn figure(language: Language, kind: IndicatorKind, own: &HeadlineEffect) -> String {
    let Some(estimate) = own.estimate else {
        return "*".to_owned();
    };
    let mut words = number::value(kind, estimate, 1);
    if let Some((lower, upper)) = own.interval {
        let bounds = [lower, upper].map(|bound| number::value(kind, bound, 1));
        words = format!("{words} ({} – {})", bounds[0], bounds[1]);
    }
    if !own.verdict.is_empty() {
        let verdict = text(language, &format!("results.verdict_{}", own.verdict));
        words = format!("{words} · {verdict}");
    }
    words
}

fn review(frame: &Frame<'_>, view: &QualityPage<'_>, line: &ReviewLine) -> Markup {
    let language = frame.language();
    let n = number::count(line.responses);
    let subject = subject_words(language, (&line.subject.0, &line.subject.1));
    let role = |role: Option<Role>| {
        role.map_or_else(String::new, |role| {
            format!(" · {}", role_name(language, role))
        })
    };
    let (who, proposer, at) = &line.proposed;
    html! {
        section.card aria-labelledby={ "hold-" (line.id) } {
            h3 id={ "hold-" (line.id) } {
                (subject) " · " (text_with(language, "holds.n_responses", &[("n", &n)])) " · "
                (say(frame, &format!("state_{}", line.state.as_str())))
            }
            p { (rule_name(language, &line.rule)) " · " (line.reason) }
            p.soft {
                (say(frame, "proposed_by")) " " (who) (role(*proposer)) " · " (local_time(*at))
            }
            (effect(frame, view.plan, line.effect.as_ref()))
            @if !line.steps.is_empty() { ul {
                @for (word, who, their_role, at, reason) in &line.steps { li {
                    (say(frame, &format!("done_{word}"))) " · " (who) (role(*their_role)) " · "
                    (local_time(*at))
                    @if !reason.is_empty() { " · " (reason) }
                } }
            } }
            @if line.is_own { p.soft { (say(frame, "other_person_needed")) } }
            @for decision in &line.allowed { (decide(frame, view.survey, &line.id, *decision)) }
        }
    }
}

/// Whether a decision needs a reason: consent agrees to the reason that is there.
#[must_use]
pub fn needs_reason(decision: HoldDecision) -> bool {
    matches!(
        decision,
        HoldDecision::Refuse | HoldDecision::ProposeFree | HoldDecision::RefuseFree
    )
}

fn decide(frame: &Frame<'_>, survey: &str, id: &str, decision: HoldDecision) -> Markup {
    let word = decision.as_str();
    let consents = matches!(decision, HoldDecision::Consent | HoldDecision::ConsentFree);
    let class = if consents { "button" } else { "quiet" };
    frame.form(
        &path(survey),
        "stack",
        html! {
            (hidden("do", word))
            (hidden("proposal", id))
            @if needs_reason(decision) { (frame.reason(&format!("{word}-{id}"))) }
            button class=(class) type="submit" { (say(frame, &format!("do_{word}"))) }
        },
    )
}
