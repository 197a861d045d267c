//! All files of a release, from its figures and its imprint. Same input, same bytes: no clock, no
//! randomness, no setting of the machine.

use rayon::prelude::*;

use crate::formats::bulletin::{self, BulletinChart, ChartPlace, press};
use crate::formats::release_csv::figures_csv;
use crate::formats::release_json_stat::dataset;
use crate::formats::release_xlsx::figures_xlsx;
use crate::formats::{csv, json_ld, png, quality_json, release_package, svg_outlines};
use crate::locale::{Language, text};
use crate::pages::assets;
use crate::pages::layout::Reader;
use crate::pages::results::{self, Chart};
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::quality_report::{QualityReport, quality_report};
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

/// Media types of files of a release.
pub const HTML: &str = "text/html; charset=utf-8";
/// See [`HTML`].
pub const CSS: &str = "text/css; charset=utf-8";
/// See [`HTML`].
pub const CSV: &str = "text/csv; charset=utf-8";
/// See [`HTML`].
pub const TEXT: &str = "text/plain; charset=utf-8";
/// See [`HTML`].
pub const JSON: &str = "application/json";
/// See [`HTML`].
pub const SVG: &str = "image/svg+xml";
/// See [`HTML`].
pub const PNG: &str = "image/png";
/// See [`HTML`].
pub const PDF: &str = "application/pdf";
/// See [`HTML`].
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Width of the charts as PNG, px.
const CHART_WIDTH: u32 = 1200;

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

/// The folder's files from which the figures were made, by name, with their texts.
pub type Sources<'a> = &'a [(String, String)];

/// All files of a release, sorted by name. `before`: the public figures of the release that it takes the
/// place of.
///
/// # Errors
/// The first file that cannot be made.
pub fn files(
    figures: &Figures,
    imprint: &Imprint,
    before: Option<&Figures>,
    sources: Sources<'_>,
) -> Result<Vec<StoredFile>, NoFile> {
    let mut files = Files {
        made: Vec::new(),
        figures,
        imprint,
        report: quality_report(figures, imprint, before),
    };
    for (name, text) in sources {
        let media_type = match name.rsplit_once('.') {
            Some((_, "csv")) => CSV,
            _ => TEXT,
        };
        files.add(name, media_type, text.clone().into_bytes());
    }
    files.add("figures.csv", CSV, figures_csv(figures, imprint));
    files.add("style.css", CSS, stylesheet());
    let report = quality_json::quality_json(&files.report, imprint);
    files.add(quality_json::FILE_NAME, JSON, report);
    for language in Language::all().iter().copied() {
        files.pages(language);
        files.tables(language)?;
        files.pictures(language)?;
    }
    files.package();
    files.made.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files.made)
}

/// The files so far.
struct Files<'a> {
    made: Vec<StoredFile>,
    figures: &'a Figures,
    imprint: &'a Imprint,
    report: QualityReport,
}

impl Files<'_> {
    fn add(&mut self, name: &str, media_type: &str, bytes: Vec<u8>) {
        self.made.push(StoredFile {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            bytes,
        });
    }

    fn pages(&mut self, language: Language) {
        let (figures, imprint) = (self.figures, self.imprint);
        let json_ld = json_ld::dataset(figures, imprint, language);
        for large in [false, true] {
            let reader = Reader { language, large };
            let pages = [
                ("page", results::release(reader, imprint, figures, &json_ld)),
                ("groups", results::release_groups(reader, imprint, figures)),
                (
                    "quality",
                    results::quality(reader, imprint, figures, &self.report),
                ),
            ];
            for (stem, page) in pages {
                let page = self.with_own_style(page.into_string());
                self.add(&page_name(stem, reader), HTML, page.into_bytes());
            }
        }
    }

    /// The page with the style that is stored beside it: the one of the program is another after the next
    /// version.
    fn with_own_style(&self, page: String) -> String {
        let own = format!("{}/style.css", self.imprint.path(&self.figures.survey));
        page.replace(&assets::stylesheet_path(), &own)
    }

    fn tables(&mut self, language: Language) -> Result<(), NoFile> {
        let (figures, imprint) = (self.figures, self.imprint);
        let json = dataset(figures, imprint, language);
        self.add(&name_in("figures.json", language), JSON, json);
        let name = name_in("figures.xlsx", language);
        let workbook = figures_xlsx(figures, imprint, &self.report, language);
        let workbook = workbook.map_err(|error| no_file(&name, &error))?;
        self.add(&name, XLSX, workbook);
        Ok(())
    }

    fn pictures(&mut self, language: Language) -> Result<(), NoFile> {
        let (figures, imprint) = (self.figures, self.imprint);
        let cards = results::cards(language, imprint, figures);
        for (name, svg, width) in [
            ("card.png", &cards.wide, 1200),
            ("card-square.png", &cards.square, 1080),
        ] {
            let name = name_in(name, language);
            let drawn = png::png(svg, width).map_err(|error| no_file(&name, &error))?;
            self.add(&name, PNG, drawn);
        }
        let charts = results::charts(language, imprint, figures);
        let name = name_in("bulletin.pdf", language);
        let chosen = bulletin_charts(language, figures, &charts);
        let document = bulletin::bulletin(figures, imprint, language, &chosen);
        let document = document.map_err(|error| no_file(&name, &error))?;
        self.add(&name, PDF, document);
        let press = press::press(figures, imprint, language);
        self.add(&name_in("press.txt", language), TEXT, press.into_bytes());
        let drawn: Result<Vec<_>, NoFile> = charts
            .par_iter()
            .map(|chart| drawn(language, chart))
            .collect();
        self.made.extend(drawn?.into_iter().flatten());
        Ok(())
    }

    /// The description of all files for programs.
    fn package(&mut self) {
        self.made.sort_by(|one, other| one.name.cmp(&other.name));
        let tables = self.made.iter();
        let tables: Vec<(&str, &[u8])> = tables
            .map(|file| (file.name.as_str(), file.bytes.as_slice()))
            .collect();
        let package = release_package::describe(self.figures, self.imprint, &tables);
        self.add(release_package::FILE_NAME, JSON, package.into_bytes());
    }
}

/// The charts of the bulletin: the first trend and the first chart of counties.
fn bulletin_charts(language: Language, figures: &Figures, charts: &[Chart]) -> Vec<BulletinChart> {
    let tables = figures.indicators.iter().flat_map(|own| &own.domains);
    let mut counties = tables.filter(|table| table.dimension == "county");
    let counties = counties
        .next()
        .map(|table| table.title.get(language.code()));
    let wanted = [
        (ChartPlace::Findings, Some(text(language, "results.trend"))),
        (ChartPlace::Counties, counties.map(str::to_owned)),
    ];
    let chosen = wanted.into_iter().filter_map(|(place, topic)| {
        let chart = charts
            .iter()
            .find(|chart| Some(&chart.topic) == topic.as_ref())?;
        Some(BulletinChart {
            place,
            svg: chart.svg.clone(),
            caption: chart.title.clone(),
            alt: chart.alt.clone(),
        })
    });
    chosen.collect()
}

/// The files of a chart.
fn drawn(language: Language, chart: &Chart) -> Result<[StoredFile; 3], NoFile> {
    let name = |ending: &str| name_in(&format!("figure-{}.{ending}", chart.k), language);
    let svg = svg_outlines::with_outlines(&chart.svg, &chart.title, &chart.alt);
    let svg = svg.map_err(|error| no_file(&name("svg"), &error))?;
    let png = png::png(&chart.svg, CHART_WIDTH);
    let png = png.map_err(|error| no_file(&name("png"), &error))?;
    let file = |ending: &str, media_type: &str, bytes: Vec<u8>| StoredFile {
        name: name(ending),
        media_type: media_type.to_owned(),
        bytes,
    };
    Ok([
        file("svg", SVG, svg.into_bytes()),
        file("png", PNG, png),
        file("csv", CSV, csv::rows_csv(&chart.table)),
    ])
}

fn no_file(name: &str, error: &dyn std::fmt::Display) -> NoFile {
    NoFile {
        name: name.to_owned(),
        message: error.to_string(),
    }
}

/// The style of the public pages, as this version of the program has it.
fn stylesheet() -> Vec<u8> {
    let path = assets::stylesheet_path();
    let own = assets::all()
        .into_iter()
        .find(|own| path.ends_with(&own.name));
    own.map_or_else(Vec::new, |own| own.body.clone().into_bytes())
}
