//! CSS without comments and white space.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_white_space_and_last_semicolons_go() {
        let written = style("/* a */\n.a > b, .c :checked {\n  color: red;\n  margin: 0 1px;\n}\n");
        assert_eq!(written, ".a>b,.c :checked{color:red;margin:0 1px}");
    }
}
