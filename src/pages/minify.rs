//! Makes the questionnaire's style and script smaller, so that the page fits into ten TCP segments.

use std::collections::{BTreeMap, BTreeSet};

/// `style` without comments, white space and the last semicolon of each rule.
///
/// Takes CSS without `calc()`, where white space around `+` has a meaning.
pub fn style(style: &str) -> String {
    let mut bare = String::with_capacity(style.len());
    let mut rest = style;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    let mut written = String::with_capacity(bare.len());
    for word in bare.split_whitespace() {
        let is_glued = written.ends_with(['{', '}', ';', ',', '>', '~', '+', ':'])
            || word.starts_with(['{', '}', ';', ',', '>', '~', '+']);
        if !is_glued && !written.is_empty() {
            written.push(' ');
        }
        written.push_str(word);
    }
    written.replace(";}", "}")
}

/// `script` without comments and white space, its own names as short as their scopes allow.
///
/// Takes ECMAScript 5 whose statements all end with a semicolon, without labels, `eval`,
/// `with` and block comments.
pub fn script(script: &str) -> String {
    let tokens = tokens(script);
    let scopes = Scopes::of(&tokens);
    let short = scopes.short_names();
    let texts = tokens
        .iter()
        .zip(&scopes.variables)
        .map(|(token, variable)| {
            let short = variable.as_ref().and_then(|variable| short.get(variable));
            (token, short.map_or(token.text, String::as_str))
        });
    let mut written = String::with_capacity(script.len());
    for (token, text) in texts {
        if text == "}" && written.ends_with(';') {
            written.pop();
        }
        if let (Some(last), Some(first)) = (written.chars().next_back(), text.chars().next())
            && (is_word(last) && is_word(first)
                || token.is_spaced && last == first && matches!(first, '+' | '-'))
        {
            written.push(' ');
        }
        written.push_str(text);
    }
    written
}

/// A part of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'s> {
    text: &'s str,
    kind: Kind,
    /// White space or a comment stands before it.
    is_spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A string or a regular expression.
    Literal,
    /// One character of punctuation.
    Sign,
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

fn tokens(script: &str) -> Vec<Token<'_>> {
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

/// A variable: the scope that declares it, `None` for a name from outside, and its name.
type Variable<'s> = (Option<usize>, &'s str);

/// The functions of a script and their variables.
struct Scopes<'s> {
    /// The scope around each scope. The first scope is the script itself.
    parents: Vec<Option<usize>>,
    /// The variables that each scope declares.
    declared: Vec<BTreeSet<&'s str>>,
    /// The variable that each token is, if it is one.
    variables: Vec<Option<Variable<'s>>>,
    /// How often each variable is used in each scope and in those within it.
    uses: Vec<BTreeMap<Variable<'s>, usize>>,
}

/// A function whose end has not been read.
struct Function {
    scope: usize,
    /// Brackets that are open around its body.
    depth: usize,
    /// Brackets that are open around the `var` that is being read.
    var_depth: Option<usize>,
}

/// What is being read of the head of a function or of a `catch`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// Nothing.
    None,
    /// The name of a function.
    Name,
    /// Its parameters.
    Parameters,
    /// What comes before its body.
    Body,
    /// The error of a `catch`.
    Error,
}

impl<'s> Scopes<'s> {
    fn of(tokens: &[Token<'s>]) -> Scopes<'s> {
        let mut scopes = Scopes {
            parents: vec![None],
            declared: vec![BTreeSet::new()],
            variables: Vec::new(),
            uses: Vec::new(),
        };
        let places = scopes.declare(tokens);
        scopes.uses = vec![BTreeMap::new(); scopes.parents.len()];
        for (index, (token, scope)) in tokens.iter().zip(places).enumerate() {
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let is_name = token.is_name(before, tokens.get(index + 1));
            let variable = is_name.then(|| (scopes.home(scope, token.text), token.text));
            scopes.variables.push(variable);
            let mut within = variable.and(Some(scope));
            while let (Some(scope), Some(variable)) = (within, variable) {
                if let Some(uses) = scopes.uses.get_mut(scope) {
                    *uses.entry(variable).or_default() += 1;
                }
                within = scopes.parents.get(scope).copied().flatten();
            }
        }
        scopes
    }

    /// Finds the scopes and what they declare; returns the scope that each token is in.
    fn declare(&mut self, tokens: &[Token<'s>]) -> Vec<usize> {
        let mut functions = vec![Function {
            scope: 0,
            depth: 0,
            var_depth: None,
        }];
        let (mut depth, mut head, mut is_next_new) = (0_usize, Head::None, false);
        let mut places = Vec::with_capacity(tokens.len());
        for token in tokens {
            let Some(function) = functions.last_mut() else {
                break;
            };
            let scope = match head {
                Head::Parameters => self.parents.len() - 1,
                _ => function.scope,
            };
            places.push(scope);
            let in_head = matches!(head, Head::Name | Head::Parameters | Head::Error);
            let is_new = token.kind == Kind::Word && (in_head || is_next_new);
            if let (true, Some(declared)) = (is_new, self.declared.get_mut(scope)) {
                declared.insert(token.text);
            }
            match token.text {
                "var" => function.var_depth = Some(depth),
                ";" if function.var_depth == Some(depth) => function.var_depth = None,
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let is_list = token.text == "," && function.var_depth == Some(depth);
            is_next_new = token.text == "var" || is_list;
            let is_end = token.text == "}" && function.depth == depth;
            head = match (head, token.text) {
                (_, "function") => Head::Name,
                (_, "catch") => Head::Error,
                (Head::Name, "(") => {
                    self.parents.push(Some(scope));
                    self.declared.push(BTreeSet::new());
                    Head::Parameters
                }
                (Head::Parameters, ")") => Head::Body,
                (Head::Body, "{") => {
                    let scope = self.parents.len() - 1;
                    functions.push(Function {
                        scope,
                        depth: depth - 1,
                        var_depth: None,
                    });
                    Head::None
                }
                (Head::Error, _) if is_new => Head::None,
                (head, _) => head,
            };
            if is_end && functions.len() > 1 {
                functions.pop();
            }
        }
        places
    }

    /// The scope that declares the `name` used in `scope`.
    fn home(&self, scope: usize, name: &str) -> Option<usize> {
        let mut within = Some(scope);
        while let Some(scope) = within {
            if self
                .declared
                .get(scope)
                .is_some_and(|declared| declared.contains(name))
            {
                return Some(scope);
            }
            within = self.parents.get(scope).copied().flatten();
        }
        None
    }

    /// The shortest name for each variable that hides no other used in its scope: the more a
    /// variable is used, the earlier it takes its name.
    fn short_names(&self) -> BTreeMap<Variable<'s>, String> {
        let mut short: BTreeMap<Variable<'s>, String> = BTreeMap::new();
        for (scope, uses) in self.uses.iter().enumerate() {
            let (mut own, outer): (Vec<_>, Vec<_>) =
                uses.iter().partition(|((home, _), _)| *home == Some(scope));
            let taken: BTreeSet<String> = outer
                .iter()
                .map(|(variable, _)| {
                    short
                        .get(variable)
                        .map_or(variable.1, String::as_str)
                        .to_owned()
                })
                .collect();
            own.sort_by_key(|(variable, count)| (std::cmp::Reverse(**count), **variable));
            let free = candidates().filter(|name| !taken.contains(name));
            short.extend(own.into_iter().map(|(variable, _)| *variable).zip(free));
        }
        short
    }
}

impl Token<'_> {
    /// Whether it names a variable: it is no keyword, number, property or key of an object.
    fn is_name(&self, before: Option<&Token<'_>>, after: Option<&Token<'_>>) -> bool {
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

const KEYWORDS: [&str; 31] = [
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

/// `a` to `Z`, then names of two letters.
fn candidates() -> impl Iterator<Item = String> {
    let letters = || ('a'..='z').chain('A'..='Z');
    let pairs =
        letters().flat_map(move |first| letters().map(move |second| format!("{first}{second}")));
    let names = letters().map(String::from).chain(pairs);
    names.filter(|name| !KEYWORDS.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_white_space_and_last_semicolons_go() {
        let written = style("/* a */\n.a > b, .c :checked {\n  color: red;\n  margin: 0 1px;\n}\n");
        assert_eq!(written, ".a>b,.c :checked{color:red;margin:0 1px}");
        let written =
            script("// a\nif (x) { y = z / 2 + +w; return /[/'] \\//g.test('a  \\' // b'); }");
        assert_eq!(
            written,
            "if(x){y=z/2+ +w;return/[/'] \\//g.test('a  \\' // b')}"
        );
    }

    #[test]
    fn a_variable_is_named_alike_wherever_it_is_used_and_nothing_else_is_renamed() {
        let written = script(
            "function outer(first, second) { var total = first.total, list = { total: total, first: 1 };
             return list.total + (second ? total : window.first); }",
        );
        assert_eq!(
            written,
            "function a(b,d){var a=b.total,c={total:a,first:1};return c.total+(d?a:window.first)}"
        );
    }

    #[test]
    fn a_short_name_never_hides_a_variable_that_is_used_in_its_scope() {
        let written = script(
            "var shared = 1; function f(one) { return function (two) { var three = one; a(shared, two, three); }; }",
        );
        assert_eq!(
            written,
            "var b=1;function c(c){return function(e){var d=c;a(b,e,d)}}"
        );
        let caught = script("function f() { try { go(); } catch (error) { log(error, f); } }");
        assert_eq!(caught, "function a(){try{go()}catch(b){log(b,a)}}");
    }
}
