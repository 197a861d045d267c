//! From the text of a rule to its compiled form, types checked on the way.
//!
//! The grammar is the one of the survey format; `not` binds tighter than `and`, `and` tighter than `or`, comparisons do not chain.

use super::check::{Part, compare, quoting_cure};
use super::scope::{RuleMistake, Scope, Type, mistake};
use super::token::{self, Lexeme, Token};
use super::{Arithmetic, Comparison, Expression, Literal, Rule};

/// Most parentheses, `not` and signs inside one another.
const DEEPEST: usize = 32;

/// Most sums and products of a rule: each holds the one before it, so that a chain nests as parentheses do. Enough to add up
/// every item of a questionnaire.
const MOST_ARITHMETIC: usize = 500;

/// The compiled form of a rule that is true or false.
pub(super) fn rule(source: &str, scope: &Scope) -> Result<Expression, RuleMistake> {
    let (part, _) = whole(source, scope)?;
    part.must_be_truth("a rule", "compare it with something, such as `= 1`")
        .map(|part| part.expression)
}

/// The compiled form of an expression of any type.
pub(super) fn value(source: &str, scope: &Scope) -> Result<Expression, RuleMistake> {
    whole(source, scope).map(|(part, _)| part.expression)
}

fn whole<'s>(source: &'s str, scope: &'s Scope) -> Result<(Part, Parser<'s>), RuleMistake> {
    if source.len() > Rule::LONGEST {
        return Err(mistake(
            Rule::LONGEST,
            "the rule is too long",
            "split it over several questions",
        ));
    }
    let mut parser = Parser {
        tokens: token::tokens(source)?,
        next: 0,
        end: source.len(),
        depth: 0,
        arithmetic: 0,
        scope,
    };
    let part = parser.or()?;
    match parser.tokens.get(parser.next) {
        None => Ok((part, parser)),
        Some(extra) => Err(parser.unexpected(extra)),
    }
}

struct Parser<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    end: usize,
    depth: usize,
    arithmetic: usize,
    scope: &'s Scope,
}

impl<'s> Parser<'s> {
    fn or(&mut self) -> Result<Part, RuleMistake> {
        self.joined("or", Self::and, Expression::Or)
    }

    fn and(&mut self) -> Result<Part, RuleMistake> {
        self.joined("and", Self::not, Expression::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Part, RuleMistake> {
        let first = part(self)?;
        if !self.sees(word) {
            return Ok(first);
        }
        let at = first.at;
        let cure = "write a comparison on each side";
        let mut parts = vec![
            first
                .must_be_truth(&format!("each side of `{word}`"), cure)?
                .expression,
        ];
        while self.take(word) {
            parts.push(
                part(self)?
                    .must_be_truth(&format!("each side of `{word}`"), cure)?
                    .expression,
            );
        }
        Ok(Part {
            expression: join(parts),
            kind: Type::Boolean,
            at,
        })
    }

    fn not(&mut self) -> Result<Part, RuleMistake> {
        let at = self.place();
        if !self.take("not") {
            return self.comparison();
        }
        let inner = self
            .deeper(Self::not)?
            .must_be_truth("what follows `not`", "write a comparison after it")?;
        Ok(Part {
            expression: Expression::Not(Box::new(inner.expression)),
            kind: Type::Boolean,
            at,
        })
    }

    fn comparison(&mut self) -> Result<Part, RuleMistake> {
        let left = self.sum()?;
        let compared = if let Some(comparison) = self.take_comparison() {
            let right = self.sum()?;
            compare(comparison, left, right)?
        } else if self.take("in") {
            self.list(left)?
        } else if self.sees("not") {
            self.next = self.next.saturating_add(1);
            self.demand(
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
        if let Some(token) = self.tokens.get(self.next)
            && token.is_comparison()
        {
            let cure = "write `a < b and b < c`";
            return Err(mistake(token.at, "comparisons cannot be chained", cure));
        }
        Ok(compared)
    }

    /// The literals after `in`, in round or square brackets.
    fn list(&mut self, left: Part) -> Result<Part, RuleMistake> {
        let cure = format!("write `{} in (1, 2)`", left.expression);
        let close = if self.take("[") {
            "]"
        } else {
            self.demand("(", &cure)?;
            ")"
        };
        let wanted = match left.kind {
            Type::NumberSet => Type::Number,
            Type::TextSet => Type::Text,
            other => other,
        };
        let mut literals = Vec::new();
        loop {
            let at = self.place();
            let (literal, kind) = self.literal(&cure)?;
            if !kind.goes_with(wanted) {
                let message = format!(
                    "`{}` holds {}, but {literal} is {}",
                    left.expression,
                    wanted.words(),
                    kind.words()
                );
                return Err(mistake(at, message, quoting_cure(&literal)));
            }
            literals.push(literal);
            if !self.take(",") {
                break;
            }
        }
        self.demand(close, &format!("close the list with `{close}`"))?;
        let expression = Expression::In(Box::new(left.expression), literals);
        Ok(Part {
            expression,
            kind: Type::Boolean,
            at: left.at,
        })
    }

    fn literal(&mut self, cure: &str) -> Result<(Literal, Type), RuleMistake> {
        let negative = self.take("-");
        let found = self.tokens.get(self.next).cloned();
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
                return Err(mistake(
                    self.place(),
                    "a number or a text in quotes was expected in the list",
                    cure,
                ));
            }
        };
        self.next = self.next.saturating_add(1);
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

    fn arithmetic(
        &mut self,
        operators: &[(&str, Arithmetic)],
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
    ) -> Result<Part, RuleMistake> {
        let mut left = part(self)?;
        while let Some((symbol, operator)) = operators.iter().find(|(symbol, _)| self.sees(symbol))
        {
            if self.arithmetic >= MOST_ARITHMETIC {
                let cure = "split it over several questions";
                return Err(mistake(
                    self.place(),
                    "the rule is a chain of too many sums and products",
                    cure,
                ));
            }
            self.arithmetic = self.arithmetic.saturating_add(1);
            self.next = self.next.saturating_add(1);
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
            left = Part {
                expression,
                kind: Type::Number,
                at,
            };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Part, RuleMistake> {
        let at = self.place();
        if !self.take("-") {
            return self.primary();
        }
        let inner = self.deeper(Self::unary)?.must_be_number("-")?;
        let expression = match inner.expression {
            Expression::Literal(Literal::Number(number)) => {
                Expression::Literal(Literal::Number(negated(number)))
            }
            other => Expression::Negate(Box::new(other)),
        };
        Ok(Part {
            expression,
            kind: Type::Number,
            at,
        })
    }

    fn primary(&mut self) -> Result<Part, RuleMistake> {
        let Some(token) = self.tokens.get(self.next).cloned() else {
            return Err(mistake(
                self.end,
                "the rule ends too early",
                "finish it or leave it out",
            ));
        };
        let at = token.at;
        let literal = |literal, kind| Part {
            expression: Expression::Literal(literal),
            kind,
            at,
        };
        self.next = self.next.saturating_add(1);
        Ok(match token.lexeme {
            Lexeme::Number(number) => literal(Literal::Number(number), Type::Number),
            Lexeme::Text(text) => literal(Literal::Text(text.to_owned()), Type::Text),
            Lexeme::Word("true") => literal(Literal::Boolean(true), Type::Boolean),
            Lexeme::Word("false") => literal(Literal::Boolean(false), Type::Boolean),
            Lexeme::Word(function @ ("count" | "answered")) => self.call(function, at)?,
            Lexeme::Word(word @ ("and" | "or" | "in" | "not")) => {
                let message =
                    format!("`{word}` stands where a question, a number or a text was expected");
                return Err(mistake(
                    at,
                    message,
                    format!("write something before and after `{word}`"),
                ));
            }
            Lexeme::Word(code) => {
                let (variable, kind) = self.scope.variable(code, at)?;
                Part {
                    expression: Expression::Variable(variable),
                    kind,
                    at,
                }
            }
            Lexeme::Symbol("(") => {
                let inner = self.deeper(Self::or)?;
                self.demand(")", "close the parenthesis with `)`")?;
                Part { at, ..inner }
            }
            Lexeme::Symbol(_) => return Err(self.unexpected(&token)),
        })
    }

    /// `count(code)`, `answered(code)`.
    fn call(&mut self, function: &str, at: usize) -> Result<Part, RuleMistake> {
        let cure = format!("write `{function}(code)` with the code of a question");
        self.demand("(", &cure)?;
        let place = self.place();
        let Some(Token {
            lexeme: Lexeme::Word(code),
            ..
        }) = self.tokens.get(self.next).cloned()
        else {
            return Err(mistake(
                place,
                format!("`{function}` needs the code of a question"),
                cure,
            ));
        };
        self.next = self.next.saturating_add(1);
        let (variable, kind) = self.scope.variable(code, place)?;
        self.demand(")", &cure)?;
        if function == "answered" {
            return Ok(Part {
                expression: Expression::Answered(variable),
                kind: Type::Boolean,
                at,
            });
        }
        if !kind.is_set() && kind != Type::Any {
            let message = format!(
                "`count` counts the choices of a `multiple`, but `{code}` is {}",
                kind.words()
            );
            return Err(mistake(place, message, format!("ask `answered({code})`")));
        }
        Ok(Part {
            expression: Expression::Count(variable),
            kind: Type::Number,
            at,
        })
    }

    fn deeper(
        &mut self,
        part: fn(&mut Self) -> Result<Part, RuleMistake>,
    ) -> Result<Part, RuleMistake> {
        if self.depth >= DEEPEST {
            let cure = "split it over several questions";
            return Err(mistake(self.place(), "the rule is nested too deeply", cure));
        }
        self.depth = self.depth.saturating_add(1);
        let parsed = part(self);
        self.depth = self.depth.saturating_sub(1);
        parsed
    }

    fn sees(&self, text: &str) -> bool {
        self.tokens
            .get(self.next)
            .is_some_and(|token| token.is(text))
    }

    fn take(&mut self, text: &str) -> bool {
        let sees = self.sees(text);
        self.next = self.next.saturating_add(usize::from(sees));
        sees
    }

    fn take_comparison(&mut self) -> Option<(Comparison, usize)> {
        let token = self.tokens.get(self.next)?;
        let Lexeme::Symbol(symbol) = token.lexeme else {
            return None;
        };
        let comparison = Comparison::of_symbol(symbol)?;
        self.next = self.next.saturating_add(1);
        Some((comparison, token.at))
    }

    fn demand(&mut self, text: &str, cure: &str) -> Result<(), RuleMistake> {
        if self.take(text) {
            return Ok(());
        }
        Err(mistake(
            self.place(),
            format!("`{text}` was expected here"),
            cure,
        ))
    }

    fn place(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |token| token.at)
    }

    fn unexpected(&self, token: &Token<'s>) -> RuleMistake {
        let cure = "write a comparison such as `a1 = 1`, and join several with `and` or `or`";
        mistake(token.at, format!("{token} was not expected here"), cure)
    }
}

/// Minus zero would print as `-0` and be no literal of its own.
fn negated(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { -number }
}
