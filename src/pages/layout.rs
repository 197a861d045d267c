//! The frame of every page but the questionnaire, which carries its own.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::locale::{Language, text};
use crate::pages::assets;

/// What a page says of itself.
pub struct Head<'a> {
    /// Title of the tab and of a shared link.
    pub title: &'a str,
    /// One sentence for search engines and shared links.
    pub description: &'a str,
    /// Path of the page, for the language switch.
    pub path: &'a str,
}

/// A page with the site's header and footer around `body`.
pub fn page(language: Language, head: &Head<'_>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html #large lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (head.title) " · " (text(language, "site.name")) }
                meta name="description" content=(head.description);
                meta property="og:title" content=(head.title);
                meta property="og:description" content=(head.description);
                meta property="og:type" content="website";
                meta name="theme-color" content="#0b6b4b";
                meta name="format-detection" content="telephone=no";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(assets::stylesheet_path());
                // Before the body: text that grows after it was shown would jump under the reader's eyes.
                script src=(assets::script_path()) {}
            }
            body {
                a.skip href="#main" { (text(language, "site.skip")) }
                header.site {
                    div.wide {
                        a.brand href=(link("/", language)) { (text(language, "site.name")) }
                        nav aria-label=(text(language, "site.navigation")) {
                            a href=(link("/", language)) { (text(language, "site.surveys")) }
                            a href=(link("/results", language)) { (text(language, "site.results")) }
                            // Without script: the root is the target, and grows with everything measured in rem.
                            a.larger href="#large" { (text(language, "form.large")) }
                            a.smaller href="#" { (text(language, "site.normal")) }
                            a href=(link(head.path, other(language))) lang=(other(language).tag()) hreflang=(other(language).tag()) {
                                (text(other(language), "site.language"))
                            }
                        }
                    }
                }
                main #main.wide { (body) }
                footer.site { div.wide { p { (text(language, "site.footer")) } } }
            }
        }
    }
}

/// `path` in `language`: Chinese is what an address without a language means.
pub fn link(path: &str, language: Language) -> String {
    if language == Language::ZH {
        path.to_owned()
    } else {
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}lang={}", language.code())
    }
}

/// The language to switch to.
pub fn other(language: Language) -> Language {
    let next = Language::ALL
        .iter()
        .skip_while(|known| **known != language)
        .nth(1);
    next.copied().unwrap_or(Language::ZH)
}

/// Markup that this program made itself (an SVG, its own style or script): never a text from outside.
pub fn trusted(markup: &str) -> Markup {
    PreEscaped(markup.to_owned())
}

/// A QR code of `address` as SVG, named by `label` for those who cannot see it.
pub fn qr(address: &str, label: &str) -> Markup {
    use fast_qr::convert::{Builder, svg::SvgBuilder};
    let code = fast_qr::QRBuilder::new(address).ecl(fast_qr::ECL::Q).build();
    let svg = code
        .map(|code| SvgBuilder::default().margin(4).to_str(&code))
        .unwrap_or_default();
    html! { div.qr role="img" aria-label=(label) { (trusted(&svg)) } }
}
