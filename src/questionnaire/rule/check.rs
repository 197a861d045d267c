//! Types: what may be compared, added and joined with what.

use super::scope::{RuleMistake, Type, mistake};
use super::{Comparison, Expression, Literal};

/// A parsed part with its type and the byte where it starts.
pub(super) struct Part {
    pub(super) expression: Expression,
    pub(super) kind: Type,
    pub(super) at: usize,
}

impl Part {
    pub(super) fn must_be_truth(self, who: &str, cure: &str) -> Result<Part, RuleMistake> {
        if self.kind.goes_with(Type::Boolean) {
            return Ok(self);
        }
        let message = format!(
            "{who} must be true or false, but `{}` is {}",
            self.expression,
            self.kind.words()
        );
        Err(mistake(self.at, message, cure))
    }

    pub(super) fn must_be_number(self, symbol: &str) -> Result<Part, RuleMistake> {
        if self.kind.goes_with(Type::Number) {
            return Ok(self);
        }
        let message = format!(
            "`{symbol}` needs numbers, but `{}` is {}",
            self.expression,
            self.kind.words()
        );
        let cure = match self.kind {
            Type::NumberSet | Type::TextSet => {
                format!("count its choices with `count({})`", self.expression)
            }
            _ => "use a question that is answered with a number".to_owned(),
        };
        Err(mistake(self.at, message, cure))
    }
}

/// How to write `literal` as the type that is needed instead.
pub(super) fn quoting_cure(literal: &Literal) -> String {
    match literal {
        Literal::Number(number) => format!("put quotes around it: `'{number}'`"),
        Literal::Text(text) if text.parse::<f64>().is_ok() => {
            format!("leave the quotes away: `{text}`")
        }
        Literal::Text(_) | Literal::Boolean(_) => {
            "use a literal of the type of the question's codes".to_owned()
        }
    }
}

/// A comparison of like with like; sets are not compared, and only numbers have an order.
pub(super) fn compare(
    (comparison, at): (Comparison, usize),
    left: Part,
    right: Part,
) -> Result<Part, RuleMistake> {
    for side in [&left, &right] {
        if side.kind.is_set() {
            let message = format!(
                "`{}` is a set of choices and cannot be compared",
                side.expression
            );
            let other = if std::ptr::eq(side, &left) {
                &right
            } else {
                &left
            };
            let cure = match &other.expression {
                Expression::Literal(literal) => {
                    format!("write `{} in ({literal})`", side.expression)
                }
                _ => format!("write `{0} in (…)` or `count({0})`", side.expression),
            };
            return Err(mistake(side.at, message, cure));
        }
    }
    if !left.kind.goes_with(right.kind) {
        let message = format!(
            "`{}` is {}, but `{}` is {}",
            left.expression,
            left.kind.words(),
            right.expression,
            right.kind.words()
        );
        let cure = match (&left.expression, &right.expression) {
            (_, Expression::Literal(literal)) | (Expression::Literal(literal), _) => {
                quoting_cure(literal)
            }
            _ => "compare like with like".to_owned(),
        };
        return Err(mistake(at, message, cure));
    }
    let kind = if left.kind == Type::Any {
        right.kind
    } else {
        left.kind
    };
    let ordering = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if ordering && !kind.goes_with(Type::Number) {
        let message = format!(
            "`{}` orders numbers only, but `{}` is {}",
            comparison.symbol(),
            left.expression,
            kind.words()
        );
        return Err(mistake(at, message, "use `=`, `!=` or `in (…)`"));
    }
    let at = left.at;
    let expression = Expression::Compare(
        comparison,
        Box::new(left.expression),
        Box::new(right.expression),
    );
    Ok(Part {
        expression,
        kind: Type::Boolean,
        at,
    })
}
