//! Head, header and footer of every page but the questionnaire, which has its own.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::locale::{Language, text};
use crate::pages::assets;

/// The reader of a page, by its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reader {
    /// The language.
    pub language: Language,
    /// Whether the text is large. Every link repeats it, so it needs no cookie and no script.
    pub large: bool,
}

impl From<Language> for Reader {
    fn from(language: Language) -> Reader {
        Reader {
            language,
            large: false,
        }
    }
}

impl Reader {
    /// `path` with language and text size. Chinese and the normal size are the defaults.
    pub fn link(self, path: &str) -> String {
        let mut address = path.to_owned();
        let mut add = |name: &str, value: &str| {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(name);
            address.push('=');
            address.push_str(value);
        };
        if self.language != Language::ZH {
            add("lang", self.language.code());
        }
        if self.large {
            add("text", "large");
        }
        address
    }

    fn in_language(self, language: Language) -> Reader {
        Reader { language, ..self }
    }

    fn in_other_size(self) -> Reader {
        Reader {
            large: !self.large,
            ..self
        }
    }
}

/// What the head of a page says.
pub struct Head<'a> {
    /// Title of the page, for the tab and for shared links.
    pub title: &'a str,
    /// One sentence for search engines and shared links.
    pub description: &'a str,
    /// Path of the page, for the switches of language and text size.
    pub path: &'a str,
}

/// A page with header and footer around `body`.
pub fn page(reader: Reader, head: &Head<'_>, body: Markup) -> Markup {
    page_with(reader, head, &html! {}, &body)
}

/// A page with `more` at the end of its head.
pub fn page_with(reader: Reader, head: &Head<'_>, more: &Markup, body: &Markup) -> Markup {
    let language = reader.language;
    let other_size = if reader.large {
        "site.normal"
    } else {
        "form.large"
    };
    html! {
        (DOCTYPE)
        html.large[reader.large] lang=(language.tag()) {
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
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(assets::stylesheet_path());
                (more)
            }
            body {
                a.skip href="#main" { (text(language, "site.skip")) }
                header.site {
                    div.wide {
                        a.brand href=(reader.link("/")) { (text(language, "site.name")) }
                        nav aria-label=(text(language, "site.navigation")) {
                            a href=(reader.link("/")) { (text(language, "site.surveys")) }
                            a href=(reader.link("/results")) { (text(language, "site.results")) }
                            a href=(reader.in_other_size().link(head.path)) {
                                (text(language, other_size))
                            }
                            @for other in language.others() {
                                @let address = reader.in_language(other).link(head.path);
                                a href=(address) lang=(other.tag()) hreflang=(other.tag()) {
                                    (text(other, "site.language"))
                                }
                            }
                        }
                    }
                }
                main #main.wide { (body) }
                footer.site {
                    div.wide {
                        p {
                            (text(language, "site.footer")) " "
                            a href=(reader.link("/api")) { (text(language, "site.api")) }
                        }
                    }
                }
            }
        }
    }
}

/// Markup that this program made: an SVG, its own style or script. Never a text from outside.
pub fn trusted(markup: &str) -> Markup {
    PreEscaped(markup.to_owned())
}

/// A block of data in a page, such as JSON-LD; browsers do not run it. `json` cannot end the block,
/// since every `<` in it is written as `\u003c`, which JSON reads as the same character.
pub fn data_block(media_type: &str, json: &str) -> Markup {
    html! { script type=(media_type) { (trusted(&json.replace('<', "\\u003c"))) } }
}

/// A QR code of `address` as SVG, with `label` as its alternative text.
pub fn qr(address: &str, label: &str) -> Markup {
    use fast_qr::convert::{Builder, svg::SvgBuilder};
    let code = fast_qr::QRBuilder::new(address)
        .ecl(fast_qr::ECL::Q)
        .build();
    let svg = code
        .map(|code| SvgBuilder::default().margin(4).to_str(&code))
        .unwrap_or_default();
    html! { div.qr role="img" aria-label=(label) { (trusted(&svg)) } }
}
