//! The audit record: filter, table, export.

use maud::{Markup, html};

use crate::pages::office::frame::Frame;
use crate::staff::{Action, AuditEntry, Role};

/// What the reader asked for, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Account name.
    pub who: String,
    /// Word of an action.
    pub action: String,
    /// Survey.
    pub survey: String,
    /// First day, `YYYY-MM-DD`.
    pub since: String,
    /// Last day.
    pub until: String,
}

impl Asked {
    /// The query of the same filter, percent-encoded, with what `more` adds.
    #[must_use]
    fn query(&self, encode: fn(&str) -> String, more: &[(&str, String)]) -> String {
        let own = [
            ("who", &self.who),
            ("action", &self.action),
            ("survey", &self.survey),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let own = own.into_iter().map(|(name, value)| (name, value.clone()));
        let all = own.chain(more.iter().map(|(name, value)| (*name, value.clone())));
        let pairs = all.filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encode(&value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// A page of entries, the newest first. `full` is the number of entries of a full page.
#[must_use]
pub fn page(
    frame: Frame<'_>,
    entries: &[(i64, AuditEntry)],
    asked: &Asked,
    full: usize,
    encode: fn(&str) -> String,
) -> Markup {
    let say = |key: &str| frame.text(&format!("office.audit_{key}"));
    let field = |id: &str, kind: &str, value: &str| {
        html! {
            div {
                label for=(id) { (say(id)) }
                input id=(id) name=(id) type=(kind) value=(value);
            }
        }
    };
    let export = format!("/office/audit.csv?{}", asked.query(encode, &[]));
    let last = entries.last().filter(|_| entries.len() >= full);
    let body = html! {
        h1 { (frame.text("office.audit")) }
        p.soft { (say("note")) }
        form.filter method="get" action="/office/audit" {
            @if frame.reader.language != crate::locale::Language::ZH {
                input type="hidden" name="lang" value=(frame.reader.language.code());
            }
            (field("who", "text", &asked.who))
            div {
                label for="action" { (say("action")) }
                select id="action" name="action" {
                    option value="" { (say("any")) }
                    @for action in Action::ALL {
                        option value=(action.as_str()) selected[action.as_str() == asked.action] {
                            (frame.text(&format!("office.action_{}", action.as_str())))
                        }
                    }
                }
            }
            (field("survey", "text", &asked.survey))
            (field("since", "date", &asked.since))
            (field("until", "date", &asked.until))
            button.button type="submit" { (say("filter")) }
        }
        p { a href=(frame.reader.link(&export)) { (say("export")) } }
        div.scroll tabindex="0" role="region" aria-label=(frame.text("office.audit")) { table.audit {
            thead { tr {
                th.number scope="col" { (say("leaf")) }
                th scope="col" { (say("time")) }
                th scope="col" { (say("who")) }
                th scope="col" { (say("place")) }
                th scope="col" { (say("action")) }
                th scope="col" { (say("subject")) }
                th scope="col" { (say("before")) }
                th scope="col" { (say("after")) }
                th scope="col" { (say("reason")) }
            } }
            tbody { @for (leaf, entry) in entries { (row(&frame, *leaf, entry)) } }
        } }
        @if entries.is_empty() { p { (say("none")) } }
        @if let Some((leaf, _)) = last {
            @let next = format!("/office/audit?{}", asked.query(encode, &[("before", leaf.to_string())]));
            p { a href=(frame.reader.link(&next)) { (say("older")) } }
        }
    };
    frame.page(&frame.text("office.audit"), body)
}

fn row(frame: &Frame<'_>, leaf: i64, entry: &AuditEntry) -> Markup {
    let role = Role::parse(&entry.role);
    let role = role.map(|role| super::frame::role_name(frame.language(), role));
    html! {
        tr {
            td.number { (leaf) }
            td.time { (super::frame::local_time(entry.happened_at)) }
            td {
                bdi { (entry.who) }
                @if let Some(role) = role { br; span.soft { (role) } }
            }
            td { code { (entry.place) } }
            td { (frame.text(&format!("office.action_{}", entry.action.as_str()))) }
            td { bdi { (entry.subject) } @if !entry.survey.is_empty() { br; span.soft { (entry.survey) } } }
            td { bdi { (entry.before) } }
            td { bdi { (entry.after) } }
            td { bdi { (entry.reason) } }
        }
    }
}
