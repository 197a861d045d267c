//! The channels that a survey has announced.

use std::num::NonZeroU32;

use serde::Deserialize;

use crate::questionnaire::Text;
use crate::survey::text::text;

/// Longest code of a channel, characters. `collection` takes no longer one.
const LONGEST_CODE: usize = 64;

/// A channel that the plan announces: `[[channel]]`. Its responses are limited by channel and not by
/// address, and figures name it. A response that names another channel belongs to the open web.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What stands in the link, `?c=CODE`, and in the stored response.
    pub code: String,
    /// What figures call it; empty for its code.
    #[serde(default, deserialize_with = "text")]
    pub title: Text,
    /// Responses an hour, and as many at once; the server's usual number if missing.
    pub an_hour: Option<NonZeroU32>,
}

/// What is wrong with the channels of a plan, each with the word of the line that has to change.
pub(super) fn channels_at_fault(channels: &[Channel]) -> Vec<(&str, String)> {
    let mut mistakes = Vec::new();
    for (index, channel) in channels.iter().enumerate() {
        let code = channel.code.as_str();
        if code.is_empty()
            || code.chars().count() > LONGEST_CODE
            || code.chars().any(char::is_control)
        {
            mistakes.push((
                "[[channel]]",
                format!(
                    "the code of channel {} must have 1 to {LONGEST_CODE} visible characters; \
                     write one such as \"poster\"",
                    index + 1
                ),
            ));
        }
        let mut before = channels.iter().take(index);
        if before.any(|other| other.code == code) {
            mistakes.push((
                code,
                format!("the channel `{code}` is announced twice; keep one"),
            ));
        }
    }
    mistakes
}
