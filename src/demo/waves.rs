//! The surveys of the fictional city: how many of the responses each gets, and what is true in it.

/// One survey in one year.
#[derive(Debug)]
pub struct Wave {
    /// The survey's id, such as `satisfaction-2026`.
    pub id: &'static str,
    /// Its share of all responses, 0 to 1.
    share: f64,
    /// Days over which its responses are spread, from the first day of its collection.
    pub days: u32,
    /// Whether a county is slow, an enumerator careless, and a typist copies.
    pub is_troubled: bool,
    /// True share of positive answers (0 to 1) by the code of a section or an indicator; `count`
    /// multiplies the true means of counted goods.
    pub levels: Levels,
}

/// True values by the code of a section or an indicator.
pub type Levels = &'static [(&'static str, f64)];

impl Wave {
    /// [`Wave::n_responses`] as a number of another kind.
    pub(super) fn forms(&self, responses: u32) -> f64 {
        (f64::from(responses) * self.share).round().max(1.0)
    }

    /// How many of `responses` over all waves this wave gets; at least one.
    pub fn n_responses(&self, responses: u32) -> u64 {
        let count = self.forms(responses);
        // A whole number below 2^32 is written without a point.
        count.to_string().parse().unwrap_or(1)
    }
}

/// The waves, earlier ones first: a later wave is compared with the figures of an earlier one.
pub const WAVES: [Wave; 6] = [
    Wave {
        id: "satisfaction-2025",
        share: 0.22,
        days: 60,
        is_troubled: false,
        levels: &[
            ("environment", 0.884),
            ("habitat", 0.893),
            ("economy", 0.887),
            ("education", 0.901),
            ("institutions", 0.895),
            ("z1", 0.902),
            ("building", 0.861),
            ("creation", 0.842),
            ("living", 0.917),
            ("consumption", 0.892),
        ],
    },
    Wave {
        id: "satisfaction-2026",
        share: 0.60,
        days: 140,
        is_troubled: true,
        levels: &[
            ("environment", 0.905),
            ("habitat", 0.914),
            ("economy", 0.908),
            ("education", 0.921),
            ("institutions", 0.917),
            ("z1", 0.920),
            ("building", 0.879),
            ("creation", 0.862),
            ("living", 0.929),
            ("consumption", 0.914),
        ],
    },
    Wave {
        id: "disposables-2025",
        share: 0.08,
        days: 60,
        is_troubled: false,
        levels: &[("count", 1.0)],
    },
    Wave {
        id: "disposables-2026",
        share: 0.08,
        days: 60,
        is_troubled: false,
        levels: &[("count", 0.9)],
    },
    Wave {
        id: "appliances-2026",
        share: 0.01,
        days: 60,
        is_troubled: false,
        levels: &[("appliances", 0.962)],
    },
    Wave {
        id: "fixtures-2026",
        share: 0.01,
        days: 60,
        is_troubled: false,
        levels: &[("fixtures", 0.986)],
    },
];
