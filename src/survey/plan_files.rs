//! The files that decide how figures are made from answers: kept with the responses, known by a hash.

use serde::{Deserialize, Serialize};

use crate::survey::digest::hex_digest;

/// The texts of the plan and of the two files that it takes figures from; empty without the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFiles {
    /// plan.toml.
    #[serde(rename = "plan.toml")]
    pub plan: String,
    /// population.csv.
    #[serde(rename = "population.csv")]
    pub population: String,
    /// frame.csv.
    #[serde(rename = "frame.csv")]
    pub frame: String,
}

impl PlanFiles {
    /// The files as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The files in a JSON object; `None` if it is no such object.
    #[must_use]
    pub fn from_json(json: &str) -> Option<PlanFiles> {
        serde_json::from_str(json).ok()
    }

    /// SHA-256 of the files, hex; empty without a plan. Comments, spaces and the order of keys in
    /// plan.toml do not matter: they change no figure. The tables count as they are.
    #[must_use]
    pub fn hash(&self) -> String {
        if self.plan.is_empty() {
            return String::new();
        }
        let plan: Result<toml::Table, _> = toml::from_str(&self.plan);
        let plan = plan.ok().and_then(|plan| serde_json::to_string(&plan).ok());
        let plan = plan.unwrap_or_else(|| self.plan.clone());
        let parts = serde_json::json!([plan, self.population, self.frame]);
        hex_digest(parts.to_string().as_bytes())
    }

    /// Each file by name, with its text.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 3] {
        [
            ("plan.toml", &self.plan),
            ("population.csv", &self.population),
            ("frame.csv", &self.frame),
        ]
    }

    /// The names of the files that differ from those of `other`.
    #[must_use]
    pub fn changed_from(&self, other: &PlanFiles) -> Vec<&'static str> {
        let pairs = self.named().into_iter().zip(other.named());
        pairs
            .filter(|((_, own), (_, other))| own != other)
            .map(|((name, _), _)| name)
            .collect()
    }
}
