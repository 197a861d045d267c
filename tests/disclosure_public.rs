//! What the public gets of a release of the demonstration's city.

use std::collections::BTreeMap;
use std::sync::Arc;

use minyi::collection::InvitationKey;
use minyi::demo::populate::{Fiction, populate};
use minyi::disclosure::{Disclosed, Reason};
use minyi::release::cells::Cells;
use minyi::release::figures::Figures;
use minyi::release::public::{Public, public};
use minyi::release::stored::{self, Extent};
use minyi::release::tables;
use minyi::store::{DatabaseUrl, Store};
use minyi::survey::Catalogue;

use crate::support::Scratch;

/// The office's figures of a survey with the cells of its tables.
struct Office {
    figures: Figures,
    cells: Cells,
}

fn offices(responses: u32, ids: &[&str]) -> Vec<Office> {
    let scratch = Scratch::new("public");
    let surveys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("surveys");
    let catalogue = Catalogue::load(&surveys).unwrap();
    let url = DatabaseUrl::Sqlite(scratch.path("minyi.sqlite"));
    let store = Store::open(&url).unwrap();
    let invitation_key = InvitationKey::new([7; 32]);
    let fiction = Fiction {
        catalogue: &catalogue,
        seed: 1,
        responses,
        invitation_key: &invitation_key,
    };
    populate(&fiction, &store, &mut |_| {}).unwrap();
    let mut before: BTreeMap<String, Arc<Figures>> = BTreeMap::new();
    let office = |id: &&str| {
        let survey = &catalogue.surveys[*id];
        let snapshot = stored::snapshot(
            &catalogue,
            survey,
            &store,
            Extent::now(&store, survey, u64::MAX).unwrap(),
            &before,
        )
        .unwrap();
        let plan = survey.plan.as_ref().unwrap();
        before.insert((*id).to_owned(), Arc::new(snapshot.figures.clone()));
        Office {
            cells: Cells::of(survey, plan, &snapshot.dataset),
            figures: snapshot.figures,
        }
    };
    ids.iter().map(office).collect()
}

/// Whether a number has at most so many decimals.
fn is_rounded(value: f64, decimals: i32) -> bool {
    let scaled = value * 10_f64.powi(decimals);
    (scaled - scaled.round()).abs() < 1e-6
}

fn check_rounded(figures: &Figures) {
    for n in [figures.n, figures.n_received, figures.n_sampled] {
        assert_eq!(n % 10, 0);
    }
    for line in tables::lines(figures) {
        let Some(estimate) = line.estimate.shown() else {
            continue;
        };
        let place = (line.indicator, line.dimension, line.level);
        assert!(
            estimate.n >= 10 && estimate.n.is_multiple_of(10),
            "{place:?}: {}",
            estimate.n
        );
        assert!(
            is_rounded(estimate.estimate, 3),
            "{place:?}: {}",
            estimate.estimate
        );
        assert!(
            is_rounded(estimate.lower, 3) && is_rounded(estimate.upper, 3),
            "{place:?}"
        );
        assert!(estimate.p_value.is_none());
    }
    for indicator in &figures.indicators {
        assert!(indicator.unweighted.is_none() && indicator.contributions.is_empty());
        for item in indicator.sections.iter().flat_map(|own| &own.items) {
            assert!(item.n_missing.is_multiple_of(10));
            assert!(
                item.distribution
                    .iter()
                    .all(|(_, _, share)| is_rounded(*share, 3))
            );
        }
    }
}

fn confidential(figures: &Figures) -> Vec<String> {
    let lines = tables::lines(figures);
    let hidden = lines.iter().filter(|line| {
        matches!(
            line.estimate,
            Disclosed::Suppressed {
                reason: Reason::Confidential,
                ..
            }
        )
    });
    hidden
        .map(|line| format!("{} {}:{}", line.indicator, line.dimension, line.level))
        .collect()
}

#[test]
fn public_figures_are_rounded_and_few_are_hidden_and_the_verdict_stays() {
    let ids = [
        "satisfaction-2025",
        "satisfaction-2026",
        "disposables-2025",
        "appliances-2026",
    ];
    let offices = offices(3_000, &ids);
    let mut waves: Vec<Figures> = Vec::new();
    for office in &offices {
        let known: Vec<&Figures> = waves.iter().collect();
        let Public { figures, cells } = public(&office.figures, &office.cells, &[], &known);
        check_rounded(&figures);
        for (own, all) in figures.indicators.iter().zip(&office.figures.indicators) {
            if !own.whole.is_suppressed() {
                assert_eq!(own.whole.verdict(), all.whole.verdict(), "{}", own.code);
            }
        }
        let again = public(
            &office.figures,
            &office.cells,
            std::slice::from_ref(&cells),
            &known,
        );
        // As text, because no NaN equals itself.
        let is_same = format!("{:?}", again.figures) == format!("{figures:?}");
        assert!(is_same, "{}: the same responses once more", figures.survey);
        let hidden = confidential(&figures);
        println!("{}: hidden {hidden:?}", figures.survey);
        waves.push(figures);
    }
    assert!(waves.iter().any(|own| !confidential(own).is_empty()));
}
