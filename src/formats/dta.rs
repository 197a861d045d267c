//! Stata files (.dta): format 118, for Stata 14 and later, R and Python.
//!
//! "Don't know" is the tagged missing value `.a` (further such codes `.c`, `.d` and so on), a question that
//! was not asked is `.b`, and any other empty cell is `.`. Codes that are words are numbered from 1 in the
//! order of the questionnaire; a note of the variable lists them.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::formats::column::{Cell, Column, RowWriter};
use crate::formats::dta_dictionary::{self as dictionary, DtaColumn, NOT_ASKED, SYSTEM, Storage};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::formats::stored_number::{beijing, double};

/// Milliseconds from 1960, where Stata begins to count, to 1970.
const STATA_EPOCH: f64 = 315_619_200_000.0;

/// Bytes that are collected before they are written.
const BLOCK: usize = 1 << 16;

/// Writes a .dta file.
pub struct Dta<W: Write + Seek> {
    cells: Cells,
    output: W,
    columns: Vec<DtaColumn>,
    /// Where the parts of the file begin, by their number in the map.
    map: Vec<u64>,
    /// Bytes written or collected.
    at: u64,
    block: Vec<u8>,
    rows: u64,
    /// Texts of more than 2,045 bytes, which stand behind the rows: a file without a name.
    long: std::fs::File,
    long_bytes: Vec<u8>,
}

impl<W: Write + Seek> Dta<W> {
    /// A file in `output`, which is at its beginning. Long texts wait in a file in `folder` that has no
    /// name. The columns must have been measured.
    ///
    /// # Errors
    /// When there can be no file in `folder`.
    pub fn new(cells: Cells, output: W, folder: &Path) -> Result<Dta<W>, ExportError> {
        Ok(Dta {
            cells,
            output,
            columns: Vec::new(),
            map: Vec::new(),
            at: 0,
            block: Vec::new(),
            rows: 0,
            long: nameless(folder)?,
            long_bytes: Vec::new(),
        })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.at += bytes.len().try_into().unwrap_or(0_u64);
        self.block.extend(bytes);
        self.put_block(BLOCK)
    }

    fn put_block(&mut self, least: usize) -> Result<(), ExportError> {
        if self.block.len() >= least {
            self.output.write_all(&self.block)?;
            self.block.clear();
        }
        Ok(())
    }

    fn text(&mut self, variable: usize, text: &str) -> Result<(), ExportError> {
        let Some(column) = self.columns.get(variable) else {
            return Ok(());
        };
        match column.storage {
            Storage::Text(width) if text.len() > width => {
                Err(ExportError::too_long(&column.name, text.len(), width))
            }
            Storage::Text(width) => {
                self.block.extend(text.as_bytes());
                let rest = std::iter::repeat_n(0, width - text.len());
                self.block.extend(rest);
                self.at += u64::try_from(width).unwrap_or(0);
                Ok(())
            }
            _ => self.long_text(variable, text),
        }
    }

    /// A reference to a text, which is put aside.
    fn long_text(&mut self, variable: usize, text: &str) -> Result<(), ExportError> {
        if text.is_empty() {
            return self.put(&[0; 8]);
        }
        let variable = u16::try_from(variable + 1).unwrap_or(u16::MAX);
        let row = self.rows + 1;
        let own = row.to_le_bytes();
        let mut reference = variable.to_le_bytes().to_vec();
        reference.extend(own.iter().take(6));
        self.put(&reference)?;
        let aside = &mut self.long_bytes;
        aside.extend(b"GSO");
        aside.extend(u32::from(variable).to_le_bytes());
        aside.extend(own);
        aside.push(130);
        let length = u32::try_from(text.len() + 1).unwrap_or(u32::MAX);
        aside.extend(length.to_le_bytes());
        aside.extend(text.as_bytes());
        aside.push(0);
        if aside.len() >= BLOCK {
            self.long.write_all(aside)?;
            aside.clear();
        }
        Ok(())
    }

    fn number(&mut self, variable: usize, cell: Cell<'_>) -> Result<(), ExportError> {
        let Some(column) = self.columns.get(variable) else {
            return Ok(());
        };
        let no_number = || ExportError::no_number(&column.name);
        let bytes = match column.storage {
            Storage::Byte | Storage::Int | Storage::Long => {
                let code = match cell {
                    Cell::Code { place, .. } => column.codes.get(place).copied(),
                    Cell::NotAsked => Some(NOT_ASKED),
                    Cell::Empty => Some(SYSTEM),
                    Cell::Whole(whole) => i32::try_from(whole).ok(),
                    _ => None,
                };
                let code = code.ok_or_else(no_number)?;
                column.storage.whole(code).ok_or_else(no_number)?
            }
            _ => {
                let number = match cell {
                    Cell::Empty => dictionary::missing_double(SYSTEM),
                    Cell::NotAsked => dictionary::missing_double(NOT_ASKED),
                    Cell::Whole(whole) => double(whole),
                    Cell::Number { value, .. } => value,
                    Cell::Time(time) => double(beijing(time)) / 1e3 + STATA_EPOCH,
                    Cell::Code { .. } | Cell::Text(_) => return Err(no_number()),
                };
                number.to_le_bytes().to_vec()
            }
        };
        self.put(&bytes)
    }

    /// Notes where the next part begins.
    fn part(&mut self) {
        self.map.push(self.at);
    }

    /// Copies the long texts to their place.
    fn put_long_texts(&mut self) -> Result<(), ExportError> {
        self.long.write_all(&self.long_bytes)?;
        self.long_bytes = Vec::new();
        self.long.seek(SeekFrom::Start(0))?;
        let mut buffer = vec![0; BLOCK];
        loop {
            let read = self.long.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            let part = buffer.get(..read).unwrap_or_default().to_vec();
            self.put(&part)?;
        }
    }
}

impl<W: Write + Seek> RowWriter for Dta<W> {
    fn begin(&mut self, title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let own = columns
            .iter()
            .map(|column| DtaColumn::new(column, self.cells));
        self.columns = own.collect();
        let head = dictionary::head(title, self.columns.len(), jiff::Timestamp::now())?;
        self.part();
        self.put(&head)?;
        self.part();
        self.put(&dictionary::empty_map())?;
        for part in dictionary::parts(columns, &self.columns, self.cells) {
            self.part();
            self.put(&part)?;
        }
        self.part();
        self.put(b"<data>")
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        for (variable, cell) in cells.iter().enumerate() {
            let is_text = self
                .columns
                .get(variable)
                .is_some_and(|own| own.storage.is_text());
            match (is_text, *cell, self.cells) {
                (false, cell, _) => self.number(variable, cell)?,
                (true, Cell::Text(text), _) => self.text(variable, text)?,
                (true, Cell::Code { code, .. }, Cells::Codes) => self.text(variable, code)?,
                (true, Cell::Code { label, .. }, Cells::Labels) => self.text(variable, label)?,
                (true, Cell::Whole(whole), _) => self.text(variable, &whole.to_string())?,
                (true, _, _) => self.text(variable, "")?,
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.put(b"</data>")?;
        self.part();
        self.put(b"<strls>")?;
        self.put_long_texts()?;
        self.put(b"</strls>")?;
        self.part();
        self.put(b"<value_labels>")?;
        for column in 0..self.columns.len() {
            let labels = self.columns.get(column).map(DtaColumn::labels);
            self.put(&labels.unwrap_or_default())?;
        }
        self.put(b"</value_labels>")?;
        self.part();
        self.put(b"</stata_dta>")?;
        self.part();
        self.put_block(0)?;
        self.output.seek(SeekFrom::Start(dictionary::ROWS_AT))?;
        self.output.write_all(&self.rows.to_le_bytes())?;
        let map_at = self.map.get(1).copied().unwrap_or(0);
        self.output
            .seek(SeekFrom::Start(map_at + dictionary::MAP_TAG))?;
        for offset in &self.map {
            self.output.write_all(&offset.to_le_bytes())?;
        }
        self.output.seek(SeekFrom::End(0))?;
        self.output.flush()?;
        Ok(())
    }
}

/// A file in `folder` that has no name, so that it is gone when the program ends, whatever happens.
fn nameless(folder: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join(format!(".minyi-{}", uuid::Uuid::new_v4()));
    let mut options = std::fs::File::options();
    options.read(true).write(true).create_new(true).mode(0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
