//! The dictionary of an SPSS file: variables, labels, missing values, names, encoding.

use crate::formats::column::{Column, ColumnKind, Measure};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::formats::sav_cases::{SEGMENT, SEGMENT_COUNTED};
use crate::formats::sav_labels::{Missing, long_text_records, missing, value_labels};
use crate::formats::sav_variable::{
    SavVariable, Storage, double, int, padded, record, size, storage,
};
use crate::formats::stored_number::cut;

/// Where in the file the number of cases stands.
pub const CASES_AT: u64 = 80;

/// Most bytes of a variable label.
const LABEL: usize = 255;

/// The file up to the cases. The number of cases is unknown (-1).
///
/// # Errors
/// When there are too many columns.
pub fn dictionary(
    title: &str,
    columns: &[Column],
    cells: Cells,
    now: jiff::Timestamp,
) -> Result<Vec<u8>, ExportError> {
    let (variables, units) = variables(columns, cells)?;
    let weight = variables.iter().find(|own| own.column.is_weight());
    let mut out = Vec::new();
    header(
        &mut out,
        title,
        units,
        weight.map_or(0, |own| own.unit),
        now,
    );
    for variable in &variables {
        variable_record(&mut out, variable, cells);
    }
    if cells == Cells::Codes {
        value_labels(&mut out, &variables);
    }
    information(&mut out, &variables);
    if cells == Cells::Codes {
        long_text_records(&mut out, &variables);
    }
    record(&mut out, 20, 1, b"UTF-8");
    int(&mut out, 999);
    int(&mut out, 0);
    Ok(out)
}

fn variables(columns: &[Column], cells: Cells) -> Result<(Vec<SavVariable<'_>>, i32), ExportError> {
    let mut variables = Vec::new();
    let mut units: i32 = 0;
    for column in columns {
        let storage = storage(column, cells);
        for (segment, width) in segments(storage).into_iter().enumerate() {
            variables.push(SavVariable {
                column,
                storage,
                name: format!("V{:07}", variables.len() + 1),
                width,
                is_first: segment == 0,
                unit: units.saturating_add(1),
            });
            let own = i32::try_from(width.div_ceil(8).max(1));
            let own = own.map_err(|_| ExportError::too_long(&column.name, width, SEGMENT))?;
            units = units.saturating_add(own);
        }
    }
    Ok((variables, units))
}

/// The bytes of each segment; 0 for a number.
fn segments(storage: Storage) -> Vec<usize> {
    match storage {
        Storage::Number | Storage::Time => vec![0],
        Storage::Text(width) if width <= SEGMENT => vec![width],
        Storage::Text(width) => {
            let count = width.div_ceil(SEGMENT_COUNTED);
            let mut own = vec![SEGMENT; count - 1];
            own.push(width - (count - 1) * SEGMENT_COUNTED);
            own
        }
    }
}

fn header(out: &mut Vec<u8>, title: &str, units: i32, weight: i32, now: jiff::Timestamp) {
    out.extend(b"$FL2");
    let program = concat!("@(#) SPSS DATA FILE minyi ", env!("CARGO_PKG_VERSION"));
    padded(out, program.as_bytes(), 60, b' ');
    for number in [2, units, 1, weight, -1] {
        int(out, number);
    }
    double(out, 100.0);
    let now = now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let when = now.strftime("%d %b %y%H:%M:%S").to_string();
    padded(out, when.as_bytes(), 17, b' ');
    padded(out, cut(title, 64).as_bytes(), 64, b' ');
    out.extend([0; 3]);
}

fn variable_record(out: &mut Vec<u8>, variable: &SavVariable<'_>, cells: Cells) {
    let column = variable.column;
    let label = match column.label.get("zh") {
        "" => column.name.as_str(),
        label => label,
    };
    let label = cut(label, LABEL);
    let missing = match cells {
        Cells::Codes if variable.is_first => missing(variable),
        _ => Missing::default(),
    };
    int(out, 2);
    int(out, size(variable.width));
    int(out, 1);
    int(out, missing.count);
    let format = format(variable);
    int(out, format);
    int(out, format);
    padded(out, variable.name.as_bytes(), 8, b' ');
    int(out, size(label.len()));
    padded(out, label.as_bytes(), label.len().div_ceil(4) * 4, b' ');
    out.extend(missing.values);
    for _ in 1..variable.width.div_ceil(8).max(1) {
        int(out, 2);
        int(out, -1);
        for _ in 0..4 {
            int(out, 0);
        }
        padded(out, b"", 8, b' ');
    }
}

/// How the values are shown: kind, width and decimals in one number.
fn format(variable: &SavVariable<'_>) -> i32 {
    let (kind, width, decimals) = match (variable.storage, variable.column.kind) {
        (Storage::Text(_), _) => (1, size(variable.width), 0),
        (Storage::Time, _) => (22, 20, 0),
        (Storage::Number, ColumnKind::Number(Some(decimals))) => {
            (5, 16, i32::try_from(decimals.min(10)).unwrap_or(0))
        }
        (Storage::Number, ColumnKind::Number(None)) => (5, 16, 6),
        (Storage::Number, ColumnKind::Whole) => (5, 16, 0),
        (Storage::Number, _) => (5, 8, 0),
    };
    kind << 16 | width << 8 | decimals
}

/// The records that say how numbers are stored, how variables are shown and what they are called.
fn information(out: &mut Vec<u8>, variables: &[SavVariable<'_>]) {
    // Version, machine, IEEE 754, compression by bytes, little-endian, UTF-8.
    let integers = [27, 0, 0, -1, 1, 1, 2, 65_001];
    record(out, 3, 4, &integers.map(i32::to_le_bytes).concat());
    let floats = [f64::MIN, f64::MAX, f64::MIN.next_up()];
    record(out, 4, 8, &floats.map(f64::to_le_bytes).concat());
    let mut display = Vec::new();
    for variable in variables {
        let measure = match variable.column.measure {
            Measure::Nominal => 1,
            Measure::Ordinal => 2,
            Measure::Scale => 3,
        };
        let is_text = matches!(variable.storage, Storage::Text(_));
        let (width, alignment) = if is_text {
            (size(variable.width.clamp(4, 30)), 0)
        } else {
            (12, 1)
        };
        for number in [measure, width, alignment] {
            int(&mut display, number);
        }
    }
    record(out, 11, 4, &display);
    let first = || variables.iter().filter(|own| own.is_first);
    let names = first().map(|own| format!("{}={}", own.name, own.column.short_name));
    let names: Vec<String> = names.collect();
    record(out, 13, 1, names.join("\t").as_bytes());
    let long = first().filter_map(|own| match own.storage {
        Storage::Text(width) if width > SEGMENT => Some(format!("{}={width:05}\0\t", own.name)),
        _ => None,
    });
    let long: String = long.collect();
    if !long.is_empty() {
        record(out, 14, 1, long.as_bytes());
    }
}
