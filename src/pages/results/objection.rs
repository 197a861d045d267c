//! Asking about a published number: what it rests on, the form, the reply.

use maud::{Markup, html};

use super::number;
use crate::locale::{text, text_with};
use crate::pages::layout::{self, Head, Reader};

/// A line of the table of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// `indicator/dimension/level`.
    pub key: String,
    /// What it is about, in words.
    pub label: String,
    /// Heading and cell of each column that is not empty.
    pub cells: Vec<(String, String)>,
}

/// What is asked about.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// Title of the questionnaire.
    pub title: &'a str,
    /// Path of the release.
    pub path: &'a str,
    /// Its number, and when it was published, microseconds UTC.
    pub release: (u32, i64),
    /// SHA-256 of its `release.json`.
    pub digest: &'a str,
    /// The line; `None` if none is chosen.
    pub line: Option<&'a ReleaseLine>,
}

/// The form. `lines`: all lines to choose from; `question`: what was typed; `fault`: why it was refused.
pub fn form(
    reader: Reader,
    about: &About<'_>,
    lines: &[ReleaseLine],
    question: &str,
    fault: Option<&str>,
) -> Markup {
    let say = |key: &str| text(reader.language, &format!("objection.{key}"));
    let title = say("title");
    let path = format!("{}/objection", about.path);
    let chosen = about.line.map_or("", |line| line.key.as_str());
    let body = html! {
        article.narrow {
            h1 { (title) }
            p { (say("intro")) }
            (release(reader, about))
            @if let Some(fault) = fault { p.fault role="alert" { (fault) } }
            form.stack method="post" action=(reader.link(&path)) {
                label for="line" { (say("line")) }
                select id="line" name="line" {
                    @for line in lines {
                        option value=(line.key) selected[line.key == chosen] { (line.label) }
                    }
                }
                label for="question" { (say("question")) }
                textarea id="question" name="question" rows="6" required maxlength="2000" { (question) }
                p.soft { (say("privacy")) }
                button.button type="submit" { (say("send")) }
            }
        }
    };
    layout::page(reader, &head(&title, &path), body)
}

/// What was asked, what the number rests on, and the replies (text, microseconds UTC).
pub fn reply(
    reader: Reader,
    about: &About<'_>,
    id: &str,
    (question, asked_at): (&str, i64),
    replies: &[(String, i64)],
) -> Markup {
    let say = |key: &str| text(reader.language, &format!("objection.{key}"));
    let title = say("title");
    let path = format!("/objections/{id}");
    let body = html! {
        article.narrow {
            h1 { (title) }
            p { (say("keep")) }
            (release(reader, about))
            h2 { (say("asked")) }
            p.soft { (number::moment(reader.language, asked_at)) }
            p { (question) }
            h2 { (say("reply")) }
            @if replies.is_empty() { p { (say("no_reply")) } }
            @for (words, at) in replies {
                p.soft { (number::moment(reader.language, *at)) }
                p { (words) }
            }
        }
    };
    layout::page(reader, &head(&title, &path), body)
}

fn head<'a>(title: &'a str, path: &'a str) -> Head<'a> {
    Head {
        title,
        description: title,
        path,
    }
}

/// The release, and the cells of the line.
fn release(reader: Reader, about: &About<'_>) -> Markup {
    let say = |key: &str| text(reader.language, &format!("objection.{key}"));
    let (number, at) = about.release;
    let values = [
        ("number", number.to_string()),
        ("time", number::moment(reader.language, at)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    html! {
        p {
            a href=(reader.link(about.path)) { (about.title) } " · "
            (text_with(reader.language, "objection.release", &values))
        }
        @if let Some(line) = about.line {
            h2 { (say("rests_on")) }
            p { strong { (line.label) } }
            dl.lines {
                @for (heading, cell) in &line.cells { div { dt { (heading) } dd { (cell) } } }
                div { dt { (say("digest")) } dd { code { (about.digest.get(..16).unwrap_or(about.digest)) } } }
            }
        }
    }
}
