//! The steps of weighting as values: held against the figures, within bounds, with merges of thin
//! categories.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minyi::disclosure::Disclosed;
use minyi::release::dataset::Dataset;
use minyi::release::kept::KeptColumns;
use minyi::release::stored::{Extent, figures, lean_dataset};
use minyi::release::weighting::choice::{Asked, ChoiceFault, has_same_rows};
use minyi::release::weighting::steps::WeightingSteps;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::plan::{Combine, Plan};
use minyi::survey::{Catalogue, Survey};

use crate::support::Scratch;
use crate::support::city::copied;

const SURVEY: &str = "satisfaction-2026";

/// A city that several tests read, and none changes.
struct City {
    scratch: Scratch,
    catalogue: Catalogue,
    store: Store,
}

static CITY: LazyLock<City> = LazyLock::new(|| {
    let scratch = copied("weighting-city");
    let catalogue = Catalogue::load(&scratch.path("surveys")).unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"))).unwrap();
    City {
        scratch,
        catalogue,
        store,
    }
});

impl City {
    fn survey(&self) -> (&Survey, &Plan) {
        let survey = &self.catalogue.surveys[SURVEY];
        (survey, survey.plan.as_ref().unwrap())
    }

    fn dataset(&self, plan: &Plan) -> Dataset {
        let kept = KeptColumns::nowhere();
        let (survey, _) = self.survey();
        lean_dataset(
            &self.catalogue,
            survey,
            plan,
            (&self.store, &kept),
            Extent::now(&self.store, survey, u64::MAX).unwrap(),
        )
        .unwrap()
    }

    fn steps(&self, plan: &Plan) -> WeightingSteps {
        let (survey, _) = self.survey();
        WeightingSteps::new(&self.catalogue, survey, plan, &self.dataset(plan))
    }
}

#[test]
fn the_headlines_are_the_provisional_ones() {
    let (survey, plan) = CITY.survey();
    let steps = CITY.steps(plan);
    let weighted = steps.weighted.unwrap();
    let figures = figures(
        &CITY.catalogue,
        survey,
        &CITY.store,
        Extent::now(&CITY.store, survey, u64::MAX).unwrap(),
        &BTreeMap::new(),
    )
    .unwrap();
    assert_eq!(weighted.headlines.len(), figures.indicators.len());
    for (own, published) in weighted.headlines.iter().zip(&figures.indicators) {
        assert_eq!(own.code, published.code);
        let (Disclosed::Shown(own), Disclosed::Shown(published)) =
            (&own.estimate, &published.whole)
        else {
            assert_eq!(own.estimate, published.whole, "{}", own.code);
            continue;
        };
        assert_eq!(own.estimate, published.estimate);
        assert_eq!((own.lower, own.upper), (published.lower, published.upper));
        assert_eq!(own.verdict, published.verdict);
    }
    let summary = figures.weighting.unwrap();
    assert_eq!(weighted.report.kish_deff, summary.kish_deff);
    assert_eq!(weighted.report.n_effective, summary.n_effective);
    assert!(CITY.scratch.0.exists());
}

#[test]
fn bounds_and_thin_categories_are_told() {
    let (survey, plan) = CITY.survey();
    let within = |lower: f64, upper: f64| {
        let asked = Asked {
            lower: lower.to_string(),
            upper: upper.to_string(),
            ..Asked::of_plan(plan)
        };
        CITY.steps(&asked.plan(survey, plan).unwrap())
    };
    let refused = within(0.999, 1.001).weighted.unwrap_err();
    let tightest = &refused.detail()["tightest_feasible_bounds"];
    let [lower, upper] = [0, 1].map(|at| tightest[at].as_f64().unwrap());
    let (lower, upper) = (lower - 0.001, upper + 0.001);
    let steps = within(lower, upper);
    let weighted = steps.weighted.unwrap();
    let report = &weighted.report;
    assert!(report.min_g >= lower - 1e-9 && report.max_g <= upper + 1e-9);
    let at_bounds: u64 = weighted.at_bounds.unwrap().iter().sum();
    assert!(at_bounds > 0, "hardly any other weights are possible");
    let all: u64 = weighted.histogram.iter().map(|bin| bin.n).sum();
    assert_eq!(all, steps.n);
    // A few hundred sampled in 20 cells: every thin one has a merge within its county.
    let crossed = steps
        .margins
        .iter()
        .find(|own| own.rows.len() == 20)
        .unwrap();
    for row in &crossed.rows {
        assert_eq!(row.merge.is_some(), row.n < 30);
        if let Some(merge) = &row.merge {
            let county = |text: &str| text.split('·').next().unwrap().to_owned();
            assert_eq!(county(row.label.get("zh")), county(merge.with.get("zh")));
            assert_eq!(merge.n, row.n + merge.other.0);
            assert_eq!(merge.is_enough, merge.n >= 30);
        }
    }
    assert!(crossed.rows.iter().any(|row| row.merge.is_some()));
}

#[test]
fn rows_are_used_again_only_where_they_are_the_same() {
    let (survey, plan) = CITY.survey();
    let dataset = CITY.dataset(plan);
    let fewer = Asked {
        rake: vec!["sex".into()],
        ..Asked::of_plan(plan)
    };
    let fewer = fewer.plan(survey, plan).unwrap();
    assert!(has_same_rows(&dataset, plan, &fewer));
    let again = CITY.dataset(&fewer);
    assert_eq!(again.columns.rows(), dataset.columns.rows());
    let mut pooled = plan.clone();
    pooled.modes.combine = Combine::Pool;
    assert!(!has_same_rows(&dataset, plan, &pooled));
    // A new calibrator: who has no value of it would not count.
    let mut with = plan.clone();
    let mut variable = plan.variables["sex"].clone();
    variable.question = "opinion".into();
    with.variables.insert("wrote".into(), variable);
    let mut other = with.clone();
    other.weighting.calibrators = vec!["wrote".into()];
    let dataset = CITY.dataset(&with);
    let n = CITY.dataset(&other).columns.rows();
    assert!(n < dataset.columns.rows());
    assert!(!has_same_rows(&dataset, &with, &other));
    let unknown = Asked {
        calibrators: vec!["nothing".into()],
        ..Asked::of_plan(plan)
    };
    assert_eq!(
        unknown.plan(survey, plan).unwrap_err(),
        [ChoiceFault::Calibrator("nothing".into())]
    );
}

#[test]
fn a_category_without_responses_is_refused_with_its_merge() {
    let (survey, plan) = CITY.survey();
    let dataset = CITY.dataset(plan);
    let mut other = survey.clone();
    let sexes = other.population.dimensions.get_mut("sex").unwrap();
    let figure = sexes.values().next().unwrap().clone();
    sexes.insert("other".into(), figure);
    let steps = WeightingSteps::new(&CITY.catalogue, &other, plan, &dataset);
    assert_eq!(steps.weighted.unwrap_err().code(), "MARGIN_CATEGORY_EMPTY");
    let sexes = steps
        .margins
        .iter()
        .find(|own| own.rows.len() == 3)
        .unwrap();
    let empty = sexes.rows.iter().find(|row| row.n == 0).unwrap();
    let merge = empty.merge.as_ref().unwrap();
    assert!(merge.is_enough && merge.n == merge.other.0 && empty.weighted.is_none());
}
