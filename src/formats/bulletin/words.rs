//! The texts of a bulletin in one language, and the numbers of its sections, tables and pictures.

use std::cell::Cell;

use crate::locale::{Language, text, text_with};
use crate::questionnaire::Text;
use crate::release::figures::Figures;

/// A bulletin that is being written.
pub struct Words<'a> {
    /// Its language.
    pub language: Language,
    /// What it is about.
    pub figures: &'a Figures,
    sections: Cell<u16>,
    tables: Cell<u16>,
    pictures: Cell<u16>,
}

impl<'a> Words<'a> {
    /// A bulletin without sections.
    #[must_use]
    pub fn new(language: Language, figures: &'a Figures) -> Words<'a> {
        Words {
            language,
            figures,
            sections: Cell::new(0),
            tables: Cell::new(0),
            pictures: Cell::new(0),
        }
    }

    /// The text of `bulletin.{key}`.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        text(self.language, &format!("bulletin.{key}"))
    }

    /// The text of `bulletin.{key}` with its placeholders filled.
    #[must_use]
    pub fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("bulletin.{key}"), values)
    }

    /// A text of the results page.
    #[must_use]
    pub fn of_results(&self, key: &str) -> String {
        text(self.language, &format!("results.{key}"))
    }

    /// A text of the results page with its placeholders filled.
    #[must_use]
    pub fn of_results_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("results.{key}"), values)
    }

    /// A text in the language of the bulletin.
    #[must_use]
    pub fn of<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language.code())
    }

    /// Names as a list: `甲、乙、丙`, `A, B, C`.
    #[must_use]
    pub fn list(&self, names: &[String]) -> String {
        names.join(&self.of_results("comma"))
    }

    /// A title of an indicator without the soft hyphens that pages break it at.
    #[must_use]
    pub fn plain<'t>(&self, text: &'t Text) -> std::borrow::Cow<'t, str> {
        let own = self.of(text);
        match own.contains('\u{ad}') {
            true => own.replace('\u{ad}', "").into(),
            false => own.into(),
        }
    }

    /// The title of the survey: that of the questionnaire without the word for a form at its end.
    #[must_use]
    pub fn survey(&self) -> &'a str {
        let title = self.figures.title.get(self.language.code());
        let words = self.say("form_words");
        let mut words = words.split('|').filter(|word| !word.is_empty());
        words
            .find_map(|word| title.strip_suffix(word))
            .unwrap_or(title)
    }

    /// The title of the bulletin.
    #[must_use]
    pub fn title(&self) -> String {
        self.say_with("title", &[("title", self.survey())])
    }

    /// The heading of the next section.
    #[must_use]
    pub fn heading(&self, title: &str) -> String {
        let number = next(&self.sections);
        let number = self.say(&format!("numeral_{number}"));
        self.say_with("section", &[("number", &number), ("title", title)])
    }

    /// The caption of the next table.
    #[must_use]
    pub fn table_caption(&self, title: &str) -> String {
        let number = next(&self.tables).to_string();
        self.say_with("table", &[("number", &number), ("title", title)])
    }

    /// The caption of the next picture.
    #[must_use]
    pub fn figure_caption(&self, title: &str) -> String {
        let number = next(&self.pictures).to_string();
        self.say_with("figure", &[("number", &number), ("title", title)])
    }
}

fn next(counter: &Cell<u16>) -> u16 {
    counter.set(counter.get() + 1);
    counter.get()
}
