//! When a question is asked, in words, and what an answer is in rules.

use crate::locale::{Language, text, text_with};
use crate::questionnaire::conditions::Condition;
use crate::questionnaire::rule::Literal;
use crate::questionnaire::{Areas, Choice, Kind, Question, Questionnaire, Rule, is_numeric};

/// Puts rules of a questionnaire into words.
pub struct Wording<'a> {
    /// The language.
    pub language: Language,
    /// The questionnaire.
    pub questionnaire: &'a Questionnaire,
    /// All areas.
    pub areas: &'a Areas,
    /// How a question is named.
    pub name: &'a dyn Fn(&Question) -> String,
}

impl Wording<'_> {
    /// The conditions of a rule, without a sentence around them; `None` for a rule that is no simple
    /// list of conditions.
    pub fn conditions(&self, rule: &Rule) -> Option<String> {
        let conditions = rule.conditions(self.questionnaire)?;
        let parts = conditions.list.iter().map(|part| self.condition(part));
        let parts = parts.collect::<Option<Vec<_>>>()?;
        let joint = if conditions.all {
            "condition.and"
        } else {
            "condition.or"
        };
        Some(parts.join(&text(self.language, joint)))
    }

    /// The sentence that a question or section is asked only under this rule. A rule that is no
    /// simple list of conditions gets a general sentence.
    pub fn only_if(&self, rule: &Rule) -> String {
        match self.conditions(rule) {
            Some(conditions) => {
                let values = [("conditions", conditions.as_str())];
                text_with(self.language, "condition.only", &values)
            }
            None => text(self.language, "form.conditional"),
        }
    }

    /// One condition in words; `None` if its question does not exist.
    fn condition(&self, part: &Condition) -> Option<String> {
        let question = self.questionnaire.question(&part.question)?;
        let own = self.language.code();
        let value = |literal: &Literal| match literal {
            Literal::Text(code) => {
                let label = question.choice(code).map(|choice| choice.label.get(own));
                let area = || self.areas.get(code).map(|area| area.name.get(own));
                label.or_else(area).unwrap_or(code).to_owned()
            }
            Literal::Number(number) => {
                let of_number = |choice: &&Choice| choice.number() == Some(*number);
                let choice = question.choices().iter().find(of_number);
                choice.map_or_else(
                    || number.to_string(),
                    |choice| choice.label.get(own).to_owned(),
                )
            }
            Literal::Boolean(value) => value.to_string(),
        };
        let values: Vec<String> = part.values.iter().map(value).collect();
        let key = format!("condition.{}", part.operator.key());
        let values = values.join(&text(self.language, "condition.either"));
        let name = (self.name)(question);
        let values = [("question", name.as_str()), ("values", values.as_str())];
        Some(text_with(self.language, &key, &values))
    }
}

/// What an answer is in rules: `n` a number, `s` a set of codes, `t` a text.
pub fn value_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Single(choices) if is_numeric(choices) => "n",
        Kind::Integer { .. } | Kind::Decimal { .. } => "n",
        Kind::Multiple { .. } => "s",
        _ => "t",
    }
}
