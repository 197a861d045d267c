//! The value of a rule, in the three-valued logic of Kleene. Allocates nothing.

use super::expression::{Arithmetic, Comparison, Expression, Literal, Variable};
use crate::questionnaire::choice::Choice;

/// The value of a variable or of a part of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand<'a> {
    /// Unanswered, or dependent on something unanswered.
    Unknown,
    /// A number.
    Number(f64),
    /// A text, or the code of a choice or area.
    Text(&'a str),
    /// True or false.
    Boolean(bool),
    /// The choices of a `multiple`.
    Set(Chosen<'a>),
}

/// The chosen choices of a `multiple`; at least one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chosen<'a> {
    /// Bit `i` of the mask is 1 if choice `i` is chosen.
    Choices(&'a [Choice], u128),
    /// The codes of the chosen choices.
    Codes(&'a [Literal]),
}

impl Chosen<'_> {
    /// How many are chosen.
    pub fn count(&self) -> u32 {
        match self {
            Self::Choices(_, mask) => mask.count_ones(),
            Self::Codes(codes) => u32::try_from(codes.len()).unwrap_or(u32::MAX),
        }
    }

    fn contains(&self, wanted: &Literal) -> bool {
        match self {
            Self::Choices(choices, mask) => choices.iter().enumerate().any(|(place, choice)| {
                (mask >> place) & 1 == 1
                    && match wanted {
                        Literal::Number(number) => choice.number() == Some(*number),
                        Literal::Text(text) => choice.code == *text,
                        Literal::Boolean(_) => false,
                    }
            }),
            Self::Codes(codes) => codes.contains(wanted),
        }
    }
}

impl Expression {
    /// The value of the expression; `operand` gives the value of a variable.
    pub(super) fn evaluate<'a>(
        &'a self,
        operand: &impl Fn(&Variable) -> Operand<'a>,
    ) -> Operand<'a> {
        match self {
            Self::Literal(Literal::Number(number)) => Operand::Number(*number),
            Self::Literal(Literal::Boolean(value)) => Operand::Boolean(*value),
            Self::Literal(Literal::Text(text)) => Operand::Text(text),
            Self::Variable(variable) => operand(variable),
            Self::Count(variable) => match operand(variable) {
                Operand::Set(chosen) => Operand::Number(f64::from(chosen.count())),
                _ => Operand::Number(0.0),
            },
            Self::Answered(variable) => Operand::Boolean(operand(variable) != Operand::Unknown),
            Self::Negate(inner) => match inner.evaluate(operand) {
                Operand::Number(number) => Operand::Number(-number),
                _ => Operand::Unknown,
            },
            Self::Arithmetic(operator, left, right) => {
                match (left.evaluate(operand), right.evaluate(operand)) {
                    (Operand::Number(left), Operand::Number(right)) => operator.apply(left, right),
                    _ => Operand::Unknown,
                }
            }
            Self::Compare(comparison, left, right) => compare(*comparison, left, right, operand),
            Self::In(inner, literals) => match inner.evaluate(operand) {
                Operand::Unknown => Operand::Unknown,
                value => contained(value, literals),
            },
            Self::Not(inner) => match inner.evaluate(operand) {
                Operand::Boolean(value) => Operand::Boolean(!value),
                _ => Operand::Unknown,
            },
            Self::And(parts) => decided(parts, false, operand),
            Self::Or(parts) => decided(parts, true, operand),
        }
    }
}

impl Arithmetic {
    fn apply(self, left: f64, right: f64) -> Operand<'static> {
        match self {
            Self::Add => Operand::Number(left + right),
            Self::Subtract => Operand::Number(left - right),
            Self::Multiply => Operand::Number(left * right),
            Self::Divide if right == 0.0 => Operand::Unknown,
            Self::Divide => Operand::Number(left / right),
        }
    }
}

/// `and` (`deciding` is false) or `or` (`deciding` is true): one part with the deciding value gives
/// that value; otherwise one unknown part makes the whole unknown.
fn decided<'a>(
    parts: &'a [Expression],
    deciding: bool,
    operand: &impl Fn(&Variable) -> Operand<'a>,
) -> Operand<'a> {
    let mut unknown = false;
    for part in parts {
        match part.evaluate(operand) {
            Operand::Boolean(value) if value == deciding => return Operand::Boolean(deciding),
            Operand::Boolean(_) => {}
            _ => unknown = true,
        }
    }
    if unknown {
        Operand::Unknown
    } else {
        Operand::Boolean(!deciding)
    }
}

fn compare<'a>(
    comparison: Comparison,
    left: &'a Expression,
    right: &'a Expression,
    operand: &impl Fn(&Variable) -> Operand<'a>,
) -> Operand<'a> {
    let equal = match (left.evaluate(operand), right.evaluate(operand)) {
        (Operand::Number(left), Operand::Number(right)) => {
            return Operand::Boolean(comparison.holds(left, right));
        }
        (Operand::Text(left), Operand::Text(right)) => left == right,
        (Operand::Boolean(left), Operand::Boolean(right)) => left == right,
        _ => return Operand::Unknown,
    };
    Operand::Boolean(equal == (comparison == Comparison::Equal))
}

fn contained<'a>(value: Operand<'a>, literals: &[Literal]) -> Operand<'a> {
    Operand::Boolean(literals.iter().any(|literal| match (value, literal) {
        (Operand::Number(value), Literal::Number(number)) => value == *number,
        (Operand::Text(value), Literal::Text(text)) => value == text,
        (Operand::Boolean(value), Literal::Boolean(truth)) => value == *truth,
        (Operand::Set(chosen), literal) => chosen.contains(literal),
        _ => false,
    }))
}
