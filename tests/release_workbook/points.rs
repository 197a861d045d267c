//! The 36 points, each as a check that says why it is not met. Spelling, writing and Excel's own checker
//! cannot be run here: what stands for them is said at the check.

use std::collections::BTreeSet;

use crate::support::workbook::{Book, Cell, Sheet, Table, find};

/// The points in the order of the checklist, and whether they are essential.
pub const POINTS: [(&str, bool); 36] = [
    ("tables are marked up", true),
    ("tables have meaningful names", false),
    ("no merged, split or nested cells", true),
    ("no blank rows or columns in tables", true),
    ("one tagged header row, unique and filled", true),
    ("text is wrapped", true),
    ("no filters or frozen panes", false),
    ("empty cells are explained", true),
    ("no hidden rows, columns or sheets", false),
    ("sensible widths of columns", false),
    ("no symbols or superscripts for notes", true),
    ("notes are referred to by the word", false),
    ("no notes in cells with numbers", false),
    ("notes in a table on a notes sheet", false),
    ("accessible writing", false),
    ("links have words", true),
    ("accessible text", false),
    ("sheet titles are descriptive and tagged", true),
    ("few symbols", false),
    ("no headers, footers or floating boxes", true),
    ("no visual dividers", false),
    ("no background fill", false),
    ("nothing by colour alone", true),
    ("contrast of colours", true),
    ("no images", false),
    ("no macros", false),
    ("unique sheet names", true),
    ("no blank sheets", true),
    ("column A is used", true),
    ("tables begin at the left edge", true),
    ("nothing below a table", false),
    ("one table a sheet", false),
    ("spelling", true),
    ("accessibility checker", false),
    ("document information", true),
    ("cursor in A1 of the first sheet", true),
];

/// Why the point (from 1) is not met; `None` if it is.
pub fn not_met(point: usize, book: &Book, sheets: &[Sheet]) -> Option<String> {
    let mut pairs = sheets
        .iter()
        .flat_map(|sheet| sheet.tables.iter().map(move |table| (sheet, table)));
    let mut of_sheets = sheets.iter();
    match point {
        1 => of_sheets.find_map(|sheet| {
            let is_table = sheet.cells.iter().any(|cell| cell.column > 1);
            (is_table && sheet.tables.is_empty()).then(|| format!("{} has no table", sheet.name))
        }),
        2 => {
            let names: Vec<&str> = pairs.map(|(_, table)| table.name.as_str()).collect();
            let is_named = |name: &&str| name.len() > 8 && !name.starts_with("Table");
            let unique: BTreeSet<&&str> = names.iter().collect();
            (unique.len() < names.len() || !names.iter().all(is_named)).then(|| names.join(", "))
        }
        4 => pairs.find_map(|(sheet, table)| blank_line(sheet, table)),
        5 => pairs.find_map(|(sheet, table)| header(sheet, table)),
        6 => not_wrapped(book, sheets),
        8 => pairs
            .find_map(|(sheet, table)| empty_cell(sheet, table))
            .or_else(|| unexplained(sheets)),
        10 => pairs.find_map(|(sheet, table)| {
            let widths = sheet.widths();
            let mut columns = table.columns.0..=table.columns.1;
            let wrong = columns.find(|column| {
                !widths
                    .get(column)
                    .is_some_and(|own| (8.0..=80.0).contains(own))
            });
            wrong.map(|column| format!("{} column {column}", sheet.name))
        }),
        18 => of_sheets.find_map(|sheet| title(book, sheet)),
        19 => of_sheets.find_map(|sheet| {
            let texts = sheet.tables.iter().flat_map(|table| &table.headings);
            let mut all = texts
                .map(String::as_str)
                .chain([sheet.name.as_str(), sheet.text(1, 1)])
                .chain(heading_cells(sheet));
            let found =
                all.find(|text| text.contains(['&', '#', '@', '^', '~', '|', '_', '=', '$']));
            found.map(str::to_owned)
        }),
        29 => of_sheets.find_map(|sheet| {
            let rows: BTreeSet<usize> = sheet.cells.iter().map(|cell| cell.row).collect();
            let mut rows = rows.into_iter();
            let empty = rows.find(|row| sheet.text(*row, 1).is_empty());
            empty.map(|row| format!("{} row {row} has nothing in A", sheet.name))
        }),
        30 => pairs
            .find(|(_, table)| table.columns.0 != 1)
            .map(|(sheet, _)| sheet.name.clone()),
        31 => pairs.find_map(|(sheet, table)| {
            let mut cells = sheet.cells.iter();
            let outside =
                cells.find(|cell| cell.row > table.rows.1 || cell.column > table.columns.1);
            outside.map(|cell| format!("{} row {}", sheet.name, cell.row))
        }),
        34 => pairs.find_map(|(sheet, table)| {
            // What Excel's checker asks of tables and sheets.
            let has_text = find(r#"altText="([^"]+)""#, &table.xml).len() == 1;
            let is_named = !sheet.name.starts_with("Sheet");
            (!has_text || !is_named).then(|| sheet.name.clone())
        }),
        11..=16 | 33 => about_words(point, sheets),
        _ => about_book(point, book, sheets),
    }
}

fn heading_cells(sheet: &Sheet) -> impl Iterator<Item = &str> {
    let rows: Vec<usize> = sheet.tables.iter().map(|table| table.rows.0).collect();
    let cells = sheet.cells.iter();
    cells
        .filter(move |cell| rows.contains(&cell.row))
        .map(|cell| cell.text.as_str())
}

fn blank_line(sheet: &Sheet, table: &Table) -> Option<String> {
    let is_filled = |row, column| !sheet.text(row, column).is_empty();
    let (rows, columns) = (
        table.rows.0..=table.rows.1,
        table.columns.0..=table.columns.1,
    );
    let row = rows
        .clone()
        .find(|row| !columns.clone().all(|column| is_filled(*row, column)) && !is_filled(*row, 1));
    let column = columns
        .clone()
        .find(|column| !rows.clone().any(|row| is_filled(row, *column)));
    row.map(|row| format!("{} row {row}", sheet.name))
        .or_else(|| column.map(|column| format!("{} column {column}", sheet.name)))
}

fn header(sheet: &Sheet, table: &Table) -> Option<String> {
    let unique: BTreeSet<&String> = table.headings.iter().collect();
    let columns = table.columns.0..=table.columns.1;
    let cells: Vec<&str> = columns.map(|own| sheet.text(table.rows.0, own)).collect();
    let is_right = !table.xml.contains("headerRowCount=\"0\"")
        && unique.len() == table.headings.len()
        && cells == table.headings
        && cells.iter().all(|own| !own.trim().is_empty());
    (!is_right).then(|| sheet.name.clone())
}

fn not_wrapped(book: &Book, sheets: &[Sheet]) -> Option<String> {
    let formats = book.formats();
    sheets.iter().find_map(|sheet| {
        let first = sheet.tables.first()?;
        let widths = sheet.widths();
        let mut cells = sheet.cells.iter().filter(|cell| cell.row >= first.rows.0);
        let found = cells.find(|cell| {
            let is_wide = widths
                .get(&cell.column)
                .is_some_and(|width| length(&cell.text) > *width);
            let is_heading = cell.row == first.rows.0;
            !cell.is_number && (is_wide || is_heading) && !formats[cell.style].is_wrapped
        });
        found.map(|cell| format!("{}: {}", sheet.name, cell.text))
    })
}

/// Width of a text in characters of the standard font.
fn length(text: &str) -> f64 {
    text.chars()
        .map(|own| if own.is_ascii() { 1.0 } else { 2.0 })
        .sum()
}

fn empty_cell(sheet: &Sheet, table: &Table) -> Option<String> {
    let mut places = (table.rows.0..=table.rows.1)
        .flat_map(|row| (table.columns.0..=table.columns.1).map(move |column| (row, column)));
    let empty = places.find(|(row, column)| sheet.text(*row, *column).trim().is_empty());
    empty.map(|place| format!("{} {place:?}", sheet.name))
}

/// The texts of the first column of the notes.
fn noted(sheets: &[Sheet]) -> BTreeSet<&str> {
    let notes = sheets
        .iter()
        .find(|sheet| matches!(sheet.name.as_str(), "Notes" | "注释"));
    let cells = notes.into_iter().flat_map(|sheet| &sheet.cells);
    cells
        .filter(|cell| cell.column == 1)
        .map(|cell| cell.text.as_str())
        .collect()
}

fn all_cells(sheets: &[Sheet]) -> impl Iterator<Item = &Cell> {
    sheets.iter().flat_map(|sheet| &sheet.cells)
}

fn unexplained(sheets: &[Sheet]) -> Option<String> {
    let noted = noted(sheets);
    let mut markers = all_cells(sheets).filter(|cell| is_marker(&cell.text));
    let found = markers.find(|cell| !noted.contains(cell.text.as_str()));
    found.map(|cell| cell.text.clone())
}

/// Whether a text is a word in square brackets and nothing else.
fn is_marker(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|own| own.strip_suffix(']'));
    inner.is_some_and(|own| own.chars().all(char::is_alphanumeric))
}

/// A number that is kept as text, in a column with numbers.
fn number_as_text(sheet: &Sheet) -> Option<String> {
    let columns: BTreeSet<usize> = sheet
        .cells
        .iter()
        .filter(|cell| cell.is_number)
        .map(|cell| cell.column)
        .collect();
    let mut cells = sheet.cells.iter();
    let found = cells.find(|cell| {
        let is_text = !cell.is_number && cell.text.parse::<f64>().is_ok();
        is_text && columns.contains(&cell.column)
    });
    found.map(|cell| format!("{}: {}", sheet.name, cell.text))
}

/// Whether a text is a number with something that belongs to a note.
fn is_number_with_note(text: &str) -> bool {
    let end = text.trim_start_matches(|own: char| own.is_ascii_digit() || "(.,-)".contains(own));
    let is_number = end.len() < text.len() && text.contains(|own: char| own.is_ascii_digit());
    let end = end.trim();
    is_number && (end == "*" || (end.starts_with('[') && end.ends_with(']')))
}

fn title(book: &Book, sheet: &Sheet) -> Option<String> {
    let styles = book.part("xl/styles.xml");
    let heading = find(
        r#"<cellStyle name="Heading 1" xfId="(\d+)" builtinId="16"/>"#,
        styles,
    );
    let heading: Option<usize> = heading.first().map(|own| own[0].parse().unwrap());
    let formats = book.formats();
    let is_tagged = |cell: &Cell| Some(formats[cell.style].style) == heading;
    let tagged: Vec<&Cell> = sheet.cells.iter().filter(|cell| is_tagged(cell)).collect();
    let is_right = tagged.len() == 1
        && (tagged[0].row, tagged[0].column) == (1, 1)
        && tagged[0].text.chars().count() >= 5
        && tagged[0].text != sheet.name;
    (!is_right).then(|| format!("{}: {}", sheet.name, sheet.text(1, 1)))
}

/// The points about what is written.
fn about_words(point: usize, sheets: &[Sheet]) -> Option<String> {
    let noted = noted(sheets);
    let mut cells = all_cells(sheets);
    let said = |cell: &Cell| cell.text.clone();
    match point {
        11 => cells
            .find(|cell| cell.text.contains(['*', '†', '‡', '¹', '²', '³', '※']))
            .map(said),
        12 => {
            let headings = sheets.iter().flat_map(heading_cells);
            let found: Vec<Vec<String>> = headings
                .flat_map(|text| find(r"\[([^\]]*)\]", text))
                .collect();
            let wrong = found.iter().find(|own| {
                let name = own[0].replacen("note", "Note", 1);
                !noted.contains(name.as_str())
            });
            match found.is_empty() {
                true => Some("no note is referred to".to_owned()),
                false => wrong.map(|own| own[0].clone()),
            }
        }
        13 => cells
            .find(|cell| !cell.is_number && is_number_with_note(&cell.text))
            .map(said)
            .or_else(|| sheets.iter().find_map(number_as_text)),
        14 => {
            let numbers = noted
                .iter()
                .filter(|own| find(r"^(?:Note|注) (\d+)$", own).len() == 1);
            let is_table = sheets.iter().any(|sheet| {
                matches!(sheet.name.as_str(), "Notes" | "注释") && sheet.tables.len() == 1
            });
            let n = numbers.count();
            (n < 6 || !is_table || unexplained(sheets).is_some()).then(|| format!("{n} notes"))
        }
        // Stands for a reader: no sentence of more than 45 words or 130 Chinese characters.
        15 => cells
            .find(|cell| !cell.is_number && is_long_winded(&cell.text))
            .map(said),
        16 => sheets.iter().find_map(|sheet| {
            let links = find(r#"<hyperlink ref="([A-Z]+)(\d+)""#, &sheet.xml);
            let mut texts = links.iter().map(|own| {
                assert_eq!(own[0].len(), 1);
                let column = usize::from(own[0].as_bytes()[0] - b'A') + 1;
                sheet.text(own[1].parse().unwrap(), column)
            });
            let wrong = texts.find(|text| text.contains("://") || text.trim().is_empty());
            let bare = sheet
                .cells
                .iter()
                .find(|cell| cell.text.starts_with("http"));
            wrong.map(str::to_owned).or_else(|| bare.map(said))
        }),
        // Stands for a dictionary: no placeholder, no name of a text, no word or blank twice.
        _ => cells.find(|cell| is_misspelt(&cell.text)).map(said),
    }
}

fn is_long_winded(text: &str) -> bool {
    let sentences = text.split(['.', ';', '。', '；', ':', '：']);
    let is_long = |sentence: &str| {
        let words = sentence.split_whitespace().count();
        let signs = sentence.chars().filter(|own| !own.is_ascii()).count();
        words > 45 || signs > 130
    };
    let mut sentences = sentences;
    sentences.any(is_long)
}

fn is_misspelt(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is_twice = words
        .windows(2)
        .any(|pair| pair[0] == pair[1] && pair[0].chars().all(char::is_alphabetic));
    let names = ["release_files.", "quality_report."];
    let marks = ["%{", "  ", "。。", "，，", "，。", ",,"];
    is_twice || names.iter().chain(&marks).any(|own| text.contains(own))
}

/// The points about the parts of the file.
fn about_book(point: usize, book: &Book, sheets: &[Sheet]) -> Option<String> {
    let styles = book.part("xl/styles.xml");
    let workbook = book.part("xl/workbook.xml");
    let tables = sheets.iter().flat_map(|sheet| &sheet.tables);
    let tables: Vec<&Table> = tables.collect();
    let in_sheets = |names: &[&str]| {
        let mut all = sheets.iter();
        let found = all.find(|sheet| names.iter().any(|name| sheet.xml.contains(name)));
        found.map(|sheet| sheet.name.clone())
    };
    let said = |is_wrong: bool, why: &str| is_wrong.then(|| why.to_owned());
    match point {
        3 => in_sheets(&["<mergeCell"]),
        7 => in_sheets(&["<autoFilter", "<pane"]).or_else(|| {
            said(
                tables.iter().any(|own| own.xml.contains("<autoFilter")),
                "table with filter",
            )
        }),
        9 => in_sheets(&[" hidden=\"1\""])
            .or_else(|| said(workbook.contains("state=\"hidden\""), "hidden sheet")),
        17 => {
            let fonts = book.fonts();
            let is_wrong = |font: &&String| {
                let size = find(r#"<sz val="([\d.]+)"/>"#, font);
                let size: f64 = size.first().map_or(0.0, |own| own[0].parse().unwrap());
                size < 12.0 || !font.contains("<name val=\"Arial\"/>") || font.contains("<i/>")
            };
            fonts.iter().find(is_wrong).cloned()
        }
        20 => in_sheets(&["<headerFooter", "<drawing", "<legacyDrawing"]),
        21 => {
            let borders = find(r#"<(?:left|right|top|bottom|diagonal) (style)="#, styles);
            said(!borders.is_empty(), "borders")
        }
        22 => {
            let is_striped = tables.iter().any(|own| {
                own.xml.contains("showRowStripes=\"1\"") || own.xml.contains("TableStyle")
            });
            said(
                styles.contains("patternType=\"solid\"") || is_striped,
                "fill",
            )
        }
        23 => {
            // Coloured words are links, which are underlined too.
            let fonts = book.fonts();
            let is_bare = |font: &String| font.contains("<color rgb=") && !font.contains("<u/>");
            in_sheets(&["<conditionalFormatting", "<tabColor"])
                .or_else(|| said(fonts.iter().any(is_bare), "coloured words"))
        }
        24 => {
            let colours = find(r#"<color rgb="FF([0-9A-F]{6})"/>"#, styles);
            let mut wrong = colours.iter().filter(|own| contrast(&own[0]) < 4.5);
            wrong.next().map(|own| own[0].clone())
        }
        25 => book
            .parts
            .keys()
            .find(|name| name.contains("media/"))
            .cloned(),
        26 => {
            let types = book.part("[Content_Types].xml");
            let has_code = book.parts.keys().any(|name| name.contains("vba"));
            said(types.contains("macroEnabled") || has_code, "macros")
        }
        27 => {
            let names: BTreeSet<String> = sheets
                .iter()
                .map(|sheet| sheet.name.to_lowercase())
                .collect();
            said(names.len() < sheets.len(), "two sheets of one name")
        }
        28 => sheets
            .iter()
            .find(|sheet| sheet.cells.len() < 2)
            .map(|sheet| sheet.name.clone()),
        32 => sheets
            .iter()
            .find(|sheet| find("<tablePart (r:id)", &sheet.xml).len() > 1)
            .map(|sheet| sheet.name.clone()),
        35 => {
            let core = book.part("docProps/core.xml");
            let needed = ["dc:title", "dc:subject", "dc:creator", "dcterms:created"];
            let missing = needed
                .iter()
                .find(|name| find(&format!("<{name}[^>]*>([^<]+)</{name}>"), core).len() != 1);
            missing.map(|own| (*own).to_owned())
        }
        36 => {
            let active = find(r#"activeTab="(\d+)""#, workbook);
            let is_other = active.first().is_some_and(|own| own[0] != "0");
            let selections = find(r#"<selection[^>]*activeCell="([A-Z]+\d+)""#, &sheets[0].xml);
            let is_moved = selections.iter().any(|own| own[0] != "A1");
            said(is_other || is_moved, "the cursor is elsewhere")
        }
        other => Some(format!("point {other} has no check")),
    }
}

/// Contrast of a colour with white, WCAG 2.2.
fn contrast(colour: &str) -> f64 {
    let part = |from: usize| {
        let own = u8::from_str_radix(&colour[from..from + 2], 16).unwrap();
        let share = f64::from(own) / 255.0;
        match share <= 0.040_45 {
            true => share / 12.92,
            false => ((share + 0.055) / 1.055).powf(2.4),
        }
    };
    let light = 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
    1.05 / (light + 0.05)
}
