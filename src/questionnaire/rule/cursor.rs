//! The tokens of a rule, read one after another.

use super::expression::Comparison;
use super::mistake::RuleMistake;
use super::token::{Lexeme, Token, tokens};

/// A position in the tokens of a rule.
pub(super) struct Cursor<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    /// Bytes of the rule: where a mistake is that shows only at its end.
    end: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(source: &'s str) -> Result<Cursor<'s>, RuleMistake> {
        Ok(Cursor {
            tokens: tokens(source)?,
            next: 0,
            end: source.len(),
        })
    }

    /// The next token; the cursor stays before it.
    pub(super) fn peek(&self) -> Option<&Token<'s>> {
        self.tokens.get(self.next)
    }

    /// Moves past the next token.
    pub(super) fn advance(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// The byte of the rule at which the next token starts.
    pub(super) fn offset(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    /// Whether the next token is the word or symbol `text`.
    pub(super) fn sees(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.is(text))
    }

    /// Moves past the next token if it is the word or symbol `text`, and returns whether it is.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let sees = self.sees(text);
        if sees {
            self.advance();
        }
        sees
    }

    /// Moves past the next token if it is a comparison: the comparison and its byte.
    pub(super) fn take_comparison(&mut self) -> Option<(Comparison, usize)> {
        let token = self.peek()?;
        let Lexeme::Symbol(symbol) = token.lexeme else {
            return None;
        };
        let found = (Comparison::of_symbol(symbol)?, token.at);
        self.advance();
        Some(found)
    }

    /// Moves past the word or symbol `text`.
    ///
    /// # Errors
    /// A mistake with that cure if the next token is another one.
    pub(super) fn demand(&mut self, text: &str, cure: &str) -> Result<(), RuleMistake> {
        if self.take(text) {
            return Ok(());
        }
        let message = format!("`{text}` was expected here");
        Err(RuleMistake::at(self.offset(), message, cure))
    }
}
