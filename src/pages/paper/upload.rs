//! Uploading a file of paper forms: what is wrong with it, or what would be stored.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::office::frame::{Frame, fault};
use crate::questionnaire::Questionnaire;

/// A fault of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The cell, such as `C17`, or the row of a text file.
    pub place: String,
    /// The name of the column; may be empty.
    pub column: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What storing the file would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The token under which the file is kept for a while.
    pub token: String,
    /// The name of the file.
    pub file: String,
    /// How many responses would be stored.
    pub n_new: usize,
    /// How many rows are stored already, by their `response_id`.
    pub n_stored: usize,
    /// The rows without id that are stored already with the same answers.
    pub stored_lines: Vec<u64>,
    /// How many new responses each PSU has; empty for a survey without PSUs.
    pub by_psu: Vec<(String, usize)>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// The form to choose a file.
    Choose,
    /// Why nothing was read: no file, or the check is too old.
    Refused(String),
    /// All faults of the file; nothing is stored.
    Faults(Vec<FileFault>),
    /// What would be stored.
    Check(Preview),
    /// So many responses were stored.
    Stored(usize),
}

/// Most faults that the page lists.
const MOST_FAULTS: usize = 1_000;

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, questionnaire: &Questionnaire, upload: &Upload) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let id = questionnaire.id();
    let title = say("upload");
    let body = html! {
        h1 { (title) }
        p.soft { (questionnaire.title.get(frame.language().code())) }
        p.links {
            a href=(frame.reader.link(&format!("/office/{id}/paper"))) { (say("forms")) }
            a href=(frame.reader.link(&format!("/office/{id}/paper/template.xlsx"))) { (say("template")) }
        }
        @match upload {
            Upload::Choose => "",
            Upload::Refused(message) => (fault(message)),
            Upload::Faults(faults) => (fault_table(&frame, faults)),
            Upload::Check(preview) => (check(&frame, &id, preview)),
            Upload::Stored(n) => p.well role="status" {
                (text_with(frame.language(), "paper.upload_stored", &[("n", &n.to_string())]))
            },
        }
        @if !matches!(upload, Upload::Check(_)) { (choose(&frame, &id)) }
    };
    frame.page(&title, body)
}

fn choose(frame: &Frame<'_>, id: &str) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let path = format!("/office/{id}/paper/upload");
    frame.upload(&path, "stack", html! {
        label for="file" { (say("file")) }
        input id="file" type="file" name="file" required aria-describedby="file-note"
            accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        p.soft #file-note { (say("file_note")) }
        label for="mode" { (say("mode")) }
        select id="mode" name="mode" {
            option value="paper" { (frame.text("office.mode_paper")) }
            @for mode in ["onsite", "phone", "intercept"] {
                option value=(mode) { (frame.text(&format!("office.mode_{mode}"))) }
            }
        }
        button.button name="do" value="check" { (say("check")) }
    })
}

fn fault_table(frame: &Frame<'_>, faults: &[FileFault]) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let n = faults.len().to_string();
    html! {
        (fault(&text_with(frame.language(), "paper.upload_faults", &[("n", &n)])))
        @let headings = ["place", "code_column", "what"];
        (frame.table(&say("faults"), &headings.map(&say), html! {
            @for fault in faults.iter().take(MOST_FAULTS) { tr {
                th scope="row" { (fault.place) }
                td { (fault.column) }
                td { (fault.message) }
            } }
        }))
    }
}

fn check(frame: &Frame<'_>, id: &str, preview: &Preview) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let path = format!("/office/{id}/paper/upload");
    let (n_new, n_stored) = (preview.n_new.to_string(), preview.n_stored.to_string());
    let lines: Vec<String> = preview
        .stored_lines
        .iter()
        .take(20)
        .map(u64::to_string)
        .collect();
    let (n_lines, lines) = (preview.stored_lines.len().to_string(), lines.join(", "));
    let same = [("n", n_lines.as_str()), ("lines", lines.as_str())];
    html! {
        h2 { (say("check_title")) }
        ul {
            li { (say("file")) " " (preview.file) }
            li { strong { (text_with(frame.language(), "paper.upload_new", &[("n", &n_new)])) } }
            @if preview.n_stored > 0 {
                li { (text_with(frame.language(), "paper.upload_known", &[("n", &n_stored)])) }
            }
            @if !preview.stored_lines.is_empty() {
                li { (text_with(frame.language(), "paper.upload_same", &same)) }
            }
        }
        @if !preview.by_psu.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(say("psu_short")) { table {
                thead { tr { th scope="col" { (say("psu_short")) } th.number scope="col" { (say("n_forms")) } } }
                tbody { @for (psu, n) in &preview.by_psu { tr {
                    th scope="row" { (psu) } td.number { (n) }
                } } }
            } }
        }
        (frame.upload(&path, "stack", html! {
            input type="hidden" name="token" value=(preview.token);
            @if !preview.stored_lines.is_empty() {
                fieldset {
                    legend { (say("same_question")) }
                    label { input type="radio" name="known" value="skip" checked; " " (say("same_skip")) }
                    br;
                    label { input type="radio" name="known" value="store"; " " (say("same_store")) }
                }
            }
            (frame.reason("reason"))
            button.button name="do" value="store" { (say("upload_store")) }
        }))
    }
}
