//! The dictionary of a Stata file: variables, names, formats, labels, notes, missing values.

use crate::formats::column::{Column, ColumnKind};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;

/// `.` among the whole numbers: the first that is no value of a `long`.
pub const SYSTEM: i32 = 2_147_483_621;
/// `.a`: the first user-missing code.
const FIRST_MISSING: i32 = SYSTEM + 1;
/// `.b`: not asked.
pub const NOT_ASKED: i32 = SYSTEM + 2;

/// Most characters of a variable label.
const LABEL: usize = 80;
/// Most bytes of a text in a row.
const LONGEST_TEXT: usize = 2_045;

/// Where in the file the number of rows stands.
pub const ROWS_AT: u64 = 79;
/// Bytes of `<map>`.
pub const MAP_TAG: u64 = 5;

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A text of this many bytes.
    Text(usize),
    /// A text of any length.
    LongText,
    /// A whole number of 1 byte.
    Byte,
    /// A whole number of 2 bytes.
    Int,
    /// A whole number of 4 bytes.
    Long,
    /// A number.
    Double,
    /// Milliseconds since 1960.
    Time,
}

impl Storage {
    /// Whether it is a text.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Storage::Text(_) | Storage::LongText)
    }

    fn number(self) -> u16 {
        match self {
            Storage::Text(width) => u16::try_from(width).unwrap_or(1),
            Storage::LongText => 32_768,
            Storage::Double | Storage::Time => 65_526,
            Storage::Long => 65_528,
            Storage::Int => 65_529,
            Storage::Byte => 65_530,
        }
    }

    fn format(self) -> String {
        match self {
            Storage::Text(width) => format!("%-{}s", width.clamp(9, 40)),
            Storage::LongText => "%-40s".to_owned(),
            Storage::Byte | Storage::Int => "%8.0g".to_owned(),
            Storage::Long => "%12.0g".to_owned(),
            Storage::Double => "%10.0g".to_owned(),
            Storage::Time => "%tcCCYY-NN-DD_HH:MM:SS".to_owned(),
        }
    }

    /// The bytes of a whole number or of a missing value; `None` if it is too large.
    #[must_use]
    pub fn whole(self, code: i32) -> Option<Vec<u8>> {
        // Missing values are the largest numbers of each size, in the same order.
        let missing = code.checked_sub(SYSTEM).filter(|place| *place >= 0);
        match (self, missing) {
            (Storage::Byte, Some(place)) => Some(vec![u8::try_from(place + 101).ok()?]),
            (Storage::Byte, None) => {
                let own = i8::try_from(code).ok().filter(|code| *code <= 100)?;
                Some(own.to_le_bytes().to_vec())
            }
            (Storage::Int, Some(place)) => {
                Some(i16::try_from(place + 32_741).ok()?.to_le_bytes().to_vec())
            }
            (Storage::Int, None) => {
                let own = i16::try_from(code).ok().filter(|code| *code <= 32_740)?;
                Some(own.to_le_bytes().to_vec())
            }
            _ => Some(code.to_le_bytes().to_vec()),
        }
    }
}

/// The missing value of a number that stands at the same place as `code`.
#[must_use]
pub fn missing_double(code: i32) -> f64 {
    let place = u64::try_from(code - SYSTEM).unwrap_or(0);
    f64::from_bits(0x7FE0_0000_0000_0000 + place * 0x0100_0000_0000)
}

/// A column as it is stored.
pub struct DtaColumn {
    /// Name.
    pub name: String,
    /// How it is stored.
    pub storage: Storage,
    /// The number of each code.
    pub codes: Vec<i32>,
    /// The labels of the numbers.
    labels: Vec<(i32, String)>,
    /// What the numbers stand for, if the codes are words.
    note: String,
}

impl DtaColumn {
    /// How `column` is stored.
    #[must_use]
    pub fn new(column: &Column, cells: Cells) -> DtaColumn {
        let mut own = DtaColumn {
            name: column.short_name.clone(),
            storage: match column.kind {
                ColumnKind::Time => Storage::Time,
                ColumnKind::Whole | ColumnKind::Number(_) => Storage::Double,
                ColumnKind::Text | ColumnKind::Coded if column.width <= LONGEST_TEXT => {
                    Storage::Text(column.width.max(1))
                }
                ColumnKind::Text | ColumnKind::Coded => Storage::LongText,
            },
            codes: Vec::new(),
            labels: Vec::new(),
            note: String::new(),
        };
        if column.kind == ColumnKind::Coded && cells == Cells::Codes {
            own.number(column);
        }
        own
    }

    fn number(&mut self, column: &Column) {
        let is_numeric = column.has_numeric_codes();
        let mut missing = [FIRST_MISSING].into_iter().chain(NOT_ASKED + 1..);
        let mut notes = Vec::new();
        for (place, value) in (1..).zip(&column.values) {
            let own = match value.code.parse() {
                _ if value.missing => missing.next().unwrap_or(SYSTEM),
                Ok(number) if is_numeric => number,
                _ => place,
            };
            let label = match value.label.get("zh") {
                "" => &value.code,
                label => label,
            };
            self.codes.push(own);
            self.labels.push((own, label.to_owned()));
            let shown = match own
                .checked_sub(FIRST_MISSING)
                .and_then(|n| u8::try_from(n).ok())
            {
                Some(letter) => format!(".{}", char::from(b'a'.saturating_add(letter))),
                None => own.to_string(),
            };
            if shown != value.code {
                notes.push(format!("{shown} = {}", value.code));
            }
        }
        if column.question.is_some() {
            let label = crate::locale::text(crate::locale::Language::ZH, "formats.not_asked");
            self.labels.push((NOT_ASKED, label));
        }
        self.labels.sort_by_key(|(code, _)| *code);
        self.note = notes.join("; ");
        let valid = self.codes.iter().filter(|code| **code < SYSTEM);
        let fits = |low: i32, high: i32| valid.clone().all(|code| (low..=high).contains(code));
        self.storage = match (fits(-127, 100), fits(-32_767, 32_740)) {
            (true, _) => Storage::Byte,
            (false, true) => Storage::Int,
            (false, false) => Storage::Long,
        };
    }

    /// The value labels of the column; empty if it has none.
    #[must_use]
    pub fn labels(&self) -> Vec<u8> {
        if self.labels.is_empty() {
            return Vec::new();
        }
        let (mut offsets, mut codes, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (code, label) in &self.labels {
            offsets.extend(count(texts.len()));
            codes.extend(code.to_le_bytes());
            texts.extend(label.as_bytes());
            texts.push(0);
        }
        let mut table = count(self.labels.len()).to_vec();
        table.extend(count(texts.len()));
        table.extend(offsets);
        table.extend(codes);
        table.extend(texts);
        let mut out = b"<lbl>".to_vec();
        out.extend(count(table.len()));
        out.extend(filled(&self.name, 129));
        out.extend([0; 3]);
        out.extend(table);
        out.extend(b"</lbl>");
        out
    }
}

/// The file up to the map. The number of rows is 0.
///
/// # Errors
/// When there are too many columns.
pub fn head(title: &str, columns: usize, now: jiff::Timestamp) -> Result<Vec<u8>, ExportError> {
    let columns = u16::try_from(columns)
        .ok()
        .filter(|columns| *columns <= 32_767);
    let columns =
        columns.ok_or_else(|| ExportError::Form("too many columns for Stata".to_owned()))?;
    let mut out =
        b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>".to_vec();
    out.extend(columns.to_le_bytes());
    out.extend(b"</K><N>");
    out.extend([0; 8]);
    out.extend(b"</N><label>");
    let title = shortened(title);
    out.extend(u16::try_from(title.len()).unwrap_or(0).to_le_bytes());
    out.extend(title.as_bytes());
    out.extend(b"</label><timestamp>");
    let now = now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let now = now.strftime("%d %b %Y %H:%M").to_string();
    out.push(u8::try_from(now.len()).unwrap_or(0));
    out.extend(now.as_bytes());
    out.extend(b"</timestamp></header>");
    Ok(out)
}

/// The map, to be filled in when the file ends.
#[must_use]
pub fn empty_map() -> Vec<u8> {
    tagged("map", &[0; 14 * 8])
}

/// The parts between the map and the rows, in their order.
#[must_use]
pub fn parts(columns: &[Column], own: &[DtaColumn], cells: Cells) -> Vec<Vec<u8>> {
    let each = |bytes: &dyn Fn(&DtaColumn) -> Vec<u8>| own.iter().flat_map(bytes).collect();
    let types: Vec<u8> = each(&|own| own.storage.number().to_le_bytes().to_vec());
    let names: Vec<u8> = each(&|own| filled(&own.name, 129));
    let formats: Vec<u8> = each(&|own| filled(&own.storage.format(), 57));
    let label_names: Vec<u8> = each(&|own| match own.labels.is_empty() {
        true => filled("", 129),
        false => filled(&own.name, 129),
    });
    let labels = columns.iter().flat_map(|column| {
        let label = match column.label.get("zh") {
            "" => column.name.as_str(),
            label => label,
        };
        filled(&shortened(label), 321)
    });
    let labels: Vec<u8> = labels.collect();
    let sort = vec![0; 2 * (own.len() + 1)];
    vec![
        tagged("variable_types", &types),
        tagged("varnames", &names),
        tagged("sortlist", &sort),
        tagged("formats", &formats),
        tagged("value_label_names", &label_names),
        tagged("variable_labels", &labels),
        tagged("characteristics", &notes(columns, own, cells)),
    ]
}

/// The notes of the file and of its variables.
fn notes(columns: &[Column], own: &[DtaColumn], cells: Cells) -> Vec<u8> {
    let mut out = Vec::new();
    let weight = columns.iter().find(|column| column.is_weight());
    if let Some(weight) = weight {
        note(
            &mut out,
            "_dta",
            &format!("weight: [pweight={}]", weight.short_name),
        );
    }
    for (column, own) in columns.iter().zip(own) {
        if cells == Cells::Codes && !own.note.is_empty() {
            note(&mut out, &own.name, &format!("codes: {}", own.note));
        } else if column.name != own.name {
            note(&mut out, &own.name, &format!("name: {}", column.name));
        }
    }
    out
}

fn note(out: &mut Vec<u8>, variable: &str, text: &str) {
    for (name, text) in [("note0", "1"), ("note1", text)] {
        let mut bytes = filled(variable, 129);
        bytes.extend(filled(name, 129));
        bytes.extend(text.as_bytes());
        bytes.push(0);
        out.extend(b"<ch>");
        out.extend(count(bytes.len()));
        out.extend(bytes);
        out.extend(b"</ch>");
    }
}

fn tagged(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<{name}>").into_bytes();
    out.extend(bytes);
    out.extend(format!("</{name}>").into_bytes());
    out
}

/// `text` with zeros up to `width`.
fn filled(text: &str, width: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(width, 0);
    bytes
}

/// A text of at most 80 characters, with an ellipsis where something is cut off.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LABEL {
        return text.to_owned();
    }
    text.chars().take(LABEL - 1).chain(['…']).collect()
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
