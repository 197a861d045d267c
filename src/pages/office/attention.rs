//! What needs attention in fieldwork, as sentences.

use crate::fieldwork::attention::{Attention, Minimum};
use crate::pages::office::fieldwork::{Words, percent};
use crate::pages::results::number::fixed;

impl Words<'_> {
    /// What needs attention, as a sentence.
    pub(super) fn sentence(&self, own: &Attention) -> String {
        let points = |share: f64| fixed(share * 100.0, 1);
        match own {
            Attention::MinimumMissed {
                minimum,
                by,
                probability,
            } => {
                let key = match minimum {
                    Minimum::Sampled => "minimum_sampled_missed",
                    Minimum::Valid => "minimum_valid_missed",
                };
                let values = [("n", &*by.to_string()), ("chance", &percent(*probability))];
                self.say_with(key, &values)
            }
            Attention::Undecidable {
                indicator,
                probability,
            } => {
                let chance = percent(*probability);
                let title = self.indicator(indicator);
                self.say_with("undecidable", &[("title", &title), ("chance", &chance)])
            }
            Attention::CountyBehind {
                county,
                mode,
                behind,
                missing_at_close,
            } => {
                let county = match mode {
                    Some(mode) => format!("{} · {}", self.county(county), self.mode(mode)),
                    None => self.county(county),
                };
                let missing = missing_at_close.to_string();
                let values = [
                    ("county", &*county),
                    ("behind", &percent(*behind)),
                    ("n", &missing),
                ];
                self.say_with("county_behind", &values)
            }
            Attention::ModeBehind {
                mode,
                is_sampled,
                behind,
                missing_at_close,
            } => {
                let part = match (mode, is_sampled) {
                    (Some(mode), _) => self.mode(mode),
                    (None, true) => self.say("part_sampled"),
                    (None, false) => self.say("part_all"),
                };
                let missing = missing_at_close.to_string();
                let values = [
                    ("part", &*part),
                    ("behind", &percent(*behind)),
                    ("n", &missing),
                ];
                self.say_with("part_behind", &values)
            }
            Attention::PsuNotBegun {
                county,
                not_begun,
                drawn,
                psus,
            } => {
                let (n, drawn) = (not_begun.to_string(), drawn.to_string());
                let some: Vec<&str> = psus.iter().take(3).map(String::as_str).collect();
                let values = [
                    ("county", &*self.county(county)),
                    ("n", &n),
                    ("drawn", &drawn),
                    ("psus", &some.join(&self.say("comma"))),
                ];
                self.say_with("psu_not_begun", &values)
            }
            Attention::EnumeratorSilent {
                enumerator, days, ..
            } => {
                let days = days.to_string();
                self.say_with("enumerator_silent", &[("name", enumerator), ("n", &days)])
            }
            Attention::ChannelSilent { channel, days, .. } => {
                let (days, name) = (days.to_string(), self.channel(channel));
                self.say_with("channel_silent", &[("name", &name), ("n", &days)])
            }
            Attention::ModeGap {
                indicator,
                gap,
                p_value,
                ..
            } => {
                let key = if *gap > 0.0 {
                    "mode_gap_above"
                } else {
                    "mode_gap_below"
                };
                let p = match *p_value {
                    own if own < 0.001 => "< 0.001".to_owned(),
                    own => format!("= {}", fixed(own, 3)),
                };
                let values = [
                    ("title", &*self.indicator(indicator)),
                    ("points", &points(gap.abs())),
                    ("p", &p),
                ];
                self.say_with(key, &values)
            }
            Attention::MarginFar {
                variable,
                category,
                sampled,
                population,
            } => {
                let name = self.margin(variable, category);
                let values = [
                    ("name", &*name),
                    ("sampled", &percent(*sampled)),
                    ("population", &percent(*population)),
                ];
                self.say_with("margin_far", &values)
            }
            Attention::ItemMissing { item, share } => {
                let text = self.item(item);
                let values = [
                    ("item", item.as_str()),
                    ("text", &text),
                    ("share", &percent(*share)),
                ];
                self.say_with("item_missing", &values)
            }
            Attention::Representativity {
                r,
                variable,
                category,
                largest_bias,
            } => {
                let values = [
                    ("r", &*fixed(*r, 2)),
                    ("variable", &self.say(&format!("auxiliary_{variable}"))),
                    ("category", &self.auxiliary(variable, category)),
                    ("points", &points(*largest_bias)),
                ];
                self.say_with("not_representative", &values)
            }
        }
    }

    /// A category of a margin in words; margins are known by their Chinese names.
    fn margin(&self, variable: &str, category: &str) -> String {
        let report = self.view.report;
        let mut margins = report.into_iter().flat_map(|own| &own.margins);
        let known =
            margins.find(|(_, _, own)| own.variable == variable && own.category == category);
        let (dimension, category) = match known {
            Some((dimension, category, _)) => (self.text(dimension), self.text(category)),
            None => (variable, category),
        };
        format!("{dimension} · {category}")
    }

    fn item(&self, code: &str) -> String {
        let items = self.view.report.into_iter().flat_map(|own| &own.items);
        let mut texts = items.filter(|(own, _, _)| own == code);
        texts
            .next()
            .map_or_else(String::new, |(_, text, _)| self.text(text).to_owned())
    }

    fn indicator(&self, code: &str) -> String {
        let forecasts = self.view.report.into_iter().flat_map(|own| &own.forecasts);
        let mut known = forecasts.filter(|own| own.code == code);
        let title = known.next().map(|own| self.text(&own.title).to_owned());
        title.unwrap_or_default()
    }
}
