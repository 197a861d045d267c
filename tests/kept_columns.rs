//! The columns of a wave that are kept beside the database are those of the database, or are read again.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minyi::release::figures::Figures;
use minyi::release::kept::{KeptColumns, LabelColumn, ReadError, WaveColumns};
use minyi::release::stored::{self, Extent};
use minyi::store::{DatabaseUrl, Store, StoreError};
use minyi::survey::{Catalogue, Survey};

use crate::support::database::Database;
use crate::support::{Scratch, city};

const SURVEY: &str = "satisfaction-2026";

/// Rows of a segment.
const ROWS: usize = 64;

struct Wave {
    scratch: Scratch,
    catalogue: Catalogue,
    store: Store,
}

impl Wave {
    fn new(name: &str) -> Wave {
        Wave::of(name, 500)
    }

    fn of(name: &str, responses: u32) -> Wave {
        let scratch = Scratch::new(name);
        let catalogue = city::make(&scratch.0, responses);
        let store = Store::open(&url(&scratch.0)).unwrap();
        Wave {
            scratch,
            catalogue,
            store,
        }
    }

    fn survey(&self) -> &Survey {
        &self.catalogue.surveys[SURVEY]
    }

    fn kept(&self) -> KeptColumns {
        KeptColumns::in_folder(&self.scratch.0).with_segments_of(ROWS)
    }

    fn read(&self, kept: &KeptColumns) -> Vec<Vec<String>> {
        rows(&kept.wave(self.survey(), &self.store, u64::MAX).unwrap())
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self.scratch.path("columns").join(SURVEY);
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|own| own == "columns"));
        files.sort();
        files
    }

    /// Changes an answer of an early response in the database, behind the back of the log.
    fn alter(&self) {
        let database = Database::at(url(&self.scratch.0));
        database.execute(&format!(
            "UPDATE response SET answers = answers || ' ' WHERE leaf_index = \
             (SELECT min(leaf_index) FROM response WHERE survey = '{SURVEY}')"
        ));
    }
}

fn url(data: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(data.join("minyi.sqlite"))
}

/// Everything that the columns hold, as text.
fn rows(wave: &WaveColumns) -> Vec<Vec<String>> {
    let text = |column: &LabelColumn| -> Vec<String> {
        let codes = column.decode_all();
        codes
            .iter()
            .map(|code| format!("{code:?} {}", column.label(*code)))
            .collect()
    };
    let mut columns: Vec<Vec<String>> = vec![
        wave.id.iter().map(ToString::to_string).collect(),
        wave.leaf_index.iter().map(ToString::to_string).collect(),
        wave.received_at.iter().map(ToString::to_string).collect(),
        wave.duration.iter().map(ToString::to_string).collect(),
    ];
    columns.extend(wave.label_columns().map(|(_, column)| text(column)));
    columns.extend(wave.answers.iter().map(|(_, column)| text(column)));
    columns
}

#[test]
fn kept_columns_are_those_of_the_database_and_grow_with_it() {
    let wave = Wave::new("kept");
    let from_database = wave.read(&KeptColumns::nowhere());
    let n = from_database[0].len();
    assert!(n > 3 * ROWS, "{n}");
    assert_eq!(wave.read(&wave.kept()), from_database, "written");
    assert_eq!(wave.files().len(), n / ROWS);
    assert_eq!(wave.read(&wave.kept()), from_database, "read");
    let limit = u64::try_from(2 * ROWS + 5).unwrap();
    let part = wave.kept().wave(wave.survey(), &wave.store, limit).unwrap();
    let first: Vec<Vec<String>> = from_database
        .iter()
        .map(|column| column[..2 * ROWS + 5].to_vec())
        .collect();
    assert_eq!(rows(&part), first);
    assert!(wave.kept().verify(wave.survey(), &wave.store).unwrap());
    for file in wave.files() {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_damaged_or_foreign_file_is_written_again() {
    let wave = Wave::new("kept_damaged");
    let from_database = wave.read(&wave.kept());
    let file = wave.files()[1].clone();
    let whole = std::fs::read(&file).unwrap();
    for place in [0, 20, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        assert_eq!(wave.read(&wave.kept()), from_database, "byte {place}");
        assert!(std::fs::read(&file).unwrap() == whole, "byte {place}");
    }
    std::fs::write(&file, &whole[..whole.len() / 3]).unwrap();
    assert_eq!(wave.read(&wave.kept()), from_database, "cut off");
    // The columns of another database.
    let other = Wave::of("kept_other", 700);
    for file in other.files() {
        std::fs::remove_file(file).unwrap();
    }
    other.read(&other.kept());
    let foreign = wave.files();
    for (from, to) in other.files().iter().zip(&foreign) {
        std::fs::copy(from, to).unwrap();
    }
    for file in foreign.iter().skip(other.files().len()) {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(wave.read(&wave.kept()), from_database, "foreign");
}

#[test]
fn a_response_that_was_altered_later_is_found_by_the_comparison() {
    let wave = Wave::new("kept_altered");
    let before = wave.read(&wave.kept());
    wave.alter();
    assert_eq!(
        wave.read(&wave.kept()),
        before,
        "kept before it was altered"
    );
    let compared = wave.kept().verify(wave.survey(), &wave.store);
    assert!(
        matches!(compared, Err(ReadError::Store(StoreError::Altered { .. }))),
        "{compared:?}"
    );
    let figures = stored::figures(
        &wave.catalogue,
        wave.survey(),
        &wave.store,
        Extent::now(&wave.store, wave.survey(), u64::MAX).unwrap(),
        &BTreeMap::new(),
    );
    assert!(figures.is_err(), "a release reads the database");
}

#[test]
fn figures_are_kept_for_the_same_basis_only() {
    let wave = Wave::new("kept_figures");
    let (store, survey) = (&wave.store, wave.survey());
    let none = BTreeMap::new();
    let extent = |limit| Extent::now(store, survey, limit).unwrap();
    let basis =
        |limit| stored::basis(&wave.catalogue, survey, store, &extent(limit), &none).unwrap();
    let columns = stored::wave_from(survey, (store, &wave.kept()), 300).unwrap();
    let own = (columns, extent(300));
    let figures = stored::figures_of(&wave.catalogue, survey, store, own, &none).unwrap();
    let small = KeptColumns::in_folder(&wave.scratch.0);
    small.keep_figures(&figures, &basis(300), 300);
    assert!(
        small.figures(SURVEY, &basis(300)).is_none(),
        "a small wave is computed"
    );
    wave.kept().keep_figures(&figures, &basis(300), 300);
    let kept = wave.kept().figures(SURVEY, &basis(300));
    assert_eq!(kept.as_ref().map(written), Some(written(&figures)));
    assert!(wave.kept().figures(SURVEY, &basis(301)).is_none());
    let fresh = stored::figures(&wave.catalogue, survey, store, extent(300), &none).unwrap();
    assert_eq!(
        written(&fresh),
        written(&figures),
        "from columns as from the database"
    );
}

#[test]
fn figures_that_were_read_from_a_file_are_those_that_were_kept() {
    let wave = Wave::of("kept_before", 2400);
    let (store, survey) = (&wave.store, wave.survey());
    let none = BTreeMap::new();
    let kept_of = |id: &str| {
        let own = &wave.catalogue.surveys[id];
        let all = Extent::now(store, own, u64::MAX).unwrap();
        let n = store.count(id).unwrap();
        let basis = stored::basis(&wave.catalogue, own, store, &all, &none).unwrap();
        let figures = stored::figures(&wave.catalogue, own, store, all, &none).unwrap();
        let kept = KeptColumns::in_folder(&wave.scratch.0).with_segments_of(1);
        kept.keep_figures(&figures, &basis, n);
        let read = kept.figures(id, &basis).unwrap();
        assert_eq!(written(&read), written(&figures), "{id}");
        (figures, read)
    };
    let (shops, _) = kept_of("fixtures-2026");
    assert!(!shops.evidence.unwrap().rows.is_empty());
    // The figures of the next wave are not computed again because those before were read.
    let (computed, read) = kept_of("satisfaction-2025");
    let basis = |before: Option<Figures>| {
        let before = before.map(|own| (own.survey.clone(), Arc::new(own)));
        let all = Extent::now(store, survey, u64::MAX).unwrap();
        let before = before.into_iter().collect();
        stored::basis(&wave.catalogue, survey, store, &all, &before).unwrap()
    };
    assert_ne!(basis(None), basis(Some(computed.clone())));
    assert_eq!(basis(Some(computed)), basis(Some(read)));
}

/// Everything in figures as text: NaN is equal to NaN. Positions in a specification are not kept.
fn written(figures: &Figures) -> String {
    let positions = regex::Regex::new(r"EstimateIndex\(\d+\)").unwrap();
    positions
        .replace_all(&format!("{figures:?}"), "")
        .into_owned()
}
