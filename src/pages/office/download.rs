//! The form for downloads.

use maud::{Markup, html};

use crate::pages::office::frame::{Frame, fault};
use crate::questionnaire::Text;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Name of the file.
    pub file: String,
    /// Whether labels stand in the cells.
    pub labels: bool,
    /// Why.
    pub reason: String,
}

impl Asked {
    /// A file that was chosen beforehand.
    #[must_use]
    pub fn of(file: &str) -> Asked {
        Asked {
            file: file.to_owned(),
            ..Asked::default()
        }
    }
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadFault {
    /// There is no such file.
    File,
    /// There is no reason.
    Reason,
    /// The survey has no figures yet.
    NoFigures,
    /// The responses do not fit into the file.
    Form,
}

/// Names of files with the keys of their descriptions.
const FILES: [(&str, &str); 12] = [
    ("data.xlsx", "xlsx"),
    ("data.sav", "sav"),
    ("data.dta", "dta"),
    ("data.csv", "csv"),
    ("data-gb18030.csv", "gb18030"),
    ("excluded.csv", "excluded"),
    ("data.parquet", "parquet"),
    ("data.json", "json"),
    ("codebook.csv", "codebook"),
    ("ddi.xml", "ddi"),
    ("report.xlsx", "report"),
    ("research.csv", "research"),
];

/// The form.
#[must_use]
pub fn page(
    frame: Frame<'_>,
    survey: &str,
    title: &Text,
    asked: &Asked,
    wrong: Option<DownloadFault>,
) -> Markup {
    let say = |key: &str| frame.text(&format!("office.download_{key}"));
    let message = wrong.map(|wrong| match wrong {
        DownloadFault::File => say("file_wrong"),
        DownloadFault::Reason => frame.text("office.reason_missing"),
        DownloadFault::NoFigures => say("no_figures"),
        DownloadFault::Form => say("form_wrong"),
    });
    let is_known = FILES.iter().any(|(name, _)| *name == asked.file);
    let body = html! {
        h1 { (frame.text("office.download")) }
        p.soft { (title.get(frame.language().code())) " · " (survey) }
        @if let Some(message) = &message { (fault(message)) }
        p { (say("note")) }
        (frame.form(&format!("/office/{survey}/download"), "stack wide-form", html! {
            fieldset {
                legend { (say("file")) }
                @for (position, (name, key)) in FILES.iter().enumerate() {
                    @let id = format!("file-{key}");
                    @let is_chosen = if is_known { *name == asked.file } else { position == 0 };
                    div.choice {
                        input id=(id) type="radio" name="file" value=(name) checked[is_chosen];
                        label for=(id) { strong { (name) } " " (say(key)) }
                    }
                }
            }
            fieldset {
                legend { (say("cells")) }
                div.choice {
                    input #cells-codes type="radio" name="cells" value="codes" checked[!asked.labels];
                    label for="cells-codes" { (say("codes")) }
                }
                div.choice {
                    input #cells-labels type="radio" name="cells" value="labels" checked[asked.labels];
                    label for="cells-labels" { (say("labels")) }
                }
            }
            label for="reason" { (frame.text("office.reason")) }
            input id="reason" name="reason" value=(asked.reason) required maxlength="300" aria-describedby="reason-note";
            p.soft #reason-note { (say("reason_note")) }
            button.button type="submit" { (say("button")) }
        }))
    };
    frame.page(&frame.text("office.download"), body)
}
