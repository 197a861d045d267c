//! Fictional surveys in several releases, and what disclosure control publishes of them.

use std::collections::BTreeMap;

use minyi::release::cells::{Cells, Layout, Measure, Scale, Unit, WHOLE, level};
use minyi::release::figure_cells::CellName;
use minyi::release::hidden_cells::hidden;
use minyi::release::published_cells::{PublishedCell, PublishedCells};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::attacker::{Sums, Unknowns};

/// One respondent.
#[derive(Debug, Clone)]
pub struct Row {
    pub levels: Vec<usize>,
    /// The releases that the response is in.
    pub releases: Vec<bool>,
    pub counted: f64,
    pub other: f64,
}

/// A survey in several releases.
pub struct City {
    pub unit: Unit,
    /// Number of levels of each dimension.
    pub dimensions: Vec<usize>,
    pub rows: Vec<Row>,
    /// Number of releases.
    pub releases: usize,
}

impl City {
    fn cells(&self, release: usize) -> Cells {
        let rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.releases[release])
            .collect();
        let mut layout = Layout::new(rows.len());
        layout.push(vec![WHOLE.to_owned()], |_| Some(0));
        for (dimension, levels) in self.dimensions.iter().enumerate() {
            let names = (0..*levels).map(|own| level(&format!("d{dimension}"), &own.to_string()));
            layout.push(names.collect(), |row| Some(rows[row].levels[dimension]));
        }
        let groups = layout.groups(|row| {
            let row = rows[row];
            let size = match self.unit {
                Unit::Person => 0.0,
                Unit::Shop => row.counted + row.other,
            };
            Some([row.counted, row.other, size])
        });
        Cells {
            survey: "test-2026".to_owned(),
            unit: self.unit,
            measures: vec![Measure {
                name: "figure".to_owned(),
                scale: match self.unit {
                    Unit::Person => Scale::Share,
                    Unit::Shop => Scale::Ratio,
                },
                cells: layout.names.clone(),
                groups,
                sum_of: Vec::new(),
                same_as: None,
                choices: BTreeMap::new(),
            }],
        }
    }

    /// What each release publishes.
    pub fn published(&self) -> Vec<PublishedCells> {
        let mut records: Vec<PublishedCells> = Vec::new();
        for release in 0..self.releases {
            let cells = self.cells(release);
            let names = cells.measures[0].cells.iter();
            let names: Vec<CellName> = names.map(|own| CellName::new("figure", own)).collect();
            let hidden = hidden(&cells, &names, &records);
            let published = names.into_iter().map(|name| PublishedCell {
                value: (!hidden.contains(&name)).then_some(0.0),
                n: None,
                measure: name.measure,
                cell: name.cell,
            });
            records.push(PublishedCells {
                published: published.collect(),
                cells,
            });
        }
        records
    }

    pub fn unknowns(&self) -> Unknowns {
        let mut kinds: BTreeMap<(Vec<usize>, Vec<bool>), Sums> = BTreeMap::new();
        for row in &self.rows {
            let own = kinds
                .entry((row.levels.clone(), row.releases.clone()))
                .or_default();
            own.counted += row.counted;
            own.other += row.other;
            own.n += 1.0;
        }
        Unknowns { kinds }
    }

    /// The cells with the dimension and level that each is.
    pub fn places(&self) -> Vec<(String, Option<(usize, usize)>)> {
        let mut places = vec![(WHOLE.to_owned(), None)];
        for (dimension, levels) in self.dimensions.iter().enumerate() {
            places.extend((0..*levels).map(|own| {
                let name = level(&format!("d{dimension}"), &own.to_string());
                (name, Some((dimension, own)))
            }));
        }
        places
    }
}

/// A city in three releases: most respondents are in all of them, some come late, one in a hundred is
/// taken out.
pub fn seeded(seed: u64, unit: Unit) -> City {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let dimensions = match unit {
        Unit::Person => vec![5, 2, 3],
        Unit::Shop => vec![5, 3],
    };
    let n = match unit {
        Unit::Person => random.random_range(200..1_200),
        Unit::Shop => random.random_range(30..150),
    };
    let late = [0.0, 0.02, 0.2][random.random_range(0..3)];
    let share = random.random_range(0.6..0.97);
    let rows = (0..n).map(|_| {
        let levels = dimensions.iter().map(|levels| {
            let place: f64 = random.random();
            (place * place * f64::from(u32::try_from(*levels).unwrap())).floor() as usize
        });
        let levels: Vec<usize> = levels.collect();
        let releases = match random.random::<f64>() {
            own if own < late => vec![false, true, true],
            own if own < 2.0 * late => vec![false, false, true],
            own if own < 2.0 * late + 0.005 => vec![true, false, false],
            _ => vec![true; 3],
        };
        let (counted, other) = match unit {
            Unit::Person => {
                let yes = random.random::<f64>() < share;
                (f64::from(u8::from(yes)), f64::from(u8::from(!yes)))
            }
            Unit::Shop => {
                let all: u32 = random.random_range(5..60);
                let saving = (0..all).filter(|_| random.random::<f64>() < share).count();
                let saving = u32::try_from(saving).unwrap();
                (f64::from(saving), f64::from(all - saving))
            }
        };
        Row {
            levels,
            releases,
            counted,
            other,
        }
    });
    City {
        unit,
        rows: rows.collect(),
        dimensions,
        releases: 3,
    }
}
