//! Simple rules as lists of conditions, which a page can print in words: "only if the answer to
//! question 3 is yes".

use super::choice::Choice;
use super::instrument::{Kind, Questionnaire};
use super::rule::compiled::Rule;
use super::rule::expression::{Comparison, Expression, Literal, Variable};

/// Conditions of which all must be true, or any one.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// Whether all must be true; otherwise one is enough.
    pub all: bool,
    /// The conditions, in the order of the rule; at least one.
    pub list: Vec<Condition>,
}

/// One condition on one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Code of the question, or `mode`.
    pub question: String,
    /// How the answer is compared.
    pub operator: Operator,
    /// What the answer is compared with: one number, or the codes of choices or areas; empty for
    /// `Answered` and `Unanswered`.
    pub values: Vec<Literal>,
}

/// How a [`Condition`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The answer is one of the values; in a `multiple`, one of them is chosen.
    Is,
    /// There is an answer, and it is none of the values.
    IsNot,
    /// Smaller than the value.
    Less,
    /// At most the value.
    AtMost,
    /// Greater than the value.
    More,
    /// At least the value.
    AtLeast,
    /// There is an answer.
    Answered,
    /// There is no answer.
    Unanswered,
}

impl Operator {
    /// A stable name, for the keys of messages.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is_not",
            Self::Less => "less",
            Self::AtMost => "at_most",
            Self::More => "more",
            Self::AtLeast => "at_least",
            Self::Answered => "answered",
            Self::Unanswered => "unanswered",
        }
    }
}

impl Rule {
    /// The rule as a list of conditions; `None` if it is too complicated for that.
    ///
    /// If a rule compares a `single` by size, the values are the choices that make it true:
    /// `a1 <= 2` becomes "a1 is 1 or 2".
    pub fn conditions(&self, questionnaire: &Questionnaire) -> Option<Conditions> {
        let (all, parts) = match &self.tree {
            Expression::And(parts) => (true, parts.as_slice()),
            Expression::Or(parts) => (false, parts.as_slice()),
            single => (true, std::slice::from_ref(single)),
        };
        let list = parts
            .iter()
            .map(|part| condition(part, false, questionnaire))
            .collect::<Option<Vec<_>>>()?;
        Some(Conditions { all, list })
    }
}

fn condition(part: &Expression, negated: bool, questionnaire: &Questionnaire) -> Option<Condition> {
    let of = |variable: &Variable, operator, values: Vec<Literal>| {
        Some(Condition {
            question: variable.code.clone(),
            operator,
            values,
        })
    };
    match part {
        Expression::Not(inner) if !negated => condition(inner, true, questionnaire),
        Expression::Answered(variable) => of(
            variable,
            if negated {
                Operator::Unanswered
            } else {
                Operator::Answered
            },
            Vec::new(),
        ),
        Expression::In(inner, literals) => match inner.as_ref() {
            Expression::Variable(variable) => of(
                variable,
                if negated {
                    Operator::IsNot
                } else {
                    Operator::Is
                },
                literals.clone(),
            ),
            _ => None,
        },
        Expression::Compare(comparison, left, right) if !negated => {
            match (left.as_ref(), right.as_ref()) {
                (Expression::Variable(variable), Expression::Literal(literal)) => {
                    compared(*comparison, variable, literal, questionnaire)
                }
                (Expression::Literal(literal), Expression::Variable(variable)) => {
                    compared(comparison.mirrored(), variable, literal, questionnaire)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn compared(
    comparison: Comparison,
    variable: &Variable,
    literal: &Literal,
    questionnaire: &Questionnaire,
) -> Option<Condition> {
    let question = variable.code.clone();
    let operator = match comparison {
        Comparison::Equal => Operator::Is,
        Comparison::NotEqual => Operator::IsNot,
        Comparison::Less => Operator::Less,
        Comparison::AtMost => Operator::AtMost,
        Comparison::More => Operator::More,
        Comparison::AtLeast => Operator::AtLeast,
    };
    let by_size = !matches!(operator, Operator::Is | Operator::IsNot);
    if let (true, Literal::Number(limit), Some(Kind::Single(choices))) = (
        by_size,
        literal,
        questionnaire
            .question(&variable.code)
            .map(|question| &question.kind),
    ) {
        let admitted = choices
            .iter()
            .filter_map(Choice::number)
            .filter(|code| comparison.holds(*code, *limit));
        let values: Vec<_> = admitted.map(Literal::Number).collect();
        return (!values.is_empty()).then_some(Condition {
            question,
            operator: Operator::Is,
            values,
        });
    }
    Some(Condition {
        question,
        operator,
        values: vec![literal.clone()],
    })
}
