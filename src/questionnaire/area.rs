//! The areas of the city.

use super::text::Text;

/// One area of the city.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Statistical code, such as `411702`, or a local one such as `ZMD-GXQ`.
    pub code: String,
    /// Name.
    pub name: Text,
    /// `city`, `county`, `zone` or `township`.
    pub kind: String,
    /// Code of the area that contains this one; its population margin counts this one too.
    pub parent: Option<String>,
    /// Column and row on the tile map.
    pub grid: Option<(u16, u16)>,
}

/// All areas, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Areas(pub Vec<Area>);

impl Areas {
    /// The area with that code.
    pub fn get(&self, code: &str) -> Option<&Area> {
        self.0.iter().find(|area| area.code == code)
    }

    /// The areas of these kinds, in the order of the file.
    pub fn of_kinds<'a>(&'a self, kinds: &'a [String]) -> impl Iterator<Item = &'a Area> {
        self.0.iter().filter(|area| kinds.contains(&area.kind))
    }
}
