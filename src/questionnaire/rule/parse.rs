//! From the text of a rule to its tree. Types are checked on the way.
//!
//! Recursive descent. `not` binds tighter than `and`, `and` tighter than `or`; comparisons cannot
//! be chained.

use super::check::{Part, compare, quoting_cure};
use super::cursor::Cursor;
use super::expression::{Arithmetic, Expression, Literal};
use super::mistake::RuleMistake;
use super::scope::{Scope, Type};
use super::token::{Lexeme, Token};

/// Most bytes of a rule: many more than a real rule has, and too few to exhaust the stack.
pub(super) const LONGEST: usize = 2_000;

/// Most parentheses, `not` and signs inside one another.
const DEEPEST: usize = 32;

/// Most sums and products of a rule. Each contains the one before it, so a long chain is a deep
/// tree. 500 are enough to add up every question of a questionnaire.
const MOST_ARITHMETIC: usize = 500;

/// The tree of a rule that is true or false.
pub(super) fn rule(source: &str, scope: &Scope) -> Result<Expression, RuleMistake> {
    whole(source, scope)?
        .must_be_truth("a rule", "compare it with something, such as `= 1`")
        .map(|part| part.expression)
}

/// The tree of an expression of any type.
pub(super) fn value(source: &str, scope: &Scope) -> Result<Expression, RuleMistake> {
    whole(source, scope).map(|part| part.expression)
}

fn whole(source: &str, scope: &Scope) -> Result<Part, RuleMistake> {
    if source.len() > LONGEST {
        let cure = "split it over several questions";
        return Err(RuleMistake::at(LONGEST, "the rule is too long", cure));
    }
    let mut parser = Parser {
        cursor: Cursor::new(source)?,
        depth: 0,
        arithmetic: 0,
        scope,
    };
    let part = parser.or()?;
    match parser.cursor.peek() {
        None => Ok(part),
        Some(extra) => Err(unexpected(extra)),
    }
}

fn unexpected(token: &Token<'_>) -> RuleMistake {
    let cure = "write a comparison such as `a1 = 1`, and join several with `and` or `or`";
    RuleMistake::at(token.at, format!("{token} was not expected here"), cure)
}

struct Parser<'s> {
    cursor: Cursor<'s>,
    /// How many parentheses, `not` and signs are open.
    depth: usize,
    /// How many sums and products were read.
    arithmetic: usize,
    scope: &'s Scope,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Part, RuleMistake> {
        self.joined("or", Self::and, Expression::Or)
    }

    fn and(&mut self) -> Result<Part, RuleMistake> {
        self.joined("and", Self::not, Expression::And)
    }

    /// Parts joined by `word`, or a single part.
    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Part, RuleMistake> {
        let first = part(self)?;
        if !self.cursor.sees(word) {
            return Ok(first);
        }
        let at = first.at;
        let cure = "write a comparison on each side";
        let mut parts = vec![
            first
                .must_be_truth(&format!("each side of `{word}`"), cure)?
                .expression,
        ];
        while self.cursor.take(word) {
            parts.push(
                part(self)?
                    .must_be_truth(&format!("each side of `{word}`"), cure)?
                    .expression,
            );
        }
        Ok(Part::new(join(parts), Type::Boolean, at))
    }

    fn not(&mut self) -> Result<Part, RuleMistake> {
        let at = self.cursor.offset();
        if !self.cursor.take("not") {
            return self.comparison();
        }
        let inner = self
            .deeper(Self::not)?
            .must_be_truth("what follows `not`", "write a comparison after it")?;
        Ok(Part::new(
            Expression::Not(Box::new(inner.expression)),
            Type::Boolean,
            at,
        ))
    }

    fn comparison(&mut self) -> Result<Part, RuleMistake> {
        let left = self.sum()?;
        let compared = if let Some(comparison) = self.cursor.take_comparison() {
            let right = self.sum()?;
            compare(comparison, left, right)?
        } else if self.cursor.take("in") {
            self.list(left)?
        } else if self.cursor.sees("not") {
            self.cursor.advance();
            self.cursor.demand(
                "in",
                "write `not in (…)`, or put `not` before the comparison",
            )?;
            let inner = self.list(left)?;
            Part {
                expression: Expression::Not(Box::new(inner.expression)),
                ..inner
            }
        } else {
            return Ok(left);
        };
        if let Some(token) = self.cursor.peek()
            && token.is_comparison()
        {
            let cure = "write `a < b and b < c`";
            return Err(RuleMistake::at(
                token.at,
                "comparisons cannot be chained",
                cure,
            ));
        }
        Ok(compared)
    }

    /// The constants after `in`, in round or square brackets.
    fn list(&mut self, left: Part) -> Result<Part, RuleMistake> {
        let cure = format!("write `{} in (1, 2)`", left.expression);
        let close = if self.cursor.take("[") {
            "]"
        } else {
            self.cursor.demand("(", &cure)?;
            ")"
        };
        let wanted = match left.kind {
            Type::NumberSet => Type::Number,
            Type::TextSet => Type::Text,
            other => other,
        };
        let mut literals = Vec::new();
        loop {
            let at = self.cursor.offset();
            let (literal, kind) = self.literal(&cure)?;
            if !kind.goes_with(wanted) {
                let message = format!(
                    "`{}` holds {}, but {literal} is {}",
                    left.expression,
                    wanted.words(),
                    kind.words()
                );
                return Err(RuleMistake::at(at, message, quoting_cure(&literal)));
            }
            literals.push(literal);
            if !self.cursor.take(",") {
                break;
            }
        }
        self.cursor
            .demand(close, &format!("close the list with `{close}`"))?;
        let expression = Expression::In(Box::new(left.expression), literals);
        Ok(Part::new(expression, Type::Boolean, left.at))
    }

    fn literal(&mut self, cure: &str) -> Result<(Literal, Type), RuleMistake> {
        let negative = self.cursor.take("-");
        let found = self.cursor.peek().cloned();
        let literal = match found.as_ref().map(|token| &token.lexeme) {
            Some(Lexeme::Number(number)) => (
                Literal::Number(if negative { negated(*number) } else { *number }),
                Type::Number,
            ),
            Some(Lexeme::Text(text)) if !negative => {
                (Literal::Text((*text).to_owned()), Type::Text)
            }
            Some(Lexeme::Word("true")) if !negative => (Literal::Boolean(true), Type::Boolean),
            Some(Lexeme::Word("false")) if !negative => (Literal::Boolean(false), Type::Boolean),
            _ => {
                return Err(RuleMistake::at(
                    self.cursor.offset(),
                    "a number or a text in quotes was expected in the list",
                    cure,
                ));
            }
        };
        self.cursor.advance();
        Ok(literal)
    }

    fn sum(&mut self) -> Result<Part, RuleMistake> {
        self.arithmetic(
            &[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)],
            Self::product,
        )
    }

    fn product(&mut self) -> Result<Part, RuleMistake> {
        self.arithmetic(
            &[("*", Arithmetic::Multiply), ("/", Arithmetic::Divide)],
            Self::unary,
        )
    }

    /// Parts joined by `operators`, from left to right.
    fn arithmetic(
        &mut self,
        operators: &[(&str, Arithmetic)],
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
    ) -> Result<Part, RuleMistake> {
        let mut left = part(self)?;
        while let Some((symbol, operator)) = operators
            .iter()
            .find(|(symbol, _)| self.cursor.sees(symbol))
        {
            if self.arithmetic >= MOST_ARITHMETIC {
                let cure = "split it over several questions";
                return Err(RuleMistake::at(
                    self.cursor.offset(),
                    "the rule is a chain of too many sums and products",
                    cure,
                ));
            }
            self.arithmetic = self.arithmetic.saturating_add(1);
            self.cursor.advance();
            let at = left.at;
            let sides = (
                left.must_be_number(symbol)?,
                part(self)?.must_be_number(symbol)?,
            );
            let expression = Expression::Arithmetic(
                *operator,
                Box::new(sides.0.expression),
                Box::new(sides.1.expression),
            );
            left = Part::new(expression, Type::Number, at);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Part, RuleMistake> {
        let at = self.cursor.offset();
        if !self.cursor.take("-") {
            return self.primary();
        }
        let inner = self.deeper(Self::unary)?.must_be_number("-")?;
        let expression = match inner.expression {
            Expression::Literal(Literal::Number(number)) => {
                Expression::Literal(Literal::Number(negated(number)))
            }
            other => Expression::Negate(Box::new(other)),
        };
        Ok(Part::new(expression, Type::Number, at))
    }

    fn primary(&mut self) -> Result<Part, RuleMistake> {
        let Some(token) = self.cursor.peek().cloned() else {
            return Err(RuleMistake::at(
                self.cursor.offset(),
                "the rule ends too early",
                "finish it or leave it out",
            ));
        };
        let at = token.at;
        let literal = |literal, kind| Part::new(Expression::Literal(literal), kind, at);
        self.cursor.advance();
        Ok(match token.lexeme {
            Lexeme::Number(number) => literal(Literal::Number(number), Type::Number),
            Lexeme::Text(text) => literal(Literal::Text(text.to_owned()), Type::Text),
            Lexeme::Word("true") => literal(Literal::Boolean(true), Type::Boolean),
            Lexeme::Word("false") => literal(Literal::Boolean(false), Type::Boolean),
            Lexeme::Word(function @ ("count" | "answered")) => self.call(function, at)?,
            Lexeme::Word(word @ ("and" | "or" | "in" | "not")) => {
                let message = format!("a question, a number or a text was expected, not `{word}`");
                return Err(RuleMistake::at(
                    at,
                    message,
                    format!("write something before and after `{word}`"),
                ));
            }
            Lexeme::Word(code) => {
                let (variable, kind) = self.scope.variable(code, at)?;
                Part::new(Expression::Variable(variable), kind, at)
            }
            Lexeme::Symbol("(") => {
                let inner = self.deeper(Self::or)?;
                self.cursor.demand(")", "close the parenthesis with `)`")?;
                Part { at, ..inner }
            }
            Lexeme::Symbol(_) => return Err(unexpected(&token)),
        })
    }

    /// `count(code)` or `answered(code)`.
    fn call(&mut self, function: &str, at: usize) -> Result<Part, RuleMistake> {
        let cure = format!("write `{function}(code)` with the code of a question");
        self.cursor.demand("(", &cure)?;
        let place = self.cursor.offset();
        let Some(Token {
            lexeme: Lexeme::Word(code),
            ..
        }) = self.cursor.peek().cloned()
        else {
            return Err(RuleMistake::at(
                place,
                format!("`{function}` needs the code of a question"),
                cure,
            ));
        };
        self.cursor.advance();
        let (variable, kind) = self.scope.variable(code, place)?;
        self.cursor.demand(")", &cure)?;
        if function == "answered" {
            return Ok(Part::new(Expression::Answered(variable), Type::Boolean, at));
        }
        if !kind.is_set() && kind != Type::Any {
            let message = format!(
                "`count` counts the choices of a `multiple`, but `{code}` is {}",
                kind.words()
            );
            return Err(RuleMistake::at(
                place,
                message,
                format!("ask `answered({code})`"),
            ));
        }
        Ok(Part::new(Expression::Count(variable), Type::Number, at))
    }

    /// Parses a part that is nested one level deeper.
    fn deeper(
        &mut self,
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
    ) -> Result<Part, RuleMistake> {
        if self.depth >= DEEPEST {
            let cure = "split it over several questions";
            return Err(RuleMistake::at(
                self.cursor.offset(),
                "the rule is nested too deeply",
                cure,
            ));
        }
        self.depth = self.depth.saturating_add(1);
        let parsed = part(self);
        self.depth = self.depth.saturating_sub(1);
        parsed
    }
}

/// Turns minus zero to zero: it would print as `-0`, which is no constant of the language.
fn negated(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { -number }
}
