//! Stylesheets, the script and the favicon, embedded in the program.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::pages::minify;

const COLOURS: &str = include_str!("assets/colours.css");

/// The style of all pages but the questionnaire. Later rules win, so the order counts.
const SITE: &str = concat!(
    include_str!("assets/site.css"),
    include_str!("assets/results.css"),
    include_str!("assets/figures.css"),
    include_str!("assets/release.css"),
    include_str!("assets/results_media.css"),
);

/// The style of the questionnaire.
const FORM: &str = concat!(
    include_str!("assets/form/page.css"),
    include_str!("assets/form/questions.css"),
);

/// The script of the questionnaire: one function, so that it has no names in common with others.
const SCRIPT: &str = concat!(
    "(function () {'use strict';",
    include_str!("assets/form/page.js"),
    include_str!("assets/form/rules.js"),
    include_str!("assets/form/answers.js"),
    include_str!("assets/form/faults.js"),
    include_str!("assets/form/steps.js"),
    include_str!("assets/form/draft.js"),
    include_str!("assets/form/send.js"),
    include_str!("assets/form/next.js"),
    include_str!("assets/form/setup.js"),
    include_str!("assets/form/events.js"),
    include_str!("assets/form/start.js"),
    "})();",
);

/// The style of the office.
const OFFICE: &str = concat!(
    include_str!("assets/office.css"),
    include_str!("assets/fieldwork.css"),
    include_str!("assets/paper.css"),
);

/// The script for typing paper forms. It has the rules of the questionnaire's script.
const TYPING: &str = concat!(
    "(function () {'use strict';var win = window;",
    include_str!("assets/form/rules.js"),
    include_str!("assets/typing.js"),
    "})();",
);

/// The script that reads a page of the office again and again.
const LIVE: &str = concat!(
    "(function () {'use strict';",
    include_str!("assets/live.js"),
    "})();",
);

/// The mark of the site: a speech bubble with the bars of a chart.
pub const FAVICON: &str = include_str!("assets/favicon.svg");

/// One file served under `/assets/`.
pub struct Asset {
    /// File name with a hash of the content, so that a cache may keep it without limit.
    pub name: String,
    /// Media type.
    pub content_type: &'static str,
    /// Content.
    pub body: String,
}

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| stylesheet("minyi", &[COLOURS, SITE].concat()));

/// What the pages of the office have beside it.
static OFFICE_STYLESHEET: LazyLock<Asset> = LazyLock::new(|| stylesheet("office", OFFICE));

/// The script of the page on which paper forms are typed.
static TYPING_SCRIPT: LazyLock<Asset> = LazyLock::new(|| script("typing", TYPING));

static LIVE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| script("live", LIVE));

fn script(name: &str, script: &str) -> Asset {
    let body = minify::script(script);
    Asset {
        name: format!("{name}-{}.js", short_hash(&body)),
        content_type: "text/javascript; charset=utf-8",
        body,
    }
}

fn stylesheet(name: &str, style: &str) -> Asset {
    let body = minify::style(style);
    Asset {
        name: format!("{name}-{}.css", short_hash(&body)),
        content_type: "text/css; charset=utf-8",
        body,
    }
}

/// The first 12 digits of the SHA-256 of a file.
fn short_hash(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    let first = digest.iter().take(6);
    first.map(|byte| format!("{byte:02x}")).collect()
}

/// Every file under `/assets/`.
pub fn all() -> [&'static Asset; 4] {
    [
        &STYLESHEET,
        &OFFICE_STYLESHEET,
        &TYPING_SCRIPT,
        &LIVE_SCRIPT,
    ]
}

/// Path of the stylesheet of all pages but the questionnaire.
pub fn stylesheet_path() -> String {
    format!("/assets/{}", STYLESHEET.name)
}

/// Path of the stylesheet that the pages of the office have beside it.
pub fn office_stylesheet_path() -> String {
    format!("/assets/{}", OFFICE_STYLESHEET.name)
}

/// Path of the script of the page on which paper forms are typed.
pub fn typing_script_path() -> String {
    format!("/assets/{}", TYPING_SCRIPT.name)
}

/// Path of the script that reads a page of the office again and again.
pub fn live_script_path() -> String {
    format!("/assets/{}", LIVE_SCRIPT.name)
}

/// The style of the questionnaire, which is part of its page.
pub fn form_style() -> &'static str {
    static STYLE: LazyLock<String> = LazyLock::new(|| minify::style(&[COLOURS, FORM].concat()));
    &STYLE
}

/// The script of the questionnaire, which is part of its page.
pub fn form_script() -> &'static str {
    static CODE: LazyLock<String> = LazyLock::new(|| minify::script(SCRIPT));
    &CODE
}

/// The style of a printed form, which is part of its page.
pub fn paper_style() -> &'static str {
    static STYLE: LazyLock<String> =
        LazyLock::new(|| minify::style(include_str!("assets/paper_print.css")));
    &STYLE
}

/// `'sha256-…'` of an inline style or script, as the Content-Security-Policy names it.
pub fn policy_hash(inline: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(inline.as_bytes())))
}

/// Base64 (RFC 4648).
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
