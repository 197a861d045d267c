//! Marks the titles of a workbook as headings of level 1, as a screen reader needs them.
//! rust_xlsxwriter knows no cell styles but "Normal" and "Hyperlink", so its file is changed: the format
//! with the largest font becomes the built-in style "Heading 1".

use std::io::{Cursor, Error, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The part with the styles.
const STYLES: &str = "xl/styles.xml";

/// The number of the built-in style "Heading 1".
const HEADING_1: u32 = 16;

/// The workbook with the format of the largest font as style "Heading 1". The same bytes give the same
/// bytes.
///
/// # Errors
/// When `workbook` is no workbook of rust_xlsxwriter.
pub fn with_headings(workbook: &[u8]) -> Result<Vec<u8>, Error> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).map_err(Error::other)?;
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    // Without a time: the default is the start of 1980.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(Error::other)?;
        let name = part.name().map_err(Error::other)?.into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content)?;
        if name == STYLES {
            let xml = String::from_utf8(content).map_err(Error::other)?;
            let xml = styled(&xml).ok_or_else(|| Error::other("styles.xml is of another form"))?;
            content = xml.into_bytes();
        }
        written.start_file(name, options).map_err(Error::other)?;
        written.write_all(&content)?;
    }
    let written = written.finish().map_err(Error::other)?;
    Ok(written.into_inner())
}

/// The styles with the heading; `None` if they have another form than expected.
fn styled(xml: &str) -> Option<String> {
    let font = largest_font(xml)?;
    let (before, rest) = xml.split_once("<cellStyleXfs count=\"")?;
    let (count, rest) = rest.split_once('"')?;
    let style: u32 = count.parse().ok()?;
    let (styles, rest) = rest.split_once("</cellStyleXfs>")?;
    let (formats, rest) = rest.split_once("</cellXfs>")?;
    let own = format!(
        "<xf numFmtId=\"0\" fontId=\"{font}\" fillId=\"0\" borderId=\"0\" applyNumberFormat=\"0\" \
         applyFill=\"0\" applyBorder=\"0\" applyAlignment=\"0\" applyProtection=\"0\"/>"
    );
    let formats = of_style(formats, font, style)?;
    let (names_before, rest) = rest.split_once("<cellStyles count=\"")?;
    let (names, rest) = rest.split_once('"')?;
    let names: u32 = names.parse().ok()?;
    let (known, rest) = rest.split_once("</cellStyles>")?;
    let total = style.checked_add(1)?;
    let names = names.checked_add(1)?;
    let name =
        format!("<cellStyle name=\"Heading 1\" xfId=\"{style}\" builtinId=\"{HEADING_1}\"/>");
    Some(format!(
        "{before}<cellStyleXfs count=\"{total}\"{styles}{own}</cellStyleXfs>{formats}</cellXfs>\
         {names_before}<cellStyles count=\"{names}\"{known}{name}</cellStyles>{rest}"
    ))
}

/// The place of the largest font.
fn largest_font(xml: &str) -> Option<usize> {
    let (_, rest) = xml.split_once("<fonts ")?;
    let (fonts, _) = rest.split_once("</fonts>")?;
    let sizes = fonts.split("<font>").skip(1).map(|font| {
        let (_, size) = font.split_once("<sz val=\"")?;
        size.split_once('"')?.0.parse::<f64>().ok()
    });
    let sizes: Vec<f64> = sizes.map(|size| size.unwrap_or(0.0)).collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let mut is_largest = sizes.iter().map(|size| *size >= largest);
    is_largest.position(|own| own)
}

/// The formats, those with the font as formats of the style; `None` if there is none.
fn of_style(formats: &str, font: usize, style: u32) -> Option<String> {
    let wanted = format!("fontId=\"{font}\"");
    let mut parts = formats.split("<xf ");
    let mut out = parts.next()?.to_owned();
    let mut is_found = false;
    for part in parts {
        out.push_str("<xf ");
        if part.contains(&wanted) && part.contains("xfId=\"0\"") {
            is_found = true;
            out.push_str(&part.replacen(" xfId=\"0\"", &format!(" xfId=\"{style}\""), 1));
        } else {
            out.push_str(part);
        }
    }
    is_found.then_some(out)
}
