//! The words for variables of a plan and for their categories.

use std::collections::BTreeMap;

use crate::locale::{Language, in_every_language, text};
use crate::questionnaire::{Area, Choice, Kind, Text};
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// Variables whose title is a text of minyi.
const TITLED: [&str; 10] = [
    "county",
    "area",
    "zone",
    "mode",
    "sex",
    "age",
    "education",
    "schooling",
    "urban",
    "occupation",
];

/// The key in the locale files of a variable's title, for variables that most surveys have.
pub fn title_key(variable: &str) -> Option<String> {
    let is_titled = TITLED.contains(&variable);
    is_titled.then(|| format!("results.domain_{variable}"))
}

/// Population margins such as `county*urban` in words, as a list.
pub fn margin_names(rake: &[String], language: Language) -> String {
    let name = |variable: &str| match title_key(variable) {
        Some(key) => text(language, &key),
        None => variable.to_owned(),
    };
    let crossed = |margin: &String| {
        let names: Vec<String> = margin.split('*').map(name).collect();
        names.join("×")
    };
    let all: Vec<String> = rake.iter().map(crossed).collect();
    all.join(&text(language, "results.comma"))
}

/// Finds the words for the variables of one survey's plan.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    catalogue: &'a Catalogue,
    survey: &'a Survey,
    plan: &'a Plan,
}

impl<'a> Labels<'a> {
    /// For one survey and its plan.
    pub fn new(catalogue: &'a Catalogue, survey: &'a Survey, plan: &'a Plan) -> Labels<'a> {
        Labels {
            catalogue,
            survey,
            plan,
        }
    }

    /// The title of a variable: the plan's, or a text of minyi's own, or that of its question.
    pub fn title(&self, variable: &str) -> Text {
        let own = self.plan.variables.get(variable);
        if let Some(title) = own.and_then(|variable| variable.title.clone()) {
            return title;
        }
        if let Some(key) = title_key(variable) {
            return in_every_language(&key);
        }
        let question = own.and_then(|own| self.survey.questionnaire.question(&own.question));
        question.map_or_else(|| untranslated(variable), |question| question.text.clone())
    }

    /// The words for a category: those of the mode, the plan, the choice or the area, or the code
    /// itself.
    pub fn label(&self, variable: &str, level: &str) -> Text {
        if variable == "mode" {
            return in_every_language(&format!("results.mode_{level}"));
        }
        let own = self.plan.variables.get(variable);
        if let Some(label) = own.and_then(|own| own.label.get(level)) {
            return label.clone();
        }
        let mut choices = self.choices(variable).iter();
        if let Some(choice) = choices.find(|choice| choice.code == level) {
            return choice.label.clone();
        }
        self.area(level)
            .map_or_else(|| untranslated(level), |area| area.name.clone())
    }

    /// The words for a category of a dimension of the population, such as `411702*urban`.
    pub fn cross_label(&self, dimension: &str, category: &str) -> Text {
        let parts = dimension.split('*').zip(category.split('*'));
        let labels: Vec<Text> = parts
            .map(|(variable, level)| self.label(variable, level))
            .collect();
        let languages = labels.iter().flat_map(|label| label.0.keys());
        let crossed = languages.map(|language| {
            let words: Vec<&str> = labels.iter().map(|label| label.get(language)).collect();
            (language.clone(), words.join("·"))
        });
        Text::from(crossed.collect::<BTreeMap<String, String>>())
    }

    /// The position of a category, or of the first answer of a group, in its question, for sorting;
    /// the last for one that is no answer.
    pub fn position(&self, variable: &str, level: &str) -> usize {
        let own = self.plan.variables.get(variable);
        let mut choices = self.choices(variable).iter();
        let position = choices.position(|choice| {
            own.map_or(choice.code.as_str(), |own| own.category(&choice.code)) == level
        });
        position.unwrap_or(usize::MAX)
    }

    /// The area with that code.
    pub fn area(&self, code: &str) -> Option<&'a Area> {
        let mut areas = self.catalogue.areas.0.iter();
        areas.find(|area| area.code == code)
    }

    fn choices(&self, variable: &str) -> &'a [Choice] {
        let variable = self.plan.variables.get(variable);
        let question = variable.and_then(|own| self.survey.questionnaire.question(&own.question));
        match question.map(|question| &question.kind) {
            Some(Kind::Single(choices)) => choices,
            _ => &[],
        }
    }
}

/// A code as its own word, in every language.
fn untranslated(code: &str) -> Text {
    Text::from(BTreeMap::from([
        ("zh".to_owned(), code.to_owned()),
        ("en".to_owned(), code.to_owned()),
    ]))
}
