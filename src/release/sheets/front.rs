//! Cover, contents and notes.

use super::sheet::{Cell, Sheet};
use crate::locale::{Language, text, text_with};
use crate::release::figures::Figures;
use crate::release::history::day;
use crate::release::imprint::Imprint;
use crate::release::marker::Marker;
use crate::release::moment::rfc3339;

/// How many notes there are: the texts `note_1` and so on.
const NOTES: usize = 6;

/// The cover: one column of sentences.
pub(super) fn cover(figures: &Figures, imprint: &Imprint, language: Language) -> Sheet {
    let code = language.code();
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let filled = |key: &str, values: &[(&str, &str)]| {
        Cell::Text(text_with(language, &format!("release_files.{key}"), values))
    };
    let number = imprint.number.to_string();
    let moment = rfc3339(imprint.published_at).replace('T', " ");
    let moment: String = moment.chars().take(16).collect();
    let mut above = vec![
        filled("cover_agency", &[("agency", figures.agency.get(code))]),
        filled("cover_release", &[("number", &number), ("moment", &moment)]),
        filled(
            "cover_period",
            &[("from", &figures.period.0), ("to", &figures.period.1)],
        ),
    ];
    if !imprint.reason.is_empty() {
        above.push(filled("cover_revision", &[("reason", &imprint.reason)]));
    }
    if figures.demonstration {
        above.push(Cell::Text(words("cover_demonstration")));
    }
    if figures.population_unverified {
        above.push(Cell::Text(words("cover_unverified")));
    }
    above.push(match imprint.next {
        Some(next) => filled("cover_next", &[("day", &day(next))]),
        None => Cell::Text(words("cover_no_next")),
    });
    above.push(Cell::Text(words("cover_rounding")));
    above.push(Cell::ToAddress {
        words: words("cover_address"),
        address: imprint.address(&figures.survey),
    });
    above.push(Cell::ToSheet {
        words: words("to_contents"),
        sheet: words("sheet_contents"),
    });
    Sheet {
        code: "cover",
        name: words("sheet_cover"),
        title: figures.title.get(code).to_owned(),
        above,
        header: Vec::new(),
        rows: Vec::new(),
    }
}

/// The list of the sheets after it, with links.
pub(super) fn contents(notes: &Sheet, tables: &[Sheet], language: Language) -> Sheet {
    let rows = std::iter::once(notes).chain(tables).map(|sheet| {
        let link = Cell::ToSheet {
            words: sheet.name.clone(),
            sheet: sheet.name.clone(),
        };
        vec![link, Cell::text(sheet.title.as_str())]
    });
    let rows = rows.collect();
    let mut sheet = Sheet::of_table(language, "contents", &["sheet", "content"], rows);
    sheet.above.truncate(1);
    sheet
}

/// What the notes and the shorthand mean.
pub(super) fn notes(language: Language) -> Sheet {
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let numbered = (1..=NOTES).map(|number| {
        let name = text_with(
            language,
            "release_files.note",
            &[("number", &number.to_string())],
        );
        vec![
            Cell::Text(name),
            Cell::Text(words(&format!("note_{number}"))),
        ]
    });
    let markers = Marker::ALL.iter().map(|marker| {
        let meaning = words(&format!("marker_{}", marker.code()));
        vec![
            Cell::Text(marker.shorthand().to_owned()),
            Cell::Text(meaning),
        ]
    });
    let rows = numbered.chain(markers).collect();
    let mut sheet = Sheet::of_table(language, "notes", &["note", "meaning"], rows);
    sheet.above.truncate(1);
    sheet
}
