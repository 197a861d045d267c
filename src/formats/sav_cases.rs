//! The cases of an SPSS file, compressed: one byte says what each eight bytes are.

use std::io::Write;

/// Added to a small whole number to make its byte.
const BIAS: f64 = 100.0;
/// Largest byte that is a small whole number.
const LARGEST: u8 = 251;
/// Eight bytes as they are follow.
const LITERAL: u8 = 253;
/// Eight blanks.
const BLANKS: u8 = 254;
/// System-missing.
const MISSING: u8 = 255;

/// Bytes that are collected before they are written.
const BLOCK: usize = 1 << 16;

/// Bytes of a segment of a text of more than 255 bytes.
pub const SEGMENT: usize = 255;
/// Bytes by which the number of segments is computed; less than a segment holds.
pub const SEGMENT_COUNTED: usize = 252;

/// Compresses cases.
#[derive(Default)]
pub struct Cases {
    written: Vec<u8>,
    /// The bytes that say what follows, up to eight.
    codes: Vec<u8>,
    literals: Vec<u8>,
}

impl Cases {
    /// Adds a number; NaN is system-missing.
    pub fn number(&mut self, value: f64) {
        if value.is_nan() {
            return self.code(MISSING);
        }
        match small(value) {
            Some(code) => self.code(code),
            None => {
                self.literals.extend(value.to_le_bytes());
                self.code(LITERAL);
            }
        }
    }

    /// Adds a text of at most `width` bytes, with blanks up to its width. A text of more than 255 bytes is in
    /// segments of 255 bytes, each of which begins at a multiple of eight.
    pub fn text(&mut self, text: &[u8], width: usize) {
        if width <= SEGMENT {
            return self.segment(text, width);
        }
        let segments = width.div_ceil(SEGMENT_COUNTED);
        let mut parts = text.chunks(SEGMENT);
        for segment in 1..=segments {
            let own = match segment == segments {
                true => width - (segments - 1) * SEGMENT_COUNTED,
                false => SEGMENT,
            };
            self.segment(parts.next().unwrap_or_default(), own);
        }
    }

    fn segment(&mut self, text: &[u8], width: usize) {
        let mut parts = text.chunks(8);
        for _ in 0..width.div_ceil(8) {
            let part = parts.next().unwrap_or_default();
            if part.iter().all(|byte| *byte == b' ') {
                self.code(BLANKS);
                continue;
            }
            let mut literal = [b' '; 8];
            for (to, from) in literal.iter_mut().zip(part) {
                *to = *from;
            }
            self.literals.extend(literal);
            self.code(LITERAL);
        }
    }

    fn code(&mut self, code: u8) {
        self.codes.push(code);
        if self.codes.len() == 8 {
            self.written.append(&mut self.codes);
            self.written.append(&mut self.literals);
        }
    }

    /// Writes what has been collected, if it is enough.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_full(&mut self, output: &mut impl Write) -> std::io::Result<()> {
        if self.written.len() < BLOCK {
            return Ok(());
        }
        output.write_all(&self.written)?;
        self.written.clear();
        Ok(())
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&mut self, output: &mut impl Write) -> std::io::Result<()> {
        // 0 says that nothing follows.
        while !self.codes.is_empty() {
            self.code(0);
        }
        output.write_all(&self.written)?;
        self.written.clear();
        Ok(())
    }
}

/// The byte of a whole number from -99 to 151.
fn small(value: f64) -> Option<u8> {
    if !(1.0 - BIAS..=f64::from(LARGEST) - BIAS).contains(&value) || value.fract() != 0.0 {
        return None;
    }
    // -0 is another number than 0.
    if value == 0.0 && value.is_sign_negative() {
        return None;
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to 251"
    )]
    Some((value + BIAS) as u8)
}
