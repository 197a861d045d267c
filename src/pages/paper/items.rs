//! The questions of a printed form. Questions that share their choices stand in a grid under them.

use maud::{Markup, html};

use crate::collection::paper_code::{self, PaperChoice};
use crate::locale::{Language, text, text_with};
use crate::pages::condition::Wording;
use crate::questionnaire::{Areas, Kind, Question, Questionnaire, Section, Text};

/// The questions of a form.
pub(super) struct Items<'a> {
    language: Language,
    questionnaire: &'a Questionnaire,
    areas: &'a Areas,
}

impl<'a> Items<'a> {
    pub(super) fn new(
        language: Language,
        questionnaire: &'a Questionnaire,
        areas: &'a Areas,
    ) -> Items<'a> {
        Items {
            language,
            questionnaire,
            areas,
        }
    }

    fn own<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    /// The number of a question on paper: its place among the questions that are answered, from 1.
    fn number(&self, question: &Question) -> String {
        let answered = self.questionnaire.questions().map(|(_, own)| own);
        let mut answered = answered.filter(|own| !matches!(own.kind, Kind::Note));
        let place = answered.position(|own| own.code == question.code);
        place.map_or_else(String::new, |place| place.saturating_add(1).to_string())
    }

    /// A rule in words, with `question` named by its number.
    fn worded<T>(&self, put: impl FnOnce(&Wording<'_>) -> T) -> T {
        let name = |question: &Question| {
            let number = self.number(question);
            text_with(self.language, "paper.question", &[("number", &number)])
        };
        put(&Wording {
            language: self.language,
            questionnaire: self.questionnaire,
            areas: self.areas,
            name: &name,
        })
    }

    pub(super) fn all(&self) -> Markup {
        html! { @for section in &self.questionnaire.sections { (self.section(section)) } }
    }

    fn section(&self, section: &Section) -> Markup {
        let groups = groups(&section.questions);
        html! {
            section {
                div.head {
                    h2 { (self.own(&section.title)) }
                    @if !section.intro.is_empty() { p.soft { (self.own(&section.intro)) } }
                    @if let Some(rule) = &section.ask_if {
                        p.skip { (self.worded(|wording| wording.only_if(rule))) }
                    }
                }
                @for group in groups {
                    @match group {
                        [question] => (self.question(question)),
                        questions => (self.grid(questions)),
                    }
                }
            }
        }
    }

    /// Questions with the same choices: the choices once, then a line for each question.
    fn grid(&self, questions: &[Question]) -> Markup {
        let choices = questions
            .first()
            .map(|first| paper_code::choices(first, self.areas));
        let choices = choices.unwrap_or_default();
        html! {
            p.scale { @for choice in &choices { (self.choice(choice)) } }
            @for question in questions {
                div.row {
                    b.number { (self.number(question)) }
                    div.ask { (self.asked(question)) }
                    span.codes { @for choice in &choices { span { (choice.typed) } } }
                    (self.boxes(question))
                }
            }
        }
    }

    /// A question with its own choices or a line to write on.
    fn question(&self, question: &Question) -> Markup {
        if let Kind::Note = question.kind {
            return html! { p.note { (self.own(&question.text)) } };
        }
        let choices = paper_code::choices(question, self.areas);
        html! {
            div.row.alone {
                b.number { (self.number(question)) }
                div.ask {
                    (self.asked(question))
                    @if !choices.is_empty() {
                        p.choices { @for choice in &choices { (self.choice(choice)) } }
                    }
                    @if let Kind::Text { .. } = question.kind { p.write {} p.write {} }
                }
                (self.boxes(question))
            }
        }
    }

    fn choice(&self, choice: &PaperChoice<'_>) -> Markup {
        html! { span.choice { b { (choice.typed) } " " (self.own(choice.label)) } " " }
    }

    /// The text of a question, its hint, when it is skipped and when the interview ends.
    fn asked(&self, question: &Question) -> Markup {
        let end = question.screen_out_if.as_ref();
        let end = end.and_then(|rule| self.worded(|wording| wording.conditions(rule)));
        html! {
            (self.own(&question.text)) " "
            small.code { (question.code) }
            @if let Kind::Integer { unit, .. } | Kind::Decimal { unit, .. } = &question.kind {
                @if !unit.is_empty() {
                    " " small { (text_with(self.language, "paper.unit", &[("unit", self.own(unit))])) }
                }
            }
            @if let Kind::Multiple { .. } = question.kind {
                " " small { (text(self.language, "paper.multiple")) }
            }
            @if !question.hint.is_empty() { p.soft { (self.own(&question.hint)) } }
            @if let Some(rule) = &question.ask_if {
                p.skip { (self.worded(|wording| wording.only_if(rule))) }
            }
            @if let Some(conditions) = end {
                p.skip { (text_with(self.language, "paper.end_if", &[("conditions", &conditions)])) }
            }
        }
    }

    /// The boxes for the code, one for each digit; none for a text.
    fn boxes(&self, question: &Question) -> Markup {
        let digits = match &question.kind {
            Kind::Multiple {
                choices,
                max_choices,
                ..
            } => {
                let most = usize::try_from(*max_choices).unwrap_or(usize::MAX);
                most.min(choices.len())
            }
            _ => paper_code::digits(question, self.areas).min(8),
        };
        html! { span.boxes { @for _ in 0..digits { i {} } } }
    }
}

/// Neighbouring questions with the same choices together, every other question alone.
fn groups(questions: &[Question]) -> Vec<&[Question]> {
    questions.chunk_by(is_same_scale).collect()
}

fn is_same_scale(one: &Question, other: &Question) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Single(one), Kind::Single(other)) => one == other && one.len() <= 7,
        _ => false,
    }
}
