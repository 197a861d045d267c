//! The type check of a rule: which parts can be compared, added and joined.

use super::expression::{Comparison, Expression, Literal};
use super::mistake::RuleMistake;
use super::scope::Type;

/// A parsed part of a rule.
pub(super) struct Part {
    pub(super) expression: Expression,
    pub(super) kind: Type,
    /// The byte of the rule at which the part starts.
    pub(super) at: usize,
}

impl Part {
    pub(super) fn new(expression: Expression, kind: Type, at: usize) -> Part {
        Part {
            expression,
            kind,
            at,
        }
    }

    pub(super) fn must_be_truth(self, who: &str, cure: &str) -> Result<Part, RuleMistake> {
        if self.kind.goes_with(Type::Boolean) {
            return Ok(self);
        }
        let message = format!(
            "{who} must be true or false, but `{}` is {}",
            self.expression,
            self.kind.words()
        );
        Err(RuleMistake::at(self.at, message, cure))
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
        Err(RuleMistake::at(self.at, message, cure))
    }
}

/// The cure where `literal` has the wrong type: with or without quotes.
pub(super) fn quoting_cure(literal: &Literal) -> String {
    match literal {
        Literal::Number(number) => format!("put quotes around it: `'{number}'`"),
        Literal::Text(text) if text.parse::<f64>().is_ok() => {
            format!("leave out the quotes: `{text}`")
        }
        Literal::Text(_) | Literal::Boolean(_) => {
            "use a constant of the type of the question's codes".to_owned()
        }
    }
}

/// The comparison of two parts. Both must have one type; a set cannot be compared, and only numbers
/// have an order.
pub(super) fn compare(
    (comparison, at): (Comparison, usize),
    left: Part,
    right: Part,
) -> Result<Part, RuleMistake> {
    must_be_no_set(&left, &right)?;
    must_be_no_set(&right, &left)?;
    if !left.kind.goes_with(right.kind) {
        return Err(unlike(at, &left, &right));
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
        return Err(RuleMistake::at(at, message, "use `=`, `!=` or `in (…)`"));
    }
    Ok(Part {
        at: left.at,
        expression: Expression::Compare(
            comparison,
            Box::new(left.expression),
            Box::new(right.expression),
        ),
        kind: Type::Boolean,
    })
}

fn must_be_no_set(side: &Part, other: &Part) -> Result<(), RuleMistake> {
    if !side.kind.is_set() {
        return Ok(());
    }
    let message = format!(
        "`{}` is a set of choices and cannot be compared",
        side.expression
    );
    let cure = match &other.expression {
        Expression::Literal(literal) => format!("write `{} in ({literal})`", side.expression),
        _ => format!("write `{0} in (…)` or `count({0})`", side.expression),
    };
    Err(RuleMistake::at(side.at, message, cure))
}

/// The mistake of comparing parts of two types.
fn unlike(at: usize, left: &Part, right: &Part) -> RuleMistake {
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
        _ => "compare two values of one type".to_owned(),
    };
    RuleMistake::at(at, message, cure)
}
