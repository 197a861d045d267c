//! Labels, numbered in the order of their first use.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Labels, numbered from 0 in the order of their first use.
#[derive(Debug, Clone, Default)]
pub struct LabelNumbers {
    labels: Vec<String>,
    index: HashMap<String, u32, RandomState>,
}

impl LabelNumbers {
    /// The distinct `labels`, numbered in their order.
    #[must_use]
    pub fn new(labels: Vec<String>) -> LabelNumbers {
        LabelNumbers {
            index: labels.iter().cloned().zip(0..).collect(),
            labels,
        }
    }

    /// The number of a label; the next one for a label that is new.
    pub fn number(&mut self, label: &str) -> u32 {
        if let Some(number) = self.index.get(label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.index.insert(label.to_owned(), number);
        self.labels.push(label.to_owned());
        number
    }

    /// The label with a number; empty if there is none.
    #[must_use]
    pub fn label(&self, number: u32) -> &str {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.labels.get(at).map_or("", String::as_str)
    }

    /// All labels, in the order of their numbers, without copying them.
    #[must_use]
    pub fn into_labels(self) -> Vec<String> {
        self.labels
    }

    /// All labels, in the order of their numbers.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }
}
