//! What the rules see of a wave: closed answers as small numbers, and what the door knew.

/// An answer to a closed question: the number of the choice, from 1 in the order of its scale (for a
/// scale of satisfaction from 1 = lowest). [`BLANK`] and [`DONT_KNOW`] are no choices.
pub type Choice = u8;

/// The question was not asked or not answered.
pub const BLANK: Choice = 0;
/// A choice that counts as missing, such as "don't know".
pub const DONT_KNOW: Choice = 255;

/// A closed question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Code of the question.
    pub code: String,
    /// Which scale it is answered on. Items of the same scale have the same number; `None` for a
    /// question that is answered on no rating scale, such as sex, or a count.
    pub scale: Option<usize>,
    /// Number of choices, "don't know" not counted.
    pub choices: u8,
    /// The group of items that ask about one thing: the section of the questionnaire.
    pub section: usize,
    /// Whether a high choice means the opposite of what it means for the other items of its scale.
    pub is_reversed: bool,
}

/// A column of labels: `labels[codes[row]]`. An empty label is "none".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// The distinct labels.
    pub labels: Vec<String>,
    /// One index into `labels` for each response.
    pub codes: Vec<u32>,
}

/// The responses of a wave, in leaf order. All columns have the same length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses {
    /// Closed questions in the order of the questionnaire.
    pub items: Vec<Item>,
    /// One column for each item.
    pub answers: Vec<Vec<Choice>>,
    /// When each was received, microseconds UTC.
    pub received_at: Vec<i64>,
    /// Seconds between start and finish; [`NO_DURATION`](Responses::NO_DURATION) if unknown.
    pub duration: Vec<u32>,
    /// Online, on site, paper, phone, intercept.
    pub mode: Labels,
    /// The channel inside the mode.
    pub channel: Labels,
    /// The PSU that it was drawn in; empty for a volunteer.
    pub psu: Labels,
    /// The enumerator on site, who typed it on paper; empty online.
    pub enumerator: Labels,
    /// Area code of the respondent.
    pub area: Labels,
    /// Flags from the door, separated by spaces: `honeypot`, `no_time`, `bad_time`.
    pub flags: Labels,
}

impl Responses {
    /// No duration is known.
    pub const NO_DURATION: u32 = u32::MAX;

    /// Number of responses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.received_at.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.received_at.is_empty()
    }
}
