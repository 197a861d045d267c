//! Stylesheets and scripts, embedded in the program.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::pages::minify;

const TOKENS: &str = include_str!("assets/tokens.css");
const SITE: &str = include_str!("assets/site.css");
const RESULTS: &str = include_str!("assets/results.css");
const FORM: &str = include_str!("assets/form.css");
/// The mark of the site: a speech bubble with the bars of a chart.
pub const FAVICON: &str = include_str!("assets/favicon.svg");

const SCRIPT: &str = include_str!("assets/form.js");

/// One file served under `/assets/`.
pub struct Asset {
    /// File name, with the hash of its content: it may be kept for ever.
    pub name: String,
    /// Media type.
    pub content_type: &'static str,
    /// Content.
    pub body: String,
}

static STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    let body = minify::style(&[TOKENS, SITE, RESULTS].concat());
    let hash: String = Sha256::digest(body.as_bytes())
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Asset {
        name: format!("minyi-{hash}.css"),
        content_type: "text/css; charset=utf-8",
        body,
    }
});

/// Every file under `/assets/`.
pub fn all() -> [&'static Asset; 1] {
    [&STYLESHEET]
}

/// Path of the stylesheet of all pages but the questionnaire.
pub fn stylesheet_path() -> String {
    format!("/assets/{}", STYLESHEET.name)
}

/// The questionnaire's own style, to stand in the document.
pub fn form_style() -> &'static str {
    static STYLE: LazyLock<String> = LazyLock::new(|| minify::style(&[TOKENS, FORM].concat()));
    &STYLE
}

/// The questionnaire's script, to stand in the document.
pub fn form_script() -> &'static str {
    static CODE: LazyLock<String> = LazyLock::new(|| minify::script(SCRIPT));
    &CODE
}

/// `'sha256-…'` of an inline style or script, for the Content-Security-Policy.
pub fn policy_hash(inline: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(inline.as_bytes())))
}

/// RFC 4648 base64, for policy hashes only.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0_u8; 3];
        group
            .iter_mut()
            .zip(chunk)
            .for_each(|(to, from)| *to = *from);
        let [a, b, c] = group;
        let digits = [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ];
        for (place, digit) in digits.into_iter().enumerate() {
            let filler = place > chunk.len();
            text.push(if filler {
                '='
            } else {
                ALPHABET
                    .get(usize::from(digit))
                    .copied()
                    .map_or('=', char::from)
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_vectors_of_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in vectors {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
