//! The tokens of a rule: numbers, texts, words and symbols.

use std::fmt;

use super::expression::Comparison;
use super::mistake::RuleMistake;

/// Numbers must be below it: every engine represents all whole numbers up to it exactly.
const LARGEST: f64 = 1e15;

/// Most characters of a number.
const LONGEST_NUMBER: usize = 17;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'s> {
    /// The byte of the rule at which it starts.
    pub(super) at: usize,
    pub(super) lexeme: Lexeme<'s>,
}

/// The kind and content of a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lexeme<'s> {
    Number(f64),
    /// The text between the quotes.
    Text(&'s str),
    /// A name or a word of the language.
    Word(&'s str),
    Symbol(&'s str),
}

impl Token<'_> {
    /// Whether it is the word or symbol `text`.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.lexeme, Lexeme::Word(own) | Lexeme::Symbol(own) if own == text)
    }

    pub(super) fn is_comparison(&self) -> bool {
        matches!(self.lexeme, Lexeme::Symbol(symbol) if Comparison::of_symbol(symbol).is_some())
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lexeme {
            Lexeme::Number(number) => write!(f, "`{number}`"),
            Lexeme::Text(text) => write!(f, "the text '{text}'"),
            Lexeme::Word(text) | Lexeme::Symbol(text) => write!(f, "`{text}`"),
        }
    }
}

/// All tokens of `source`.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, RuleMistake> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let at = source.len().saturating_sub(rest.len());
        let (lexeme, length) = match first {
            '0'..='9' => number(rest, at)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                (Lexeme::Word(rest.get(..length).unwrap_or_default()), length)
            }
            '\'' | '"' => text(rest, first, at)?,
            _ => symbol(rest, first, at)?,
        };
        tokens.push(Token { at, lexeme });
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn number(rest: &str, at: usize) -> Result<(Lexeme<'_>, usize), RuleMistake> {
    let length = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .unwrap_or(rest.len());
    let written = rest.get(..length).unwrap_or_default();
    let shaped = written
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !written.ends_with('.');
    match written.parse::<f64>() {
        Ok(number) if shaped && length <= LONGEST_NUMBER && number < LARGEST => {
            Ok((Lexeme::Number(number), length))
        }
        _ => {
            let cure = "write digits with at most one point, such as `12.5`; a text needs quotes";
            Err(RuleMistake::at(
                at,
                format!("`{written}` is not a number"),
                cure,
            ))
        }
    }
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Lexeme<'_>, usize), RuleMistake> {
    let inside = rest.get(1..).unwrap_or_default();
    match inside.find(quote) {
        Some(length) => Ok((
            Lexeme::Text(inside.get(..length).unwrap_or_default()),
            length.saturating_add(2),
        )),
        None => Err(RuleMistake::at(
            at,
            "the text has no closing quote",
            format!("close it with {quote}"),
        )),
    }
}

fn symbol(rest: &str, first: char, at: usize) -> Result<(Lexeme<'_>, usize), RuleMistake> {
    const SYMBOLS: [&str; 16] = [
        "==", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", "+", "-", "*", "/",
    ];
    if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        return Ok((Lexeme::Symbol(symbol), symbol.len()));
    }
    let cure = match first {
        '&' => "write `and`",
        '|' => "write `or`",
        '!' => "write `not`, or `!=`",
        '\u{ff01}'..='\u{ff5e}' => "type it half-width",
        '‘' | '’' | '“' | '”' => "use straight quotes",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '≠' => "write `!=`",
        _ => "remove it",
    };
    Err(RuleMistake::at(
        at,
        format!("the character {first:?} is not part of the rule language"),
        cure,
    ))
}
