//! All rules, as data: what each looks at, its limit and why, and whether it proposes to hold.
//!
//! A change of a formula or of a limit is a new version. The texts for readers are in the locale
//! files, under the id.

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooksAt {
    /// One response by itself.
    Response,
    /// Responses that are alike.
    Cluster,
    /// All responses of a channel.
    Channel,
    /// All responses of an enumerator, or of who typed paper forms.
    Enumerator,
    /// All responses of a day.
    Day,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Stable id, and key in the locale files.
    pub id: &'static str,
    /// Version of its formula and limit.
    pub version: u16,
    /// What it looks at.
    pub looks_at: LooksAt,
    /// Its limit; the unit is in `reason`.
    pub limit: f64,
    /// Unit of the limit, and why it is what it is.
    pub reason: &'static str,
    /// Whether it proposes responses for holding. If not, it only flags.
    pub is_proposed: bool,
}

const fn rule(
    id: &'static str,
    looks_at: LooksAt,
    is_proposed: bool,
    limit: f64,
    reason: &'static str,
) -> Rule {
    Rule {
        id,
        version: 1,
        looks_at,
        limit,
        reason,
        is_proposed,
    }
}

/// The rules, in the order in which an office reads them: of single responses, of floods, of
/// enumerators.
pub const RULES: &[Rule] = &[
    rule(
        "honeypot",
        LooksAt::Response,
        true,
        1.0,
        "fields filled in that no person sees; a password manager may fill one in",
    ),
    rule(
        "bad_time",
        LooksAt::Response,
        false,
        0.0,
        "seconds between start and finish; a telephone's clock can jump, so one alone proves \
         nothing",
    ),
    rule(
        "no_time",
        LooksAt::Response,
        false,
        1.0,
        "times that are missing; some browsers run no scripts, so one alone proves nothing",
    ),
    rule(
        "too_fast",
        LooksAt::Response,
        false,
        0.3,
        "share of the mode's median time; fast is not false, so it only flags",
    ),
    rule(
        "impossible_duration",
        LooksAt::Response,
        false,
        0.1,
        "seconds for each character of the texts; nobody reads faster",
    ),
    rule(
        "longstring",
        LooksAt::Response,
        false,
        0.01,
        "part of honest responses with a longer run; where many rate everything 5 no run is too \
         long",
    ),
    rule(
        "near_duplicate",
        LooksAt::Cluster,
        true,
        0.001,
        "part of honest responses that are as much like another one, by the survey's own margins \
         and correlations; flagged from there on, proposed where many are",
    ),
    rule(
        "duplicate_vector",
        LooksAt::Cluster,
        true,
        5.0,
        "multiple of the copies that the answers of sampled doors lead to expect",
    ),
    rule(
        "burst",
        LooksAt::Channel,
        false,
        3.0,
        "multiple of the channel's own pace; an article makes an honest burst, so it only flags",
    ),
    rule(
        "flood",
        LooksAt::Cluster,
        true,
        3.0,
        "times as frequent in the burst as at every other door and at other times: three of four \
         are then more than these explain",
    ),
    rule(
        "odd_channel",
        LooksAt::Cluster,
        true,
        4.0,
        "times as frequent in the channel as at the sampled and at the other open doors; honest \
         channels differ by less than that",
    ),
    rule(
        "enumerator_pace",
        LooksAt::Enumerator,
        false,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): differs in pace; people are quick or slow, so it only flags",
    ),
    rule(
        "enumerator_dont_know",
        LooksAt::Enumerator,
        false,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): has more or fewer answers of don't know",
    ),
    rule(
        "enumerator_blank",
        LooksAt::Enumerator,
        false,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): leaves more questions without an answer",
    ),
    rule(
        "enumerator_level",
        LooksAt::Enumerator,
        false,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): gets other answers than others in the same area",
    ),
    rule(
        "enumerator_variance",
        LooksAt::Enumerator,
        true,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): has forms that vary too little",
    ),
    rule(
        "enumerator_copies",
        LooksAt::Enumerator,
        true,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): has forms that match earlier ones too closely",
    ),
    rule(
        "enumerator_back_checks",
        LooksAt::Enumerator,
        true,
        0.01,
        "chance that any honest enumerator of a survey is flagged (Holm): has more errors when people are asked again",
    ),
    rule(
        "inconsistent_pair",
        LooksAt::Response,
        false,
        1.0,
        "pairs of answers that exclude each other; people misread, so one alone proves nothing",
    ),
    rule(
        "out_of_area",
        LooksAt::Response,
        false,
        1.0,
        "responses whose stated area is not that of the PSU",
    ),
];

/// The rule `id`.
#[must_use]
pub fn rule_of(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
