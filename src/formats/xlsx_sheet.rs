//! Sheets of a workbook: rows that go on in another sheet when one is full, and small tables.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// Rows of a sheet in Excel, the headings among them.
const ROWS: u32 = 1_048_576;

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// None.
    Empty,
    /// A text; never a formula.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Days since 1900.
    Time(f64),
}

/// Rows under headings, in as many sheets as they need: `数据`, `数据2` and so on.
pub struct Sheets {
    name: String,
    headings: Vec<(String, f64)>,
    /// Whether the headings stay in view and the rows can be filtered.
    is_filtered: bool,
    sheet: Option<Worksheet>,
    row: u32,
    full: Vec<Worksheet>,
    heading: Format,
    time: Format,
}

impl Sheets {
    /// Sheets of this name.
    #[must_use]
    pub fn new(name: &str, is_filtered: bool) -> Sheets {
        Sheets {
            name: name.to_owned(),
            headings: Vec::new(),
            is_filtered,
            sheet: None,
            row: 0,
            full: Vec::new(),
            heading: Format::new().set_bold().set_text_wrap(),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    /// Gives the headings with the widths of their columns, in characters.
    pub fn begin(&mut self, headings: Vec<(String, f64)>) {
        self.headings = headings;
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn row<'v>(
        &mut self,
        workbook: &mut Workbook,
        values: impl Iterator<Item = Value<'v>>,
    ) -> Result<(), XlsxError> {
        if self.sheet.is_none() || self.row >= ROWS {
            self.next(workbook)?;
        }
        let Some(sheet) = self.sheet.as_mut() else {
            return Ok(());
        };
        for (column, value) in (0..).zip(values) {
            match value {
                Value::Empty => {}
                Value::Text(text) => {
                    sheet.write_string(self.row, column, text)?;
                }
                Value::Number(number) => {
                    sheet.write_number(self.row, column, number)?;
                }
                Value::Time(time) => {
                    sheet.write_number_with_format(self.row, column, time, &self.time)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Begins another sheet.
    fn next(&mut self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        self.close()?;
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        let name = match self.full.len() {
            0 => self.name.clone(),
            before => format!("{}{}", self.name, before + 1),
        };
        sheet.set_name(name)?;
        if self.is_filtered {
            sheet.set_freeze_panes(1, 0)?;
        }
        for (column, (heading, width)) in (0..).zip(&self.headings) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, heading, &self.heading)?;
        }
        self.sheet = Some(sheet);
        self.row = 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), XlsxError> {
        let Some(mut sheet) = self.sheet.take() else {
            return Ok(());
        };
        let last = u16::try_from(self.headings.len())
            .unwrap_or(1)
            .saturating_sub(1);
        if self.is_filtered && self.row > 1 {
            sheet.autofilter(0, 0, self.row - 1, last)?;
        }
        self.full.push(sheet);
        Ok(())
    }

    /// Puts the sheets into the workbook, at least one.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn finish(&mut self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        if self.sheet.is_none() {
            self.next(workbook)?;
        }
        self.close()?;
        for sheet in self.full.drain(..) {
            workbook.push_worksheet(sheet);
        }
        Ok(())
    }
}

/// A small table on a sheet of its own.
pub struct Table {
    /// Name of the sheet.
    pub name: String,
    /// Headings with the widths of their columns.
    pub headings: Vec<(String, f64)>,
    /// Rows.
    pub rows: Vec<Vec<OwnValue>>,
    /// Whether it stands before the list of excluded responses.
    pub is_before_excluded: bool,
}

/// A value that a table keeps.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnValue {
    /// A text; never a formula.
    Text(String),
    /// A number; empty if it is not finite.
    Number(f64),
}

impl Table {
    /// Writes the table.
    ///
    /// # Errors
    /// When the name is that of another sheet.
    pub fn write(&self, workbook: &mut Workbook, heading: &Format) -> Result<(), XlsxError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&self.name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, (text, width)) in (0..).zip(&self.headings) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(0, column, text, heading)?;
        }
        for (row, values) in (1..).zip(&self.rows) {
            for (column, value) in (0..).zip(values) {
                match value {
                    OwnValue::Text(text) if text.is_empty() => {}
                    OwnValue::Text(text) => {
                        sheet.write_string(row, column, text)?;
                    }
                    OwnValue::Number(number) if number.is_finite() => {
                        sheet.write_number(row, column, *number)?;
                    }
                    OwnValue::Number(_) => {}
                }
            }
        }
        Ok(())
    }
}
