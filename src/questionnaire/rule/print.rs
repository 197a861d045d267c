//! The tree of a rule as text and as JSON.

use std::fmt;

use serde_json::{Value, json};

use super::expression::{Arithmetic, Expression, Literal, Variable};

impl Expression {
    /// The JSON form: a constant is itself, everything else an array that starts with its operator.
    pub(super) fn json(&self) -> Value {
        let list = |operator: &str, parts: &[Expression]| {
            let mut array = vec![json!(operator)];
            array.extend(parts.iter().map(Expression::json));
            Value::Array(array)
        };
        match self {
            Self::Literal(literal) => literal.json(),
            Self::Variable(variable) => json!(["q", variable.code]),
            Self::Count(variable) => json!(["count", variable.code]),
            Self::Answered(variable) => json!(["answered", variable.code]),
            Self::Negate(inner) => json!(["neg", inner.json()]),
            // The left side of a chain holds the chain before it. A loop walks down it, because a
            // recursive call needs kilobytes of the stack for each link.
            Self::Arithmetic(..) => {
                let (mut first, mut chain) = (self, Vec::new());
                while let Self::Arithmetic(operator, left, right) = first {
                    chain.push((operator, right));
                    first = left;
                }
                let links = chain.into_iter().rev();
                links.fold(first.json(), |left, (operator, right)| {
                    json!([operator.symbol(), left, right.json()])
                })
            }
            Self::Compare(comparison, left, right) => {
                json!([comparison.symbol(), left.json(), right.json()])
            }
            Self::In(inner, literals) => {
                json!([
                    "in",
                    inner.json(),
                    literals.iter().map(Literal::json).collect::<Vec<_>>()
                ])
            }
            Self::Not(inner) => json!(["not", inner.json()]),
            Self::And(parts) => list("and", parts),
            Self::Or(parts) => list("or", parts),
        }
    }

    /// How tightly the outermost operator binds, from 1 (`or`) to 8 (a name, a constant, a call).
    fn binding(&self) -> u8 {
        match self {
            Self::Or(_) => 1,
            Self::And(_) => 2,
            Self::Not(_) => 3,
            Self::Compare(..) | Self::In(..) => 4,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 5,
            Self::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide, ..) => 6,
            Self::Negate(_) => 7,
            Self::Literal(Literal::Number(number)) if *number < 0.0 => 7,
            Self::Literal(_) | Self::Variable(_) | Self::Count(_) | Self::Answered(_) => 8,
        }
    }

    /// Prints the expression; in parentheses if it binds less tightly than `least`.
    fn print(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.binding() < least {
            f.write_str("(")?;
            self.print(f, 1)?;
            return f.write_str(")");
        }
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Expression], word: &str, least| {
            parts.iter().enumerate().try_for_each(|(place, part)| {
                f.write_str(if place == 0 { "" } else { word })?;
                part.print(f, least)
            })
        };
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Variable(Variable { code, .. }) => f.write_str(code),
            Self::Count(Variable { code, .. }) => write!(f, "count({code})"),
            Self::Answered(Variable { code, .. }) => write!(f, "answered({code})"),
            Self::Negate(inner) => {
                f.write_str("-")?;
                inner.print(f, 7)
            }
            Self::Arithmetic(operator, left, right) => {
                left.print(f, self.binding())?;
                write!(f, " {} ", operator.symbol())?;
                right.print(f, self.binding().saturating_add(1))
            }
            Self::Compare(comparison, left, right) => {
                left.print(f, 5)?;
                write!(f, " {} ", comparison.symbol())?;
                right.print(f, 5)
            }
            Self::In(inner, literals) => {
                inner.print(f, 5)?;
                let literals: Vec<_> = literals.iter().map(ToString::to_string).collect();
                write!(f, " in ({})", literals.join(", "))
            }
            Self::Not(inner) => {
                f.write_str("not ")?;
                inner.print(f, 3)
            }
            Self::And(parts) => joined(f, parts, " and ", 3),
            Self::Or(parts) => joined(f, parts, " or ", 2),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, 1)
    }
}

impl Literal {
    /// A whole number has no decimal point, as in JavaScript.
    fn json(&self) -> Value {
        match self {
            Self::Number(number) => {
                let text = number.to_string();
                text.parse::<i64>()
                    .map_or_else(|_| json!(number), |whole| json!(whole))
            }
            Self::Text(text) => json!(text),
            Self::Boolean(value) => json!(value),
        }
    }
}

/// As in a rule: a text in single quotes, or in double quotes if it contains a single one.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) if text.contains('\'') => write!(f, "\"{text}\""),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Boolean(value) => write!(f, "{value}"),
        }
    }
}
