//! What fieldwork has brought: valid responses by day, mode and county, by PSU, enumerator, channel.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::collection::fieldwork::local_day;
use crate::fieldwork::progress::{Counted, Worker};
use crate::questionnaire::Areas;
use crate::release::back_checks::CheckedInterviews;
use crate::release::interviews::Interviews;
use crate::release::kept::{LabelColumn, NO_DURATION, WaveColumns};
use crate::release::placement::Placement;
use crate::release::row::{DatasetError, Reader};
use crate::release::sample_design::{Part, SampleDesign};
use crate::store::Held;
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// Microseconds of the city's day, and how far it is ahead of UTC.
const DAY: i64 = 86_400_000_000;
const AHEAD: i64 = 8 * 3_600_000_000;

/// What fieldwork has brought. Only what counts, see [`Placement`], and is not held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldworkCounts {
    /// Stored responses, those that do not count included.
    pub n_received: u64,
    /// When the last of them was received, microseconds UTC.
    pub last_received: i64,
    /// Responses that count.
    pub n_valid: u64,
    /// The sampled ones among them.
    pub n_sampled: u64,
    /// Valid responses by day, mode and county.
    pub by_day: Vec<Counted>,
    /// Sampled responses of each PSU by day.
    pub psus: BTreeMap<String, BTreeMap<Date, u64>>,
    /// Enumerators, by name.
    pub enumerators: Vec<Worker>,
    /// Online channels, by code; the open link has the empty code.
    pub channels: Vec<Worker>,
    /// Cases that were issued in each PSU, where outcomes of visits are recorded.
    pub cases: BTreeMap<String, u64>,
    /// Valid responses of the modes in which cases are visited.
    pub interviews: Interviews,
    /// The responses that are held.
    pub held: Held,
    /// The interviews that are back-checked.
    pub checked: Arc<CheckedInterviews>,
}

/// Responses of one day with one mode, county and part.
type Cell = (i64, u32, u32, bool);

/// What a worker did.
#[derive(Default)]
struct Work {
    by_day: BTreeMap<i64, u64>,
    seconds: Vec<i64>,
}

impl FieldworkCounts {
    /// Counts the responses of `wave`; the `held` ones do not count.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(
        survey: &Survey,
        plan: &Plan,
        areas: &Areas,
        (wave, held): (&WaveColumns, &Held),
    ) -> Result<FieldworkCounts, DatasetError> {
        let reader = Reader::new(survey, areas)?;
        let rows = u64::try_from(wave.len()).unwrap_or(u64::MAX);
        let design = SampleDesign::new(survey, plan, &reader, rows);
        let placement = Placement::new(plan, wave, &reader, &design);
        let counties = Counties::new(survey, areas, wave);
        let columns = [
            &wave.mode,
            &wave.psu,
            &wave.area,
            &wave.enumerator,
            &wave.channel,
        ];
        let [modes, psus, areas, enumerators, channels] = columns.map(LabelColumn::decode_all);
        let is_online: Vec<bool> = wave
            .mode
            .labels()
            .iter()
            .map(|own| own == "online")
            .collect();
        let mut cells: HashMap<Cell, u64, RandomState> = HashMap::default();
        let mut by_psu: HashMap<(u32, i64), u64, RandomState> = HashMap::default();
        let mut by_enumerator: BTreeMap<u32, Work> = BTreeMap::new();
        let mut by_channel: BTreeMap<u32, Work> = BTreeMap::new();
        let mut n_sampled = 0;
        let is_held = |row: usize| {
            wave.leaf_index
                .get(row)
                .is_some_and(|own| held.contains(*own))
        };
        for (row, place) in placement.counted().filter(|(row, _)| !is_held(*row)) {
            let own = |codes: &[u32]| codes.get(row).copied().unwrap_or(u32::MAX);
            let received_at = wave.received_at.get(row).copied().unwrap_or(0);
            let day = (received_at + AHEAD).div_euclid(DAY);
            let position = placement.positions.get(at(place));
            let is_sampled = position.is_some_and(|own| own.part == Part::Sampled);
            let county = counties.of(own(&psus), own(&areas), is_sampled);
            let cell = (day, own(&modes), county, is_sampled);
            *cells.entry(cell).or_insert(0) += 1;
            if is_sampled {
                n_sampled += 1;
                *by_psu.entry((own(&psus), day)).or_insert(0) += 1;
            }
            let work = match is_online.get(at(own(&modes))).copied().unwrap_or(false) {
                true => by_channel.entry(own(&channels)).or_default(),
                false => by_enumerator.entry(own(&enumerators)).or_default(),
            };
            *work.by_day.entry(day).or_insert(0) += 1;
            let seconds = wave.duration.get(row).copied().unwrap_or(NO_DURATION);
            work.seconds
                .extend(Some(seconds).filter(|own| *own != NO_DURATION));
        }
        Ok(FieldworkCounts {
            n_received: rows,
            last_received: wave.received_at.iter().copied().max().unwrap_or(0),
            n_valid: cells.values().sum(),
            n_sampled,
            by_day: by_day(cells, &wave.mode, &counties.labels),
            psus: {
                let mut psus: BTreeMap<String, BTreeMap<Date, u64>> = BTreeMap::new();
                for ((psu, day), n) in by_psu {
                    let own = psus.entry(wave.psu.label(psu).to_owned()).or_default();
                    own.insert(date(day), n);
                }
                psus
            },
            enumerators: workers(by_enumerator, &wave.enumerator),
            channels: workers(by_channel, &wave.channel),
            held: held.clone(),
            ..FieldworkCounts::default()
        })
    }
}

impl FieldworkCounts {
    /// Sampled responses of a PSU.
    #[must_use]
    pub fn interviews(&self, psu: &str) -> u64 {
        self.psus.get(psu).map_or(0, |days| days.values().sum())
    }
}

fn by_day(
    cells: HashMap<Cell, u64, RandomState>,
    modes: &LabelColumn,
    counties: &[String],
) -> Vec<Counted> {
    let mut merged: BTreeMap<(i64, u32, u32), (u64, u64)> = BTreeMap::new();
    for ((day, mode, county, is_sampled), n) in cells {
        let cell = merged.entry((day, mode, county)).or_default();
        cell.0 += n;
        cell.1 += if is_sampled { n } else { 0 };
    }
    let counted = merged
        .into_iter()
        .map(|((day, mode, county), (valid, sampled))| Counted {
            day: date(day),
            mode: modes.label(mode).to_owned(),
            county: counties.get(at(county)).cloned().unwrap_or_default(),
            valid,
            sampled,
        });
    counted.collect()
}

fn workers(found: BTreeMap<u32, Work>, labels: &LabelColumn) -> Vec<Worker> {
    let worker = |(code, mut work): (u32, Work)| {
        work.seconds.sort_unstable();
        let middle = work.seconds.get(work.seconds.len() / 2);
        let by_day = work.by_day.into_iter().map(|(day, n)| (date(day), n));
        Worker {
            code: labels.label(code).to_owned(),
            by_day: by_day.collect(),
            median_seconds: middle
                .and_then(|own| u32::try_from(*own).ok())
                .map(f64::from),
        }
    };
    let mut workers: Vec<Worker> = found.into_iter().map(worker).collect();
    workers.sort_by(|a, b| a.code.cmp(&b.code));
    workers
}

/// The county of each PSU and of each area.
struct Counties {
    labels: Vec<String>,
    of_psu: Vec<u32>,
    of_area: Vec<u32>,
}

impl Counties {
    fn new(survey: &Survey, areas: &Areas, wave: &WaveColumns) -> Counties {
        let mut labels: Vec<String> = Vec::new();
        let mut number = |area: &str| {
            let county = county_of(areas, area);
            let known = labels.iter().position(|label| *label == county);
            let place = known.unwrap_or(labels.len());
            if known.is_none() {
                labels.push(county);
            }
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let units = survey.frame.iter().map(|unit| (&*unit.psu, &*unit.area));
        let units: HashMap<&str, &str> = units.collect();
        let psus = wave.psu.labels().iter();
        let of_psu = psus.map(|psu| {
            units
                .get(psu.as_str())
                .map_or(u32::MAX, |area| number(area))
        });
        let of_psu = of_psu.collect();
        let of_area = wave.area.labels().iter().map(|area| number(area)).collect();
        Counties {
            of_psu,
            of_area,
            labels,
        }
    }

    /// The county of a response: a sampled one belongs to that of its PSU.
    fn of(&self, psu: u32, area: u32, is_sampled: bool) -> u32 {
        let own = self.of_psu.get(at(psu)).copied().filter(|_| is_sampled);
        let own = own.filter(|county| *county != u32::MAX);
        own.unwrap_or_else(|| self.of_area.get(at(area)).copied().unwrap_or(u32::MAX))
    }
}

/// The county that an area is or belongs to.
#[must_use]
pub fn county_of(areas: &Areas, area: &str) -> String {
    let own = areas.get(area).filter(|own| own.kind == "zone");
    let parent = own.and_then(|own| own.parent.clone());
    parent.unwrap_or_else(|| area.to_owned())
}

/// The day with this number since 1970-01-01.
fn date(day: i64) -> Date {
    let noon = day.saturating_mul(DAY).saturating_add(DAY / 2) - AHEAD;
    local_day(Timestamp::from_microsecond(noon).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
