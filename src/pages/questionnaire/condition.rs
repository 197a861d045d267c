//! When a question is asked, in words: for readers without script, who see every question. Others see it only when it is asked.

use maud::{Markup, html};

use super::View;
use crate::locale::text_with;
use crate::questionnaire::Rule;
use crate::questionnaire::conditions::Condition;
use crate::questionnaire::rule::Literal;

impl View<'_> {
    pub(super) fn condition(&self, condition: Option<&Rule>) -> Markup {
        html! { @if let Some(rule) = condition { p.cond.nojs { (self.said(rule)) } } }
    }

    fn said(&self, rule: &Rule) -> String {
        let conditions = rule.conditions(self.questionnaire);
        let said = conditions.and_then(|conditions| {
            let parts = conditions.list.iter().map(|part| self.part(part));
            let parts = parts.collect::<Option<Vec<_>>>()?;
            let joint = if conditions.all {
                "condition.and"
            } else {
                "condition.or"
            };
            Some(parts.join(&self.t(joint)))
        });
        match said {
            Some(said) => text_with(self.language, "condition.only", &[("conditions", &said)]),
            None => self.t("form.conditional"),
        }
    }

    fn part(&self, part: &Condition) -> Option<String> {
        let question = self.questionnaire.question(&part.question)?;
        let value = |literal: &Literal| match literal {
            Literal::Text(code) => {
                let label = question.choice(code).map(|choice| self.own(&choice.label));
                let area = || self.areas.get(code).map(|area| self.own(&area.name));
                label.or_else(area).unwrap_or(code).to_owned()
            }
            Literal::Number(number) => {
                let of_number =
                    |choice: &&crate::questionnaire::Choice| choice.number() == Some(*number);
                let choice = question.choices().iter().find(of_number);
                choice.map_or_else(
                    || number.to_string(),
                    |choice| self.own(&choice.label).to_owned(),
                )
            }
            Literal::Boolean(value) => value.to_string(),
        };
        let values: Vec<String> = part.values.iter().map(value).collect();
        let key = format!("condition.{}", part.operator.key());
        let values = values.join(&self.t("condition.either"));
        Some(text_with(
            self.language,
            &key,
            &[("question", self.own(&question.text)), ("values", &values)],
        ))
    }
}
