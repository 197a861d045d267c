//! The bulletin of a release: what stands in the PDF, and that it is always the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use minyi::formats::bulletin::press::press;
use minyi::formats::bulletin::{BulletinChart, ChartPlace, bulletin};
use minyi::locale::Language;
use minyi::release::figures::Figures;
use minyi::release::imprint::Imprint;
use minyi::release::stored;
use minyi::store::{DatabaseUrl, Store};

use crate::support::{Scratch, city};

const CHART: &str = r##"<svg viewBox="0 0 672 260" width="672" height="260"
    xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="15.5">
    <text x="0" y="20">驻马店市</text><rect x="0" y="40" width="600" height="180" fill="#0b6b4b"/>
    </svg>"##;

fn imprint() -> Imprint {
    Imprint {
        number: 1,
        published_at: 1_795_829_400_000_000,
        reason: String::new(),
        next: Some(1_827_365_400_000_000),
        public_url: "https://survey.example".to_owned(),
    }
}

fn charts() -> Vec<BulletinChart> {
    let chart = |place, caption: &str| BulletinChart {
        place,
        svg: CHART.to_owned(),
        caption: caption.to_owned(),
        alt: "图的说明".to_owned(),
    };
    vec![
        chart(ChartPlace::Findings, "历次结果"),
        chart(ChartPlace::Counties, "分县（区）满意度"),
    ]
}

/// The figures of the fictional city.
fn figures(data: &Path, survey: &str, responses: u32) -> Figures {
    let catalogue = city::make(data, responses);
    let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let before = stored::figures_before(&catalogue, &catalogue.surveys[survey], &store);
    let before: BTreeMap<String, Arc<Figures>> = before;
    stored::figures(
        &catalogue,
        &catalogue.surveys[survey],
        &store,
        u64::MAX,
        &before,
    )
    .unwrap()
}

#[test]
#[ignore = "writes pictures to look at: MINYI_LOOK names a folder with minyi.sqlite and surveys"]
fn look() {
    let data = std::path::PathBuf::from(std::env::var("MINYI_LOOK").unwrap());
    let catalogue = minyi::survey::Catalogue::load(&data.join("surveys")).unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    for survey in catalogue.surveys.values() {
        let before = stored::figures_before(&catalogue, survey, &store);
        let Ok(figures) = stored::figures(&catalogue, survey, &store, u64::MAX, &before) else {
            continue;
        };
        let text = format!("{figures:?}");
        std::fs::write(data.join(format!("{}.figures.txt", survey.id)), text).unwrap();
        for language in [Language::ZH, Language::EN] {
            let pdf = bulletin(&figures, &imprint(), language, &charts()).unwrap();
            let name = format!("{}.{}", survey.id, language.code());
            std::fs::write(data.join(format!("{name}.pdf")), pdf).unwrap();
            let text = press(&figures, &imprint(), language);
            std::fs::write(data.join(format!("{name}.txt")), text).unwrap();
        }
    }
}
