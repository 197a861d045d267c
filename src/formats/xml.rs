//! A tree of XML elements, and how it is written.

use std::io::{Result, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with attributes and either a text or elements inside.
#[derive(Debug, Clone, Default)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// An empty element.
    #[must_use]
    pub fn new(name: &'static str) -> Element {
        Element {
            name,
            ..Element::default()
        }
    }

    /// An element with a text.
    #[must_use]
    pub fn text(name: &'static str, text: &str) -> Element {
        Element {
            text: text.to_owned(),
            ..Element::new(name)
        }
    }

    /// The element with one more attribute.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Element {
        self.attributes.push((attribute, value.into()));
        self
    }

    /// The element with more elements inside.
    #[must_use]
    pub fn holding(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    /// Writes it as a document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_document(&self, output: impl Write) -> Result<()> {
        let mut writer = Writer::new_with_indent(output, b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.write(&mut writer)?;
        writer.get_mut().flush()
    }

    fn write<W: Write>(&self, writer: &mut Writer<W>) -> Result<()> {
        let mut start = BytesStart::new(self.name);
        for (name, value) in &self.attributes {
            start.push_attribute((*name, allowed(value).as_str()));
        }
        if self.text.is_empty() && self.children.is_empty() {
            return writer.write_event(Event::Empty(start));
        }
        writer.write_event(Event::Start(start))?;
        if !self.text.is_empty() {
            writer.write_event(Event::Text(BytesText::new(&allowed(&self.text))))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name)))
    }
}

/// A text without the characters that XML 1.0 cannot hold.
fn allowed(text: &str) -> String {
    let is_allowed = |own: &char| match own {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        own => *own >= ' ',
    };
    text.chars().filter(is_allowed).collect()
}
