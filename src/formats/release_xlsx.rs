//! The workbook of a release, `figures.xlsx`, after the checklist for accessible spreadsheets of the
//! UK's Government Statistical Service. `tests/release_workbook.rs` checks its 36 points.
//!
//! Each sheet has its title in A1, sentences and links below it, then one table to its last row. No cell
//! is empty, merged, filled or a formula.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatUnderline, Table as Marked,
    TableColumn, TableStyle, Url, Workbook, Worksheet, XlsxError,
};

use crate::formats::heading_style::with_headings;
use crate::locale::{Language, text};
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;
use crate::release::public_lines::Measured;
use crate::release::quality_report::QualityReport;
use crate::release::sheets::sheet::{Cell, Sheet};
use crate::release::sheets::sheets;

/// Name of the file.
pub const FILE_NAME: &str = "figures.xlsx";

/// Font of every cell: without serifs, on every system or replaced by one without.
const FONT: &str = "Arial";

/// Size of every cell but titles, points.
const SIZE: f64 = 12.0;

/// Size of titles; no other cell has it.
const TITLE_SIZE: f64 = 16.0;

/// Height of a line, points.
const LINE: f64 = 16.0;

/// Narrowest and widest column, in characters.
const WIDTHS: (f64, f64) = (12.0, 60.0);

/// The workbook of the public `figures`.
///
/// # Errors
/// When the library refuses a sheet: a name that is too long or not unique.
pub fn figures_xlsx(
    figures: &Figures,
    imprint: &Imprint,
    report: &QualityReport,
    language: Language,
) -> Result<Vec<u8>, std::io::Error> {
    let sheets = sheets(figures, imprint, report, language);
    let written = written(figures, imprint, &sheets, language).map_err(refused)?;
    with_headings(&written)
}

fn refused(error: XlsxError) -> std::io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => std::io::Error::other(error),
    }
}

fn written(
    figures: &Figures,
    imprint: &Imprint,
    sheets: &[Sheet],
    language: Language,
) -> Result<Vec<u8>, XlsxError> {
    let code = language.code();
    let words = |key: &str| text(language, &format!("release_files.{key}"));
    let seconds = imprint.published_at.div_euclid(1_000_000);
    let created = ExcelDateTime::from_timestamp(seconds)?;
    let properties = DocProperties::new()
        .set_title(figures.title.get(code))
        .set_subject(words("subject"))
        .set_author(figures.agency.get(code))
        .set_company(figures.agency.get(code))
        .set_keywords(words("keywords"))
        .set_comment(imprint.address(&figures.survey))
        .set_creation_datetime(&created);
    let formats = Formats::new();
    let mut workbook = Workbook::new();
    workbook.set_default_format(&formats.plain, 21, 72)?;
    workbook.set_properties(&properties);
    for sheet in sheets {
        write_sheet(workbook.add_worksheet(), sheet, &formats)?;
    }
    workbook.save_to_buffer()
}

/// The formats of all cells.
struct Formats {
    plain: Format,
    title: Format,
    heading: Format,
    words: Format,
    /// Markers among numbers, and the headings of numbers.
    marker: Format,
    right_heading: Format,
    link: Format,
    /// Words and links above a table, which run over the columns at their right.
    line: Format,
    line_link: Format,
}

impl Formats {
    fn new() -> Formats {
        let base = || Format::new().set_font_name(FONT).set_font_size(SIZE);
        let top = || base().set_align(FormatAlign::Top);
        let link = || {
            let blue = top().set_font_color(0x0563C1);
            blue.set_underline(FormatUnderline::Single)
        };
        Formats {
            plain: base(),
            title: base().set_font_size(TITLE_SIZE).set_bold(),
            heading: top().set_bold().set_text_wrap(),
            words: top().set_text_wrap(),
            marker: top().set_align(FormatAlign::Right),
            right_heading: top()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Right),
            link: link().set_text_wrap(),
            line: top(),
            line_link: link(),
        }
    }

    fn number(decimals: usize) -> Format {
        let pattern = match decimals {
            0 => "#,##0".to_owned(),
            decimals => format!("#,##0.{}", "0".repeat(decimals)),
        };
        let base = Format::new().set_font_name(FONT).set_font_size(SIZE);
        base.set_align(FormatAlign::Top).set_num_format(pattern)
    }
}

fn write_sheet(target: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), XlsxError> {
    target.set_name(&sheet.name)?;
    // A4, landscape, as wide as the page.
    target.set_landscape();
    target.set_paper_size(9);
    target.set_print_fit_to_pages(1, 0);
    target.write_string_with_format(0, 0, &sheet.title, &formats.title)?;
    let mut row = 1;
    let widths: Vec<f64> = (0..sheet.header.len().max(1))
        .map(|column| width(sheet, column))
        .collect();
    for (place, width) in (0..).zip(&widths) {
        target.set_column_width(place, *width)?;
    }
    let has_table = !sheet.header.is_empty() && !sheet.rows.is_empty();
    for cell in &sheet.above {
        match has_table {
            true => write_cell(target, (row, 0), cell, (&formats.line, &formats.line_link))?,
            false => {
                let cells = (std::slice::from_ref(cell), [false].as_slice());
                write_row(target, row, cells, (&widths, formats))?;
            }
        }
        row += 1;
    }
    if has_table {
        write_table(target, row, sheet, (&widths, formats))?;
    }
    Ok(())
}

/// A row of wrapped cells, as high as the longest of them needs.
fn write_row(
    target: &mut Worksheet,
    row: u32,
    (cells, is_numeric): (&[Cell], &[bool]),
    (widths, formats): (&[f64], &Formats),
) -> Result<(), XlsxError> {
    for ((column, cell), is_numeric) in (0..).zip(cells).zip(is_numeric) {
        let words = match (cell, is_numeric) {
            (Cell::Measured(Measured::Marked(_)), true) => &formats.marker,
            _ => &formats.words,
        };
        write_cell(target, (row, column), cell, (words, &formats.link))?;
    }
    let texts = cells.iter().map(|cell| match cell {
        Cell::Text(words) | Cell::ToSheet { words, .. } | Cell::ToAddress { words, .. } => words,
        Cell::Measured(_) => "",
    });
    set_height(target, row, texts.zip(widths))
}

/// Excel finds the height of wrapped rows by itself, other programs do not.
fn set_height<'t>(
    target: &mut Worksheet,
    row: u32,
    texts: impl Iterator<Item = (&'t str, &'t f64)>,
) -> Result<(), XlsxError> {
    let lines = texts.map(|(text, width)| (size(text) / (width - 1.0)).ceil());
    let lines = lines.fold(1.0, f64::max);
    if lines > 1.0 {
        target.set_row_height(row, LINE * lines)?;
    }
    Ok(())
}

fn write_table(
    target: &mut Worksheet,
    first: u32,
    sheet: &Sheet,
    (widths, formats): (&[f64], &Formats),
) -> Result<(), XlsxError> {
    let is_numeric: Vec<bool> = (0..sheet.header.len())
        .map(|column| has_numbers(sheet, column))
        .collect();
    let headings = sheet.header.iter().map(String::as_str);
    set_height(target, first, headings.zip(widths))?;
    let mut row = first;
    for cells in &sheet.rows {
        row += 1;
        write_row(target, row, (cells, &is_numeric), (widths, formats))?;
    }
    let columns: Vec<TableColumn> = sheet
        .header
        .iter()
        .zip(&is_numeric)
        .map(|(text, is_numeric)| {
            let format = match is_numeric {
                true => &formats.right_heading,
                false => &formats.heading,
            };
            TableColumn::new()
                .set_header(text)
                .set_header_format(format)
        })
        .collect();
    let table = Marked::new()
        .set_name(format!("table_{}", sheet.code))
        .set_alt_text_title(&sheet.name)
        .set_alt_text(&sheet.title)
        .set_columns(&columns)
        .set_style(TableStyle::None)
        .set_banded_rows(false)
        .set_autofilter(false);
    let last = u16::try_from(sheet.header.len().saturating_sub(1)).unwrap_or(u16::MAX);
    target.add_table(first, 0, row, last, &table)?;
    Ok(())
}

fn write_cell(
    target: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    (words_format, link_format): (&Format, &Format),
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => {
            target.write_string_with_format(row, column, text, words_format)?;
        }
        Cell::Measured(Measured::Number { value, decimals }) => {
            let format = Formats::number(*decimals);
            target.write_number_with_format(row, column, *value, &format)?;
        }
        Cell::Measured(Measured::Marked(marker)) => {
            let text = marker.shorthand();
            target.write_string_with_format(row, column, text, words_format)?;
        }
        Cell::ToSheet { words, sheet } => {
            let name = sheet.replace('\'', "''");
            let link = Url::new(format!("internal:'{name}'!A1")).set_text(words);
            target.write_url_with_format(row, column, link, link_format)?;
        }
        Cell::ToAddress { words, address } => {
            let link = Url::new(address.as_str()).set_text(words);
            target.write_url_with_format(row, column, link, link_format)?;
        }
    }
    Ok(())
}

/// Whether a column has numbers and no words.
fn has_numbers(sheet: &Sheet, column: usize) -> bool {
    let mut cells = sheet.rows.iter().filter_map(|row| row.get(column));
    let is_number = |cell: &Cell| matches!(cell, Cell::Measured(Measured::Number { .. }));
    let is_words = |cell: &Cell| !matches!(cell, Cell::Measured(_));
    cells.clone().any(is_number) && !cells.any(is_words)
}

/// The width of a column: that of its widest cell within [`WIDTHS`].
fn width(sheet: &Sheet, column: usize) -> f64 {
    let (narrowest, widest) = WIDTHS;
    if sheet.header.is_empty() {
        return widest + 20.0;
    }
    let heading = sheet.header.get(column).map_or(0.0, |text| size(text));
    let cells = sheet.rows.iter().filter_map(|row| match row.get(column) {
        Some(Cell::Text(text) | Cell::ToSheet { words: text, .. }) => Some(size(text)),
        _ => None,
    });
    let found = cells.chain([heading]).fold(0.0, f64::max);
    (found + 2.0).clamp(narrowest, widest)
}

/// The width of a text: a Chinese character is as wide as two digits.
fn size(text: &str) -> f64 {
    let widths = text.chars();
    let widths = widths.map(|own| if own.is_ascii() { 1.1 } else { 2.2 });
    widths.sum()
}
