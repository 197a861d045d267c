//! The forms of a survey: which wait for their second entry, differ, or are done. No answer is shown.

use maud::{Markup, html};

use crate::locale::text_with;
use crate::pages::office::frame::{Frame, local_time};
use crate::questionnaire::Questionnaire;

/// Where a form is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// One person has typed it.
    Waiting,
    /// The two entries differ.
    Differing,
    /// It is a response.
    Done,
}

impl State {
    /// All states, in the order of the page.
    pub const ALL: [State; 3] = [State::Differing, State::Waiting, State::Done];

    /// The word for it in addresses and keys of texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Differing => "differing",
            State::Done => "done",
        }
    }
}

/// One form.
#[derive(Debug, Clone)]
pub struct Line {
    /// The number of the form.
    pub number: String,
    /// Where it is on its way.
    pub state: State,
    /// Who typed it, in order.
    pub typists: Vec<String>,
    /// When the last entry was stored, or the form was settled; microseconds UTC.
    pub changed_at: i64,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct List<'a> {
    /// The survey.
    pub questionnaire: &'a Questionnaire,
    /// The forms to list: those in `state`.
    pub lines: Vec<Line>,
    /// Only forms in this state are listed; `None` for all.
    pub state: Option<State>,
    /// Number of forms in each state of [`State::ALL`].
    pub counts: [usize; 3],
    /// How many forms are not listed, because the list is long.
    pub more: usize,
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, list: &List<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    let id = list.questionnaire.id();
    let link = |end: &str| frame.reader.link(&format!("/office/{id}/paper{end}"));
    let title = say("title");
    let body = html! {
        h1 { (title) }
        p.soft { (list.questionnaire.title.get(frame.language().code())) }
        p.links {
            a href=(link("/type")) { (say("type")) }
            a href=(link("/upload")) { (say("upload")) }
            a href=(link("/print")) { (say("print")) }
            a href=(link("/template.xlsx")) { (say("template")) }
        }
        h2 { (say("forms")) }
        p.states {
            a href=(link("")) aria-current=[list.state.is_none().then_some("true")] {
                (say("state_all")) " " (list.counts.iter().sum::<usize>())
            }
            @for (state, count) in State::ALL.into_iter().zip(list.counts) {
                a href=(link(&format!("?state={}", state.as_str())))
                    aria-current=[(list.state == Some(state)).then_some("true")] {
                    (say(&format!("state_{}", state.as_str()))) " " (count)
                }
            }
        }
        @if list.lines.is_empty() {
            p { (say("no_forms")) }
        } @else {
            (table(&frame, &id, list))
        }
        @if list.more > 0 {
            p { (text_with(frame.language(), "paper.more", &[("n", &list.more.to_string())])) }
        }
    };
    frame.page(&title, body)
}

fn table(frame: &Frame<'_>, id: &str, list: &List<'_>) -> Markup {
    let say = |key: &str| frame.text(&format!("paper.{key}"));
    html! {
        @let headings = ["number", "state", "typists", "changed_at"];
        (frame.table(&say("forms"), &headings.map(&say), html! {
            @for line in &list.lines { tr {
                th scope="row" {
                    a href=(frame.reader.link(&format!("/office/{id}/paper/form/{}", line.number))) {
                        (line.number)
                    }
                }
                td { (say(&format!("state_{}", line.state.as_str()))) }
                td { (line.typists.join(" · ")) }
                td.time { (local_time(line.changed_at)) }
            } }
        }))
    }
}
