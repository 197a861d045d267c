//! The releases as an Atom feed (RFC 4287).

use crate::formats::xml::Element;
use crate::locale::{Language, text, text_with};
use crate::release::moment::rfc3339;

/// A release in the feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedEntry<'a> {
    /// Its path, such as `/results/satisfaction-2026/r/1`.
    pub path: &'a str,
    /// SHA-256 of its `release.json`, hex.
    pub digest: &'a str,
    /// Title of the questionnaire.
    pub title: &'a str,
    /// The finding.
    pub finding: &'a str,
    /// Microseconds UTC.
    pub published_at: i64,
    /// Why it takes the place of the release before; empty for the first.
    pub reason: &'a str,
}

/// The feed of `entries`, the newest first. `public_url` is the URL of the site, without a slash at the
/// end.
#[must_use]
pub fn feed(public_url: &str, language: Language, entries: &[FeedEntry<'_>]) -> String {
    let link = |path: &str, kind: &str| {
        Element::new("link")
            .with("rel", kind)
            .with("href", format!("{public_url}{path}"))
    };
    let newest = entries.first().map_or(0, |entry| entry.published_at);
    let head = [
        Element::text("id", &format!("{public_url}/results.atom")),
        Element::text("title", &text(language, "home.results")),
        Element::text("updated", &rfc3339(newest)),
        link("/results.atom", "self"),
        link("/results", "alternate"),
        Element::new("author").holding([Element::text("name", &text(language, "site.name"))]),
    ];
    let entries = entries.iter().map(|entry| {
        let summary = match entry.reason {
            "" => entry.finding.to_owned(),
            reason => {
                let revised = text_with(language, "release_page.revised", &[("reason", reason)]);
                format!("{} {revised}", entry.finding)
            }
        };
        Element::new("entry").holding([
            Element::text(
                "id",
                &format!("{public_url}{}#{}", entry.path, entry.digest),
            ),
            Element::text("title", entry.title),
            Element::text("updated", &rfc3339(entry.published_at)),
            link(entry.path, "alternate"),
            Element::text("summary", &summary),
        ])
    });
    let root = Element::new("feed")
        .with("xmlns", "http://www.w3.org/2005/Atom")
        .with("xml:lang", language.tag())
        .holding(head)
        .holding(entries);
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = root.write_document(&mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}
