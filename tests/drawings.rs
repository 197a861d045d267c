//! Charts as pictures: every text has glyphs, and the same chart gives the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use minyi::formats::drawing::DrawingError;
use minyi::formats::fonts;
use minyi::formats::png::png;
use minyi::formats::svg_outlines::with_outlines;
use sha2::{Digest, Sha256};

const CHART: &str = r##"<svg viewBox="0 0 336 60" width="336" height="60" class="chart"
    xmlns="http://www.w3.org/2000/svg" font-family="system-ui, 'PingFang SC', sans-serif"
    font-size="15.5"><title>满意度</title>
    <text x="0" y="20" fill="#12261e">驻马店市 2026 年 92.3%</text>
    <text x="0" y="45" font-weight="bold">目标 90%</text>
    <line x1="0" x2="300" y1="52" y2="52" stroke="#8a4b00" stroke-width="2"
        stroke-dasharray="5 3"/><circle cx="320" cy="30" r="6.5" fill="#0b6b4b"/></svg>"##;

/// All files below `folder` with that ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.extension().is_some_and(|own| own == ending) => found.push(path),
            false => {}
        }
    }
    found
}

#[test]
fn every_area_and_every_text_has_its_glyphs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = files(&root.join("surveys"), "toml");
    texts.extend(files(&root.join("surveys"), "csv"));
    texts.extend(files(&root.join("src/locale"), "toml"));
    assert!(texts.iter().any(|path| path.ends_with("areas.toml")));
    for path in texts {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let checked = fonts::check(line.trim_start_matches('\u{feff}'));
            if let Err(error) = checked {
                panic!("{}: {error}", path.display());
            }
        }
    }
}

/// A golden hash: debug and release builds, and every machine, must give it.
#[test]
fn a_chart_gives_the_same_picture_everywhere() {
    let picture = png(CHART, 672).unwrap();
    assert_eq!(picture, png(CHART, 672).unwrap());
    assert_eq!(picture.get(16..24), Some(&[0, 0, 2, 160, 0, 0, 0, 120][..]));
    let hash = Sha256::digest(&picture);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hash,
        "9358d06499f84bd347f713562db8cf778fc3379fd83e187dd07d23eee753e499"
    );
}

#[test]
fn the_text_is_drawn_with_the_fonts_of_the_program() {
    let without = CHART.replace("驻马店市 2026 年", "");
    assert_ne!(png(CHART, 336).unwrap(), png(&without, 336).unwrap());
    let other = CHART.replace("system-ui, 'PingFang SC', sans-serif", "DejaVu Sans");
    assert_eq!(png(CHART, 336).unwrap(), png(&other, 336).unwrap());
}

#[test]
fn a_chart_with_a_character_without_glyph_is_refused() {
    let chart = CHART.replace("目标", "目标😀");
    let error = png(&chart, 336).unwrap_err();
    assert!(matches!(error, DrawingError::Glyph(_)), "{error}");
    assert!(error.to_string().contains("目标😀 90%"), "{error}");
}

/// The quotation marks of the font are as wide as a Chinese character.
#[test]
fn latin_text_has_latin_quotation_marks() {
    let latin = |text: &str| {
        let chart = CHART
            .replace("驻马店市 2026 年", text)
            .replace("目标", "target");
        chart.replace("满意度", "satisfaction")
    };
    let curly = png(&latin("The city’s “target”"), 336).unwrap();
    let plain = png(&latin("The city's &quot;target&quot;"), 336).unwrap();
    assert!(curly == plain);
}

#[test]
fn a_picture_has_a_sensible_width_and_an_svg() {
    assert_eq!(png(CHART, 0), Err(DrawingError::Size(0)));
    assert_eq!(png(CHART, 9_000), Err(DrawingError::Size(9_000)));
    assert!(matches!(png("<p>", 100), Err(DrawingError::Svg(_))));
}

#[test]
fn a_downloaded_svg_needs_no_fonts_and_keeps_title_and_description() {
    let own = with_outlines(CHART, "满意度 <2026>", "92.3%").unwrap();
    assert!(!own.contains("<text") && !own.contains("font-family"));
    assert!(
        own.contains(r#"<title id="title">满意度 &lt;2026&gt;</title>"#),
        "{own}"
    );
    assert!(own.contains(r#"<desc id="desc">92.3%</desc>"#));
    assert!(own.contains(r#"viewBox="0 0 336 60""#));
    // The outlines give the same picture.
    assert_eq!(own.matches("<svg").count(), 1);
    assert!(png(&own, 336).is_ok());
}
