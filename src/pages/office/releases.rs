//! The office's page of a survey's releases: calendar, drafts, approvals, early readers, evidence,
//! questions about published numbers.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::office::frame::{Frame, fault, local_time, role_name};
use crate::questionnaire::Text;
use crate::staff::Role;
use crate::staff::release_approval::Stage;

/// What the page shows.
pub struct ReleasesPage<'a> {
    /// `satisfaction-2026`.
    pub survey: &'a str,
    /// Its title.
    pub title: &'a Text,
    /// Whether fieldwork is open.
    pub is_open: bool,
    /// Whether the questionnaire has no approval number; then nothing can be published.
    pub lacks_approval: bool,
    /// Number of the next release, and its date if it is announced, microseconds UTC.
    pub next: (u32, Option<i64>),
    /// The date that the form proposes, `YYYY-MM-DDTHH:MM`.
    pub proposed: &'a str,
    /// Dates: number of the release, microseconds UTC, reason, who announced it.
    pub dates: &'a [(i64, i64, String, String)],
    /// Drafts and releases, the newest first.
    pub releases: &'a [Line<'a>],
    /// Early readers of the next release: post, account, reason.
    pub readers: &'a [(String, String, String)],
    /// Rows of evidence.
    pub evidence: &'a [EvidenceLine],
    /// Questions about published numbers.
    pub objections: &'a [ObjectionLine],
}

/// A draft or release.
pub struct Line<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its number.
    pub number: u32,
    /// Where it is on its way.
    pub stage: Stage,
    /// Its second, microseconds UTC.
    pub publish_at: i64,
    /// What it finds.
    pub finding: &'a str,
    /// Why it takes the place of the one before.
    pub reason: &'a str,
    /// SHA-256 of its `release.json`.
    pub digest: &'a str,
    /// Who drafted it, and when, microseconds UTC.
    pub drafted: (&'a str, i64),
    /// Decision, who, role, when in microseconds UTC, reason.
    pub decisions: Vec<(&'a str, &'a str, Role, i64, &'a str)>,
    /// Whether its rows are as they were stored.
    pub is_whole: bool,
    /// Names of the files to look at.
    pub files: Vec<String>,
}

/// A row of evidence.
pub struct EvidenceLine {
    /// Its key.
    pub key: String,
    /// Its texts in the reader's language.
    pub texts: Vec<String>,
    /// How often it occurs.
    pub n: usize,
    /// `shown`, `hidden`, `merged`; empty without a decision.
    pub decision: &'static str,
    /// Why.
    pub reason: String,
}

/// A question about a published number.
pub struct ObjectionLine {
    /// Its id.
    pub id: String,
    /// Number of the release, and the line of the table.
    pub about: (i64, String),
    /// What is asked.
    pub question: String,
    /// When it came, microseconds UTC.
    pub received_at: i64,
    /// The replies: text, who, when.
    pub replies: Vec<(String, String, i64)>,
}

/// The page. `refused`: why the form that was sent changes nothing.
#[must_use]
pub fn page(frame: Frame<'_>, view: &ReleasesPage<'_>, refused: Option<&str>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let name = view.title.get(frame.language().code());
    let title = say("title");
    let is_statistician = frame.role == Role::Statistician;
    let body = html! {
        h1 { (title) }
        p { a href=(frame.reader.link(&format!("/office/{}", view.survey))) { (name) } " · "
            a href=(frame.reader.link(&format!("/results/{}", view.survey))) { (say("public_page")) } }
        @if let Some(message) = refused { (fault(message)) }
        @if view.lacks_approval { p.fault { (say("lacks_approval")) } }
        (dates(&frame, view))
        @if !view.evidence.is_empty() { (evidence(&frame, view)) }
        @if is_statistician { (draft_form(&frame, view)) }
        @if view.releases.is_empty() { p.soft { (say("none")) } }
        @for line in view.releases { (release(&frame, view, line)) }
        (readers(&frame, view))
        (objections(&frame, view))
    };
    frame.page(&title, body)
}

fn path(view: &ReleasesPage<'_>) -> String {
    format!("/office/{}/releases", view.survey)
}

fn dates(frame: &Frame<'_>, view: &ReleasesPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let number = view.next.0.to_string();
    html! {
        h2 { (say("calendar")) }
        @if !view.dates.is_empty() {
            (frame.table(&say("calendar"), &[
                say("number"), say("time"), frame.text("office.reason"), frame.text("office.audit_who"),
            ], html! {
                @for (number, at, reason, who) in view.dates { tr {
                    td { (number) } td.time { (local_time(*at)) } td { (reason) } td { (who) }
                } }
            }))
        }
        @if frame.role == Role::Publisher {
            (frame.form(&path(view), "stack", html! {
                input type="hidden" name="do" value="announce";
                input type="hidden" name="number" value=(number);
                p.soft { (text_with(frame.language(), "releases.announce_note", &[("number", &number)])) }
                label for="announce-at" { (say("time")) }
                input id="announce-at" name="at" type="datetime-local" step="1" value=(view.proposed) required;
                label for="announce-reason" { (say("announce_reason")) }
                input id="announce-reason" name="reason" maxlength="300";
                button.button type="submit" { (say("do_announce")) }
            }))
        }
    }
}

fn draft_form(frame: &Frame<'_>, view: &ReleasesPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    html! {
        h2 { (say("draft")) }
        @match view.next.1 {
            None => p { (say("no_date")) },
            Some(at) => (frame.form(&path(view), "stack", html! {
                input type="hidden" name="do" value="draft";
                p.soft { (text_with(frame.language(), "releases.draft_note", &[
                    ("number", &view.next.0.to_string()), ("time", &local_time(at)),
                ])) }
                @if view.is_open {
                    label.check { input type="checkbox" name="close" value="yes" required; " " (say("close_first")) }
                }
                @if view.next.0 > 1 || view.is_open { (frame.reason("draft-reason")) }
                button.button type="submit" { (say("do_draft")) }
            })),
        }
    }
}

fn release(frame: &Frame<'_>, view: &ReleasesPage<'_>, line: &Line<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let number = line.number.to_string();
    let file = |name: &str| {
        frame
            .reader
            .link(&format!("{}/{}/{name}", path(view), line.id))
    };
    html! {
        section.card aria-labelledby={ "release-" (line.id) } {
            h3 id={ "release-" (line.id) } {
                (text_with(frame.language(), "releases.release", &[("number", &number)])) " · "
                (say(&format!("stage_{}", line.stage.as_str())))
            }
            @if !line.is_whole { (fault(&say("altered"))) }
            p { (line.finding) }
            p.soft {
                (say("time")) " " (local_time(line.publish_at)) " · "
                (text_with(frame.language(), "releases.drafted", &[
                    ("who", line.drafted.0), ("time", &local_time(line.drafted.1)),
                ]))
                @if !line.reason.is_empty() { " · " (line.reason) }
            }
            p.soft { (say("digest")) " " code { (line.digest.get(..16).unwrap_or(line.digest)) } }
            @if !line.decisions.is_empty() { ul {
                @for (decision, who, role, at, reason) in &line.decisions { li {
                    (say(&format!("done_{decision}"))) " · " (who) " · " (role_name(frame.language(), *role))
                    " · " (local_time(*at))
                    @if !reason.is_empty() { " · " (reason) }
                } }
            } }
            p.links { @for name in &line.files { a href=(file(name)) { (name) } } }
            (decide(frame, view, line))
        }
    }
}

fn decide(frame: &Frame<'_>, view: &ReleasesPage<'_>, line: &Line<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let decides = matches!(frame.role, Role::Statistician | Role::Publisher);
    let button = |decision: &str, class: &str| {
        let id = format!("{decision}-{}", line.id);
        frame.form(
            &path(view),
            "stack",
            html! {
                input type="hidden" name="do" value=(decision);
                input type="hidden" name="release" value=(line.id);
                input type="hidden" name="digest" value=(line.digest);
                @if decision == "return" { (frame.reason(&id)) }
                button class=(class) type="submit" { (say(&format!("do_{decision}"))) }
            },
        )
    };
    html! {
        @if decides && line.is_whole {
            @match line.stage {
                Stage::Draft if frame.role == Role::Statistician => (button("submit", "button")),
                Stage::Review => { (button("approve", "button")) (button("return", "quiet")) },
                Stage::Approved => (button("return", "quiet")),
                _ => {},
            }
        }
    }
}

fn readers(frame: &Frame<'_>, view: &ReleasesPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let number = view.next.0.to_string();
    html! {
        h2 { (say("early_readers")) }
        p.soft { (say("early_readers_note")) }
        @if !view.readers.is_empty() { ul {
            @for (post, account, reason) in view.readers { li { (post) " · " (account) " · " (reason) } }
        } }
        @if matches!(frame.role, Role::Statistician | Role::Publisher) {
            (frame.form(&path(view), "stack", html! {
                input type="hidden" name="do" value="grant";
                input type="hidden" name="number" value=(number);
                label for="grant-account" { (say("account")) }
                input id="grant-account" name="account" required maxlength="64";
                label for="grant-post" { (say("post")) }
                input id="grant-post" name="post" required maxlength="100";
                (frame.reason("grant-reason"))
                button.quiet type="submit" { (say("do_grant")) }
            }))
        }
    }
}

fn evidence(frame: &Frame<'_>, view: &ReleasesPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    let open = view
        .evidence
        .iter()
        .filter(|row| row.decision.is_empty())
        .count();
    html! {
        h2 { (say("evidence")) }
        p { (text_with(frame.language(), "releases.evidence_note", &[("n", &open.to_string())])) }
        (frame.form(&path(view), "stack", html! {
            input type="hidden" name="do" value="evidence";
            (frame.table(&say("evidence"), &[
                say("evidence_row"), say("n"), say("decision"), frame.text("office.reason"),
            ], html! {
                @for (place, row) in view.evidence.iter().enumerate() { tr {
                    td { (row.texts.join(" · ")) }
                    td { (row.n) }
                    td {
                        input type="hidden" name={ "item-" (place) } value=(row.key);
                        select name={ "decision-" (place) } aria-label=(say("decision")) {
                            option value="" selected[row.decision.is_empty()] { (say("undecided")) }
                            @for word in ["shown", "hidden", "merged"] {
                                option value=(word) selected[row.decision == word] {
                                    (say(&format!("evidence_{word}")))
                                }
                            }
                        }
                    }
                    td { input name={ "reason-" (place) } value=(row.reason) maxlength="300"
                        aria-label=(frame.text("office.reason")); }
                } }
            }))
            @if frame.role == Role::Statistician {
                button.quiet type="submit" { (say("do_evidence")) }
                button.quiet type="submit" name="all" value="shown" { (say("do_evidence_all")) }
            }
        }))
    }
}

fn objections(frame: &Frame<'_>, view: &ReleasesPage<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("releases.{key}"));
    html! {
        h2 { (say("objections")) }
        @if view.objections.is_empty() { p.soft { (say("no_objections")) } }
        @for one in view.objections {
            section.card {
                p.soft {
                    (text_with(frame.language(), "releases.release", &[("number", &one.about.0.to_string())]))
                    " · " code { (one.about.1) } " · " (local_time(one.received_at))
                }
                p { (one.question) }
                @for (reply, who, at) in &one.replies {
                    p { strong { (say("reply")) } " " (reply) " · " (who) " · " (local_time(*at)) }
                }
                @if matches!(frame.role, Role::Statistician | Role::Publisher) {
                    (frame.form(&path(view), "stack", html! {
                        input type="hidden" name="do" value="reply";
                        input type="hidden" name="objection" value=(one.id);
                        label for={ "reply-" (one.id) } { (say("reply")) }
                        textarea id={ "reply-" (one.id) } name="reply" rows="3" required maxlength="2000" {}
                        button.quiet type="submit" { (say("do_reply")) }
                    }))
                }
            }
        }
    }
}
