//! CSV in GB18030, for programs that take no UTF-8. GB18030 has every character of Unicode.

use std::io::{Error, ErrorKind, Result, Write};

use encoding_rs::{EncoderResult, GB18030};

/// The character that the encoder of the web leaves out, with its bytes in the standard.
const PRIVATE: (char, [u8; 2]) = ('\u{E5E5}', [0xA3, 0xA0]);

/// Writes the UTF-8 that it is given as GB18030, without byte order mark.
pub struct Gb18030<W: Write> {
    output: W,
    /// The beginning of a character.
    rest: Vec<u8>,
    is_started: bool,
}

impl<W: Write> Gb18030<W> {
    /// Writes to `output`.
    pub fn new(output: W) -> Gb18030<W> {
        Gb18030 {
            output,
            rest: Vec::new(),
            is_started: false,
        }
    }

    /// The output.
    ///
    /// # Errors
    /// When the text ended in the middle of a character.
    pub fn into_inner(self) -> Result<W> {
        match self.rest.is_empty() {
            true => Ok(self.output),
            false => Err(Error::from(ErrorKind::UnexpectedEof)),
        }
    }

    fn encode(&mut self, text: &str) -> Result<()> {
        let mut encoder = GB18030.new_encoder();
        let mut buffer = [0; 4096];
        let mut left = text;
        loop {
            let (result, read, written) =
                encoder.encode_from_utf8_without_replacement(left, &mut buffer, true);
            self.output
                .write_all(buffer.get(..written).unwrap_or_default())?;
            left = left.get(read..).unwrap_or_default();
            match result {
                EncoderResult::InputEmpty => return Ok(()),
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(letter) if letter == PRIVATE.0 => {
                    self.output.write_all(&PRIVATE.1)?;
                }
                EncoderResult::Unmappable(letter) => {
                    let message = format!("GB18030 cannot hold U+{:04X}", u32::from(letter));
                    return Err(Error::new(ErrorKind::InvalidData, message));
                }
            }
        }
    }
}

impl<W: Write> Write for Gb18030<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut given = std::mem::take(&mut self.rest);
        given.extend(bytes);
        let valid = match std::str::from_utf8(&given) {
            Ok(_) => given.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(Error::new(ErrorKind::InvalidData, error)),
        };
        let (whole, rest) = given.split_at(valid);
        self.rest = rest.to_vec();
        let mut text = std::str::from_utf8(whole).unwrap_or_default();
        if !self.is_started && !text.is_empty() {
            text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
            self.is_started = true;
        }
        self.encode(text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back_however_the_bytes_are_cut() {
        let all: String = (0..=0x0010_FFFF_u32)
            .step_by(7)
            .filter_map(char::from_u32)
            .chain("驻马店𠮷€".chars())
            // The standard gives some private characters the codes of others.
            .filter(|letter| !matches!(*letter, '\u{FEFF}' | '\u{E000}'..='\u{F8FF}'))
            .collect();
        let mut bytes = Vec::new();
        let mut output = Gb18030::new(&mut bytes);
        output.write_all("\u{FEFF}".as_bytes()).unwrap_or_default();
        for part in all.as_bytes().chunks(1001) {
            output.write_all(part).unwrap_or_default();
        }
        let (text, is_bad) = GB18030.decode_without_bom_handling(&bytes);
        assert!(!is_bad);
        assert_eq!(text, all);
    }
}
