//! Microdata as Parquet, compressed with zstd, in groups of rows.
//!
//! Codes that are numbers are `INT32`, other codes and texts strings, whole numbers `INT64`, numbers
//! `DOUBLE`, times those of the clock in Beijing (no time zone, microseconds). An empty cell is null. The
//! metadata of the file have the key `minyi`: labels, codes, missing codes, measure levels, units and
//! the weight, as JSON.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::json;

use crate::formats::column::{Cell, Column, ColumnKind, RowWriter};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::formats::stored_number::{beijing, double};

/// Rows of a group, which is in memory until it is written.
const GROUP: usize = 20_000;

/// Writes a Parquet file.
pub struct Parquet<W: Write + Send> {
    cells: Cells,
    /// Taken when the file begins.
    output: Option<W>,
    file: Option<SerializedFileWriter<W>>,
    columns: Vec<Buffer>,
    rows: usize,
}

/// The values of one column of a group, without the empty ones.
struct Buffer {
    name: String,
    values: Values,
    /// 1 where there is a value.
    levels: Vec<i16>,
    /// The codes of the column.
    codes: Vec<Code>,
}

enum Values {
    Texts(Vec<ByteArray>),
    Codes(Vec<i32>),
    Wholes(Vec<i64>),
    Numbers(Vec<f64>),
}

struct Code {
    text: ByteArray,
    number: i32,
}

impl<W: Write + Send> Parquet<W> {
    /// Writes to `output`.
    pub fn new(cells: Cells, output: W) -> Parquet<W> {
        Parquet {
            cells,
            output: Some(output),
            file: None,
            columns: Vec::new(),
            rows: 0,
        }
    }

    fn write_group(&mut self) -> Result<(), ExportError> {
        let Some(file) = self.file.as_mut().filter(|_| self.rows > 0) else {
            return Ok(());
        };
        let mut group = file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut writer) = group.next_column()? {
                column.write(&mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> RowWriter for Parquet<W> {
    fn begin(&mut self, title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let own = columns.iter().map(|column| Buffer::new(column, self.cells));
        self.columns = own.collect();
        let Some(output) = self.output.take() else {
            return Ok(());
        };
        let schema = schema(columns, self.cells)?;
        let about = about(title, columns, self.cells).to_string();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by(concat!("minyi ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new("minyi".to_owned(), about)]))
            .build();
        self.file = Some(SerializedFileWriter::new(
            output,
            schema,
            Arc::new(properties),
        )?);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(*cell, self.cells)?;
        }
        self.rows += 1;
        match self.rows < GROUP {
            true => Ok(()),
            false => self.write_group(),
        }
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.write_group()?;
        if let Some(file) = self.file.take() {
            file.into_inner()?.flush()?;
        }
        Ok(())
    }
}

impl Buffer {
    fn new(column: &Column, cells: Cells) -> Buffer {
        Buffer {
            name: column.name.clone(),
            values: match physical(column, cells) {
                Physical::INT32 => Values::Codes(Vec::new()),
                Physical::INT64 => Values::Wholes(Vec::new()),
                Physical::DOUBLE => Values::Numbers(Vec::new()),
                _ => Values::Texts(Vec::new()),
            },
            levels: Vec::new(),
            codes: column
                .values
                .iter()
                .map(|value| Code {
                    text: ByteArray::from(value.code.as_str()),
                    number: value.code.parse().unwrap_or(0),
                })
                .collect(),
        }
    }

    fn push(&mut self, cell: Cell<'_>, cells: Cells) -> Result<(), ExportError> {
        if matches!(cell, Cell::Empty | Cell::NotAsked) {
            self.levels.push(0);
            return Ok(());
        }
        self.levels.push(1);
        let no_number = || ExportError::no_number(&self.name);
        match &mut self.values {
            Values::Texts(texts) => texts.push(match (cell, cells) {
                (Cell::Text(text), _) => ByteArray::from(text),
                (Cell::Code { label, .. }, Cells::Labels) => ByteArray::from(label),
                (Cell::Code { place, code, .. }, Cells::Codes) => match self.codes.get(place) {
                    Some(own) => own.text.clone(),
                    None => ByteArray::from(code),
                },
                (Cell::Whole(whole), _) => ByteArray::from(whole.to_string().as_str()),
                (Cell::Number { value, .. }, _) => ByteArray::from(value.to_string().as_str()),
                _ => ByteArray::from(""),
            }),
            Values::Codes(codes) => codes.push(match cell {
                Cell::Code { place, .. } => self.codes.get(place).map_or(0, |own| own.number),
                Cell::Whole(whole) => i32::try_from(whole).map_err(|_| no_number())?,
                _ => return Err(no_number()),
            }),
            Values::Wholes(wholes) => wholes.push(match cell {
                Cell::Whole(whole) => whole,
                Cell::Time(time) => beijing(time),
                _ => return Err(no_number()),
            }),
            Values::Numbers(numbers) => numbers.push(match cell {
                Cell::Number { value, .. } => value,
                Cell::Whole(whole) => double(whole),
                _ => return Err(no_number()),
            }),
        }
        Ok(())
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match &mut self.values {
            Values::Texts(own) => {
                writer
                    .typed::<ByteArrayType>()
                    .write_batch(own, levels, None)?;
                own.clear();
            }
            Values::Codes(own) => {
                writer.typed::<Int32Type>().write_batch(own, levels, None)?;
                own.clear();
            }
            Values::Wholes(own) => {
                writer.typed::<Int64Type>().write_batch(own, levels, None)?;
                own.clear();
            }
            Values::Numbers(own) => {
                writer
                    .typed::<DoubleType>()
                    .write_batch(own, levels, None)?;
                own.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}

fn physical(column: &Column, cells: Cells) -> Physical {
    match column.kind {
        ColumnKind::Text => Physical::BYTE_ARRAY,
        ColumnKind::Whole | ColumnKind::Time => Physical::INT64,
        ColumnKind::Number(_) => Physical::DOUBLE,
        ColumnKind::Coded if cells == Cells::Codes && column.has_numeric_codes() => Physical::INT32,
        ColumnKind::Coded => Physical::BYTE_ARRAY,
    }
}

fn schema(columns: &[Column], cells: Cells) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|column| {
        let physical = physical(column, cells);
        let logical = match (physical, column.kind) {
            (Physical::BYTE_ARRAY, _) => Some(LogicalType::String),
            (_, ColumnKind::Time) => Some(LogicalType::timestamp(false, TimeUnit::MICROS)),
            _ => None,
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    });
    let fields: Result<Vec<TypePtr>, ParquetError> = fields.collect();
    let group = Type::group_type_builder("responses").with_fields(fields?);
    Ok(Arc::new(group.build()?))
}

/// What the columns are, as JSON.
fn about(title: &str, columns: &[Column], cells: Cells) -> serde_json::Value {
    let weight = columns.iter().find(|column| column.is_weight());
    let columns = columns.iter().map(|column| {
        let values = column.values.iter().map(
            |value| json!({"code": value.code, "label": &*value.label.0, "missing": value.missing}),
        );
        let values: Vec<_> = values.collect();
        json!({
            "name": column.name,
            "label": &*column.label.0,
            "measure": column.measure.as_str(),
            "unit": &*column.unit.0,
            "question": column.question,
            "values": values,
        })
    });
    json!({
        "title": title,
        "cells": match cells { Cells::Codes => "codes", Cells::Labels => "labels" },
        "weight": weight.map(|column| column.name.as_str()),
        "columns": columns.collect::<Vec<_>>(),
    })
}
