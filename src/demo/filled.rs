//! A filled-in form of the fictional city.

use jiff::Timestamp;

use crate::demo::answers::Fields;
use crate::questionnaire::answer::Mode;

/// A filled-in form, before it is parsed like any other.
#[derive(Debug, Clone)]
pub struct Filled<'a> {
    /// On site, on paper or online.
    pub mode: Mode,
    /// The channel of the open link; empty for the drawn.
    pub channel: &'static str,
    /// The PSU in which the person was drawn; empty for those who open the link.
    pub psu: &'a str,
    /// Form fields.
    pub fields: Fields<'a>,
    /// Who interviewed, or who typed it; empty online.
    pub enumerator: &'static str,
    /// Whether nobody answered.
    pub is_fabricated: bool,
    /// When it was begun.
    pub began: Timestamp,
    /// Seconds that it took.
    pub seconds: u32,
}
