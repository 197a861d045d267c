//! Head, navigation and log-out of every page of the office, and its forms.

use maud::{DOCTYPE, Markup, html};

use crate::locale::{Language, text};
use crate::pages::assets;
use crate::pages::layout::Reader;
use crate::staff::Role;

/// Who reads a page.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Language and text size.
    pub reader: Reader,
    /// Name of the person.
    pub full_name: &'a str,
    /// Role of the person.
    pub role: Role,
    /// The token that every form carries.
    pub form_token: &'a str,
    /// Path and query of the page.
    pub path: &'a str,
}

/// Pages that concern no single survey, and who sees them in the navigation.
const NAVIGATION: [(&str, &str, &[Role]); 5] = [
    ("/office", "office.home", &Role::ALL),
    ("/office/staff", "office.staff", &[Role::Administrator]),
    ("/office/devices", "office.devices", &[Role::Administrator]),
    ("/office/audit", "office.audit", &[Role::Auditor]),
    ("/office/account", "office.account", &Role::ALL),
];

impl Frame<'_> {
    /// The language of the page.
    #[must_use]
    pub fn language(&self) -> Language {
        self.reader.language
    }

    /// The text of `key` in the language of the page.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        text(self.reader.language, key)
    }

    /// A page with this title.
    #[must_use]
    pub fn page(&self, title: &str, body: Markup) -> Markup {
        let bar = html! {
            nav.office aria-label=(self.text("office.navigation")) {
                @for (path, key, roles) in NAVIGATION {
                    @if roles.contains(&self.role) {
                        @let is_here = self.path.split('?').next() == Some(path);
                        a href=(self.reader.link(path)) aria-current=[is_here.then_some("page")] {
                            (self.text(key))
                        }
                    }
                }
            }
            div.person {
                span { (self.full_name) " · " (role_name(self.language(), self.role)) }
                (self.form("/office/logout", "inline", html! {
                    button.quiet type="submit" { (self.text("office.log_out")) }
                }))
            }
        };
        document(self.reader, title, self.path, bar, body)
    }

    /// A form that posts to `path`, with the form token.
    #[must_use]
    pub fn form(&self, path: &str, class: &str, content: Markup) -> Markup {
        html! {
            form class=(class) method="post" action=(self.reader.link(path)) {
                input type="hidden" name="form_token" value=(self.form_token);
                (content)
            }
        }
    }

    /// A form with files.
    #[must_use]
    pub fn upload(&self, path: &str, class: &str, content: Markup) -> Markup {
        html! {
            form class=(class) method="post" action=(self.reader.link(path)) enctype="multipart/form-data" {
                input type="hidden" name="form_token" value=(self.form_token);
                (content)
            }
        }
    }

    /// A table with a name for screen readers, which scrolls inside the page. `rows` are its `tr`.
    #[must_use]
    pub fn table(&self, name: &str, headings: &[String], rows: Markup) -> Markup {
        html! {
            div.scroll tabindex="0" role="region" aria-label=(name) { table {
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody { (rows) }
            } }
        }
    }

    /// A required field for the reason of a change.
    #[must_use]
    pub fn reason(&self, id: &str) -> Markup {
        html! {
            label for=(id) { (self.text("office.reason")) }
            input id=(id) name="reason" required maxlength="300";
        }
    }
}

/// The name of a role.
#[must_use]
pub fn role_name(language: Language, role: Role) -> String {
    text(language, &format!("office.role_{}", role.as_str()))
}

/// A time in China as `2026-11-28 09:30`, from microseconds UTC.
#[must_use]
pub fn local_time(microseconds: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(microseconds);
    time.map_or_else(
        |_| String::new(),
        |time| {
            jiff::tz::offset(8)
                .to_datetime(time)
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

/// A page before the log-in.
#[must_use]
pub fn visitor_page(reader: Reader, title: &str, path: &str, body: Markup) -> Markup {
    document(
        reader,
        title,
        path,
        html! {},
        html! { div.narrow { (body) } },
    )
}

/// A message above a form: what is wrong, and the cure.
#[must_use]
pub fn fault(message: &str) -> Markup {
    html! { p.fault role="alert" { (message) } }
}

fn document(reader: Reader, title: &str, path: &str, bar: Markup, body: Markup) -> Markup {
    let language = reader.language;
    html! {
        (DOCTYPE)
        html.large[reader.large] lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · " (text(language, "office.name")) }
                meta name="format-detection" content="telephone=no";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(assets::stylesheet_path());
                link rel="stylesheet" href=(assets::office_stylesheet_path());
            }
            body.office {
                a.skip href="#main" { (text(language, "site.skip")) }
                header.site {
                    div.wide {
                        a.brand href=(reader.link("/office")) { (text(language, "office.name")) }
                        nav aria-label=(text(language, "site.navigation")) {
                            @for other in language.others() {
                                @let address = Reader { language: other, ..reader }.link(without_language(path));
                                a href=(address) lang=(other.tag()) hreflang=(other.tag()) {
                                    (text(other, "site.language"))
                                }
                            }
                        }
                        (bar)
                    }
                }
                main #main.wide { (body) }
            }
        }
    }
}

/// A path without its query: pages of the office are complete without it.
fn without_language(path: &str) -> &str {
    path.split('?').next().unwrap_or("/office")
}
