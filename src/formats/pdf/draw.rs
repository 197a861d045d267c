//! Pages as PDF, with tags for screen readers, an outline, page numbers and a running title.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder, PdfVersion};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagKind, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla_svg::{SurfaceExt, SvgSettings};

use super::document::{Document, Made, Run};
use super::error::PdfError;
use super::face::Faces;
use super::lines::{Line, Set, natural_width};
use super::pages::Page;
use super::setting::ragged;
use super::strip::{NodeId, Nodes, Piece, Role};
use super::style::{
    COLUMN, FOOT, GREY, Ink, LEFT, PAGE_HEIGHT, PAGE_WIDTH, PALE, RUNNING, SMALL, Type,
};

/// Draws `pages`.
///
/// # Errors
/// When a character has no glyph, or the file cannot be written.
pub fn draw(
    document: &Document,
    faces: &Faces,
    nodes: &Nodes,
    pages: &[Page<'_>],
) -> Result<Vec<u8>, PdfError> {
    let mut pdf = krilla::Document::new_with(settings()?);
    let mut leaves: Vec<Vec<Identifier>> = vec![Vec::new(); nodes.all().len()];
    for (index, page) in pages.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT);
        let mut own = pdf.start_page_with(settings.ok_or(PdfError::Font)?);
        let mut surface = own.surface();
        for piece in &page.pieces {
            draw_piece(&mut surface, faces, piece, &mut leaves);
        }
        furniture(&mut surface, document, faces, (index, pages.len()))?;
        surface.finish();
        own.finish();
    }
    pdf.set_outline(outline(pages));
    pdf.set_tag_tree(tree(document, nodes, leaves));
    pdf.set_metadata(metadata(document));
    let written = pdf.finish();
    written.map_err(|error| PdfError::Write(format!("{error:?}")))
}

/// PDF/A-2a for archives and PDF/UA-1 for screen readers: krilla refuses what they forbid.
fn settings() -> Result<SerializeSettings, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    Ok(SerializeSettings {
        configuration: configuration.map_err(|error| PdfError::Write(format!("{error:?}")))?,
        ..SerializeSettings::default()
    })
}

fn draw_piece(
    surface: &mut Surface<'_>,
    faces: &Faces,
    piece: &Piece<'_>,
    leaves: &mut [Vec<Identifier>],
) {
    match piece {
        Piece::Text {
            line,
            x,
            y,
            ink,
            owner,
        } => {
            let tag = match owner {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            };
            let identifier = surface.start_tagged(tag);
            draw_line(surface, faces, line, (LEFT + x, *y), *ink);
            surface.end_tagged();
            add(leaves, *owner, identifier);
        }
        Piece::Rule {
            x,
            y,
            width,
            thickness,
            ink,
        } => {
            let at = (LEFT + x, y - thickness / 2.0);
            draw_rule(surface, at, (*width, *thickness), *ink);
        }
        Piece::Picture {
            drawing,
            x,
            y,
            size: (width, height),
            owner,
        } => {
            let identifier = surface.start_tagged(ContentTag::Other);
            let place = Transform::from_translate(LEFT + x, *y);
            surface.push_transform(&place);
            if let Some(size) = Size::from_wh(*width, *height) {
                let drawn = surface.draw_svg(drawing.tree(), size, SvgSettings::default());
                debug_assert!(drawn.is_some());
            }
            surface.pop();
            surface.end_tagged();
            add(leaves, Some(*owner), identifier);
        }
    }
}

fn add(leaves: &mut [Vec<Identifier>], owner: Option<NodeId>, identifier: Identifier) {
    if let Some(own) = owner.and_then(|owner| leaves.get_mut(owner)) {
        own.push(identifier);
    }
}

fn fill(ink: Ink) -> Fill {
    Fill {
        paint: rgb::Color::new(ink.0, ink.1, ink.2).into(),
        opacity: NormalizedF32::ONE,
        rule: krilla::paint::FillRule::NonZero,
    }
}

fn draw_rule(surface: &mut Surface<'_>, (x, y): (f32, f32), (wide, high): (f32, f32), ink: Ink) {
    let artifact = Artifact::with_kind(ArtifactType::Layout);
    surface.start_tagged(ContentTag::Artifact(artifact));
    surface.set_fill(Some(fill(ink)));
    let mut path = PathBuilder::new();
    if let Some(area) = Rect::from_xywh(x, y, wide, high) {
        path.push_rect(area);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    surface.end_tagged();
}

/// Draws a line, part by part of one weight.
fn draw_line(surface: &mut Surface<'_>, faces: &Faces, line: &Line, at: (f32, f32), ink: Ink) {
    surface.set_fill(Some(fill(ink)));
    let (mut x, y) = at;
    let of_one_weight = |before: &Set, after: &Set| before.glyph.weight == after.glyph.weight;
    for part in line.glyphs.chunk_by(of_one_weight) {
        let Some(first) = part.first() else { continue };
        let mut text = String::new();
        let mut glyphs = Vec::with_capacity(part.len());
        let mut width = 0.0;
        for set in part {
            let from = text.len();
            text.push(set.glyph.character);
            glyphs.push(KrillaGlyph::new(
                GlyphId::new(set.glyph.id),
                set.advance / line.size,
                set.shift / line.size,
                0.0,
                0.0,
                from..text.len(),
                None,
            ));
            width += set.advance;
        }
        let font = faces.font(first.glyph.weight);
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, &text, line.size, false);
        x += width;
    }
}

/// The running title, but on the first page, and the page number.
fn furniture(
    surface: &mut Surface<'_>,
    document: &Document,
    faces: &Faces,
    (index, pages): (usize, usize),
) -> Result<(), PdfError> {
    let mut draw = |text: &str, kind: ArtifactType, (share, y): (f32, f32), room: f32| {
        // A long running title is set smaller, so that it fits on its line.
        let natural = natural_width(&faces.glyphs(&[Run::plain(text)])?, SMALL.size);
        let size = SMALL.size * (room / natural.max(1.0)).min(1.0);
        let face = Type { size, ..SMALL };
        let line = ragged(faces, &[Run::plain(text)], face, COLUMN)?;
        if let Some(line) = line.into_iter().next() {
            let x = LEFT + (COLUMN - line.width) * share;
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
            draw_line(surface, faces, &line, (x, y), GREY);
            surface.end_tagged();
        }
        Ok::<(), PdfError>(())
    };
    let words = document
        .page_words
        .replace("%{page}", &(index + 1).to_string());
    let words = words.replace("%{pages}", &pages.to_string());
    draw(&words, ArtifactType::Footer, (0.5, FOOT), COLUMN)?;
    if index > 0 {
        let (left, right) = &document.running;
        let wide = natural_width(&faces.glyphs(&[Run::plain(right.as_str())])?, SMALL.size);
        draw(
            left,
            ArtifactType::Header,
            (0.0, RUNNING),
            COLUMN - wide - 15.0,
        )?;
        draw(right, ArtifactType::Header, (1.0, RUNNING), COLUMN)?;
        draw_rule(surface, (LEFT, RUNNING + 7.0), (COLUMN, 0.4), PALE);
    }
    Ok(())
}

fn outline(pages: &[Page<'_>]) -> Outline {
    let mut sections: Vec<OutlineNode> = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        for (level, text, y) in &page.outline {
            let place = XyzDestination::new(index, Point::from_xy(LEFT, y - 6.0));
            let node = OutlineNode::new(text.clone(), place);
            match sections.last_mut() {
                Some(section) if *level > 1 => section.push_child(node),
                _ => sections.push(node),
            }
        }
    }
    let mut outline = Outline::new();
    for section in sections {
        outline.push_child(section);
    }
    outline
}

/// The tags: a tree of groups with the parts of pages that belong to them.
fn tree(document: &Document, nodes: &Nodes, leaves: Vec<Vec<Identifier>>) -> TagTree {
    let of_nodes = nodes.all().iter().zip(leaves);
    let mut groups: Vec<(Option<NodeId>, TagGroup)> = Vec::new();
    for ((role, parent), leaves) in of_nodes {
        let children = leaves.into_iter().map(Into::into).collect();
        groups.push((*parent, TagGroup::with_children(tag(role), children)));
    }
    // A node comes after its parent, so from the end every group is complete when it is moved. Its
    // place among its sisters is the first, since they are moved in reverse.
    let mut tree: Vec<TagGroup> = Vec::new();
    while let Some((parent, group)) = groups.pop() {
        let above = parent.and_then(|parent| groups.get_mut(parent));
        match above {
            Some((_, above)) => above.children.insert(0, group.into()),
            None => tree.push(group),
        }
    }
    let mut root = TagTree::new().with_lang(Some(document.language.clone()));
    for group in tree.into_iter().rev() {
        root.push(group);
    }
    root
}

fn tag(role: &Role) -> TagKind {
    let columns = |across: u16| NonZeroU32::new(u32::from(across)).filter(|own| own.get() > 1);
    match role {
        Role::Title(text) => Tag::Hn(NonZeroU16::MIN, Some(text.clone())).into(),
        Role::Heading(level, text) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Square).into(),
        Role::Item => Tag::LI.into(),
        Role::Mark => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead(across, down) => Tag::TH(TableHeaderScope::Column)
            .with_col_span(columns(*across))
            .with_row_span(columns(*down))
            .into(),
        Role::RowHead(across) => Tag::TH(TableHeaderScope::Row)
            .with_col_span(columns(*across))
            .into(),
        Role::Cell => Tag::TD.into(),
        Role::Caption => Tag::Caption.into(),
        Role::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
    }
}

fn metadata(document: &Document) -> Metadata {
    let Made {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = document.made;
    let made = DateTime::new(year).month(month).day(day);
    let made = made.hour(hour).minute(minute).second(second);
    Metadata::new()
        .title(document.title.clone())
        .language(document.language.clone())
        .authors(vec![document.author.clone()])
        .creator("minyi".to_owned())
        .creation_date(made.utc_offset_hour(0).utc_offset_minute(0))
}
