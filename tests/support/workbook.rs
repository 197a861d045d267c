//! A workbook read as what it is: a ZIP archive of XML parts, each of which a test may change.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::sync::{LazyLock, Mutex};

use regex::Regex;

/// The parts of a workbook by name.
#[derive(Clone)]
pub struct Book {
    pub parts: BTreeMap<String, String>,
}

/// One cell with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub row: usize,
    pub column: usize,
    pub text: String,
    pub is_number: bool,
    pub style: usize,
}

/// One sheet.
pub struct Sheet {
    pub name: String,
    pub xml: String,
    pub cells: Vec<Cell>,
    /// Where each cell is in `cells`, by row and column.
    places: HashMap<(usize, usize), usize>,
    pub tables: Vec<Table>,
}

/// One table: its first and last row and column, from 1.
pub struct Table {
    pub xml: String,
    pub name: String,
    pub rows: (usize, usize),
    pub columns: (usize, usize),
    pub headings: Vec<String>,
}

/// A format of cells.
pub struct Format {
    pub style: usize,
    pub is_wrapped: bool,
}

/// The groups of every match. A pattern is compiled once.
pub fn find(pattern: &str, text: &str) -> Vec<Vec<String>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let compiled = || Regex::new(pattern).unwrap();
    let mut known = KNOWN.lock().unwrap();
    let own = known
        .entry(pattern.to_owned())
        .or_insert_with(compiled)
        .clone();
    drop(known);
    let all = own.captures_iter(text).map(|found| {
        let groups = found.iter().skip(1);
        groups
            .map(|own| own.map_or(String::new(), |own| own.as_str().to_owned()))
            .collect()
    });
    all.collect()
}

fn plain(xml: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    named
        .iter()
        .fold(xml.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn column(letters: &str) -> usize {
    letters
        .bytes()
        .fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1)
}

impl Book {
    pub fn read(bytes: &[u8]) -> Book {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut parts = BTreeMap::new();
        for place in 0..archive.len() {
            let mut part = archive.by_index(place).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            parts.insert(name, text);
        }
        Book { parts }
    }

    pub fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// The book with `from` replaced by `to` wherever it stands in parts whose names begin so.
    pub fn with(&self, part: &str, from: &str, to: &str) -> Book {
        let mut book = self.clone();
        let mut is_found = false;
        for (name, text) in &mut book.parts {
            if name.starts_with(part) && text.contains(from) {
                *text = text.replace(from, to);
                is_found = true;
            }
        }
        assert!(is_found, "{from} is not in {part}");
        book
    }

    pub fn strings(&self) -> Vec<String> {
        let all = find(r"(?s)<si>(.*?)</si>", self.part("xl/sharedStrings.xml"));
        let texts = all.iter().map(|own| {
            let runs = find(r"(?s)<t[^>]*>(.*?)</t>", &own[0]);
            plain(&runs.iter().map(|run| run[0].as_str()).collect::<String>())
        });
        texts.collect()
    }

    pub fn sheets(&self) -> Vec<Sheet> {
        let strings = self.strings();
        let names = find(r#"<sheet name="([^"]*)""#, self.part("xl/workbook.xml"));
        let mut place = 0;
        names
            .into_iter()
            .map(|name| {
                place += 1;
                let xml = self.part(&format!("xl/worksheets/sheet{place}.xml"));
                let relations = format!("xl/worksheets/_rels/sheet{place}.xml.rels");
                let tables = find(r#"tables/(table\d+\.xml)"#, self.part(&relations));
                let cells = cells(xml, &strings);
                let places = cells.iter().enumerate();
                let places = places.map(|(place, cell)| ((cell.row, cell.column), place));
                let n_parts = find(r"<tablePart (r:id)", xml).len();
                Sheet {
                    name: plain(&name[0]),
                    xml: xml.to_owned(),
                    places: places.collect(),
                    cells,
                    tables: tables
                        .iter()
                        .take(n_parts)
                        .map(|own| table(self.part(&format!("xl/tables/{}", own[0]))))
                        .collect(),
                }
            })
            .collect()
    }

    pub fn formats(&self) -> Vec<Format> {
        let styles = self.part("xl/styles.xml");
        let formats = styles.split("<cellXfs").nth(1).unwrap_or_default();
        let formats = formats.split("</cellXfs>").next().unwrap_or_default();
        let all = formats.split("<xf ").skip(1);
        all.map(|xf| {
            let number = |name: &str| {
                let found = find(&format!(r#"\b{name}="(\d+)""#), xf);
                found.first().map_or(0, |own| own[0].parse().unwrap())
            };
            Format {
                style: number("xfId"),
                is_wrapped: xf.contains("wrapText=\"1\""),
            }
        })
        .collect()
    }

    /// The fonts as XML.
    pub fn fonts(&self) -> Vec<String> {
        let all = find(r"(?s)<font>(.*?)</font>", self.part("xl/styles.xml"));
        all.into_iter().map(|mut own| own.remove(0)).collect()
    }
}

fn cells(xml: &str, strings: &[String]) -> Vec<Cell> {
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(own, _)| own.to_owned())
    };
    let all = xml.split("<c ").skip(1).filter_map(|own| {
        let (tag, rest) = own.split_once("><v>")?;
        let (value, _) = rest.split_once("</v>")?;
        let tag = format!(" {tag}");
        let place = attribute(&tag, "r")?;
        let digits = place.find(|own: char| own.is_ascii_digit())?;
        let is_number = attribute(&tag, "t").is_none();
        Some(Cell {
            row: place[digits..].parse().unwrap(),
            column: column(&place[..digits]),
            text: match is_number {
                true => value.to_owned(),
                false => strings[value.parse::<usize>().unwrap()].clone(),
            },
            is_number,
            style: attribute(&tag, "s").map_or(0, |own| own.parse().unwrap()),
        })
    });
    all.collect()
}

fn table(xml: &str) -> Table {
    let area = find(r#" ref="([A-Z]+)(\d+):([A-Z]+)(\d+)""#, xml).remove(0);
    let name = find(r#"displayName="([^"]*)""#, xml).remove(0);
    let headings = find(r#"<tableColumn id="\d+" name="([^"]*)""#, xml);
    Table {
        xml: xml.to_owned(),
        name: name[0].clone(),
        rows: (area[1].parse().unwrap(), area[3].parse().unwrap()),
        columns: (column(&area[0]), column(&area[2])),
        headings: headings.iter().map(|own| plain(&own[0])).collect(),
    }
}

impl Sheet {
    pub fn at(&self, row: usize, column: usize) -> Option<&Cell> {
        self.places
            .get(&(row, column))
            .map(|place| &self.cells[*place])
    }

    /// The text of a cell; empty without one.
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.at(row, column).map_or("", |cell| &cell.text)
    }

    /// Widths of the columns from 1.
    pub fn widths(&self) -> BTreeMap<usize, f64> {
        let all = find(
            r#"<col min="(\d+)" max="(\d+)" width="([\d.]+)""#,
            &self.xml,
        );
        let each = all.into_iter().flat_map(|own| {
            let (from, to): (usize, usize) = (own[0].parse().unwrap(), own[1].parse().unwrap());
            let width: f64 = own[2].parse().unwrap();
            (from..=to).map(move |column| (column, width))
        });
        each.collect()
    }
}
