//! The tables of the steps of weighting.

use maud::{Markup, html};

use crate::estimation::{Code, Error};
use crate::locale::text_with;
use crate::pages::office::frame::Frame;
use crate::pages::office::weight_histogram::weight_histogram;
use crate::pages::results::number::{self, fixed};
use crate::questionnaire::Text;
use crate::release::weighting::margin_table::{MarginRow, MarginTable};
use crate::release::weighting::steps::{CalibratorTable, Headline, Weighted, WeightingSteps};

/// The steps of one choice, for one reader.
pub(super) struct Tables<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) steps: &'a WeightingSteps,
}

impl Tables<'_> {
    fn say(&self, key: &str) -> String {
        self.frame.text(&format!("weighting.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.frame.language(), &format!("weighting.{key}"), values)
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.frame.language().code())
    }

    fn table(&self, key: &str, headings: &[&str], rows: Markup) -> Markup {
        let headings: Vec<String> = headings.iter().map(|key| self.say(key)).collect();
        html! { div.numbers { (self.frame.table(&self.say(key), &headings, rows)) } }
    }

    /// All steps in their order.
    pub(super) fn all(&self) -> Markup {
        let steps = self.steps;
        html! {
            p.soft { (self.say_with("rests_on", &[("n", &number::count(steps.n))])) }
            @if let Err(error) = &steps.weighted { (self.refusal(error)) }
            (self.merges())
            h2 { (self.say("step_base")) }
            (self.base())
            h2 { (self.say("step_margins")) }
            p.soft { (self.say("margins_note")) }
            @for table in steps.margins.iter().filter(|own| own.is_raked) { (self.margin(table)) }
            @let others: Vec<&MarginTable> = steps.margins.iter().filter(|own| !own.is_raked).collect();
            @if !others.is_empty() {
                details.screen {
                    summary { (self.say("other_margins")) }
                    @for table in others { (self.margin(table)) }
                }
            }
            @if !steps.calibrators.is_empty() {
                h2 { (self.say("calibrators")) }
                p.soft { (self.say("calibrators_note")) }
                @for table in &steps.calibrators { (self.calibrator(table)) }
            }
            @if let Ok(weighted) = &steps.weighted {
                h2 { (self.say("step_weights")) }
                (self.weights(weighted))
                h2 { (self.say("step_headlines")) }
                (self.headlines(weighted))
            }
        }
    }

    /// Why there are no weights, and the cure.
    pub(super) fn refusal(&self, error: &Error) -> Markup {
        let detail = |name: &str| error.detail().get(name);
        let text = match error.kind() {
            Code::MarginCategoryEmpty => self.say("refused_empty"),
            Code::RakingNotConverged => {
                let misfit = detail("max_misfit").and_then(|own| own.as_f64());
                let misfit = fixed(misfit.unwrap_or(f64::NAN) * 100.0, 4);
                self.say_with("refused_raking", &[("misfit", &misfit)])
            }
            Code::CalibrationInfeasible => {
                let bounds = detail("tightest_feasible_bounds").and_then(|own| own.as_array());
                let bound = |at: usize| bounds.and_then(|own| own.get(at)?.as_f64());
                match (bound(0), bound(1)) {
                    (Some(lower), Some(upper)) => {
                        // Outwards, so that the rounded bounds can be met too.
                        let lower = fixed((lower * 100.0).floor() / 100.0, 2);
                        let upper = fixed((upper * 100.0).ceil() / 100.0, 2);
                        let values = [("lower", &*lower), ("upper", &*upper)];
                        self.say_with("refused_bounds", &values)
                    }
                    _ => self.say("refused_any_bounds"),
                }
            }
            Code::EmptyDomain => self.say("refused_nobody"),
            _ => self.say_with("refused_other", &[("message", error.message())]),
        };
        html! { p.fault role="alert" { (text) " " code { (error.code()) } } }
    }

    /// The thin and empty categories of the margins, each with the merge that would mend it.
    pub(super) fn merges(&self) -> Markup {
        let raked = self.steps.margins.iter().filter(|own| own.is_raked);
        let thin: Vec<(&MarginTable, &MarginRow)> = raked
            .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
            .filter(|(_, row)| row.merge.is_some())
            .collect();
        // Before the first response all are empty, which is said once.
        html! { @if !thin.is_empty() && self.steps.n > 0 {
            section.attention {
                h2 { (self.say("thin")) }
                ul { @for (table, row) in thin { li { (self.merge(table, row)) } } }
                p.soft { (self.say("thin_note")) }
            }
        } }
    }

    fn merge(&self, table: &MarginTable, row: &MarginRow) -> String {
        let Some(merge) = &row.merge else {
            return String::new();
        };
        let values = [
            ("margin", self.text(&table.title)),
            ("category", self.text(&row.label)),
            ("n", &*number::count(row.n)),
            ("population", &number::plain(row.population, 0)),
            ("with", self.text(&merge.with)),
            ("other_n", &number::count(merge.other.0)),
            ("other_population", &number::plain(merge.other.1, 0)),
            ("both_n", &number::count(merge.n)),
            ("both_population", &number::plain(merge.population, 0)),
        ];
        let first = match row.n {
            0 => "merge_empty",
            _ => "merge_thin",
        };
        let last = match merge.is_enough {
            true => "merge_enough",
            false => "merge_not_enough",
        };
        let first = self.say_with(first, &values);
        format!("{first}{}", self.say_with(last, &values))
    }

    fn base(&self) -> Markup {
        let optional = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), number::count);
        let weight = |own: f64| match own.is_finite() {
            true => number::plain(own, 2),
            false => "—".to_owned(),
        };
        let rows = html! { @for row in &self.steps.base { tr {
            th scope="row" { (self.text(&row.stratum)) }
            td.number { (row.population.map_or_else(|| "—".to_owned(), |own| number::plain(own, 0))) }
            td.number { (optional(row.drawn)) }
            td.number { (optional(row.reached)) }
            td.number { (number::count(row.interviews)) }
            td.number { (weight(row.smallest)) }
            td.number { (weight(row.largest)) }
        } } };
        let headings = [
            "stratum",
            "population",
            "drawn",
            "reached",
            "interviews",
            "smallest",
            "largest",
        ];
        html! {
            (self.table("step_base", &headings, rows))
            p.soft { (self.say("base_note")) }
        }
    }

    fn margin(&self, table: &MarginTable) -> Markup {
        let optional = |own: Option<f64>, decimals: usize| {
            own.map_or_else(|| "—".to_owned(), |own| number::plain(own, decimals))
        };
        let title = self.text(&table.title);
        let rows = html! { @for row in &table.rows { tr {
            th scope="row" { (self.text(&row.label)) }
            td.number { (number::plain(row.population, 0)) }
            td.number { @if row.merge.is_some() { strong { (number::count(row.n)) } } @else { (number::count(row.n)) } }
            td.number { (number::plain(row.base, 0)) }
            td.number { (optional(row.weighted, 0)) }
            td.number { (percent(row.misfit_before)) }
            td.number { (row.misfit_after.map_or_else(|| "—".to_owned(), percent)) }
        } } };
        let headings = [
            "category",
            "population",
            "n",
            "base",
            "weighted",
            "misfit_before",
            "misfit_after",
        ];
        let headings: Vec<String> = headings.iter().map(|key| self.say(key)).collect();
        html! {
            h3 { (title) }
            div.numbers { (self.frame.table(title, &headings, rows)) }
        }
    }

    fn calibrator(&self, table: &CalibratorTable) -> Markup {
        let title = self.text(&table.title);
        let rows = html! { @for (label, sampled, all) in &table.rows { tr {
            th scope="row" { (self.text(label)) }
            td.number { (number::plain(*sampled, 0)) }
            td.number { (all.map_or_else(|| "—".to_owned(), |own| number::plain(own, 0))) }
        } } };
        let headings = ["category", "total_sampled", "total_all"].map(|key| self.say(key));
        html! {
            h3 { (title) }
            div.numbers { (self.frame.table(title, &headings, rows)) }
        }
    }

    fn weights(&self, own: &Weighted) -> Markup {
        let report = &own.report;
        let bounds = match own.at_bounds {
            None => self.say("none"),
            Some([lower, upper]) => {
                let (lower, upper) = (number::count(lower), number::count(upper));
                let values = [
                    ("low", &*self.steps.choice.lower),
                    ("high", &*self.steps.choice.upper),
                    ("lower", &lower),
                    ("upper", &upper),
                ];
                self.say_with("at_bounds", &values)
            }
        };
        let lines = [
            ("bounds", bounds),
            (
                "g_range",
                format!("{}–{}", fixed(report.min_g, 3), fixed(report.max_g, 3)),
            ),
            ("sweeps", report.sweeps.to_string()),
            (
                "largest_misfit",
                format!("{}%", fixed(own.largest_misfit * 100.0, 4)),
            ),
            ("kish_deff", fixed(report.kish_deff, 3)),
            ("n_effective", number::plain(report.n_effective, 0)),
        ];
        let bins = html! { @for bin in &own.histogram { tr {
            th scope="row" { (fixed(bin.from, 3)) "–" (fixed(bin.to, 3)) }
            td.number { (number::count(bin.n)) }
        } } };
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.say("step_weights")) { table { tbody {
                @for (key, value) in lines { tr { th scope="row" { (self.say(key)) } td { (value) } } }
            } } }
            p.soft { (self.say("weights_note")) }
            h3 { (self.say("histogram")) }
            (weight_histogram(&own.histogram, &self.say("histogram_alt")))
            details.screen {
                summary { (self.say("as_table")) }
                (self.table("histogram", &["ratio", "n"], bins))
            }
            h3 { (self.say("largest_weights")) }
            (self.largest(own))
        }
    }

    fn largest(&self, own: &Weighted) -> Markup {
        let mut headings: Vec<String> = ["weight", "g", "psu"].map(|key| self.say(key)).to_vec();
        let titles = self.steps.margin_titles.iter();
        headings.extend(titles.map(|title| self.text(title).to_owned()));
        let rows = html! { @for large in &own.largest { tr {
            td.number { (number::plain(large.weight, 2)) }
            td.number { (fixed(large.g, 3)) }
            td { (large.psu) }
            @for category in &large.categories { td { (self.text(category)) } }
        } } };
        self.frame
            .table(&self.say("largest_weights"), &headings, rows)
    }

    fn headlines(&self, own: &Weighted) -> Markup {
        let rows = html! { @for headline in &own.headlines { tr {
            th scope="row" { (self.text(&headline.title)) }
            td.number { (self.value(headline)) }
            td.number { (self.interval(headline)) }
            td { (self.verdict(headline).unwrap_or_else(|| "—".to_owned())) }
            td.number { (self.n_effective(headline)) }
        } } };
        let headings = [
            "indicator",
            "estimate",
            "interval",
            "verdict",
            "n_effective",
        ];
        html! {
            (self.table("step_headlines", &headings, rows))
            p.soft { (self.say("headlines_note")) }
        }
    }

    /// The estimate of a headline; `*` where it may not be shown.
    pub(super) fn value(&self, own: &Headline) -> String {
        number::shown(own.kind, &own.estimate, None, 2)
    }

    /// Its interval.
    pub(super) fn interval(&self, own: &Headline) -> String {
        number::interval(own.kind, &own.estimate, 2)
    }

    /// Its effective sample size.
    pub(super) fn n_effective(&self, own: &Headline) -> String {
        let shown = own.estimate.shown();
        shown.map_or_else(
            || "*".to_owned(),
            |estimate| number::plain(estimate.n_effective, 0),
        )
    }

    /// Its verdict in words; `None` without a target.
    pub(super) fn verdict(&self, own: &Headline) -> Option<String> {
        let verdict = own.estimate.verdict()?;
        let key = format!("results.verdict_{}", number::verdict_key(verdict));
        Some(self.frame.text(&key))
    }
}

/// A relative misfit in percent; a rounding error of the sums is 0.
fn percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 2))
}
