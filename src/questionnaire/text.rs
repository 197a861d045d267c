//! A text in every language of the questionnaire.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text in every language of the questionnaire, keyed by language code (`zh`, `en`).
///
/// Clones share one map, because a label is repeated in each of many thousand rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Text(pub Arc<BTreeMap<String, String>>);

impl From<BTreeMap<String, String>> for Text {
    fn from(texts: BTreeMap<String, String>) -> Text {
        Text(Arc::new(texts))
    }
}

impl Text {
    /// The text in `language`; in Chinese if that language is missing; empty if both are.
    pub fn get(&self, language: &str) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.get("zh"))
            .map_or("", String::as_str)
    }

    /// Whether the text is empty in every language.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(String::is_empty)
    }
}
