//! A script without comments and white space, with short names.

use super::scopes::Scopes;
use super::tokens::{is_word, tokens};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_go_and_literals_stay() {
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
            "function outer(first, second) {
               var total = first.total, list = { total: total, first: 1 };
               return list.total + (second ? total : window.first);
             }",
        );
        assert_eq!(
            written,
            "function a(b,d){var a=b.total,c={total:a,first:1};return c.total+(d?a:window.first)}"
        );
    }

    #[test]
    fn a_short_name_never_hides_a_variable_that_is_used_in_its_scope() {
        let written = script(
            "var shared = 1;
             function f(one) {
               return function (two) { var three = one; a(shared, two, three); };
             }",
        );
        assert_eq!(
            written,
            "var b=1;function c(c){return function(e){var d=c;a(b,e,d)}}"
        );
        let caught = script("function f() { try { go(); } catch (error) { log(error, f); } }");
        assert_eq!(caught, "function a(){try{go()}catch(b){log(b,a)}}");
    }
}
