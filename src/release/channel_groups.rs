//! Responses that came the same way: through one channel, through the open link without a channel, or
//! with a flag. Only those that nobody drew are grouped: the drawn prove who they are, whichever
//! link they open.

use std::collections::{BTreeMap, HashMap};

use crate::locale::in_every_language;
use crate::questionnaire::Text;
use crate::release::sample_design::Part;
use crate::survey::plan::{Combine, Plan};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Fewest responses of a group, and of all others, for its effect to be shown. Figures of fewer are
/// not shown anywhere.
const FEWEST: u64 = 30;

/// A group whose effect is computed is at least this part of all: one in 200. A smaller one, with weights like the
/// others, moves a share by less than half a point, however unlike the others it answers.
const SMALLEST_PART: u64 = 200;

/// Responses that came the same way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChannelGroup {
    /// The open link without a channel.
    OpenLink,
    /// An announced channel: its code.
    Announced(String),
    /// All channels that were not announced, together: their names may be strangers' words, and
    /// whoever invents a channel for each response must not stay below every limit.
    Unannounced,
    /// Responses with a flag, whatever their channel.
    Flagged,
}

impl ChannelGroup {
    /// The code in files.
    pub fn code(&self) -> String {
        match self {
            ChannelGroup::OpenLink => "open_link".to_owned(),
            ChannelGroup::Announced(channel) => format!("channel:{channel}"),
            ChannelGroup::Unannounced => "unannounced".to_owned(),
            ChannelGroup::Flagged => "flagged".to_owned(),
        }
    }

    /// What pages call it.
    pub fn label(&self, plan: &Plan) -> Text {
        let own = match self {
            ChannelGroup::OpenLink => "channel_open_link",
            ChannelGroup::Unannounced => "channel_unannounced",
            ChannelGroup::Flagged => "channel_flagged",
            ChannelGroup::Announced(code) => {
                let title = plan.channel(code).map(|channel| channel.title.clone());
                let code = || Text::from(BTreeMap::from([("zh".to_owned(), code.clone())]));
                return title.filter(|title| !title.is_empty()).unwrap_or_else(code);
            }
        };
        in_every_language(&format!("results.{own}"))
    }
}

/// How many responses a group has, and how fast they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSize {
    /// The group.
    pub group: ChannelGroup,
    /// Its responses.
    pub n: u64,
    /// Most of them that came in one hour.
    pub busiest_hour: u64,
}

/// The groups that the rows of a dataset belong to.
#[derive(Debug, Clone, Default)]
pub struct ChannelGroups {
    index: HashMap<ChannelGroup, u32>,
    groups: Vec<(ChannelGroup, HashMap<i64, u64>)>,
    /// For each row its channel's group and whether it has a flag; `None` for the drawn.
    rows: Vec<Option<(u32, bool)>>,
    flagged_by_hour: HashMap<i64, u64>,
}

impl ChannelGroups {
    /// Adds the next row: its part, channel, time of receipt (microseconds UTC), and whether it has
    /// a flag.
    pub fn push(
        &mut self,
        plan: &Plan,
        (part, channel): (Part, &str),
        received_at: i64,
        is_flagged: bool,
    ) {
        if part == Part::Sampled && plan.modes.combine != Combine::Pool {
            self.rows.push(None);
            return;
        }
        let group = match channel {
            "" => ChannelGroup::OpenLink,
            _ if plan.channel(channel).is_some() => ChannelGroup::Announced(channel.to_owned()),
            _ => ChannelGroup::Unannounced,
        };
        let hour = received_at.div_euclid(HOUR);
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let number = *self.index.entry(group.clone()).or_insert(next);
        if number == next {
            self.groups.push((group, HashMap::new()));
        }
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some((_, hours)) = self.groups.get_mut(at) {
            *hours.entry(hour).or_insert(0) += 1;
        }
        if is_flagged {
            *self.flagged_by_hour.entry(hour).or_insert(0) += 1;
        }
        self.rows.push(Some((number, is_flagged)));
    }

    /// Rows that are in a group.
    pub fn n(&self) -> u64 {
        let rows = self.rows.iter().flatten();
        u64::try_from(rows.count()).unwrap_or(u64::MAX)
    }

    /// The groups, in the order of their codes; the flagged last.
    pub fn sizes(&self) -> Vec<GroupSize> {
        let flagged = (ChannelGroup::Flagged, self.flagged_by_hour.clone());
        let all = self.groups.iter().cloned().chain([flagged]);
        let mut sizes: Vec<GroupSize> = all
            .map(|(group, hours)| GroupSize {
                group,
                n: hours.values().sum(),
                busiest_hour: hours.values().copied().max().unwrap_or(0),
            })
            .collect();
        sizes.sort_by_key(|size| (size.group == ChannelGroup::Flagged, size.group.code()));
        sizes
    }

    /// For each row whether it stays if `group` is left out.
    pub fn without(&self, group: &ChannelGroup) -> Vec<bool> {
        let number = self.index.get(group).copied();
        let rows = self.rows.iter();
        rows.map(|row| match (row, group) {
            (None, _) => true,
            (Some((_, is_flagged)), ChannelGroup::Flagged) => !is_flagged,
            (Some((own, _)), _) => Some(*own) != number,
        })
        .collect()
    }
}

/// Whether a group of `n` among `of` responses, and all others, are enough to be shown.
pub fn has_enough(n: u64, of: u64) -> bool {
    n >= FEWEST && of.saturating_sub(n) >= FEWEST
}

/// Whether a group among `of` responses is large enough to be shown, and to move a figure.
pub fn can_be_shown(size: &GroupSize, of: u64) -> bool {
    has_enough(size.n, of) && size.n.saturating_mul(SMALLEST_PART) >= of
}
