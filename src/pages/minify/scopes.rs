//! The functions of a script, their variables, and short names for these.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{KEYWORDS, Kind, Token};

/// A variable: the scope that declares it, `None` for a name from outside, and its name.
pub(super) type Variable<'s> = (Option<usize>, &'s str);

/// The functions of a script and their variables.
pub(super) struct Scopes<'s> {
    /// The scope around each scope. The first scope is the script itself.
    parents: Vec<Option<usize>>,
    /// The variables that each scope declares.
    declared: Vec<BTreeSet<&'s str>>,
    /// The variable that each token is, if it is one.
    pub(super) variables: Vec<Option<Variable<'s>>>,
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
    /// The scopes of a script.
    pub(super) fn of(tokens: &[Token<'s>]) -> Scopes<'s> {
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
    pub(super) fn short_names(&self) -> BTreeMap<Variable<'s>, String> {
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

/// `a` to `Z`, then names of two letters.
fn candidates() -> impl Iterator<Item = String> {
    let letters = || ('a'..='z').chain('A'..='Z');
    let pairs =
        letters().flat_map(move |first| letters().map(move |second| format!("{first}{second}")));
    let names = letters().map(String::from).chain(pairs);
    names.filter(|name| !KEYWORDS.contains(&name.as_str()))
}
