//! Unpacks a workbook (a ZIP archive) within limits, and packs its tables again without compression.
//!
//! A small archive can unpack to more than the memory of the machine, and can state a wrong size. So
//! every part is unpacked into a buffer of the size that the archive states, and no further; the sum
//! of these sizes is limited. The library that reads the tables gets only the new archive, so it
//! sees exactly the bytes that were counted.

use libdeflater::{Decompressor, crc32};

/// Largest file, bytes.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Most parts of an archive.
pub const MOST_PARTS: usize = 64;
/// Most bytes of all parts together, unpacked.
pub const MOST_UNPACKED: usize = 50 * 1024 * 1024;

/// Why an archive is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The file is larger than [`MOST_BYTES`].
    File,
    /// It has more than [`MOST_PARTS`] parts, or unpacks to more than [`MOST_UNPACKED`] bytes.
    Unpacked,
    /// A part declares a document type, by which texts can be multiplied or other files read.
    DocumentType,
    /// A part states other sizes than it has, is encrypted, or is no ZIP archive.
    Damaged,
}

/// One part, as the directory of the archive describes it.
struct Part<'a> {
    name: &'a [u8],
    is_compressed: bool,
    packed: &'a [u8],
    unpacked: usize,
}

/// The archive with only the parts that hold tables, none of them compressed.
///
/// # Errors
/// See [`Refusal`].
pub fn repacked(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::File);
    }
    let parts = parts(bytes)?;
    let sizes = parts.iter().map(|part| part.unpacked);
    let total = sizes.fold(0_usize, usize::saturating_add);
    if total > MOST_UNPACKED {
        return Err(Refusal::Unpacked);
    }
    let mut archive = Archive::default();
    for part in parts.iter().filter(|part| is_table(part.name)) {
        archive.add(part)?;
    }
    archive.finish()
}

/// Whether a part is needed to read the cells: not pictures, charts, comments or macros.
fn is_table(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let is_xml = name.ends_with(".xml") || name.ends_with(".rels");
    let others = [
        "drawings", "charts", "comments", "theme", "tables", "pivot", "printer", "custom",
    ];
    is_xml && !others.iter().any(|other| name.contains(other))
}

/// The parts that the archive's directory lists.
fn parts(bytes: &[u8]) -> Result<Vec<Part<'_>>, Refusal> {
    let end = directory_end(bytes).ok_or(Refusal::Damaged)?;
    let n_parts = number(bytes, end + 10, 2).ok_or(Refusal::Damaged)?;
    let mut at = number(bytes, end + 16, 4).ok_or(Refusal::Damaged)?;
    if n_parts > MOST_PARTS {
        return Err(Refusal::Unpacked);
    }
    let mut parts = Vec::with_capacity(n_parts);
    for _ in 0..n_parts {
        let (part, next) = part(bytes, at).ok_or(Refusal::Damaged)?;
        parts.push(part);
        at = next;
    }
    Ok(parts)
}

/// Where the end record of the directory begins: the last one after which only its comment follows.
fn directory_end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|at| {
        let comment = number(bytes, at + 20, 2).unwrap_or(0);
        signature(bytes, *at) == Some(b"PK\x05\x06") && at + 22 + comment == bytes.len()
    })
}

/// The part whose directory entry begins at `at`, and where the next entry begins. `None` if it is
/// damaged, encrypted, or packed in a way that workbooks do not use.
fn part(bytes: &[u8], at: usize) -> Option<(Part<'_>, usize)> {
    if signature(bytes, at)? != b"PK\x01\x02" || number(bytes, at + 8, 2)? & 1 == 1 {
        return None;
    }
    let method = number(bytes, at + 10, 2)?;
    let (packed, unpacked) = (number(bytes, at + 20, 4)?, number(bytes, at + 24, 4)?);
    let name_length = number(bytes, at + 28, 2)?;
    let more = number(bytes, at + 30, 2)? + number(bytes, at + 32, 2)?;
    let local = number(bytes, at + 42, 4)?;
    let name = bytes.get(at + 46..at + 46 + name_length)?;
    if signature(bytes, local)? != b"PK\x03\x04" || !matches!(method, STORED | DEFLATED) {
        return None;
    }
    let before = number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
    let start = local + 30 + before;
    let part = Part {
        name,
        is_compressed: method == DEFLATED,
        packed: bytes.get(start..start + packed)?,
        unpacked,
    };
    Some((part, at + 46 + name_length + more))
}

const STORED: usize = 0;
const DEFLATED: usize = 8;

fn signature(bytes: &[u8], at: usize) -> Option<&[u8]> {
    bytes.get(at..at + 4)
}

/// The number of `length` bytes, at most 4, at `at`; little-endian.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + length)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    )
}

/// A new archive without compression.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    n_parts: usize,
}

impl Archive {
    /// Unpacks a part to the end of the archive.
    fn add(&mut self, part: &Part<'_>) -> Result<(), Refusal> {
        let local = self.bytes.len();
        let start = local + 30 + part.name.len();
        self.bytes.resize(start + part.unpacked, 0);
        let content = self.bytes.get_mut(start..).ok_or(Refusal::Damaged)?;
        let unpacked = match part.is_compressed {
            // More bytes than the archive states do not fit: an error.
            true => Decompressor::new()
                .deflate_decompress(part.packed, content)
                .map_err(|_| Refusal::Damaged)?,
            false if part.packed.len() == part.unpacked => {
                content.copy_from_slice(part.packed);
                part.unpacked
            }
            false => return Err(Refusal::Damaged),
        };
        if unpacked != part.unpacked {
            return Err(Refusal::Damaged);
        }
        check(content)?;
        let header = header(crc32(content), part)?;
        let name = part.name;
        if let Some(space) = self.bytes.get_mut(local..start) {
            let local_header = [b"PK\x03\x04".as_slice(), &header, name].concat();
            space.copy_from_slice(&local_header);
        }
        let entry = [b"PK\x01\x02\x14\x00".as_slice(), &header, &[0; 10]].concat();
        self.directory.extend(entry);
        self.directory.extend(little(local, 4)?);
        self.directory.extend(name);
        self.n_parts += 1;
        Ok(())
    }

    /// Adds the directory.
    fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        let at = self.bytes.len();
        let (n, size) = (little(self.n_parts, 2)?, little(self.directory.len(), 4)?);
        self.bytes.append(&mut self.directory);
        self.bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
        for field in [n.clone(), n, size, little(at, 4)?, vec![0; 2]] {
            self.bytes.extend(field);
        }
        Ok(self.bytes)
    }
}

/// The fields that the header of a part and its directory entry share, from the version on.
fn header(crc: u32, part: &Part<'_>) -> Result<Vec<u8>, Refusal> {
    let size = little(part.unpacked, 4)?;
    let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    header.extend(crc.to_le_bytes());
    header.extend(&size);
    header.extend(&size);
    header.extend(little(part.name.len(), 2)?);
    header.extend([0, 0]);
    Ok(header)
}

/// The lowest `length` bytes of a number.
fn little(number: usize, length: usize) -> Result<Vec<u8>, Refusal> {
    let number = u64::try_from(number).map_err(|_| Refusal::Damaged)?;
    Ok(number.to_le_bytes().into_iter().take(length).collect())
}

/// Checks a part before it is read as XML: it is UTF-8, declares no document type, and states no
/// count that is larger than itself, for which the reader would reserve memory.
fn check(xml: &[u8]) -> Result<(), Refusal> {
    let text = std::str::from_utf8(xml).map_err(|_| Refusal::Damaged)?;
    if ["<!DOCTYPE", "<!ENTITY"]
        .iter()
        .any(|word| memchr::memmem::find(xml, word.as_bytes()).is_some())
    {
        return Err(Refusal::DocumentType);
    }
    for (at, name) in text.match_indices("ount=") {
        let value = text.get(at + name.len() + 1..).unwrap_or_default();
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        let count = value.get(..digits).unwrap_or_default();
        let is_large = count
            .parse::<usize>()
            .map_or(digits > 0, |count| count > xml.len());
        if is_large {
            return Err(Refusal::Damaged);
        }
    }
    Ok(())
}
