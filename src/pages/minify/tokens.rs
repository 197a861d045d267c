//! The words, literals and signs of a script.

/// A part of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) text: &'s str,
    pub(super) kind: Kind,
    /// White space or a comment stands before it.
    pub(super) is_spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A string or a regular expression.
    Literal,
    /// One character of punctuation.
    Sign,
}

/// Whether it can be part of a name or a number.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// The tokens of `script`; comments and white space are left out.
pub(super) fn tokens(script: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = script;
    let mut is_spaced = false;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '\'' | '"' => (Some(Kind::Literal), literal(rest, first)),
            '/' if tokens.last().is_none_or(|before| before.wants_operand()) => {
                let body = literal(rest, '/');
                let flags = rest.get(body..).unwrap_or_default();
                let flags = flags.find(|flag| !is_word(flag)).unwrap_or(flags.len());
                (Some(Kind::Literal), body + flags)
            }
            _ if is_word(first) => {
                let end = rest.find(|letter| !is_word(letter));
                (Some(Kind::Word), end.unwrap_or(rest.len()))
            }
            _ => (Some(Kind::Sign), first.len_utf8()),
        };
        let (text, after) = rest.split_at(length);
        if let Some(kind) = kind {
            let token = Token {
                text,
                kind,
                is_spaced,
            };
            tokens.push(token);
        }
        is_spaced = kind.is_none();
        rest = after;
    }
    tokens
}

/// The length of the string or regular expression at the start of `text`, up to its closing `end`.
fn literal(text: &str, end: char) -> usize {
    let mut is_escaped = false;
    let mut in_class = false;
    for (place, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => in_class = end == '/',
            ']' => in_class = false,
            _ if character == end && !in_class => return place + end.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

impl Token<'_> {
    /// Whether a `/` after it begins a regular expression and is no division.
    fn wants_operand(&self) -> bool {
        match self.kind {
            Kind::Word => self.text == "return",
            Kind::Literal => false,
            Kind::Sign => !matches!(self.text, ")" | "]" | "}"),
        }
    }
}

impl Token<'_> {
    /// Whether it names a variable: it is no keyword, number, property or key of an object.
    pub(super) fn is_name(&self, before: Option<&Token<'_>>, after: Option<&Token<'_>>) -> bool {
        let text = |token: Option<&Token<'_>>| token.map_or("", |token| token.text).to_owned();
        let (before, after) = (text(before), text(after));
        let is_key = (before == "{" || before == ",") && after == ":";
        self.kind == Kind::Word
            && !KEYWORDS.contains(&self.text)
            && !self.text.starts_with(|first: char| first.is_ascii_digit())
            && before != "."
            && !is_key
    }
}

/// Words of the language, which name nothing.
pub(super) const KEYWORDS: [&str; 31] = [
    "break",
    "case",
    "catch",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "let",
];
