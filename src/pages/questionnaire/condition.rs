//! When a question is asked, in words. Readers without script see every question, so they need it.

use maud::{Markup, html};

use super::view::View;
use crate::locale::text_with;
use crate::questionnaire::conditions::Condition;
use crate::questionnaire::rule::Literal;
use crate::questionnaire::{Choice, Rule};

impl View<'_> {
    /// A line that says when a question or section is asked; nothing if it is always asked.
    pub(super) fn condition(&self, condition: Option<&Rule>) -> Markup {
        html! { @if let Some(rule) = condition { p.cond.nojs { (self.rule_text(rule)) } } }
    }

    /// The rule in words. A rule that is no simple list of conditions gets a general sentence.
    fn rule_text(&self, rule: &Rule) -> String {
        let conditions = rule.conditions(self.questionnaire);
        let joined = conditions.and_then(|conditions| {
            let parts = conditions.list.iter().map(|part| self.condition_text(part));
            let parts = parts.collect::<Option<Vec<_>>>()?;
            let joint = if conditions.all {
                "condition.and"
            } else {
                "condition.or"
            };
            Some(parts.join(&self.text(joint)))
        });
        match joined {
            Some(conditions) => text_with(
                self.language,
                "condition.only",
                &[("conditions", &conditions)],
            ),
            None => self.text("form.conditional"),
        }
    }

    /// One condition in words; `None` if its question does not exist.
    fn condition_text(&self, part: &Condition) -> Option<String> {
        let question = self.questionnaire.question(&part.question)?;
        let value = |literal: &Literal| match literal {
            Literal::Text(code) => {
                let label = question
                    .choice(code)
                    .map(|choice| self.translated(&choice.label));
                let area = || self.areas.get(code).map(|area| self.translated(&area.name));
                label.or_else(area).unwrap_or(code).to_owned()
            }
            Literal::Number(number) => {
                let of_number = |choice: &&Choice| choice.number() == Some(*number);
                let choice = question.choices().iter().find(of_number);
                choice.map_or_else(
                    || number.to_string(),
                    |choice| self.translated(&choice.label).to_owned(),
                )
            }
            Literal::Boolean(value) => value.to_string(),
        };
        let values: Vec<String> = part.values.iter().map(value).collect();
        let key = format!("condition.{}", part.operator.key());
        let values = values.join(&self.text("condition.either"));
        Some(text_with(
            self.language,
            &key,
            &[
                ("question", self.translated(&question.text)),
                ("values", &values),
            ],
        ))
    }
}
