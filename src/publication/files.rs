//! All files of a release, from its figures and its imprint. Same input, same bytes: no clock, no
//! randomness, no setting of the machine.

use crate::formats::{csv, json_stat};
use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::store::StoredFile;

/// Why a file cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFile {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for NoFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

/// The name of a file in a language: `figures.json`, `figures.en.json`.
#[must_use]
pub fn name_in(name: &str, language: Language) -> String {
    match (name.rsplit_once('.'), language == Language::ZH) {
        (Some((stem, ending)), false) => format!("{stem}.{}.{ending}", language.code()),
        _ => name.to_owned(),
    }
}

/// The name of a page for a reader: `page.html`, `page.en.html`, `page.large.html`.
#[must_use]
pub fn page_name(stem: &str, reader: Reader) -> String {
    let size = if reader.large { ".large" } else { "" };
    name_in(&format!("{stem}{size}.html"), reader.language)
}

/// All files of a release, sorted by name.
///
/// # Errors
/// The first file that cannot be made.
pub fn files(figures: &Figures, imprint: &Imprint) -> Result<Vec<StoredFile>, NoFile> {
    let mut files = Vec::new();
    for language in Language::all().iter().copied() {
        for large in [false, true] {
            let reader = Reader { language, large };
            files.push(StoredFile {
                name: page_name("page", reader),
                media_type: HTML.to_owned(),
                bytes: pages::results::page(reader, &imprint.public_url, figures)
                    .into_string()
                    .into_bytes(),
            });
        }
        files.push(StoredFile {
            name: name_in("figures.json", language),
            media_type: JSON.to_owned(),
            bytes: json_stat::dataset(figures, language),
        });
    }
    files.push(StoredFile {
        name: "figures.csv".to_owned(),
        media_type: CSV.to_owned(),
        bytes: csv::figures_csv(figures),
    });
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// Media types of files of a release.
pub const HTML: &str = "text/html; charset=utf-8";
/// See [`HTML`].
pub const CSV: &str = "text/csv; charset=utf-8";
/// See [`HTML`].
pub const JSON: &str = "application/json";
