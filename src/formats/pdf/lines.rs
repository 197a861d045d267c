//! Glyphs in lines of a given width.

use super::characters::{Class, can_stretch, gap, is_bound, may_break, may_break_long_word};
use super::face::Glyph;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Size of the type, pt.
    pub size: f32,
    /// Width of the lines, pt.
    pub width: f32,
    /// How far the first line is indented, pt.
    pub indent: f32,
    /// Whether all lines but the last are filled to the right edge.
    pub is_justified: bool,
}

/// A glyph at its place.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// The glyph.
    pub glyph: Glyph,
    /// How far the next glyph is, pt.
    pub advance: f32,
    /// Its own shift to the right, pt.
    pub shift: f32,
}

/// A line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Where it begins, pt from the left edge.
    pub indent: f32,
    /// How wide its ink is, pt.
    pub width: f32,
    /// Size of the type, pt.
    pub size: f32,
    /// From left to right.
    pub glyphs: Vec<Set>,
}

/// The longest word that is not broken, in characters.
const LONG_WORD: usize = 28;
/// The most that a gap of a filled line is stretched, em.
const STRETCH: f32 = 0.4;

/// `glyphs` in lines.
pub fn lines(glyphs: &[Glyph], setting: &Setting) -> Vec<Line> {
    let may_end = ends(glyphs);
    let mut starts = breaks(glyphs, &may_end, setting);
    avoid_a_single_character(glyphs, &may_end, &mut starts);
    let count = starts.len();
    let mut lines = Vec::with_capacity(count);
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(glyphs.len());
        let own = without_spaces(glyphs.get(*start..end).unwrap_or_default());
        let indent = if index == 0 { setting.indent } else { 0.0 };
        let is_filled = setting.is_justified && index + 1 < count;
        lines.push(line(own, setting, indent, is_filled));
    }
    lines
}

/// Width of `glyphs` on one line, pt.
pub fn natural_width(glyphs: &[Glyph], size: f32) -> f32 {
    em_width(without_spaces(glyphs)) * size
}

/// Width of the widest part that cannot be broken, pt.
pub fn least_width(glyphs: &[Glyph], size: f32) -> f32 {
    let may_end = ends(glyphs);
    let mut widest = 0.0_f32;
    let mut start = 0;
    for (index, may_end) in may_end.iter().enumerate() {
        if *may_end || index + 1 == glyphs.len() {
            let part = glyphs.get(start..=index).unwrap_or_default();
            widest = widest.max(em_width(without_spaces(part)));
            start = index + 1;
        }
    }
    widest * size
}

/// For each glyph, whether a line may end after it.
fn ends(glyphs: &[Glyph]) -> Vec<bool> {
    let mut may_end: Vec<bool> = glyphs
        .iter()
        .zip(glyphs.iter().skip(1))
        .map(|(own, next)| may_break((own.character, own.class), (next.character, next.class)))
        .collect();
    may_end.extend((!glyphs.is_empty()).then_some(false));
    let around = glyphs
        .iter()
        .zip(glyphs.iter().skip(1))
        .zip(glyphs.iter().skip(2));
    for (((before, space), after), may_end) in around.zip(may_end.iter_mut().skip(1)) {
        let is_bound = space.class == Class::Space && is_bound(before.character, after.character);
        *may_end = *may_end && !is_bound;
    }
    let is_word = |glyph: &Glyph| matches!(glyph.class, Class::Letter | Class::Mark);
    let mut start = 0;
    while start < glyphs.len() {
        let rest = glyphs.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|glyph| is_word(glyph)).count();
        if length > LONG_WORD {
            let word = rest.iter().take(length);
            let is_hash = word
                .clone()
                .all(|glyph| glyph.character.is_ascii_hexdigit());
            let letters = word.clone().map(|glyph| glyph.character);
            let around = letters.clone().zip(letters.clone().skip(1));
            let around = around.zip(letters.skip(2));
            let inner = may_end.iter_mut().skip(start + 1);
            for (((before, own), after), may_end) in around.zip(inner) {
                *may_end = *may_end || may_break_long_word(before, own, after, is_hash);
            }
        }
        start += length.max(1);
    }
    may_end
}

/// Where each line starts. A line takes one more part if its gaps can be closed enough for it.
fn breaks(glyphs: &[Glyph], may_end: &[bool], setting: &Setting) -> Vec<usize> {
    let mut starts = vec![0];
    let mut start = 0;
    while start < glyphs.len() {
        let indent = if start == 0 { setting.indent } else { 0.0 };
        let room = (setting.width - indent) / setting.size + 0.001;
        let rest = glyphs.get(start..).unwrap_or_default();
        let ends = may_end.get(start..).unwrap_or_default();
        let Some(length) = first_line(rest, ends, room, setting.is_justified) else {
            break;
        };
        start += length;
        let spaces = glyphs.iter().skip(start);
        start += spaces
            .take_while(|glyph| glyph.class == Class::Space)
            .count();
        if start < glyphs.len() {
            starts.push(start);
        }
    }
    starts
}

/// How many glyphs the first line takes; `None` if it takes all.
fn first_line(glyphs: &[Glyph], may_end: &[bool], room: f32, can_close: bool) -> Option<usize> {
    let mut width = start_width(glyphs.first());
    let mut closing = 0.0;
    let mut best = None;
    let mut fits = 0;
    let mut before: Option<&Glyph> = None;
    for (index, glyph) in glyphs.iter().enumerate() {
        if let Some(before) = before {
            let between = gap(before.class, glyph.class);
            width += between;
            closing += closable(before, glyph);
        }
        width += glyph.advance;
        let ink = width - end_blank(glyph);
        let slack = if can_close { closing } else { 0.0 };
        if ink - slack > room && glyph.class != Class::Space {
            return Some(best.unwrap_or(fits.max(1)));
        }
        fits = index + 1;
        if may_end.get(index).copied().unwrap_or(false) {
            best = Some(index + 1);
        }
        before = Some(glyph);
    }
    None
}

/// How much the gap between two glyphs can be closed, em.
fn closable(before: &Glyph, after: &Glyph) -> f32 {
    match (before.class, after.class) {
        (Class::Close, Class::Close | Class::Open) => 0.0,
        (Class::Close, _) if before.advance > 0.9 => 0.2,
        (Class::Han, Class::Letter) | (Class::Letter, Class::Han) => 0.08,
        (Class::Space, _) => 0.05,
        _ => 0.0,
    }
}

/// Moves a character down to a last line that would have a single one.
fn avoid_a_single_character(glyphs: &[Glyph], may_end: &[bool], starts: &mut [usize]) {
    let [.., before, last] = starts else { return };
    let alone = glyphs.get(*last..).unwrap_or_default();
    let visible = alone.iter().filter(|glyph| glyph.class != Class::Close);
    if visible.count() > 1 || alone.first().is_none_or(|glyph| glyph.class != Class::Han) {
        return;
    }
    let earlier = (*before + 1..*last).rev();
    let mut earlier = earlier.filter(|start| may_end.get(start - 1).copied().unwrap_or(false));
    if let Some(start) = earlier.next() {
        *last = start;
    }
}

/// The blank at the right of a glyph that a line may end without, em.
fn end_blank(glyph: &Glyph) -> f32 {
    match glyph.class {
        Class::Close if glyph.advance > 0.9 => 0.5,
        Class::Space => glyph.advance,
        _ => 0.0,
    }
}

/// The blank at the left of the first glyph, negative, em.
fn start_width(glyph: Option<&Glyph>) -> f32 {
    match glyph {
        Some(glyph) if glyph.class == Class::Open => -0.5,
        _ => 0.0,
    }
}

fn without_spaces(glyphs: &[Glyph]) -> &[Glyph] {
    let last = glyphs.iter().rposition(|glyph| glyph.class != Class::Space);
    last.and_then(|last| glyphs.get(..=last))
        .unwrap_or_default()
}

fn em_width(glyphs: &[Glyph]) -> f32 {
    let advances: f32 = glyphs.iter().map(|glyph| glyph.advance).sum();
    let pairs = glyphs.iter().zip(glyphs.iter().skip(1));
    let gaps: f32 = pairs.map(|(own, next)| gap(own.class, next.class)).sum();
    let end = glyphs.last().map_or(0.0, end_blank);
    advances + gaps + start_width(glyphs.first()) - end
}

/// One line of `glyphs`.
fn line(glyphs: &[Glyph], setting: &Setting, indent: f32, is_filled: bool) -> Line {
    let natural = em_width(glyphs);
    let room = (setting.width - indent) / setting.size;
    let missing = room - natural;
    let pairs = glyphs.iter().zip(glyphs.iter().skip(1));
    let gaps = pairs
        .clone()
        .filter(|(own, next)| can_stretch(own.class, next.class));
    let closing: f32 = pairs.map(|(own, next)| closable(own, next)).sum();
    let stretch = match count(gaps.count()) {
        gaps if is_filled && missing > 0.0 && gaps > 0.0 => Some(missing / gaps),
        _ => None,
    };
    let stretch = stretch.filter(|stretch| *stretch <= STRETCH).unwrap_or(0.0);
    let close = match missing < 0.0 && closing > 0.0 {
        true => (-missing / closing).min(1.0),
        false => 0.0,
    };
    let mut shift = start_width(glyphs.first()) * setting.size;
    let mut set = Vec::with_capacity(glyphs.len());
    let next = glyphs.iter().skip(1).map(Some).chain([None]);
    for (glyph, next) in glyphs.iter().zip(next) {
        let between = next.map_or(0.0, |next| {
            let own = gap(glyph.class, next.class) - close * closable(glyph, next);
            match can_stretch(glyph.class, next.class) {
                true => own + stretch,
                false => own,
            }
        });
        let advance = (glyph.advance + between) * setting.size;
        set.push(Set {
            glyph: *glyph,
            advance: advance + shift,
            shift: glyph.shift * setting.size + shift,
        });
        shift = 0.0;
    }
    let end = glyphs.last().map_or(0.0, end_blank) * setting.size;
    let width: f32 = set.iter().map(|own| own.advance).sum();
    Line {
        indent,
        width: width - end,
        size: setting.size,
        glyphs: set,
    }
}

/// A number of things as a factor of lengths.
pub fn count(number: usize) -> f32 {
    u16::try_from(number).map_or(f32::from(u16::MAX), f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::document::Run;
    use crate::formats::pdf::face::Faces;

    fn set(text: &str, width: f32) -> Vec<String> {
        let faces = Faces::new("zh-CN").unwrap();
        let glyphs = faces.glyphs(&[Run::plain(text)]).unwrap();
        let setting = Setting {
            size: 10.0,
            width,
            indent: 0.0,
            is_justified: true,
        };
        let lines = lines(&glyphs, &setting);
        for line in lines.iter().take(lines.len().saturating_sub(1)) {
            assert!(line.width <= width + 0.1, "{} > {width}", line.width);
        }
        let text = |line: &Line| line.glyphs.iter().map(|own| own.glyph.character).collect();
        lines.iter().map(text).collect()
    }

    #[test]
    fn every_character_is_set_once_and_no_line_begins_or_ends_badly() {
        let text = "公众对“生态文明建设”的满意度为 92.3%（目标 90%），《方案》规定：达标、\
                    未达标；其他（含“无法判断”）。2026年6月1日至30日共收到7,009份有效问卷。";
        for width in 40..300 {
            let lines = set(text, f32::from(u16::try_from(width).unwrap()));
            let joined: String = lines.concat().replace(' ', "");
            assert_eq!(joined, text.replace(' ', ""));
            for line in &lines {
                let first = line.chars().next().unwrap();
                let last = line.chars().last().unwrap();
                assert!(!"，。、；：）》”%".contains(first), "{width}: {lines:?}");
                assert!(!"（《“".contains(last), "{width}: {lines:?}");
            }
        }
    }

    #[test]
    fn a_long_address_is_broken_after_a_slash() {
        let lines = set(
            "https://survey.example/results/satisfaction-2026/r/1",
            130.0,
        );
        assert!(lines.len() > 1);
        let whole = lines.iter().take(lines.len() - 1);
        assert!(
            whole.clone().all(|line| line.ends_with(['/', '-'])),
            "{lines:?}"
        );
    }

    #[test]
    fn a_filled_line_reaches_the_edge() {
        let faces = Faces::new("zh-CN").unwrap();
        let glyphs = faces.glyphs(&[Run::plain(
            "公众对生态文明建设的满意度，2026年为92.3%。".repeat(6),
        )]);
        let setting = Setting {
            size: 10.0,
            width: 203.0,
            indent: 20.0,
            is_justified: true,
        };
        let lines = lines(&glyphs.unwrap(), &setting);
        for line in lines.iter().rev().skip(1) {
            assert!(
                (line.indent + line.width - 203.0).abs() < 0.1,
                "{}",
                line.width
            );
        }
    }
}
