//! How fieldwork goes: who lags, whether it will be enough, what needs attention.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::fieldwork::forecast::NoForecast;
use crate::fieldwork::progress::{Activity, Part, Progress, PsuSummary};
use crate::fieldwork::representativity::Representativity;
use crate::locale::text_with;
use crate::pages::assets;
use crate::pages::office::days::days_chart;
use crate::pages::office::frame::{Frame, local_time};
use crate::pages::results::number::{self, fixed};
use crate::questionnaire::Text;
use crate::release::fieldwork_counts::FieldworkCounts;
use crate::release::fieldwork_report::{FieldworkReport, IndicatorForecast};
use crate::survey::plan::IndicatorKind;

/// Seconds after which the script reads the page again.
const EVERY: u32 = 20;

/// The same while the responses are not counted yet.
const SOON: u32 = 2;

/// Items that are shown with their missing answers.
const MOST_ITEMS: usize = 10;

/// What the page shows.
pub struct FieldworkPage<'a> {
    /// `satisfaction-2026`.
    pub id: &'a str,
    /// Its title.
    pub title: &'a Text,
    /// Whether the survey has a plan.
    pub has_plan: bool,
    /// What was counted; `None` before the responses were looked at.
    pub counts: Option<&'a FieldworkCounts>,
    /// How fieldwork goes; `None` before that.
    pub report: Option<&'a FieldworkReport>,
    /// How many findings of quality propose to hold responses; `None` before the rules were applied.
    pub proposals: Option<usize>,
    /// Whether a day of the past is shown as today, as in a demonstration.
    pub is_replayed: bool,
    /// Names of counties by code.
    pub counties: &'a BTreeMap<String, Text>,
    /// Names of announced channels by code.
    pub channels: &'a BTreeMap<String, Text>,
}

/// The page.
#[must_use]
pub fn page(frame: Frame<'_>, view: &FieldworkPage<'_>) -> Markup {
    let words = Words { frame, view };
    let body = html! {
        h1 { (words.say("title")) " · " (view.title.get(frame.language().code())) }
        @if !view.has_plan { p.well { (words.say("no_plan")) } } @else { div #live data-every=(if view.report.is_some() { EVERY } else { SOON }) {
            @match (view.counts, view.report) {
                (Some(counts), Some(report)) => (words.report(counts, report)),
                _ => p.well { (words.say("not_yet")) },
            }
        }
        script src=(assets::live_script_path()) defer {} }
    };
    frame.page(&words.say("title"), body)
}

/// The page in the words of its reader.
pub(super) struct Words<'a> {
    frame: Frame<'a>,
    pub(super) view: &'a FieldworkPage<'a>,
}

impl Words<'_> {
    pub(super) fn say(&self, key: &str) -> String {
        self.frame.text(&format!("fieldwork.{key}"))
    }

    pub(super) fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.frame.language(), &format!("fieldwork.{key}"), values)
    }

    fn headings(&self, keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| self.say(key)).collect()
    }

    pub(super) fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.frame.language().code())
    }

    /// A table whose columns but the first are numbers.
    fn table(&self, name: &str, headings: &[String], rows: Markup) -> Markup {
        html! { div.numbers { (self.frame.table(name, headings, rows)) } }
    }

    pub(super) fn county(&self, code: &str) -> String {
        let name = self.view.counties.get(code);
        name.map_or_else(|| self.say("no_county"), |name| self.text(name).to_owned())
    }

    pub(super) fn channel(&self, code: &str) -> String {
        let name = self.view.channels.get(code).filter(|name| !name.is_empty());
        match (name, code) {
            (Some(name), _) => self.text(name).to_owned(),
            (None, "") => self.say("open_link"),
            (None, code) => self.say_with("unannounced", &[("channel", code)]),
        }
    }

    pub(super) fn mode(&self, code: &str) -> String {
        self.frame.text(&format!("office.mode_{code}"))
    }

    fn report(&self, counts: &FieldworkCounts, report: &FieldworkReport) -> Markup {
        let last = local_time(counts.last_received);
        let left = fixed(report.period.left_after(report.today), 0);
        let values = [
            ("n", &*number::count(counts.n_received)),
            ("valid", &*number::count(counts.n_valid)),
            ("sampled", &*number::count(counts.n_sampled)),
            ("time", &*last),
            ("left", &*left),
        ];
        html! {
            p.soft { (self.say_with("state", &values)) }
            @if self.view.is_replayed {
                p.soft { (self.say_with("replayed", &[("day", &report.today.to_string())])) }
            }
            (self.attention(report))
            (self.enough(report))
            (self.counties(report))
            (self.days(counts, report))
            div.columns {
                (self.psus(&report.psus))
                (self.workers("enumerators", &report.enumerators, &|code| code.to_owned()))
                (self.workers("channels", &report.channels, &|code| self.channel(code)))
                (self.margins(report))
                @if let Some((own, cases)) = &report.representativity { (self.representativity(own, *cases)) }
                (self.items(report))
            }
        }
    }

    fn attention(&self, report: &FieldworkReport) -> Markup {
        html! {
            @if report.attention.is_empty() {
                p.well { (self.say("attention_none")) }
            } @else {
                section.attention {
                    h2 { (self.say("attention")) }
                    ul { @for own in &report.attention { li { (self.sentence(own)) } } }
                }
            }
            p.screen { a href=(self.frame.reader.link(&format!("/office/{}/quality", self.view.id))) {
                @match self.view.proposals {
                    Some(n) => (self.say_with("invented", &[("n", &n.to_string())])),
                    None => (self.say("invented_unknown")),
                }
            } }
        }
    }

    pub(super) fn auxiliary(&self, variable: &str, category: &str) -> String {
        match variable {
            "county" => self.county(category),
            _ => self.say(&format!("category_{category}")),
        }
    }

    /// Whether it will be enough: the estimates now and at close.
    fn enough(&self, report: &FieldworkReport) -> Markup {
        let keys = [
            "indicator",
            "now",
            "interval",
            "n_effective",
            "df",
            "at_close",
            "half_width",
            "decidable",
            "met",
            "not_met",
        ];
        let rows = html! { @for own in &report.forecasts { (self.forecast(own)) } };
        html! {
            h2 { (self.say("enough")) }
            @if report.forecasts.is_empty() {
                p { (self.say("no_estimate")) }
            } @else {
                (self.table(&self.say("enough"), &self.headings(&keys), rows))
                p.soft { (self.say("enough_note")) }
                @for (_, title, pair) in &report.gaps {
                    p { (self.say_with("gap", &[
                        ("title", self.text(title)),
                        ("points", &fixed(pair.gap * 100.0, 1)),
                        ("se", &fixed(pair.std_error * 100.0, 1)),
                    ])) }
                }
            }
        }
    }

    fn forecast(&self, own: &IndicatorForecast) -> Markup {
        let value = |value: f64| number::value(own.kind, value, 1);
        let between = |lower: f64, upper: f64| format!("{}–{}", value(lower), value(upper));
        html! { tr {
            th scope="row" { (self.text(&own.title)) " ≥ " (number::threshold(own.kind, own.target)) }
            td.number { (value(own.now.estimate)) }
            td.number { (between(own.now.lower, own.now.upper)) }
            td.number { (number::plain(own.kish_effective, 0)) }
            td.number { (fixed(own.now.df, 0)) }
            @match &own.forecast {
                Ok(found) => {
                    td.number { (between(found.final_estimate.lower, found.final_estimate.upper)) }
                    td.number { "±" (value(found.half_width_at_close)) }
                    td.number { strong { (percent(found.decidable)) } (bar(found.decidable)) }
                    td.number { (percent(found.met)) }
                    td.number { (percent(found.not_met)) }
                }
                Err(why) => td colspan="5" { (self.say(match why {
                    NoForecast::TooFewPsus => "too_few_psus",
                    NoForecast::NotANumber => "no_error",
                })) },
            }
        } }
    }

    /// Progress by county, the furthest behind first; then all together.
    fn counties(&self, report: &FieldworkReport) -> Markup {
        let is_county = |own: &&Progress| {
            own.part.is_sampled && own.part.mode.is_none() && own.part.county.is_some()
        };
        let mut counties: Vec<&Progress> = report.progress.iter().filter(is_county).collect();
        let behind = |own: &Progress| own.behind.unwrap_or(f64::NEG_INFINITY);
        counties.sort_by(|one, other| behind(other).total_cmp(&behind(one)));
        let whole = |is_sampled| {
            let part = Part {
                is_sampled,
                ..Part::default()
            };
            report.progress.iter().find(move |own| own.part == part)
        };
        let mut modes: Vec<&str> = report
            .progress
            .iter()
            .filter_map(|own| own.part.mode.as_deref())
            .collect();
        modes.sort_unstable();
        modes.dedup();
        let mut headings = self.headings(&[
            "county", "target", "done", "expected", "behind", "pace", "close", "missing",
        ]);
        headings.extend(modes.iter().map(|mode| self.mode(mode)));
        let by_mode = |county: Option<&str>, mode: &str, is_sampled: bool| {
            let is_own = |own: &&Progress| {
                own.part.is_sampled == is_sampled
                    && own.part.mode.as_deref() == Some(mode)
                    && own.part.county.as_deref() == county
            };
            report
                .progress
                .iter()
                .find(is_own)
                .map_or(0, |own| own.done)
        };
        let row = |name: String, own: &Progress| {
            html! { tr {
                th scope="row" { (name) }
                td.number { (optional(own.target)) }
                td.number { (number::count(own.done)) }
                td.number { (optional(own.expected)) }
                td.number { @match own.behind {
                    Some(behind) if behind > 0.0 => { strong { (percent(behind)) } (bar(behind)) }
                    Some(behind) => (self.say_with("ahead", &[("share", &percent(-behind))])),
                    None => "—",
                } }
                td.number { (own.pace.map_or_else(|| "—".to_owned(), |pace| fixed(pace, 1))) }
                td.number { (optional(own.at_close)) }
                td.number { (optional(own.missing)) }
                @for mode in &modes {
                    td.number { (number::count(by_mode(own.part.county.as_deref(), mode, own.part.is_sampled))) }
                }
            } }
        };
        let rows = html! {
            @for own in &counties { (row(self.county(own.part.county.as_deref().unwrap_or("")), own)) }
            @if let Some(own) = whole(true) { (row(self.say("part_sampled"), own)) }
            @if let Some(own) = whole(false) { (row(self.say("part_all"), own)) }
        };
        html! {
            h2 { (self.say("lags")) }
            (self.table(&self.say("lags"), &headings, rows))
            p.soft { (self.say("lags_note")) }
        }
    }

    fn days(&self, counts: &FieldworkCounts, report: &FieldworkReport) -> Markup {
        let mut days: BTreeMap<jiff::civil::Date, (u64, u64)> = BTreeMap::new();
        for own in &counts.by_day {
            let day = days.entry(own.day).or_default();
            day.0 += own.sampled;
            day.1 += own.valid.saturating_sub(own.sampled);
        }
        let part = Part {
            is_sampled: true,
            ..Part::default()
        };
        let sampled = report.progress.iter().find(|own| own.part == part);
        let length = report
            .period
            .working_days(report.period.first, report.period.last)
            .count();
        let target = sampled.and_then(|own| own.target);
        let length = u32::try_from(length).map_or(f64::NAN, f64::from);
        let a_day = target
            .map(|target| target / length)
            .filter(|own| own.is_finite());
        let rows = html! { @for (day, (sampled, others)) in days.iter().rev() { tr {
            th scope="row" { (day) }
            td.number { (number::count(*sampled)) }
            td.number { (number::count(*others)) }
        } } };
        html! {
            h2 { (self.say("by_day")) }
            (days_chart(&days, a_day, &self.say("by_day_alt")))
            p.soft { (self.say("by_day_note")) }
            details.screen {
                summary { (self.say("as_table")) }
                (self.table(&self.say("by_day"), &self.headings(&["day", "part_sampled", "part_others"]), rows))
            }
        }
    }

    fn psus(&self, psus: &[PsuSummary]) -> Markup {
        let rows = html! { @for own in psus { tr {
            th scope="row" { (own.county.as_deref().map_or_else(|| self.say("all"), |county| self.county(county))) }
            td.number { (own.drawn) }
            td.number { (own.begun) }
            td.number { (own.done) }
            td.number { (fixed(own.expected_begun, 0)) }
            td { @if own.county.is_some() { (own.not_begun.join(&self.say("comma"))) } }
        } } };
        html! {
            @if !psus.is_empty() {
                h2 { (self.say("psus")) }
                (self.table(&self.say("psus"), &self.headings(&["county", "drawn", "begun", "finished", "should_have_begun", "not_begun"]), rows))
            }
        }
    }

    fn workers(&self, key: &str, workers: &[Activity], name: &dyn Fn(&str) -> String) -> Markup {
        let mut workers: Vec<&Activity> = workers.iter().collect();
        workers.sort_by_key(|own| std::cmp::Reverse((own.silent_days, own.done)));
        let rows = html! { @for own in &workers { tr {
            th scope="row" { (name(&own.code)) }
            td.number { (number::count(own.done)) }
            td.number { (own.active_days) }
            td.number { (fixed(own.per_active_day, 1)) }
            td.number { (own.median_seconds.map_or_else(|| "—".to_owned(), |own| fixed(own / 60.0, 1))) }
            td.day { (own.last_day.map_or_else(|| "—".to_owned(), |day| day.to_string())) }
            td.number { (own.silent_days) }
        } } };
        let headings = self.headings(&[
            key,
            "done",
            "active_days",
            "per_day",
            "minutes",
            "last_day",
            "silent_days",
        ]);
        html! {
            @if !workers.is_empty() {
                h2 { (self.say(&format!("{key}_title"))) }
                (self.table(&self.say(&format!("{key}_title")), &headings, rows))
            }
        }
    }

    fn margins(&self, report: &FieldworkReport) -> Markup {
        let rows = html! { @for (dimension, category, own) in &report.margins { tr {
            th scope="row" { (self.text(dimension)) " · " (self.text(category)) }
            td.number { (number::value(IndicatorKind::Share, own.sampled, 1)) }
            td.number { (number::value(IndicatorKind::Share, own.population, 1)) }
            td.number { (number::signed(IndicatorKind::Share, own.distance, 1)) }
        } } };
        html! {
            @if !report.margins.is_empty() {
                h2 { (self.say("margins")) }
                (self.table(&self.say("margins"), &self.headings(&["category", "sample", "population", "distance"]), rows))
                p.soft { (self.say("margins_note")) }
            }
        }
    }

    fn representativity(&self, own: &Representativity, cases: u64) -> Markup {
        let values = [
            ("r", &*fixed(own.r, 3)),
            ("adjusted", &fixed(own.r_adjusted, 3)),
            ("cv", &fixed(own.cv, 3)),
            ("mean", &percent(own.mean)),
            ("bias", &fixed(own.largest_bias * 100.0, 1)),
            ("cases", &number::count(cases)),
        ];
        let rows = html! { @for partial in &own.partials { tr {
            th scope="row" { (self.say(&format!("auxiliary_{}", partial.variable))) }
            td.number { (fixed(partial.unconditional, 3)) }
            td.number { (fixed(partial.conditional, 3)) }
            td { @let low = partial.categories.iter().filter(|(_, own)| *own < 0.0);
                @for (place, (category, own)) in low.enumerate() {
                    @if place > 0 { (self.say("comma")) }
                    (self.auxiliary(&partial.variable, category)) " " (fixed(*own, 3))
                }
            }
        } } };
        html! {
            h2 { (self.say("representativity")) }
            p { (self.say_with("r_line", &values)) }
            (self.table(&self.say("representativity"), &self.headings(&["auxiliary", "unconditional", "conditional", "too_rarely"]), rows))
            p.soft { (self.say("r_note")) }
        }
    }

    fn items(&self, report: &FieldworkReport) -> Markup {
        let shown = || {
            report
                .items
                .iter()
                .filter(|(_, _, share)| *share > 0.0)
                .take(MOST_ITEMS)
        };
        let rows = html! { @for (code, text, share) in shown() { tr {
            th scope="row" { (code) " " (self.text(text)) }
            td.number { (number::value(IndicatorKind::Share, *share, 1)) }
        } } };
        html! {
            @if shown().next().is_some() {
                h2 { (self.say("items")) }
                (self.table(&self.say("items"), &self.headings(&["item", "missing_share"]), rows))
            }
        }
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 0))
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| number::plain(value, 0))
}

/// A bar for a share, beside its number.
fn bar(share: f64) -> Markup {
    let width = fixed(share.clamp(0.0, 1.0) * 60.0, 1);
    html! { svg.share width="62" height="8" viewBox="0 0 62 8" aria-hidden="true" {
        rect class="track" x="0" y="1" height="6" width="60" {}
        rect class="bar" x="0" y="1" height="6" width=(width) {}
    } }
}
